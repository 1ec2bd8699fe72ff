package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// determined is a result of a regency as the plenary leaves it.
func determined(id, agency string, year int, total scoring.Points) store.Result {
	return store.Result{
		ID: id, AgencyID: agency, Year: year, InstrumentID: "kasn-2019", CycleID: "cycle", AssessmentID: "assessment " + id,
		DeterminationID: "determination " + id, AgencyCode: agency, AgencyName: "Kabupaten " + agency,
		AgencyKind: scoring.Kabupaten, ProvinceID: "PAPUA", HasTotal: true, Total: total, Index: "0.61", Category: "baik",
		CategoryRank: 2, Reconstructed: true, DecreeNumber: "12/2026", DecreeDate: "2026-06-30", ValidUntil: "2027-06-30",
		Score: []byte("score"), RecordedBy: "chair",
	}
}

// published is a result of a regency as a newspaper has it.
func published(id, agency string, year int, total scoring.Points) store.Result {
	r := determined(id, agency, year, total)
	r.CycleID, r.AssessmentID, r.DeterminationID, r.Score = "", "", "", []byte{}
	r.Reconstructed, r.DecreeNumber, r.DecreeDate, r.ValidUntil = false, "", "", ""
	r.Imported, r.Source = true, "https://example.org/"+id
	return r
}

// MustInsertResults records results, each in an update of its own.
func MustInsertResults(tb testing.TB, s *store.Store, results ...store.Result) {
	tb.Helper()
	for _, r := range results {
		MustUpdate(tb, s, func(tx *store.Tx) error { return tx.InsertResult(r, nil) })
	}
}

// MustResult reads a result.
func MustResult(tb testing.TB, s *store.Store, id string) (r store.Result) {
	tb.Helper()
	MustView(tb, s, func(tx *store.Tx) (err error) {
		r, err = tx.Result(id)
		return err
	})
	return r
}

func TestInsertedResultIsReadBackWhole(t *testing.T) {
	now := time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("NABIRE", "94.01", "Kabupaten Nabire", "2019-01-01"))
		want := determined("R1", "NABIRE", 2026, 250_500)
		want.RecordedAt = now
		aspects := []store.ResultAspect{{Aspect: "1", Points: 37_500, Maximum: 50_000}, {Aspect: "2", Points: 0, Maximum: 40_000}}
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.InsertResult(want, aspects) })

		if diff := cmp.Diff(want, MustResult(t, s, "R1")); diff != "" {
			t.Error(diff)
		}
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}

func TestOneResultOfAnAgencyYearAndInstrumentIsInForce(t *testing.T) {
	corrects := func(r store.Result, earlier string) store.Result { r.Corrects = earlier; return r }
	tests := []struct {
		name    string
		results []store.Result
		want    map[string]string // result id → the one in force instead
	}{
		{
			"a determination takes the place of an import",
			[]store.Result{published("I1", "NABIRE", 2021, 250_000), determined("D1", "NABIRE", 2021, 260_000)},
			map[string]string{"I1": "D1", "D1": ""},
		},
		{
			"a correction takes the place of a determination",
			[]store.Result{determined("D1", "NABIRE", 2021, 250_000), corrects(determined("D2", "NABIRE", 2021, 240_000), "D1")},
			map[string]string{"D1": "D2", "D2": ""},
		},
		{
			"a correction of another year takes the place too",
			[]store.Result{determined("D1", "NABIRE", 2021, 250_000), corrects(determined("D2", "NABIRE", 2022, 240_000), "D1")},
			map[string]string{"D1": "D2", "D2": ""},
		},
		{
			"other years stay in force",
			[]store.Result{determined("D1", "NABIRE", 2021, 250_000), determined("D2", "NABIRE", 2022, 240_000)},
			map[string]string{"D1": "", "D2": ""},
		},
		{
			"other agencies stay in force",
			[]store.Result{published("I1", "NABIRE", 2021, 250_000), determined("D1", "PANIAI", 2021, 260_000)},
			map[string]string{"I1": "", "D1": ""},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				MustAddAgencies(t, s, regency("NABIRE", "94.01", "Kabupaten Nabire", "2019-01-01"),
					regency("PANIAI", "94.03", "Kabupaten Paniai", "2019-01-01"))
				MustInsertResults(t, s, test.results...)
				got := map[string]string{}
				for id := range test.want {
					got[id] = MustResult(t, s, id).CorrectedBy
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestResultIsCorrectedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("NABIRE", "94.01", "Kabupaten Nabire", "2019-01-01"))
		MustInsertResults(t, s, determined("D1", "NABIRE", 2021, 250_000), determined("D2", "NABIRE", 2021, 260_000))
		for earlier, want := range map[string]error{"D1": store.ErrUnique, "D0": store.ErrNotFound} {
			r := determined("D3", "NABIRE", 2021, 270_000)
			r.Corrects = earlier
			err := s.Update(t.Context(), func(tx *store.Tx) ([]audit.Entry, error) {
				return nil, tx.InsertResult(r, nil)
			})
			if !errors.Is(err, want) {
				t.Errorf("correction of %s: %v, want %v", earlier, err, want)
			}
		}
	})
}
