package store_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// history is what happens to results and agencies in any order.
type history struct {
	tx      *store.Tx
	results int // recorded so far
}

var (
	someKinds      = []scoring.AgencyKind{scoring.Kabupaten, scoring.Kota, scoring.Kementerian}
	someCategories = []string{"", "kurang", "baik"}
)

// determine records a result of one of few agencies and years, so that many correct others.
func (h *history) determine(t *rapid.T) error {
	h.results++
	r := determined(fmt.Sprint("result ", h.results), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "agency"), rapid.IntRange(2021, 2022).Draw(t, "year"), 300_000)
	r.AgencyKind = rapid.SampledFrom(someKinds).Draw(t, "kind")
	r.CategoryRank = rapid.IntRange(0, 2).Draw(t, "category")
	r.Category, r.HasTotal = someCategories[r.CategoryRank], r.CategoryRank > 0
	var aspects []store.ResultAspect
	for _, aspect := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"1", "2", "3"}), rapid.ID).Draw(t, "aspects") {
		aspects = append(aspects, store.ResultAspect{
			Aspect: aspect, Points: scoring.Points(rapid.IntRange(0, 40_000).Draw(t, "points")), Maximum: scoring.Points(rapid.SampledFrom([]int{30_000, 40_000}).Draw(t, "maximum")),
		})
	}
	return h.tx.InsertResult(r, aspects)
}

// change gives an agency another kind from some day on, or lets it end.
func (h *history) change(t *rapid.T) error {
	id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "agency")
	versions, err := h.tx.AgencyVersions(id)
	if err != nil {
		return err
	}
	a := regency(id, id, id, fmt.Sprintf("20%02d-01-01", rapid.IntRange(19, 23).Draw(t, "from")))
	a.Kind, a.Assessed = rapid.SampledFrom(someKinds).Draw(t, "kind"), rapid.Bool().Draw(t, "assessed")
	return h.tx.PutAgencyVersion(a, versions, "admin")
}

// What is counted along is what the rows come to, after whatever history; the check of the trail counts again.
func TestCountsAreWhatTheRowsComeTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("a", "a", "a", "2019-01-01"), regency("b", "b", "b", "2019-01-01"), regency("c", "c", "c", "2020-01-01"))
		ctx := audit.WithActor(context.Background(), audit.Actor{Account: audit.System})
		h := &history{}
		rapid.Check(t, func(t *rapid.T) {
			err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
				h.tx = tx
				for range rapid.IntRange(1, 6).Draw(t, "steps") {
					step := rapid.SampledFrom([]func(*rapid.T) error{h.determine, h.change}).Draw(t, "step")
					if err := step(t); err != nil {
						return nil, err
					}
				}
				return []audit.Entry{{Action: "test.prepare"}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		if found, err := s.CheckEntries(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// Counts are published: one that was forged is named.
func TestAForgedCountIsNamed(t *testing.T) {
	for what, forge := range map[string]struct{ table, key, statement string }{
		"more results in a category": {"result_count", "kasn-2019/2021/KABUPATEN/PAPUA/baik/2/1", "UPDATE result_count SET results = 2"},
		"a category that nobody has": {"result_count", "kasn-2019/2021/KABUPATEN/PAPUA/sangat_baik/3/1", "INSERT INTO result_count VALUES ('kasn-2019', 2021, 'KABUPATEN', 'PAPUA', 'sangat_baik', 3, 1, 1)"},
		"a better aspect":            {"result_aspect_count", "kasn-2019/2021/KABUPATEN/1/40000", "UPDATE result_aspect_count SET points = 40000"},
		"fewer agencies":             {"agency_count", "KABUPATEN/2019-01-01", "DELETE FROM agency_count WHERE day = '2019-01-01'"},
	} {
		t.Run(what, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, url string) {
				s := storetest.MustOpen(t, url)
				MustAddAgencies(t, s, regency("a", "a", "a", "2019-01-01"))
				MustUpdate(t, s, func(tx *store.Tx) error {
					return tx.InsertResult(determined("r", "a", 2021, 300_000), []store.ResultAspect{{Aspect: "1", Points: 10_000, Maximum: 40_000}})
				})
				storetest.MustTamper(t, url, forge.statement)
				found, err := s.CheckEntries(t.Context())
				want := audit.Discrepancy{Table: forge.table, Key: forge.key, Problem: audit.CountWrong}
				if err != nil || len(found) != 1 || found[0] != want {
					t.Errorf("found %v, %v; want %v", found, err, want)
				}
			})
		})
	}
}
