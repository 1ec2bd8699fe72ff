package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Usage is what the service used during the mix, by its own metrics.
type Usage struct {
	Seconds    float64 `json:"cpu_seconds"`
	PerCall    float64 `json:"cpu_us_per_call"`
	Memory     float64 `json:"resident_mb"` // at the end
	PeakMemory float64 `json:"peak_resident_mb"`

	// Quarters are the means of the memory in each quarter of the mix, in MB. The first holds what a service fills once:
	// when the last is more than the second, memory grows.
	Quarters [4]float64 `json:"resident_quarters_mb"`
}

// asking is how often the service is asked what it uses; of a short mix more often.
func (o *Options) asking() time.Duration {
	return max(time.Millisecond, min(250*time.Millisecond, o.Duration/40))
}

// watch runs do, and asks meanwhile what the service uses. Without metrics, or when they do not answer, nothing is known.
func (d *driver) watch(ctx context.Context, do func(), r *Report) {
	before, err := d.metrics(ctx)
	if d.Metrics == "" || err != nil {
		do()
		return
	}
	var memory []float64
	done, end := context.WithCancel(ctx)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for tick := time.NewTicker(d.asking()); ; {
			select {
			case <-tick.C:
				if now, err := d.metrics(done); err == nil {
					memory = append(memory, now.memory)
				}
			case <-done.Done():
				tick.Stop()
				return
			}
		}
	}()
	do()
	end()
	<-asked
	if after, err := d.metrics(ctx); err == nil {
		memory = append(memory, after.memory)
		r.Admitted = admitted(before, after, r.Seconds)
		r.Server = &Usage{Seconds: after.seconds - before.seconds, Memory: after.memory, PeakMemory: slices.Max(memory), Quarters: quarters(memory)}
	}
}

// quarters are the means of four parts of values, as even as can be; of values too few for that some are 0.
func quarters(values []float64) (means [4]float64) {
	for i := range means {
		part := values[i*len(values)/4 : (i+1)*len(values)/4]
		for _, v := range part {
			means[i] += v / float64(len(part))
		}
	}
	return means
}

// process are some of the metrics of a service.
type process struct {
	seconds, memory float64
	took            map[string]histogram // of answered calls, by method
}

func (d *driver) metrics(ctx context.Context) (p process, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.Metrics+"/metrics", nil)
	if err != nil {
		return p, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return p, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return p, fmt.Errorf("bench: metrics: %s", resp.Status)
	}
	p.took = map[string]histogram{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "process_cpu_seconds_total":
			p.seconds, err = strconv.ParseFloat(value, 64)
		case "process_resident_memory_bytes":
			p.memory, err = strconv.ParseFloat(value, 64)
			p.memory /= 1e6
		default:
			err = p.bucket(name, value)
		}
		if err != nil {
			return p, err
		}
	}
	return p, lines.Err()
}
