package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// TestAFreshProofCountsForFiveMinutes knocks at every RPC that cannot be taken back, as time passes.
func TestAFreshProofCountsForFiveMinutes(t *testing.T) {
	s := servertest.New(t)
	people := map[meritv1.Role]*servertest.Person{}
	for _, role := range []meritv1.Role{meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_ADMIN} {
		people[role] = MustSignedIn(t, s, role, "")
	}
	people[meritv1.Role_ROLE_APPROVER] = MustSignedIn(t, s, meritv1.Role_ROLE_APPROVER, s.MustAgency(t, store.Agency{}))
	want := func(when string, refused bool) {
		t.Helper()
		tried := 0
		for method, rule := range s.Rules() {
			for role, person := range people {
				if !rule.StepUp || !rule.Allows(role) {
					continue
				}
				tried++
				if err := knock(t, person, method); (servertest.Reason(err) == meritv1.Reason_REASON_STEP_UP_REQUIRED) != refused {
					t.Errorf("%s, %s as %s: %v", when, method, role, err)
				}
			}
		}
		if tried < 7 {
			t.Errorf("only %d calls were tried", tried)
		}
	}
	s.Clock.Add(5*time.Minute - time.Second)
	want("just before five minutes", false)
	s.Clock.Add(time.Second)
	want("after five minutes", true)
	for _, person := range people {
		_, err := accounts(person).Confirm(t.Context(), &meritv1.ConfirmRequest{Password: "not the password"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
	}
	want("after a wrong password", true)
	for _, person := range people {
		servertest.Must(accounts(person).Confirm(t.Context(), &meritv1.ConfirmRequest{Password: password}))(t)
	}
	want("confirmed", false)
}

func TestACodeProvesOnceToo(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		e := MustEnrol(t, s, meritv1.Role_ROLE_ADMIN, "")
		s.Clock.Add(5 * time.Minute)
		code := e.codeNow(t, s)
		got := servertest.Must(accounts(e.Person).Confirm(t.Context(), &meritv1.ConfirmRequest{Code: code}))(t)
		if want := s.Clock.Now().Add(5 * time.Minute); !got.GetConfirmedUntil().AsTime().Equal(want) {
			t.Errorf("confirmed until %v, want %v", got.GetConfirmedUntil().AsTime(), want)
		}
		_, err := accounts(e.Person).Confirm(t.Context(), &meritv1.ConfirmRequest{Code: code})
		servertest.WantReason(t, err, meritv1.Reason_REASON_CODE_REFUSED)
		for name, req := range map[string]*meritv1.ConfirmRequest{"neither": {}, "both": {Password: password, Code: code}} {
			if _, err := accounts(e.Person).Confirm(t.Context(), req); servertest.Reason(err) != meritv1.Reason_REASON_INVALID_REQUEST {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAppointingAnAdministratorWantsAFreshProof(t *testing.T) {
	s := servertest.New(t)
	admin := MustSignedIn(t, s, meritv1.Role_ROLE_ADMIN, "")
	other := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	_, program := MustToken(t, s, admin)
	s.Clock.Add(5 * time.Minute)
	appointment := &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN, LetterNumber: "1"}
	rows := []byte("name,email,role\nDemo,new@example.test,ADMIN\n")
	for name, call := range map[string]func(*servertest.Person) error{
		"invite": func(p *servertest.Person) error {
			_, err := accounts(p).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{Name: "Demo", Email: "new@example.test", Appointment: appointment})
			return err
		},
		"grant": func(p *servertest.Person) error {
			_, err := accounts(p).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{AccountId: other.AccountID, Appointment: appointment})
			return err
		},
		"import": func(p *servertest.Person) error {
			_, err := accounts(p).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: rows})
			return err
		},
	} {
		s.WantUnchanged(t, func() {
			if err := call(admin); servertest.Reason(err) != meritv1.Reason_REASON_STEP_UP_REQUIRED {
				t.Errorf("%s in a session: %v", name, err)
			}
			if err := call(program); servertest.Reason(err) != meritv1.Reason_REASON_SESSION_REQUIRED {
				t.Errorf("%s with a token: %v", name, err)
			}
		})
	}
	servertest.Must(accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: rows, Preview: true}))(t)
}

// TestALimitedTokenOpensWhatItIsLimitedTo knocks at every RPC with tokens of an auditor.
func TestALimitedTokenOpensWhatItIsLimitedTo(t *testing.T) {
	s := servertest.New(t)
	person := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	limited := func(req *meritv1.CreateTokenRequest) *servertest.Person {
		req.Name = "demo"
		return s.Bearer(servertest.Must(accounts(person).CreateToken(t.Context(), req))(t).GetSecret())
	}
	reads, results := limited(&meritv1.CreateTokenRequest{ReadOnly: true}), limited(&meritv1.CreateTokenRequest{Service: "ResultService"})
	for method, rule := range s.Rules() {
		if rule.IgnoreCredentials || !rule.Allows(meritv1.Role_ROLE_AUDITOR) {
			continue
		}
		if err := knock(t, reads, method); (servertest.Reason(err) == meritv1.Reason_REASON_TOKEN_SCOPE) == rule.ReadOnly {
			t.Errorf("%s with a read-only token: %v", method, err)
		}
		ours := strings.HasPrefix(method, "/merit.v1.ResultService/")
		if err := knock(t, results, method); (servertest.Reason(err) == meritv1.Reason_REASON_TOKEN_SCOPE) == ours {
			t.Errorf("%s with a token for ResultService: %v", method, err)
		}
	}
	door := MustOpenJSON(t, s)
	refused := MustPost(t, door, "CycleService/ListCycles", "{}", "Authorization", "Bearer "+results.Secret)
	if refused.status != http.StatusForbidden || refused.reason() != "TOKEN_SCOPE" {
		t.Errorf("through JSON: %d %v", refused.status, refused.body)
	}
	if let := MustPost(t, door, "ResultService/GetSummary", "{}", "Authorization", "Bearer "+results.Secret); let.reason() == "TOKEN_SCOPE" {
		t.Errorf("through JSON: %d %v", let.status, let.body)
	}
}

func TestATokenOfOneAgencyReachesNoOther(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		one, other := s.MustAgency(t, store.Agency{Name: "Kota Satu"}), s.MustAgency(t, store.Agency{})
		for _, agency := range []string{one, other} {
			s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
		}
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		made := servertest.Must(accounts(auditor).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo", AgencyId: one}))(t)
		if made.GetToken().GetAgencyName() != "Kota Satu" {
			t.Errorf("token %v", made.GetToken())
		}
		program := s.Bearer(made.GetSecret())
		for _, a := range servertest.Must(accounts(program).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{}))(t).GetAccounts() {
			if a.GetMemberships()[0].GetAgencyId() != one {
				t.Errorf("it lists %v", a)
			}
		}
		for _, role := range []meritv1.Role{meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_COMMISSIONER} {
			_, err := accounts(s.MustAccount(t, role, "")).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo", AgencyId: one})
			servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		}
	})
}

func TestSessionsAreTheirOwnersToSeeAndEnd(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := MustSignedIn(t, s, meritv1.Role_ROLE_AUDITOR, "")
		open := func() *servertest.Person {
			return s.Bearer(servertest.Must(signIn(t, s.Anyone().With("x-merit-client-agent", "demo browser"), a.Email, password))(t).GetSessionToken())
		}
		first, second, third := open(), open(), open()
		s.Clock.Add(2 * time.Minute)
		list := servertest.Must(accounts(first).ListMySessions(t.Context(), &meritv1.ListMySessionsRequest{}))(t).GetSessions()
		if len(list) != 4 {
			t.Fatalf("%d sessions, want 4", len(list))
		}
		current, ended := 0, ""
		for _, session := range list {
			if !session.GetCurrent() {
				ended = session.GetId()
				continue
			}
			current++
			if session.GetUserAgent() != "demo browser" || !session.GetLastUsedAt().AsTime().Equal(s.Clock.Now()) {
				t.Errorf("the session that asks is %v", session)
			}
		}
		if current != 1 {
			t.Errorf("%d sessions are the one that asks", current)
		}
		servertest.Must(accounts(first).EndMySession(t.Context(), &meritv1.EndMySessionRequest{SessionId: ended}))(t)
		if got := servertest.Must(accounts(first).EndMyOtherSessions(t.Context(), &meritv1.EndMyOtherSessionsRequest{}))(t).GetEnded(); got != 2 {
			t.Errorf("%d others ended, want the two that were left", got)
		}
		for _, other := range []*servertest.Person{second, third} {
			_, err := whoAmI(t, other)
			servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
		}
		servertest.Must(whoAmI(t, first))(t)
	})
}
