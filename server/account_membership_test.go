package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestAdminAndDecidingRolesExcludeEachOther(t *testing.T) {
	appointment := func(role meritv1.Role, from, until string) *meritv1.Appointment {
		return &meritv1.Appointment{Role: role, ValidFrom: from, ValidUntil: until}
	}
	for _, test := range []struct {
		name string
		has  *meritv1.Appointment
		gets *meritv1.Appointment
		want meritv1.Reason
	}{
		{"an administrator does not verify", appointment(meritv1.Role_ROLE_ADMIN, "", ""), appointment(meritv1.Role_ROLE_VERIFIER, "", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"an administrator does not assign", appointment(meritv1.Role_ROLE_ADMIN, "", ""), appointment(meritv1.Role_ROLE_LEAD_VERIFIER, "", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"an administrator does not determine", appointment(meritv1.Role_ROLE_ADMIN, "", ""), appointment(meritv1.Role_ROLE_COMMISSIONER, "", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"an administrator does not award", appointment(meritv1.Role_ROLE_ADMIN, "", ""), appointment(meritv1.Role_ROLE_AWARD_COMMITTEE, "", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"a verifier does not administer", appointment(meritv1.Role_ROLE_VERIFIER, "", ""), appointment(meritv1.Role_ROLE_ADMIN, "", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"nor on one common day to come", appointment(meritv1.Role_ROLE_COMMISSIONER, "2022-01-01", "2022-06-30"), appointment(meritv1.Role_ROLE_ADMIN, "2022-06-30", ""), meritv1.Reason_REASON_ROLES_EXCLUDE},
		{"but may after the last day", appointment(meritv1.Role_ROLE_COMMISSIONER, "2022-01-01", "2022-06-30"), appointment(meritv1.Role_ROLE_ADMIN, "2022-07-01", ""), 0},
		{"a verifier may lead", appointment(meritv1.Role_ROLE_VERIFIER, "", ""), appointment(meritv1.Role_ROLE_LEAD_VERIFIER, "", ""), 0},
		{"the same role twice is one", appointment(meritv1.Role_ROLE_VERIFIER, "", ""), appointment(meritv1.Role_ROLE_VERIFIER, "2021-03-01", ""), meritv1.Reason_REASON_ALREADY_EXISTS},
		{"the same role again later is another", appointment(meritv1.Role_ROLE_VERIFIER, "", "2021-03-01"), appointment(meritv1.Role_ROLE_VERIFIER, "2021-03-02", ""), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			servertest.Each(t, func(t *testing.T, s *servertest.Server) {
				admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
				a := servertest.Must(accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
					Email: "demo@example.test", Name: "Demo", Appointment: test.has,
				}))(t).GetAccount()
				_, err := accounts(admin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{AccountId: a.GetId(), Appointment: test.gets})
				if servertest.Reason(err) != test.want || test.want == 0 && err != nil {
					t.Errorf("error %v, want %v", err, test.want)
				}
			})
		})
	}
}

func TestAnEndedMembershipExcludesNothing(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		end := &meritv1.EndMembershipRequest{MembershipId: verifier.MembershipID, Reason: "moved"}
		ended := servertest.Must(accounts(admin).EndMembership(t.Context(), end))(t).GetMembership()
		if ended.GetInForce() || ended.GetEndReason() != "moved" || !ended.GetEndedAt().AsTime().Equal(s.Clock.Now()) {
			t.Errorf("ended: %v", ended)
		}
		servertest.Must(accounts(admin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
			AccountId: verifier.AccountID, Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN},
		}))(t)
		_, err := accounts(admin).EndMembership(t.Context(), end)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		_, err := accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: admin.MembershipID, Reason: "demo"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IN_USE)
		_, err = accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: admin.AccountID, Reason: "demo"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IN_USE)
		s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		servertest.Must(accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: admin.MembershipID, Reason: "demo"}))(t)
	})
}

func TestWhyAnAccountWasDeactivatedIsKept(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin, gone := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		req := &meritv1.DeactivateAccountRequest{AccountId: gone.AccountID, Reason: " "}
		_, err := accounts(admin).DeactivateAccount(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		req.Reason = "pensiun"
		got := servertest.Must(accounts(admin).DeactivateAccount(t.Context(), req))(t).GetAccount()
		if got.GetState() != meritv1.AccountState_ACCOUNT_STATE_DEACTIVATED || got.GetDeactivationReason() != "pensiun" {
			t.Errorf("deactivated: %v", got)
		}
		for _, a := range servertest.Must(accounts(admin).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{IncludeDeactivated: true}))(t).GetAccounts() {
			if want := map[string]string{gone.AccountID: "pensiun"}[a.GetId()]; a.GetDeactivationReason() != want {
				t.Errorf("%s was deactivated because of %q, want %q", a.GetName(), a.GetDeactivationReason(), want)
			}
		}
	})
}

func TestAnAgencyAdministratorKeepsToTheOwnAgency(t *testing.T) {
	s := servertest.New(t)
	own, other := s.MustAgency(t, store.Agency{}), s.MustAgency(t, store.Agency{})
	agencyAdmin := s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, own)
	colleague := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own)
	shared := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own)
	elsewhere := s.MustAlsoAct(t, shared, meritv1.Role_ROLE_OPERATOR, other)
	stranger := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, other)
	deactivate := func(p *servertest.Person) error {
		_, err := accounts(agencyAdmin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: p.AccountID, Reason: "demo"})
		return err
	}
	reset := func(p *servertest.Person) error {
		_, err := accounts(agencyAdmin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: p.AccountID})
		return err
	}
	end := func(p *servertest.Person) error {
		_, err := accounts(agencyAdmin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: p.MembershipID, Reason: "demo"})
		return err
	}
	grant := func(p *servertest.Person) error {
		_, err := accounts(agencyAdmin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
			AccountId: p.AccountID, Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_CONTRIBUTOR},
		})
		return err
	}
	for _, test := range []struct {
		name string
		do   func(*servertest.Person) error
		who  *servertest.Person
		want meritv1.Reason
	}{
		{"grants to a colleague", grant, colleague, 0},
		{"grants to somebody who is of another agency too", grant, shared, 0},
		{"grants nothing to a stranger", grant, stranger, meritv1.Reason_REASON_NOT_FOUND},
		{"resets the password of a colleague", reset, colleague, 0},
		{"resets no password of somebody who is of another agency too", reset, shared, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"resets no password of a stranger", reset, stranger, meritv1.Reason_REASON_NOT_FOUND},
		{"deactivates nobody who is of another agency too", deactivate, shared, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"deactivates no stranger", deactivate, stranger, meritv1.Reason_REASON_NOT_FOUND},
		{"ends no membership of another agency", end, elsewhere, meritv1.Reason_REASON_NOT_FOUND},
		{"ends a membership of the own agency", end, shared, 0},
		{"deactivates a colleague", deactivate, colleague, 0},
	} {
		if err := test.do(test.who); servertest.Reason(err) != test.want || test.want == 0 && err != nil {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
	}
}

func TestListAccountsShowsWhatTheRoleMaySee(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := s.MustAgency(t, store.Agency{Region: "I"})
		b := s.MustAgency(t, store.Agency{Region: "II"})
		people := map[string]*servertest.Person{
			"operator of a":   s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, a),
			"operator of b":   s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, b),
			"verifier of I":   s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"),
			"verifier of II":  s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II"),
			"lead of I":       s.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "I"),
			"auditor of a":    s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, a),
			"auditor of I":    s.MustRegional(t, meritv1.Role_ROLE_AUDITOR, "I"),
			"national leader": s.MustAccount(t, meritv1.Role_ROLE_LEAD_VERIFIER, ""),
			"administrator":   s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""),
		}
		everybody := make([]string, 0, len(people))
		for name := range people {
			everybody = append(everybody, name)
		}
		for caller, want := range map[string][]string{
			"operator of a":   {"operator of a", "auditor of a"},
			"operator of b":   {"operator of b"},
			"auditor of a":    {"operator of a", "auditor of a"},
			"auditor of I":    {"operator of a", "auditor of a", "verifier of I", "lead of I", "auditor of I", "national leader", "administrator"},
			"lead of I":       {"verifier of I", "lead of I", "national leader"},
			"national leader": {"verifier of I", "verifier of II", "lead of I", "national leader"},
			"administrator":   everybody,
		} {
			list := servertest.Must(accounts(people[caller]).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{}))(t)
			got, wanted := map[string]bool{}, map[string]bool{}
			for _, account := range list.GetAccounts() {
				if len(account.GetMemberships()) != 1 {
					t.Errorf("%s sees memberships %v", caller, account.GetMemberships())
				}
				got[account.GetId()] = true
			}
			for _, name := range want {
				wanted[people[name].AccountID] = true
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", caller, diff)
			}
			wantReadsAlone(t, caller, people[caller], people, wanted)
		}
	})
}

// wantReadsAlone checks that a caller reads each person alone whom the list shows, and nobody else.
func wantReadsAlone(t *testing.T, caller string, who *servertest.Person, people map[string]*servertest.Person, seen map[string]bool) {
	t.Helper()
	for name, p := range people {
		read, err := accounts(who).GetAccount(t.Context(), &meritv1.GetAccountRequest{AccountId: p.AccountID})
		if seen[p.AccountID] && (err != nil || read.GetAccount().GetEmail() != p.Email || len(read.GetAccount().GetMemberships()) != 1) {
			t.Errorf("%s reads of %s: %v, %v", caller, name, read, err)
		}
		if !seen[p.AccountID] && servertest.Reason(err) != meritv1.Reason_REASON_NOT_FOUND {
			t.Errorf("%s reads of %s: %v, want NOT_FOUND", caller, name, err)
		}
	}
}

func TestListAccountsFiltersAndPages(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		for range 5 {
			s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
		}
		gone := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
		servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: gone.AccountID, Reason: "demo"}))(t)
		count := func(req *meritv1.ListAccountsRequest) int {
			seen := map[string]bool{}
			for {
				list := servertest.Must(accounts(admin).ListAccounts(t.Context(), req))(t)
				for _, a := range list.GetAccounts() {
					seen[a.GetId()] = true
				}
				if req.PageToken = list.GetNextPageToken(); req.PageToken == "" {
					return len(seen)
				}
			}
		}
		for want, req := range map[int]*meritv1.ListAccountsRequest{
			6: {PageSize: 2},
			5: {AgencyId: agency, PageSize: 1},
			7: {IncludeDeactivated: true},
			1: {Role: meritv1.Role_ROLE_ADMIN},
			0: {Text: "nobody"},
		} {
			if got := count(req); got != want {
				t.Errorf("%v: %d accounts, want %d", req, got, want)
			}
		}
	})
}
