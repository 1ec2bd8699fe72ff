package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustFollow reads a trend and writes it one year a line: "2021 Kabupaten Demo 330 (+2)", with "from" before a predecessor.
func (r results) MustFollow(tb testing.TB, agencyID string) (lines []string) {
	tb.Helper()
	for _, p := range servertest.Must(r.public.GetTrend(tb.Context(), &meritv1.GetTrendRequest{AgencyId: agencyID}))(tb).GetPoints() {
		line := fmt.Sprintf("%d %s %s", p.GetResult().GetYear(), p.GetResult().GetAgencyName(), p.GetResult().GetTotal())
		if p.GetPredecessor() {
			line += ", predecessor"
		}
		if p.GetComparable() {
			line += ", change " + p.GetChange()
		}
		lines = append(lines, line)
	}
	return lines
}

func TestATrendFollowsAnAgencyThroughTheYears(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		agency := s.MustAgency(t, store.Agency{Code: "A", Name: "A"})
		r.MustDetermine(t, agency, 2023, 327_500)
		r.MustImport(t, resultHeader+"A,2022,330,,s\nA,2020,250.5,,s\nA,2021,,Baik,s\nA,2023,327,,stands behind the determined one\n")
		r.MustDetermine(t, agency, 2024, 327_500)
		want := []string{"2020 A 250.5", "2021 A ", "2022 A 330", "2023 A 327.5, change -2.5", "2024 A 327.5, change 0"}
		if diff := cmp.Diff(want, r.MustFollow(t, agency)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestATrendFollowsTheLineage(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		links := meritv1.NewAgencyServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
		link := func(agency string, kind meritv1.AgencyLinkKind, other, day string) {
			t.Helper()
			req := &meritv1.LinkAgenciesRequest{AgencyId: agency, Kind: kind, OtherId: other, OnDate: day}
			servertest.Must(links.LinkAgencies(t.Context(), req))(t)
		}
		mother := s.MustAgency(t, store.Agency{Name: "Mother"})
		child := s.MustAgency(t, store.Agency{Name: "Child"})
		renamed := s.MustAgency(t, store.Agency{Name: "Renamed"})
		for year, total := range map[int]scoring.Points{2020: 200_000, 2022: 220_000, 2023: 230_000} {
			r.MustDetermine(t, mother, year, total)
		}
		r.MustDetermine(t, child, 2023, 260_000)
		r.MustDetermine(t, renamed, 2025, 270_000)
		link(child, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_SPLIT_FROM, mother, "2022-07-25")
		link(child, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_RENAMED, renamed, "2024-01-01")

		tests := map[string][]string{
			mother:  {"2020 Mother 200", "2022 Mother 220, change 20", "2023 Mother 230, change 10"},
			child:   {"2020 Mother 200, predecessor", "2022 Mother 220, predecessor, change 20", "2023 Child 260"},
			renamed: {"2020 Mother 200, predecessor", "2022 Mother 220, predecessor, change 20", "2023 Child 260, predecessor", "2025 Renamed 270, change 10"},
		}
		for agency, want := range tests {
			if diff := cmp.Diff(want, r.MustFollow(t, agency)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
}

func TestYearsUnderAnotherMeasureAreNotCompared(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	sample := MustSource(t, "before.yaml")
	MustPublish(t, r.instruments, sample)
	under := func(instrument string) func(*store.Result) {
		return func(res *store.Result) { res.InstrumentID = instrument }
	}
	uncertain := func(res *store.Result) { res.YearUncertain = true }
	tests := []struct {
		name          string
		first, second func(*store.Result)
		want          string
	}{
		{"another instrument", under("kasn-2019"), under("sample-1"), "2022 A 20"},
		{"a year that is uncertain", uncertain, under("kasn-2019"), "2022 A 20"},
		{"the same", under("kasn-2019"), under("kasn-2019"), "2022 A 20, change 10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			agency := s.MustAgency(t, store.Agency{Name: "A"})
			r.MustDetermine(t, agency, 2021, 10_000, test.first)
			r.MustDetermine(t, agency, 2022, 20_000, test.second)
			if diff := cmp.Diff([]string{"2021 A 10", test.want}, r.MustFollow(t, agency)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestANewVersionOfAnInstrumentIsComparedWhenEveryItemIs(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	sample := MustSource(t, "before.yaml")
	MustPublish(t, r.instruments, sample)
	tests := []struct {
		name   string
		change *strings.Replacer
		want   string
	}{
		{"every item is comparable", strings.NewReplacer(), "2022 A 20, change 10"},
		{"an item weighs more", strings.NewReplacer(`"2.5"`, `"3.5"`), "2022 A 20"},
		{"an item is not comparable", strings.NewReplacer("predecessor: \"1.2\"\n        comparable: true", "predecessor: \"1.2\"\n        comparable: false"), "2022 A 20"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := fmt.Sprintf("sample-%d", i+2)
			next := strings.Replace(sample, "id: sample-1", "id: "+id+"\nreplaces: sample-1", 1)
			for _, item := range []string{"1.1", "1.2", "1.3"} {
				code := fmt.Sprintf("code: %q\n", item)
				next = strings.Replace(next, code, fmt.Sprintf("%s        predecessor: %q\n        comparable: true\n", code, item), 1)
			}
			MustPublish(t, r.instruments, test.change.Replace(next))
			agency := s.MustAgency(t, store.Agency{Name: "A"})
			r.MustDetermine(t, agency, 2021, 10_000, func(res *store.Result) { res.InstrumentID = "sample-1" })
			r.MustDetermine(t, agency, 2022, 20_000, func(res *store.Result) { res.InstrumentID = id })
			if diff := cmp.Diff([]string{"2021 A 10", test.want}, r.MustFollow(t, agency)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
