package store_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// saving is one save on its way through the parts.
type saving struct {
	*store.Tx
	assessment string
	number     int64
	filling    store.Filling
}

// parts are what saving an answer does in the store besides its turn and its entry in the trail, in their order.
var parts = []struct {
	name string
	do   func(*saving) error
}{
	{"entry", func(*saving) error { return nil }},
	{"request", func(s *saving) error {
		r := store.Request{
			Account: s.assessment, Method: "merit.v1.SaveAnswerRequest", ID: strconv.FormatInt(s.number, 10), Hash: store.HashRequest([]byte(s.assessment)),
		}
		if _, _, err := s.Remembered(r); err != nil {
			return err
		}
		return s.Remember(r, make([]byte, 700))
	}},
	{"read", func(s *saving) (err error) {
		s.filling, err = s.Filling(s.assessment)
		return err
	}},
	{"write", func(s *saving) error {
		return s.AppendDecisions(&s.filling.Sheet, &store.Decision{
			Stage: store.StageClaimed, Item: "A", Kind: store.KindLevel, Level: int(1 + s.number%4), Note: "SK Bupati 12/2021, halaman 4",
			DecidedBy: "o", MembershipID: "m",
		})
	}},
}

// BenchmarkPartsOfASave tells, for 64 writers, how much of the processor time of a save in the store each of its parts
// takes, in percent, what the shared commit has to do for it included: the turn with the entry in the trail; the request
// looked up and remembered; the sheet read with its window; the decision and the new sheet. Each is what adding it to those
// before it adds.
func BenchmarkPartsOfASave(b *testing.B) {
	s := storetest.New(b)
	for w := range writers {
		MustAddFilled(b, s, strconv.Itoa(w), w+1)
	}
	var saved atomic.Int64
	busy := make([]time.Duration, len(parts))
	for b.Loop() {
		for i := range parts {
			busy[i] += saveParts(b, s, i+1, &saved)
		}
	}
	whole, before := busy[len(parts)-1], time.Duration(0)
	for i, p := range parts {
		b.ReportMetric(100*(busy[i]-before).Seconds()/whole.Seconds(), p.name+"-%")
		before = busy[i]
	}
	b.ReportMetric(1e6*whole.Seconds()/float64(b.N*writers*savesEach), "cpu-µs/save")
}

// savesEach is how many answers each writer saves in a round.
const savesEach = 20

// saveParts lets all writers save, but only the first so many parts, and returns the processor time of that.
func saveParts(b *testing.B, s *store.Store, first int, saved *atomic.Int64) time.Duration {
	b.Helper()
	ctx := audit.WithActor(b.Context(), audit.Actor{Account: "account", Membership: "membership"})
	before := processorTime()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range savesEach {
				number := saved.Add(1)
				if err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
					one := &saving{Tx: tx, assessment: strconv.Itoa(w), number: number}
					for _, p := range parts[:first] {
						if err := p.do(one); err != nil {
							return nil, err
						}
					}
					return []audit.Entry{{Action: "AssessmentService.SaveAnswer", Agency: "M", Subject: one.assessment}}, nil
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return processorTime() - before
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
