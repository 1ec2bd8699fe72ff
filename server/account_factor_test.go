package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// enrolled is somebody with a second factor.
type enrolled struct {
	*servertest.Person // a session that gave a first code
	email, secret      string
	recovery           []string
}

// codeNow is what the authenticator shows.
func (e *enrolled) codeNow(tb testing.TB, s *servertest.Server) string {
	tb.Helper()
	code, err := totp.GenerateCode(e.secret, s.Clock.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return code
}

// MustSignedIn is somebody who has just signed in with the password, as nobody of servertest has.
func MustSignedIn(tb testing.TB, s *servertest.Server, role meritv1.Role, agency string) *servertest.Person {
	tb.Helper()
	a := s.MustAccount(tb, role, agency)
	secret, hash := access.NewSecret(access.KindLink)
	s.MustUpdate(tb, "Test.Prepare", func(tx *store.Tx) error {
		return tx.InsertLink(store.Link{
			ID: tx.NewID(), Kind: store.LinkPasswordReset, AccountID: a.AccountID, Hash: hash, IssuedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour),
		})
	})
	servertest.Must(accounts(s.Anyone()).AcceptLink(tb.Context(), &meritv1.AcceptLinkRequest{Secret: secret, NewPassword: password}))(tb)
	p := s.Bearer(servertest.Must(signIn(tb, s.Anyone(), a.Email, password))(tb).GetSessionToken())
	p.AccountID, p.MembershipID, p.Email = a.AccountID, a.MembershipID, a.Email
	return p
}

// MustEnrol signs a new member in and enrols an authenticator. A minute later its code is a fresh one.
func MustEnrol(tb testing.TB, s *servertest.Server, role meritv1.Role, agency string) *enrolled {
	tb.Helper()
	return mustEnrolAs(tb, s, MustSignedIn(tb, s, role, agency))
}

// mustEnrolAs is MustEnrol for somebody who has just signed in.
func mustEnrolAs(tb testing.TB, s *servertest.Server, p *servertest.Person) *enrolled {
	tb.Helper()
	e := &enrolled{Person: p, email: p.Email}
	made := servertest.Must(accounts(e.Person).EnrolSecondFactor(tb.Context(), &meritv1.EnrolSecondFactorRequest{}))(tb)
	e.secret = made.GetSecret()
	confirmed := servertest.Must(accounts(e.Person).ConfirmSecondFactor(tb.Context(), &meritv1.ConfirmSecondFactorRequest{Code: e.codeNow(tb, s)}))(tb)
	e.recovery = confirmed.GetRecoveryCodes()
	s.Clock.Add(time.Minute)
	return e
}

func giveCode(tb testing.TB, s *servertest.Server, pending, code string) (*meritv1.GiveCodeResponse, error) {
	tb.Helper()
	return accounts(s.Anyone()).GiveCode(tb.Context(), &meritv1.GiveCodeRequest{PendingToken: pending, Code: code})
}

// mustPend gives the password and returns the pending sign-in.
func (e *enrolled) mustPend(tb testing.TB, s *servertest.Server) string {
	tb.Helper()
	in := servertest.Must(signIn(tb, s.Anyone(), e.email, password))(tb)
	if in.GetSessionToken() != "" || in.GetPendingToken() == "" || in.GetAccount() != nil {
		tb.Fatalf("the password alone got %v", in)
	}
	return in.GetPendingToken()
}

func TestWithASecondFactorAPasswordOpensNoSession(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		pending := e.mustPend(t, s)
		_, err := giveCode(t, s, pending, "000000")
		servertest.WantReason(t, err, meritv1.Reason_REASON_CODE_REFUSED)
		in := servertest.Must(giveCode(t, s, pending, e.codeNow(t, s)))(t)
		if me := servertest.Must(whoAmI(t, s.Bearer(in.GetSessionToken())))(t); me.GetAccount().GetId() != e.AccountID {
			t.Errorf("I am %v", me)
		}
		_, err = giveCode(t, s, pending, e.recovery[0])
		servertest.WantReason(t, err, meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED)
	})
}

func TestACodeWorksOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		before := e.codeNow(t, s)
		s.Clock.Add(30 * time.Second)
		code := e.codeNow(t, s)
		servertest.Must(giveCode(t, s, e.mustPend(t, s), code))(t)
		for name, used := range map[string]string{"the same": code, "the one before it": before} {
			if _, err := giveCode(t, s, e.mustPend(t, s), used); servertest.Reason(err) != meritv1.Reason_REASON_CODE_REFUSED {
				t.Errorf("%s: error %v", name, err)
			}
		}
		s.Clock.Add(30 * time.Second)
		servertest.Must(giveCode(t, s, e.mustPend(t, s), e.codeNow(t, s)))(t)
	})
}

func TestARecoveryCodeWorksOnceHoweverItIsTyped(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		typed := strings.ToUpper(strings.ReplaceAll(e.recovery[4], "-", " "))
		if in := servertest.Must(giveCode(t, s, e.mustPend(t, s), typed))(t); in.GetRecoveryCodesLeft() != 9 {
			t.Errorf("%d codes left, want 9", in.GetRecoveryCodesLeft())
		}
		_, err := giveCode(t, s, e.mustPend(t, s), e.recovery[4])
		servertest.WantReason(t, err, meritv1.Reason_REASON_CODE_REFUSED)
		for _, line := range storetest.Dump(t, s.Store) {
			if strings.Contains(line, e.recovery[5]) || strings.Contains(line, strings.ReplaceAll(e.recovery[5], "-", "")) {
				t.Errorf("a recovery code lies in the store: %s", line)
			}
		}
	})
}

// TestAPendingSignInOpensNoRPC knocks with the secret of a pending sign-in at every door.
func TestAPendingSignInOpensNoRPC(t *testing.T) {
	s := servertest.New(t)
	e := MustEnrol(t, s, meritv1.Role_ROLE_ADMIN, "")
	pending := s.Bearer(e.mustPend(t, s))
	for method, rule := range s.Rules() {
		if rule.IgnoreCredentials {
			continue
		}
		if err := knock(t, pending, method); servertest.Reason(err) != meritv1.Reason_REASON_NOT_SIGNED_IN {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestAPendingSignInEndsAfterFiveMinutesAndWithThePassword(t *testing.T) {
	s := servertest.New(t)
	e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	late, changed := e.mustPend(t, s), ""
	s.Clock.Add(5 * time.Minute)
	_, err := giveCode(t, s, late, e.codeNow(t, s))
	servertest.WantReason(t, err, meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED)
	changed = e.mustPend(t, s)
	servertest.Must(accounts(e.Person).ChangePassword(t.Context(), &meritv1.ChangePasswordRequest{CurrentPassword: password, NewPassword: "other words nobody joins"}))(t)
	_, err = giveCode(t, s, changed, e.codeNow(t, s))
	servertest.WantReason(t, err, meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED)
}

// TestGuessingCodesSlowsDownWhereverItComesFrom: a new sign-in, and so another address, gives no new tries.
func TestGuessingCodesSlowsDownWhereverItComesFrom(t *testing.T) {
	s := servertest.New(t)
	e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	for try := range 6 {
		from := s.Anyone().With("x-merit-client-address", "192.0.2."+string(rune('1'+try)))
		_, err := accounts(from).GiveCode(t.Context(), &meritv1.GiveCodeRequest{PendingToken: e.mustPend(t, s), Code: "000000"})
		want := meritv1.Reason_REASON_CODE_REFUSED
		if try == 5 {
			want = meritv1.Reason_REASON_SIGN_IN_SLOWED
		}
		if servertest.Reason(err) != want {
			t.Errorf("try %d: %v, want %s", try, err, want)
		}
	}
	s.Clock.Add(time.Minute)
	servertest.Must(giveCode(t, s, e.mustPend(t, s), e.codeNow(t, s)))(t)
}

func TestASecondFactorIsRemovedWithPasswordAndCode(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		remove := func(password, code string) error {
			_, err := accounts(e.Person).RemoveSecondFactor(t.Context(), &meritv1.RemoveSecondFactorRequest{Password: password, Code: code})
			return err
		}
		servertest.WantReason(t, remove("not the password", e.codeNow(t, s)), meritv1.Reason_REASON_SIGN_IN_FAILED)
		servertest.WantReason(t, remove(password, "000000"), meritv1.Reason_REASON_CODE_REFUSED)
		if err := remove(password, e.codeNow(t, s)); err != nil {
			t.Fatal(err)
		}
		if in := servertest.Must(signIn(t, s.Anyone(), e.email, password))(t); in.GetSessionToken() == "" {
			t.Error("without a second factor the password opens no session")
		}
	})
}

func TestARoleThatDemandsASecondFactorOpensOnlyEnrolling(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	person := MustSignedIn(t, s, meritv1.Role_ROLE_COMMISSIONER, "")
	_, program := MustToken(t, s, person)
	set := &meritv1.SetSecondFactorPolicyRequest{Roles: []meritv1.Role{meritv1.Role_ROLE_COMMISSIONER}}
	servertest.Must(accounts(admin).SetSecondFactorPolicy(t.Context(), set))(t)
	_, err := accounts(admin).SetSecondFactorPolicy(t.Context(), set)
	servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)

	for method, rule := range s.Rules() {
		if rule.IgnoreCredentials || !rule.Allows(meritv1.Role_ROLE_COMMISSIONER) || rule.BeforeSecondFactor {
			continue
		}
		for name, caller := range map[string]*servertest.Person{"session": person, "token": program} {
			if err := knock(t, caller, method); servertest.Reason(err) != meritv1.Reason_REASON_SECOND_FACTOR_REQUIRED {
				t.Errorf("%s with a %s: %v", method, name, err)
			}
		}
	}
	if !servertest.Must(whoAmI(t, person))(t).GetSecondFactorMissing() {
		t.Error("WhoAmI does not say that the second factor is missing")
	}
	made := servertest.Must(accounts(person).EnrolSecondFactor(t.Context(), &meritv1.EnrolSecondFactorRequest{}))(t)
	e := &enrolled{secret: made.GetSecret()}
	servertest.Must(accounts(person).ConfirmSecondFactor(t.Context(), &meritv1.ConfirmSecondFactorRequest{Code: e.codeNow(t, s)}))(t)
	servertest.Must(meritv1.NewNoticeServiceClient(person).CountUnread(t.Context(), &meritv1.CountUnreadRequest{}))(t)
}

func TestALostSecondFactorIsTakenAwayByAnotherAdministrator(t *testing.T) {
	s := servertest.New(t)
	e := MustEnrol(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	reset := func(id string) error {
		_, err := accounts(admin).ResetSecondFactor(t.Context(), &meritv1.ResetSecondFactorRequest{AccountId: id})
		return err
	}
	servertest.WantReason(t, reset(admin.AccountID), meritv1.Reason_REASON_FOUR_EYES)
	if err := reset(e.AccountID); err != nil {
		t.Fatal(err)
	}
	servertest.WantReason(t, reset(e.AccountID), meritv1.Reason_REASON_WRONG_STATE)
	_, err := whoAmI(t, e.Person)
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
}
