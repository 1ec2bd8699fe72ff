package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// line is what a ranking says about an agency.
type line struct {
	Rank, Place int
	Agency      string
}

// MustRank reads a whole ranking in pages of a size.
func MustRank(tb testing.TB, s *store.Store, r store.Ranking, size int) (lines []line) {
	tb.Helper()
	MustView(tb, s, func(tx *store.Tx) error {
		lines = nil
		for after := (store.After{}); ; {
			page, err := tx.Ranked(r, after, size)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, p := range page {
				lines = append(lines, line{p.Rank, p.Place, p.AgencyCode})
			}
			after = page[len(page)-1].After()
		}
	})
	return lines
}

func TestEqualTotalsShareARankAcrossPages(t *testing.T) {
	totals := map[string]scoring.Points{"A": 300_000, "B": 250_000, "C": 250_000, "D": 249_500, "E": 0}
	want := []line{{1, 1, "A"}, {2, 2, "B"}, {2, 3, "C"}, {4, 4, "D"}, {5, 5, "E"}}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for agency, total := range totals {
			MustAddAgencies(t, s, regency(agency, agency, "Kabupaten "+agency, "2019-01-01"))
			MustInsertResults(t, s, determined(agency, agency, 2026, total))
		}
		for size := 1; size <= 6; size++ {
			got := MustRank(t, s, store.Ranking{InstrumentID: "kasn-2019", Year: 2026, Kind: scoring.Kabupaten}, size)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("pages of %d: %s", size, diff)
			}
		}
	})
}

func TestRankingHasOnlyWhatIsInForceWithATotalOfItsKindYearAndInstrument(t *testing.T) {
	with := func(change func(*store.Result), id, agency string) store.Result {
		r := determined(id, agency, 2026, 100_000)
		change(&r)
		return r
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("A", "A", "A", "2019-01-01"), regency("B", "B", "B", "2019-01-01"))
		MustInsertResults(t, s,
			published("1", "A", 2026, 410_000),
			determined("2", "A", 2026, 200_000),
			with(func(r *store.Result) { r.Year = 2025 }, "3", "B"),
			with(func(r *store.Result) { r.InstrumentID = "panrb-2026" }, "4", "B"),
			with(func(r *store.Result) { r.AgencyKind = scoring.Kota }, "5", "B"),
			with(func(r *store.Result) { r.HasTotal = false }, "6", "B"),
		)
		r := store.Ranking{InstrumentID: "kasn-2019", Year: 2026, Kind: scoring.Kabupaten}
		if diff := gocmp.Diff([]line{{1, 1, "A"}}, MustRank(t, s, r, 10)); diff != "" {
			t.Error(diff)
		}
		MustView(t, s, func(tx *store.Tx) error {
			n, err := tx.CountRanked(r)
			if n != 1 {
				t.Errorf("%d are ranked, want 1", n)
			}
			return err
		})
	})
}

func TestRankedResultSaysWhatTheResultSays(t *testing.T) {
	imported := published("2", "B", 2026, 100_000)
	imported.YearUncertain = true
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("A", "A", "A", "2019-01-01"), regency("B", "B", "B", "2019-01-01"))
		MustInsertResults(t, s, determined("1", "A", 2026, 200_000), imported)
		MustView(t, s, func(tx *store.Tx) error {
			page, err := tx.Ranked(store.Ranking{InstrumentID: "kasn-2019", Year: 2026, Kind: scoring.Kabupaten}, store.After{}, 10)
			for _, ranked := range page {
				want := MustResult(t, s, ranked.ID)
				want.CycleID, want.AssessmentID, want.DeterminationID, want.Corrects = "", "", "", ""
				want.CategoryRank, want.RecordedBy, want.Score = 0, "", nil
				if diff := gocmp.Diff(want, ranked.Result); diff != "" {
					t.Error(diff)
				}
			}
			return err
		})
	})
}

// TestRankingAgreesWithCounting compares pages, whole and filtered, with ranks counted by hand, each time in a year
// of its own.
func TestRankingAgreesWithCounting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i := range 30 {
			id := fmt.Sprintf("A%02d", i)
			MustAddAgencies(t, s, regency(id, id, "Kabupaten "+id, "2019-01-01"))
		}
		year := 2000
		rapid.Check(t, func(rt *rapid.T) {
			year++
			results := drawResults(rt, year)
			MustUpdate(t, s, func(tx *store.Tx) error {
				for _, r := range results {
					if err := tx.InsertResult(r, nil); err != nil {
						return err
					}
				}
				return nil
			})
			r := store.Ranking{
				InstrumentID: "kasn-2019", Year: year, Kind: scoring.Kabupaten,
				ProvinceID: rapid.SampledFrom([]string{"", "PAPUA", "ACEH"}).Draw(rt, "province"),
				Category:   rapid.SampledFrom([]string{"", "baik"}).Draw(rt, "category"),
				Text:       rapid.SampledFrom([]string{"", "a0", "kabupaten 1"}).Draw(rt, "text"),
			}
			got := MustRank(t, s, r, rapid.IntRange(1, 8).Draw(rt, "page size"))
			if diff := gocmp.Diff(countRanks(results, r), got); diff != "" {
				rt.Error(diff)
			}
		})
	})
}

func drawResults(rt *rapid.T, year int) (results []store.Result) {
	for i := range rapid.IntRange(0, 30).Draw(rt, "agencies") {
		r := determined(fmt.Sprintf("%d-%d", year, i), fmt.Sprintf("A%02d", i), year, scoring.Points(rapid.IntRange(0, 9).Draw(rt, "total"))*500)
		r.ProvinceID = rapid.SampledFrom([]string{"PAPUA", "ACEH"}).Draw(rt, "province of")
		r.Category = rapid.SampledFrom([]string{"kurang", "baik"}).Draw(rt, "category of")
		results = append(results, r)
	}
	return results
}

// countRanks is the ranking as its definition says it.
func countRanks(results []store.Result, r store.Ranking) (lines []line) {
	all := slices.SortedFunc(slices.Values(results), func(a, b store.Result) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.AgencyCode, b.AgencyCode))
	})
	for i, a := range all {
		rank := 1
		for _, b := range all {
			if b.Total > a.Total {
				rank++
			}
		}
		place := i + 1
		if r.ProvinceID != "" || r.Category != "" || r.Text != "" {
			place = 0
		}
		if (r.ProvinceID == "" || a.ProvinceID == r.ProvinceID) && (r.Category == "" || a.Category == r.Category) && reads(a, r.Text) {
			lines = append(lines, line{rank, place, a.AgencyCode})
		}
	}
	return lines
}

func reads(r store.Result, text string) bool {
	name, code := strings.ToLower(r.AgencyName), strings.ToLower(r.AgencyCode)
	for word := range strings.FieldsSeq(text) {
		if !strings.Contains(strings.ReplaceAll(name, " ", ""), word) {
			return strings.HasPrefix(code, text)
		}
	}
	return true
}
