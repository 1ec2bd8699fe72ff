package server_test

import (
	"slices"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// extension is a request for a week more of self-assessment.
func (n season) extension(agencies ...string) *meritv1.GrantExtensionRequest {
	return &meritv1.GrantExtensionRequest{
		CycleId: n.cycle.GetId(), Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, AgencyIds: agencies, LastDay: "2021-03-07", Reason: "Banjir",
	}
}

func TestAnExtensionIsGrantedToAListOfAgencies(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		a, b := s.MustAgency(t, store.Agency{Name: "Kabupaten A"}), s.MustAgency(t, store.Agency{Name: "Kabupaten B"})
		lead := s.MustAccount(t, meritv1.Role_ROLE_LEAD_VERIFIER, "")
		granted := servertest.Must(meritv1.NewCycleServiceClient(lead).GrantExtension(t.Context(), n.extension(a, b)))(t).GetExtensions()
		if len(granted) != 2 {
			t.Fatalf("granted %v", granted)
		}
		e := granted[1]
		if e.GetAgencyId() != b || e.GetAgencyName() != "Kabupaten B" || e.GetLastDay() != "2021-03-07" || e.GetReason() != "Banjir" ||
			e.GetGrantedBy().GetAccountId() != lead.AccountID || !e.GetGrantedAt().AsTime().Equal(s.Clock.Now()) {
			t.Errorf("the second reads %v", e)
		}
		list := servertest.Must(n.admin.ListExtensions(t.Context(), &meritv1.ListExtensionsRequest{CycleId: n.cycle.GetId(), PageSize: 1}))(t)
		if len(list.GetExtensions()) != 1 || list.GetExtensions()[0].GetAgencyId() != b || list.GetNextPageToken() == "" {
			t.Errorf("the first page of the list is %v, want the newest and a next page", list)
		}
	})
}

func TestAnExtensionIsNotGrantedAgainstTheRules(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		a := s.MustAgency(t, store.Agency{Region: "I"})
		other := s.MustAgency(t, store.Agency{Region: "II"})
		regional := meritv1.NewCycleServiceClient(s.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "I"))
		for _, tc := range []struct {
			name   string
			change func(*meritv1.GrantExtensionRequest)
			reason meritv1.Reason
		}{
			{"no later than the window", func(r *meritv1.GrantExtensionRequest) { r.LastDay = "2021-02-28" }, meritv1.Reason_REASON_INVALID_REQUEST},
			{"a day that is none", func(r *meritv1.GrantExtensionRequest) { r.LastDay = "2021-03-32" }, meritv1.Reason_REASON_INVALID_REQUEST},
			{"no words for a reason", func(r *meritv1.GrantExtensionRequest) { r.Reason = "  " }, meritv1.Reason_REASON_INVALID_REQUEST},
			{"an agency twice", func(r *meritv1.GrantExtensionRequest) { r.AgencyIds = []string{a, a} }, meritv1.Reason_REASON_INVALID_REQUEST},
			{"an unknown agency", func(r *meritv1.GrantExtensionRequest) { r.AgencyIds = []string{a, missing} }, meritv1.Reason_REASON_NOT_FOUND},
			{"an id that is none", func(r *meritv1.GrantExtensionRequest) { r.AgencyIds = []string{a, "nobody"} }, meritv1.Reason_REASON_INVALID_REQUEST},
			{"an agency of another region", func(r *meritv1.GrantExtensionRequest) { r.AgencyIds = []string{a, other} }, meritv1.Reason_REASON_OUT_OF_SCOPE},
			{"an unknown cycle", func(r *meritv1.GrantExtensionRequest) { r.CycleId = strings.Repeat("0", 26) }, meritv1.Reason_REASON_NOT_FOUND},
		} {
			t.Run(tc.name, func(t *testing.T) {
				req := n.extension(a)
				tc.change(req)
				_, err := regional.GrantExtension(t.Context(), req)
				servertest.WantReason(t, err, tc.reason)
			})
		}
		s.Clock.Add(60 * 24 * 60 * 60 * 1e9)
		_, err := n.admin.GrantExtension(t.Context(), n.extension(a))
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		if list := servertest.Must(n.admin.ListExtensions(t.Context(), &meritv1.ListExtensionsRequest{CycleId: n.cycle.GetId()}))(t); len(list.GetExtensions()) > 0 {
			t.Errorf("refused requests granted %v", list)
		}
	})
}

func TestExtensionsAreSeenWithinTheScopeOnly(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		own, other := s.MustAgency(t, store.Agency{Region: "I"}), s.MustAgency(t, store.Agency{Region: "II"})
		servertest.Must(n.admin.GrantExtension(t.Context(), n.extension(own, other)))(t)
		seen := func(p *servertest.Person, agency string) ([]string, error) {
			resp, err := meritv1.NewCycleServiceClient(p).ListExtensions(t.Context(),
				&meritv1.ListExtensionsRequest{CycleId: n.cycle.GetId(), AgencyId: agency})
			var agencies []string
			for _, e := range resp.GetExtensions() {
				agencies = append(agencies, e.GetAgencyId())
			}
			return agencies, err
		}
		operator, commissioner := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own), s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, "")
		regional := s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II")
		former := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own)
		s.MustUpdate(t, "membership.end", func(tx *store.Tx) error { return tx.EndMembership(former.MembershipID, "", "moved on") })
		for _, tc := range []struct {
			name   string
			person *servertest.Person
			agency string
			want   []string
			reason meritv1.Reason
		}{
			{"an operator", operator, "", []string{own}, 0},
			{"an operator who names their agency", operator, own, []string{own}, 0},
			{"an operator who names another", operator, other, nil, meritv1.Reason_REASON_OUT_OF_SCOPE},
			{"one who was an operator", former, "", nil, meritv1.Reason_REASON_OUT_OF_SCOPE},
			{"a verifier of a region", regional, "", []string{other}, 0},
			{"a verifier of a region who names an agency of another", regional, own, nil, 0},
			{"a commissioner", commissioner, "", []string{other, own}, 0},
			{"a commissioner who names one", commissioner, own, []string{own}, 0},
		} {
			t.Run(tc.name, func(t *testing.T) {
				got, err := seen(tc.person, tc.agency)
				if tc.reason != 0 {
					servertest.WantReason(t, err, tc.reason)
					return
				}
				if err != nil || !slices.Equal(got, tc.want) {
					t.Errorf("sees %v, %v; want %v", got, err, tc.want)
				}
			})
		}
	})
}
