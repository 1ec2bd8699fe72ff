package bench

import (
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// tally is what came of calls. Every answer's time is kept, in microseconds, so that quantiles are exact; an hour at
// 4,000 calls a second takes 60 MB.
type tally struct {
	took   [kinds][]uint32
	errors map[string]int // by reason
	bad    [kinds]int
	over   time.Duration // in which they were made
}

func (t *tally) note(kind Kind, took time.Duration, err error) {
	if err == nil {
		t.took[kind] = append(t.took[kind], uint32(min(took.Microseconds(), 1<<32-1)))
		return
	}
	t.bad[kind]++
	reason := client.Explain(err).Reason
	if reason == meritv1.Reason_REASON_UNSPECIFIED {
		t.failed(status.Code(err).String(), 1)
		return
	}
	t.failed(reason.String()[len("REASON_"):], 1)
}

func (t *tally) failed(why string, n int) {
	if t.errors == nil {
		t.errors = map[string]int{}
	}
	t.errors[why] += n
}

// take adds another tally.
func (t *tally) take(other *tally) {
	for kind := range t.took {
		t.took[kind] = append(t.took[kind], other.took[kind]...)
		t.bad[kind] += other.bad[kind]
	}
	for why, n := range other.errors {
		t.failed(why, n)
	}
}

func sum(tallies []*tally) *tally {
	all := new(tally)
	for _, t := range tallies {
		all.take(t)
	}
	return all
}

// sharedTally is a tally of many goroutines.
type sharedTally struct {
	mu sync.Mutex
	tally
}

func (s *sharedTally) add(change func(*tally)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.tally)
}

// figures sums up some of the calls.
func (t *tally) figures(name string, took []uint32, bad int) Figures {
	slices.Sort(took)
	return Figures{
		Call: name, Calls: len(took), PerSecond: float64(len(took)) / t.over.Seconds(), Errors: bad,
		P50: quantile(took, 0.5), P99: quantile(took, 0.99), P999: quantile(took, 0.999),
	}
}

// quantile of sorted microseconds, in milliseconds; 0 of nothing.
func quantile(sorted []uint32, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]) / 1000
}
