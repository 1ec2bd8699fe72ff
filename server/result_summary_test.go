package server_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustSum reads the summary of a year under kasn-2019.
func (r results) MustSum(tb testing.TB, year int32) *meritv1.GetSummaryResponse {
	tb.Helper()
	return servertest.Must(r.public.GetSummary(tb.Context(), &meritv1.GetSummaryRequest{InstrumentId: "kasn-2019", Year: year}))(tb)
}

func TestTheSummaryOfThePublishedResults(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		r.MustImportDemo(t)
		got := r.MustSum(t, 2021)
		counts := map[string]int32{}
		for _, c := range got.GetCategories() {
			counts[c.GetCategoryName()] = c.GetCount()
		}
		if diff := cmp.Diff(map[string]int32{"Sangat Baik": 6, "Baik": 4, "Kurang": 0, "Buruk": 1}, counts); diff != "" {
			t.Errorf("categories (-want +got):\n%s", diff)
		}
		target := &meritv1.Target{
			Kinds: []meritv1.AgencyKind{kabupaten, kota}, AssessedAgencies: 508, BaikOrBetter: 3, Percent: "0.6", TargetPercent: 30,
		}
		if diff := cmp.Diff(target, got.GetTarget(), protocmp.Transform()); diff != "" {
			t.Errorf("target (-want +got):\n%s", diff)
		}
		if got.GetResults() != 11 || got.GetWithoutTotal() != 0 || len(got.GetAspects()) != 0 {
			t.Errorf("%d results, %d without a total, aspects %v", got.GetResults(), got.GetWithoutTotal(), got.GetAspects())
		}
		var provinces []string
		for _, p := range got.GetProvinces() {
			provinces = append(provinces, fmt.Sprintf("%s %d", p.GetProvinceName(), p.GetResults()))
		}
		want := []string{"Provinsi Aceh 1", "Provinsi Jawa Tengah 2", "Provinsi Jawa Timur 4", "Provinsi Bali 1", "Provinsi Sulawesi Selatan 1"}
		if diff := cmp.Diff(want, provinces); diff != "" {
			t.Errorf("provinces (-want +got):\n%s", diff)
		}
	})
}

func TestTheTargetIsReachedExactlyAtItsShare(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	for i := range 10 {
		agency := s.MustAgency(t, store.Agency{})
		if i < 4 {
			r.MustDetermine(t, agency, 2026, []scoring.Points{325_000, 250_000, 250_000, 249_500}[i])
		}
	}
	tests := []struct {
		percent int32
		reached bool
	}{{30, true}, {31, false}}
	for _, test := range tests {
		req := &meritv1.GetSummaryRequest{InstrumentId: "kasn-2019", Year: 2026, TargetPercent: test.percent}
		got := servertest.Must(r.public.GetSummary(t.Context(), req))(t).GetTarget()
		if got.GetBaikOrBetter() != 3 || got.GetPercent() != "30.0" || got.GetReached() != test.reached {
			t.Errorf("a target of %d %%: %v", test.percent, got)
		}
	}
	req := &meritv1.GetSummaryRequest{InstrumentId: "kasn-2019", Year: 2026, TargetKinds: []meritv1.AgencyKind{kota}}
	got := servertest.Must(r.public.GetSummary(t.Context(), req))(t).GetTarget()
	if got.GetAssessedAgencies() != 0 || got.GetPercent() != "" || got.GetReached() {
		t.Errorf("without agencies: %v", got)
	}
}

// sample is a result of which a summary is made.
type sample struct {
	kind     scoring.AgencyKind
	total    scoring.Points
	hasTotal bool
	imported bool
	aspects  [2]scoring.Points
}

// TestTheSummaryAgreesWithAddingUp compares summaries with one added up by hand, each time in a year of its own.
func TestTheSummaryAgreesWithAddingUp(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		kinds := []scoring.AgencyKind{scoring.Kabupaten, scoring.Kota}
		agencies := map[scoring.AgencyKind][]string{}
		for _, kind := range kinds {
			for range 8 {
				agencies[kind] = append(agencies[kind], s.MustAgency(t, store.Agency{Kind: kind}))
			}
		}
		year := 2000
		rapid.Check(t, func(rt *rapid.T) {
			year++
			var samples []sample
			for _, kind := range kinds {
				for i := range rapid.IntRange(0, len(agencies[kind])).Draw(rt, "results of "+string(kind)) {
					sm := sample{
						kind: kind, total: scoring.Points(rapid.IntRange(0, 820).Draw(rt, "total")) * 500,
						hasTotal: rapid.Bool().Draw(rt, "has a total"), imported: rapid.Bool().Draw(rt, "imported"),
						aspects: [2]scoring.Points{
							scoring.Points(rapid.IntRange(0, 40_000).Draw(rt, "first aspect")),
							scoring.Points(rapid.IntRange(0, 40_000).Draw(rt, "second aspect")),
						},
					}
					samples = append(samples, sm)
					r.mustStore(t, agencies[kind][i], year, sm)
				}
			}
			got := r.MustSum(t, int32(year))
			checkCounts(rt, samples, got)
			checkMeans(rt, samples, "", got.GetAspects())
			for _, k := range got.GetKinds() {
				checkMeans(rt, samples, scoring.AgencyKind(k.GetKind().String()[len("AGENCY_KIND_"):]), k.GetAspects())
			}
		})
	})
}

func (r results) mustStore(tb testing.TB, agencyID string, year int, sm sample) {
	r.MustUpdate(tb, "plenary.close", func(tx *store.Tx) error {
		result := store.Result{
			ID: tx.NewID(), AgencyID: agencyID, Year: year, InstrumentID: "kasn-2019", AgencyKind: sm.kind, AgencyCode: agencyID,
			HasTotal: sm.hasTotal, CategoryRank: -1, Imported: sm.imported,
		}
		if sm.hasTotal {
			result.Total = sm.total
			classify(tb, &result)
		}
		var aspects []store.ResultAspect
		if !sm.imported {
			aspects = []store.ResultAspect{{Aspect: "1", Points: sm.aspects[0], Maximum: 40_000}, {Aspect: "2", Points: sm.aspects[1], Maximum: 40_000}}
		}
		return tx.InsertResult(result, aspects)
	})
}

func checkCounts(rt *rapid.T, samples []sample, got *meritv1.GetSummaryResponse) {
	var without, baik int32
	categories := map[string]int32{"buruk": 0, "kurang": 0, "baik": 0, "sangat_baik": 0}
	for _, sm := range samples {
		switch {
		case !sm.hasTotal:
			without++
		case sm.total >= 325_000:
			categories["sangat_baik"]++
			baik++
		case sm.total >= 250_000:
			categories["baik"]++
			baik++
		case sm.total >= 175_000:
			categories["kurang"]++
		default:
			categories["buruk"]++
		}
	}
	counted := map[string]int32{}
	for _, c := range got.GetCategories() {
		counted[c.GetCategory()] = c.GetCount()
	}
	if diff := cmp.Diff(categories, counted); diff != "" {
		rt.Errorf("categories (-want +got):\n%s", diff)
	}
	if int(got.GetResults()) != len(samples) || got.GetWithoutTotal() != without || got.GetTarget().GetBaikOrBetter() != baik {
		rt.Errorf("%d results, %d without a total, %d baik or better; want %d, %d and %d", got.GetResults(), got.GetWithoutTotal(),
			got.GetTarget().GetBaikOrBetter(), len(samples), without, baik)
	}
	var ofKinds int32
	for _, k := range got.GetKinds() {
		ofKinds += k.GetResults()
		if k.GetAssessedAgencies() != 8 {
			rt.Errorf("%v has %d assessed agencies, want 8", k.GetKind(), k.GetAssessedAgencies())
		}
	}
	if ofKinds != got.GetResults() {
		rt.Errorf("the kinds have %d results, want %d", ofKinds, got.GetResults())
	}
}

// checkMeans works the means out with fractions of any size and rounds them half up, as a person would.
func checkMeans(rt *rapid.T, samples []sample, kind scoring.AgencyKind, got []*meritv1.AspectMean) {
	var sums [2]int64
	var n int64
	for _, sm := range samples {
		if !sm.imported && (kind == "" || sm.kind == kind) {
			n++
			sums[0] += int64(sm.aspects[0])
			sums[1] += int64(sm.aspects[1])
		}
	}
	if n == 0 {
		if len(got) != 0 {
			rt.Errorf("means of nothing: %v", got)
		}
		return
	}
	for i, m := range got {
		if want := big.NewRat(sums[i], n*1000).FloatString(2); m.GetMean() != want || m.GetMaximum() != "40" {
			rt.Errorf("%s: mean of aspect %s is %s of %s, want %s of 40", kind, m.GetAspect(), m.GetMean(), m.GetMaximum(), want)
		}
	}
	if len(got) != 2 {
		rt.Errorf("%s: %d aspects have means, want 2", kind, len(got))
	}
}
