package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bench"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store/storetest"
)

// mustServe seeds a country of 12 agencies and serves it.
func mustServe(t *testing.T) (address string, cast *bench.Cast) {
	t.Helper()
	url := storetest.SQLiteURL(t)
	seeded, err := server.Seed(t.Context(), server.SeedOptions{URL: url, Agencies: 12, Years: 2, Citations: 1, Now: func() time.Time { return servertest.Start }})
	if err != nil {
		t.Fatal(err)
	}
	cast = &bench.Cast{InstrumentID: seeded.InstrumentID, Year: seeded.Year}
	for _, p := range seeded.People {
		cast.People = append(cast.People, bench.Person{AssessmentID: p.AssessmentID, Session: p.Secret})
	}
	return servertest.At(t, url).Listen(t), cast
}

func options(address string, cast *bench.Cast) bench.Options {
	return bench.Options{
		Address: address, Cast: cast, Mix: bench.Evening, Callers: 4, Connections: 2, Duration: 400 * time.Millisecond,
		UploadSize: 2000, Check: true, Now: time.Now, Dial: client.Options{Plaintext: true},
	}
}

func TestTheEveningIsMeasuredWithoutErrorsAndLosses(t *testing.T) {
	address, cast := mustServe(t)
	for _, loop := range []struct {
		name string
		rate float64
	}{{"closed", 0}, {"open", 100}} {
		t.Run(loop.name, func(t *testing.T) {
			o := options(address, cast)
			o.Rate = loop.rate
			r, err := bench.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Errors) > 0 || r.All.Errors > 0 {
				t.Errorf("errors: %v", r.Errors)
			}
			if r.Empty.Calls == 0 || r.Of(bench.Save).Calls == 0 || len(r.Ratios) == 0 {
				t.Errorf("nothing was measured: %+v", r)
			}
			if r.Lost.Acknowledged < r.Of(bench.Save).Calls || r.Lost.Lost != 0 {
				t.Errorf("of %d answers saved %d were looked for and %d lost", r.Of(bench.Save).Calls, r.Lost.Acknowledged, r.Lost.Lost)
			}
		})
	}
}

func TestTheMachineIsMeasuredBesideIt(t *testing.T) {
	address, cast := mustServe(t)
	o := options(address, cast)
	commits := 0
	o.Limits = &bench.LimitTargets{Folder: t.TempDir(), Time: 10 * time.Millisecond, Commit: func(context.Context) error { commits++; return nil }}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if commits == 0 || r.Machine.CommitsPerSecond == 0 || r.Machine.FilesPerSecond == 0 {
		t.Errorf("the machine was not measured: %+v", r.Machine)
	}
}

// told measures with metrics of a service that say what they are made to, knowing how often they were asked.
func told(t *testing.T, say func(asked int64) string) *bench.Report {
	t.Helper()
	address, cast := mustServe(t)
	var asked atomic.Int64
	metrics := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, say(asked.Add(1))) }))
	defer metrics.Close()
	o := options(address, cast)
	o.Metrics = metrics.Listener.Addr().String()
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMemoryIsToldByTheQuartersOfTheMix(t *testing.T) {
	r := told(t, func(asked int64) string {
		return fmt.Sprintf("process_cpu_seconds_total 1\nprocess_resident_memory_bytes %d\n", asked*1_000_000)
	})
	if r.Server.Memory == 0 || r.Server.Memory != r.Server.PeakMemory {
		t.Errorf("%v MB at the end, %v at most; want the same, because memory only grew", r.Server.Memory, r.Server.PeakMemory)
	}
	if q := r.Server.Quarters; q[1] >= q[2] || q[2] >= q[3] || q[3] > r.Server.Memory {
		t.Errorf("%v MB in the quarters of a mix in which memory only grew", q)
	}
}

// Of each look at the metrics to the next one call took 100 ms at most, nine others 200 ms.
func TestWhatTheServiceTookForCallsIsToldBesideWhatClientsWaited(t *testing.T) {
	r := told(t, func(asked int64) string {
		line := `merit_call_seconds_bucket{answer="%s",method="/merit.v1.AssessmentService/SaveAnswer",le="%s"} %d` + "\n"
		return fmt.Sprintf(line, "ok", "0.1", 7+asked) + fmt.Sprintf(line, "ok", "0.2", 7+10*asked) +
			fmt.Sprintf(line, "ok", "+Inf", 7+10*asked) + fmt.Sprintf(line, "failed", "+Inf", 1000*asked)
	})
	if len(r.Admitted) != 1 || r.Admitted[0].Call != "save" || r.Admitted[0].Calls%10 != 0 {
		t.Fatalf("told %+v, want tens of saves", r.Admitted)
	}
	if f := r.Admitted[0]; f.P50 < 144 || f.P50 > 145 || f.P99 < 198 || f.P99 > 200 {
		t.Errorf("half took %v ms and all but one in a hundred %v, want 144 and 199", f.P50, f.P99)
	}
}

// What is not seeded is not driven: its people are not known there.
func TestAServiceThatWasNotSeededIsRefused(t *testing.T) {
	_, cast := mustServe(t)
	other := servertest.New(t)
	if r, err := bench.Run(t.Context(), options(other.Listen(t), cast)); err == nil {
		t.Errorf("measured %+v, want ErrNotSeeded", r)
	}
}

func TestACastIsKeptInAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), bench.CastFile)
	want := &bench.Cast{InstrumentID: "kasn-2019", Year: 2025, People: []bench.Person{{AssessmentID: "A", Session: "demo"}}}
	if err := want.Write(file); err != nil {
		t.Fatal(err)
	}
	got, err := bench.ReadCast(file)
	if err != nil || got.Year != want.Year || got.People[0] != want.People[0] {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
}

func TestAMixIsReadByNames(t *testing.T) {
	if m, err := bench.ParseMix(map[string]int{"save": 60, "read": 25, "rank": 10, "upload": 5}); err != nil || m != bench.Evening {
		t.Errorf("%v, %v; want %v", m, err, bench.Evening)
	}
	for name, parts := range map[string]map[string]int{
		"no call of ours": {"empty": 1}, "nothing": {"save": 0}, "less than nothing": {"save": -1, "read": 2},
	} {
		if m, err := bench.ParseMix(parts); err == nil {
			t.Errorf("%s: %v, want an error", name, m)
		}
	}
}
