package store_test

import (
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustAddFilled adds an assessment with 38 answered items.
func MustAddFilled(tb testing.TB, s *store.Store, id string, attempt int) {
	tb.Helper()
	MustAddAssessment(tb, s, id, attempt)
	MustUpdate(tb, s, func(tx *store.Tx) error {
		sheet, err := tx.Sheet(id)
		if err != nil {
			return err
		}
		var claims []*store.Decision
		for i := range 38 {
			claims = append(claims, &store.Decision{Stage: store.StageClaimed, Item: string(rune('A' + i)), Kind: store.KindLevel, Level: 3, DecidedBy: "o"})
		}
		return tx.AppendDecisions(&sheet, claims...)
	})
}

// BenchmarkFilling compares the one statement that SaveAnswer reads with (assessment, sheet of 38 items, window and
// extension) with reading the assessment alone: "x-assessment" is how many times as long it takes.
func BenchmarkFilling(b *testing.B) {
	s := storetest.New(b)
	MustAddFilled(b, s, "a1", 1)
	var whole, head time.Duration
	b.ReportAllocs()
	MustView(b, s, func(tx *store.Tx) error {
		for b.Loop() {
			start := time.Now()
			if _, err := tx.Filling("a1"); err != nil {
				return err
			}
			between := time.Now()
			if _, err := tx.Assessment("a1"); err != nil {
				return err
			}
			whole += between.Sub(start)
			head += time.Since(between)
		}
		return nil
	})
	b.ReportMetric(float64(whole)/float64(head), "x-assessment")
}
