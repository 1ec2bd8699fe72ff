package store_test

import (
	"fmt"
	"testing"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// agencyCount is how many agencies Indonesia assesses.
const agencyCount = 719

// MustFillYear records a result of every agency of the country for a year, all of one kind.
func MustFillYear(tb testing.TB, s *store.Store, year int) {
	tb.Helper()
	agencies := make([]store.Agency, agencyCount)
	for i := range agencies {
		id := fmt.Sprintf("%026d", i)
		agencies[i] = regency(id, fmt.Sprintf("%02d.%02d", i/40, i%40), fmt.Sprintf("Kabupaten Nomor %d", i), "2019-01-01")
	}
	MustAddAgencies(tb, s, agencies...)
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for i, a := range agencies {
			r := determined(fmt.Sprintf("%022d%04d", i, year), a.ID, year, scoring.Points(i*7919%700*500+60_000))
			r.AgencyName, r.Score = a.Name, make([]byte, 4000)
			if err := tx.InsertResult(r, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkRanked reads a page of 50 among 719: the first, one in the middle, and one of a part.
func BenchmarkRanked(b *testing.B) {
	s := storetest.New(b)
	MustFillYear(b, s, 2026)
	all := store.Ranking{InstrumentID: "kasn-2019", Year: 2026, Kind: scoring.Kabupaten}
	var middle store.After
	MustView(b, s, func(tx *store.Tx) error {
		page, err := tx.Ranked(all, store.After{}, 400)
		middle = page[len(page)-1].After()
		return err
	})
	part := all
	part.Text = "nomor 1"
	tests := []struct {
		name  string
		r     store.Ranking
		after store.After
	}{{"first", all, store.After{}}, {"middle", all, middle}, {"filtered", part, store.After{}}}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				MustView(b, s, func(tx *store.Tx) error {
					page, err := tx.Ranked(test.r, test.after, 50)
					if len(page) != 50 {
						b.Fatalf("%d results", len(page))
					}
					return err
				})
			}
		})
	}
}
