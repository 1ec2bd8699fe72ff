package server_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// MustBegin puts an assessment of an agency into the store, with levels claimed for items in order.
func (n season) MustBegin(tb testing.TB, agencyID string, state workflow.State, claimed ...string) {
	tb.Helper()
	n.MustUpdate(tb, "assessment.prepare", func(tx *store.Tx) error {
		a := store.Assessment{
			ID: tx.NewID(), CycleID: n.cycle.GetId(), AgencyID: agencyID, Attempt: 1, InstrumentID: "kasn-2019",
			AgencyKind: scoring.Kabupaten, State: state, StartedAt: tx.Now(), Answered: len(claimed), Applicable: 38,
		}
		sheet, err := tx.AddAssessment(a)
		if err != nil {
			return err
		}
		var decisions []*store.Decision
		for _, item := range claimed {
			decisions = append(decisions, &store.Decision{Stage: store.StageClaimed, Item: item, Kind: store.KindLevel, Level: 2})
		}
		return tx.AppendDecisions(&sheet, decisions...)
	})
}

// MustResult puts a result of an agency into the store.
func (n season) MustResult(tb testing.TB, agencyID string, year int, decreeDate, validUntil string) {
	tb.Helper()
	n.MustUpdate(tb, "result.prepare", func(tx *store.Tx) error {
		return tx.InsertResult(store.Result{
			ID: tx.NewID(), AgencyID: agencyID, Year: year, InstrumentID: "kasn-2019", AgencyKind: scoring.Kabupaten,
			DecreeDate: decreeDate, ValidUntil: validUntil,
		}, nil)
	})
}

func (n season) participation(tb testing.TB, p *servertest.Person, req *meritv1.GetParticipationRequest) *meritv1.GetParticipationResponse {
	tb.Helper()
	req.CycleId = n.cycle.GetId()
	return servertest.Must(meritv1.NewCycleServiceClient(p).GetParticipation(tb.Context(), req))(tb)
}

func TestParticipationTellsHowFarEveryAgencyIs(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		province := s.MustAgency(t, store.Agency{Code: "91", Name: "Provinsi Papua", Kind: scoring.Provinsi})
		in := func(code string) string {
			return s.MustAgency(t, store.Agency{Code: code, ProvinceID: province})
		}
		in("91.01")
		filling, submitted, repaired, verified, determined := in("91.02"), in("91.03"), in("91.04"), in("91.05"), in("91.06")
		notDue, expired, later := in("91.07"), in("91.08"), in("91.09")
		n.MustBegin(t, filling, workflow.Draft, "1.1", "1.2", "2.1", "3.1")
		n.MustBegin(t, submitted, workflow.Submitted)
		n.MustBegin(t, repaired, workflow.InRepair)
		n.MustBegin(t, verified, workflow.Verified)
		n.MustBegin(t, determined, workflow.Determined)
		n.MustResult(t, notDue, 2020, "2020-06-30", "2022-06-29")
		n.MustResult(t, expired, 2019, "2019-12-01", "2021-01-03")
		n.MustResult(t, later, 2021, "2021-06-30", "2023-06-29")

		resp := n.participation(t, s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""), &meritv1.GetParticipationRequest{})
		got := map[string]string{}
		for _, p := range resp.GetAgencies() {
			got[p.GetAgency().GetCode()] = fmt.Sprintf("%s %d%% %s %d %s",
				p.GetState().String()[len("PARTICIPATION_STATE_"):], p.GetPercentAnswered(), p.GetStuckAt(), p.GetStuckItems(), p.GetValidUntil())
		}
		want := map[string]string{
			"91":    "NOT_STARTED 0%  0 ",
			"91.01": "NOT_STARTED 0%  0 ",
			"91.02": "FILLING 10% 3 9 ",
			"91.03": "SUBMITTED 0%  0 ",
			"91.04": "IN_VERIFICATION 0%  0 ",
			"91.05": "VERIFIED 0%  0 ",
			"91.06": "DETERMINED 0%  0 ",
			"91.07": "NOT_DUE 0%  0 2022-06-29",
			"91.08": "NOT_STARTED 0%  0 ",
			"91.09": "NOT_STARTED 0%  0 ",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("participation (-want +got):\n%s", diff)
		}
		counts := &meritv1.ParticipationCount{NotDue: 1, NotStarted: 3, Filling: 1, Submitted: 1, InVerification: 1, Verified: 1, Determined: 1}
		counts.Kind = meritv1.AgencyKind_AGENCY_KIND_KABUPATEN
		byKind := []*meritv1.ParticipationCount{{Kind: meritv1.AgencyKind_AGENCY_KIND_PROVINSI, NotStarted: 1}, counts}
		if diff := cmp.Diff(byKind, resp.GetByKind(), protocmp.Transform()); diff != "" {
			t.Errorf("by kind (-want +got):\n%s", diff)
		}
		counts.Kind, counts.ProvinceId, counts.ProvinceName = 0, province, "Provinsi Papua"
		if diff := cmp.Diff([]*meritv1.ParticipationCount{counts}, resp.GetByProvince(), protocmp.Transform()); diff != "" {
			t.Errorf("by province (-want +got):\n%s", diff)
		}
	})
}

func TestAnAgencyThatIsNotDueStartsOnlyWhenItSaysSo(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		for name, tc := range map[string]struct {
			decree, validUntil string
			due                bool
		}{
			"valid through the year":                            {"2020-06-30", "2022-06-29", false},
			"valid on the first day of self-assessment only":    {"2020-01-05", "2021-01-04", false},
			"over before the first day of self-assessment":      {"2020-01-04", "2021-01-03", true},
			"determined since the first day of self-assessment": {"2021-01-20", "2022-01-19", false},
		} {
			t.Run(name, func(t *testing.T) {
				agency := s.MustAgency(t, store.Agency{})
				n.MustResult(t, agency, 2020, tc.decree, tc.validUntil)
				operator := meritv1.NewAssessmentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency))
				req := &meritv1.StartAssessmentRequest{CycleId: n.cycle.GetId()}
				_, err := operator.StartAssessment(t.Context(), req)
				if !tc.due {
					servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_DUE)
					req.StartEarly = true
					_, err = operator.StartAssessment(t.Context(), req)
				}
				if err != nil {
					t.Errorf("start: %v", err)
				}
			})
		}
	})
}

func TestParticipationIsFilteredAndPagedWhileCountsStayWhole(t *testing.T) {
	s := servertest.New(t)
	n := newSeason(t, s)
	for i := range 5 {
		id := s.MustAgency(t, store.Agency{Code: fmt.Sprint("10.0", i)})
		if i%2 == 0 {
			n.MustBegin(t, id, workflow.Submitted)
		}
	}
	req := &meritv1.GetParticipationRequest{State: meritv1.ParticipationState_PARTICIPATION_STATE_SUBMITTED, PageSize: 2}
	var codes []string
	person := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	for {
		resp := n.participation(t, person, req)
		for _, p := range resp.GetAgencies() {
			codes = append(codes, p.GetAgency().GetCode())
		}
		if c := resp.GetByKind(); len(c) != 1 || c[0].GetSubmitted() != 3 || c[0].GetNotStarted() != 2 {
			t.Errorf("counts are %v, want 3 submitted and 2 not started", c)
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"10.00", "10.02", "10.04"}, codes); diff != "" {
		t.Errorf("agencies (-want +got):\n%s", diff)
	}
}

func TestParticipationIsToldWithinTheScopeOfTheCaller(t *testing.T) {
	s := servertest.New(t)
	n := newSeason(t, s)
	own := s.MustAgency(t, store.Agency{Code: "10.01", Region: "I"})
	s.MustAgency(t, store.Agency{Code: "10.02", Region: "I"})
	s.MustAgency(t, store.Agency{Code: "10.03", Region: "II"})
	for name, tc := range map[string]struct {
		person *servertest.Person
		want   []string
	}{
		"a verifier of a region":  {s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"), []string{"10.01", "10.02"}},
		"an auditor of an agency": {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, own), []string{"10.01"}},
		"an auditor of all":       {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), []string{"10.01", "10.02", "10.03"}},
	} {
		t.Run(name, func(t *testing.T) {
			var codes []string
			resp := n.participation(t, tc.person, &meritv1.GetParticipationRequest{})
			for _, p := range resp.GetAgencies() {
				codes = append(codes, p.GetAgency().GetCode())
			}
			if diff := cmp.Diff(tc.want, codes); diff != "" {
				t.Errorf("sees (-want +got):\n%s", diff)
			}
			if counted := resp.GetByKind()[0].GetNotStarted(); int(counted) != len(tc.want) {
				t.Errorf("%d are counted, want %d", counted, len(tc.want))
			}
		})
	}
}

// BenchmarkGetParticipation reads how far 719 agencies are, all of them filling in, on the page of 500.
func BenchmarkGetParticipation(b *testing.B) {
	s := servertest.New(b)
	n := newSeason(b, s)
	admin := s.MustAccount(b, meritv1.Role_ROLE_ADMIN, "")
	for i := range 719 {
		n.MustBegin(b, s.MustAgency(b, store.Agency{Code: fmt.Sprintf("10.%04d", i)}), workflow.Draft, "1.1", "1.2")
	}
	for b.Loop() {
		n.participation(b, admin, &meritv1.GetParticipationRequest{PageSize: 500})
	}
}
