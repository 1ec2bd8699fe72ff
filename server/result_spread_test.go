package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustSpread records one result of 2026 for each total, of agencies of a kind called A, B, C and so on, with a tenth of the
// total as its first aspect, and returns the ids of the agencies.
func (r results) MustSpread(tb testing.TB, kind scoring.AgencyKind, totals ...scoring.Points) (ids []string) {
	tb.Helper()
	for i, total := range totals {
		name := string(rune('A' + i))
		id := r.MustAgency(tb, store.Agency{Kind: kind, Name: name, Code: string(kind) + name})
		r.MustUpdate(tb, "plenary.close", func(tx *store.Tx) error {
			result := store.Result{
				ID: tx.NewID(), AgencyID: id, AgencyCode: name, AgencyKind: kind, Year: 2026, InstrumentID: "kasn-2019", HasTotal: true, Total: total,
			}
			classify(tb, &result)
			return tx.InsertResult(result, []store.ResultAspect{
				{Aspect: "1", Points: total / 10, Maximum: 40_000}, {Aspect: "2", Points: 40_000 - total/10, Maximum: 40_000},
			})
		})
		ids = append(ids, id)
	}
	return ids
}

func (r results) MustDistribute(tb testing.TB, kind meritv1.AgencyKind) *meritv1.GetDistributionResponse {
	tb.Helper()
	req := &meritv1.GetDistributionRequest{InstrumentId: "kasn-2019", Year: 2026, Kind: kind}
	return servertest.Must(r.public.GetDistribution(tb.Context(), req))(tb)
}

func TestTheDistributionOfTotals(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		r.MustSpread(t, scoring.Kabupaten, 200_000, 209_500, 240_000, 249_500)
		r.MustSpread(t, scoring.Kota, 400_000)
		got := r.MustDistribute(t, kabupaten)
		want := &meritv1.GetDistributionResponse{
			Results: 4, Determined: 4,
			Totals: &meritv1.Quartiles{Least: "200", Lower: "204.75", Median: "224.75", Upper: "244.75", Greatest: "249.5"},
			Buckets: []*meritv1.TotalBucket{
				{From: 200, Below: 210, Count: 2},
				{From: 210, Below: 220},
				{From: 220, Below: 230},
				{From: 230, Below: 240},
				{From: 240, Below: 250, Count: 2},
			},
			Aspects: []*meritv1.AspectQuartiles{
				{
					Aspect: "1", Name: kasn(t).Aspects[0].Name, Maximum: "40",
					Points: &meritv1.Quartiles{Least: "20", Lower: "20.475", Median: "22.475", Upper: "24.475", Greatest: "24.95"},
				},
				{
					Aspect: "2", Name: kasn(t).Aspects[1].Name, Maximum: "40",
					Points: &meritv1.Quartiles{Least: "15.05", Lower: "15.525", Median: "17.525", Upper: "19.525", Greatest: "20"},
				},
			},
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if all := r.MustDistribute(t, 0); all.GetResults() != 5 || all.GetTotals().GetMedian() != "240" {
			t.Errorf("of all kinds: %v", all)
		}
		if none := r.MustDistribute(t, provinsi); none.GetResults() != 0 || none.GetTotals() != nil || none.GetBuckets() != nil {
			t.Errorf("of a kind without results: %v", none)
		}
	})
}

func TestQuartilesOfFewResults(t *testing.T) {
	s := servertest.New(t)
	tests := []struct {
		name   string
		kind   scoring.AgencyKind
		totals []scoring.Points
		want   string // least, lower, median, upper, greatest
	}{
		{"one is everything", scoring.Kota, []scoring.Points{250_000}, "250 250 250 250 250"},
		{"the middle of three belongs to both halves", scoring.Kabupaten, []scoring.Points{100_000, 250_000, 400_000}, "100 175 250 325 400"},
		{"half a thousandth is rounded up", scoring.Provinsi, []scoring.Points{1, 2}, "0.001 0.001 0.002 0.002 0.002"},
	}
	r := newResults(t, s)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r.MustSpread(t, test.kind, test.totals...)
			q := r.MustDistribute(t, meritv1.AgencyKind(meritv1.AgencyKind_value["AGENCY_KIND_"+string(test.kind)])).GetTotals()
			if got := fmt.Sprint(q.GetLeast(), " ", q.GetLower(), " ", q.GetMedian(), " ", q.GetUpper(), " ", q.GetGreatest()); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestSimilarAgenciesAreOfTheSameKindAndNearest(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		ids := r.MustSpread(t, scoring.Kabupaten, 200_000, 210_000, 190_000, 205_500, 300_000)
		r.MustSpread(t, scoring.Kota, 200_000)
		likeE := r.MustAgency(t, store.Agency{Name: "F", Code: "KABUPATENF"})
		r.mustStore(t, likeE, 2026, sample{kind: scoring.Kabupaten, total: 100_000, hasTotal: true, aspects: [2]scoring.Points{20_000, 19_000}})
		tests := []struct {
			name string
			by   meritv1.Similarity
			want string
		}{
			{"by total, equal distances by code", meritv1.Similarity_SIMILARITY_UNSPECIFIED, "D 5.5, B 10, C 10"},
			{"by aspects", meritv1.Similarity_SIMILARITY_ASPECTS, "F 1, D 1.1, B 2"},
		}
		for _, test := range tests {
			req := &meritv1.GetSimilarRequest{AgencyId: ids[0], By: test.by, Limit: 3}
			got := servertest.Must(r.public.GetSimilar(t.Context(), req))(t)
			var lines []string
			for _, n := range got.GetSimilar() {
				lines = append(lines, nameOf(t, s, n.GetResult().GetAgencyId())+" "+n.GetDistance())
			}
			if strings.Join(lines, ", ") != test.want || got.GetResult().GetAgencyId() != ids[0] {
				t.Errorf("%s: %v, want %s", test.name, lines, test.want)
			}
		}
		imported := r.MustAgency(t, store.Agency{Name: "G", Code: "KABUPATENG"})
		r.mustStore(t, imported, 2026, sample{kind: scoring.Kabupaten, imported: true})
		for _, by := range []meritv1.Similarity{meritv1.Similarity_SIMILARITY_TOTAL, meritv1.Similarity_SIMILARITY_ASPECTS} {
			if got := servertest.Must(r.public.GetSimilar(t.Context(), &meritv1.GetSimilarRequest{AgencyId: imported, By: by}))(t); len(got.GetSimilar()) > 0 {
				t.Errorf("without total and aspects: %v", got)
			}
		}
	})
}

// nameOf is what an agency is called today.
func nameOf(tb testing.TB, s *servertest.Server, id string) (name string) {
	tb.Helper()
	err := s.Store.View(tb.Context(), func(tx *store.Tx) error {
		a, err := tx.Agency(id, "2026-07-01")
		name = a.Name
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return name
}

func TestTheMostImproved(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		links := meritv1.NewAgencyServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
		link := func(agency string, kind meritv1.AgencyLinkKind, other string) {
			t.Helper()
			req := &meritv1.LinkAgenciesRequest{AgencyId: agency, Kind: kind, OtherId: other, OnDate: "2024-01-01"}
			servertest.Must(links.LinkAgencies(t.Context(), req))(t)
		}
		agency := func(name string) string { return s.MustAgency(t, store.Agency{Name: name, Code: name}) }
		climber, equal, faller, fresh, mother := agency("Climber"), agency("Equal"), agency("Faller"), agency("Fresh"), agency("Mother")
		old, renamed, unsure := agency("Old"), agency("Renamed"), agency("Unsure")
		uncertain := func(res *store.Result) { res.YearUncertain = true }
		for _, year := range []struct {
			agency string
			year   int
			total  scoring.Points
			change func(*store.Result)
		}{
			{climber, 2020, 390_000, nil},
			{climber, 2022, 200_000, nil},
			{climber, 2025, 260_000, nil},
			{equal, 2024, 240_000, nil},
			{equal, 2025, 300_000, nil},
			{faller, 2024, 300_000, nil},
			{faller, 2025, 290_000, nil},
			{mother, 2022, 100_000, nil},
			{fresh, 2025, 400_000, nil},
			{old, 2023, 100_000, nil},
			{renamed, 2025, 200_000, nil},
			{unsure, 2024, 100_000, uncertain},
			{unsure, 2025, 400_000, nil},
			{climber, 2026, 400_000, nil},
		} {
			if year.change == nil {
				year.change = func(*store.Result) {}
			}
			r.MustDetermine(t, year.agency, year.year, year.total, year.change)
		}
		link(fresh, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_SPLIT_FROM, mother)
		link(old, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_RENAMED, renamed)
		req := &meritv1.ListMostImprovedRequest{InstrumentId: "kasn-2019", Year: 2025, Kind: kabupaten}
		got := servertest.Must(r.public.ListMostImproved(t.Context(), req))(t)
		var lines []string
		for _, i := range got.GetResults() {
			lines = append(lines, fmt.Sprintf("%d %s %d %s", i.GetRank(), i.GetResult().GetAgencyName(), i.GetBefore().GetYear(), i.GetChange()))
		}
		want := []string{"1 Renamed 2023 100", "2 Climber 2022 60", "2 Equal 2024 60"}
		if diff := cmp.Diff(want, lines); diff != "" || got.GetCompared() != 4 {
			t.Errorf("%d compared (-want +got):\n%s", got.GetCompared(), diff)
		}
		req.Limit = 1
		if got := servertest.Must(r.public.ListMostImproved(t.Context(), req))(t); len(got.GetResults()) != 1 || got.GetCompared() != 4 {
			t.Errorf("the first one: %v", got)
		}
		req.Kind = kota
		if got := servertest.Must(r.public.ListMostImproved(t.Context(), req))(t); got.GetCompared() != 0 {
			t.Errorf("of another kind: %v", got)
		}
	})
}

func TestTheNationalTrendCountsEveryYear(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		a, b, c := s.MustAgency(t, store.Agency{Code: "A"}), s.MustAgency(t, store.Agency{Code: "B"}), s.MustAgency(t, store.Agency{Code: "C"})
		r.MustDetermine(t, a, 2022, 250_000)
		r.MustDetermine(t, b, 2022, 249_500)
		r.MustDetermine(t, b, 2022, 325_000) // takes the place of the one before
		r.MustDetermine(t, c, 2024, 100_500)
		r.MustImport(t, resultHeader+"C,2022,,Kurang,s\n")
		counts := func(buruk, kurang, baik, sangatBaik int32) (all []*meritv1.CategoryCount) {
			for i, n := range []int32{buruk, kurang, baik, sangatBaik} {
				category := kasn(t).Categories[i]
				all = append(all, &meritv1.CategoryCount{Category: category.Code, CategoryName: category.Name, Count: n})
			}
			return all
		}
		title := kasn(t).Title
		want := &meritv1.GetNationalTrendResponse{Years: []*meritv1.NationalYear{
			{
				Year: 2022, InstrumentId: "kasn-2019", InstrumentTitle: title, Results: 3, WithoutTotal: 1, Imported: 1,
				Categories: counts(0, 1, 1, 1), MeanTotal: "287.50", BaikPercent: "66.7",
			},
			{
				Year: 2024, InstrumentId: "kasn-2019", InstrumentTitle: title, Results: 1,
				Categories: counts(1, 0, 0, 0), MeanTotal: "100.50", BaikPercent: "0.0",
			},
		}}
		got := servertest.Must(r.public.GetNationalTrend(t.Context(), &meritv1.GetNationalTrendRequest{}))(t)
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if none := servertest.Must(r.public.GetNationalTrend(t.Context(), &meritv1.GetNationalTrendRequest{Kind: kota}))(t); len(none.GetYears()) > 0 {
			t.Errorf("of a kind without results: %v", none)
		}
	})
}
