package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/servertest/oidctest"
	"github.com/meritindex/merit/server/store"
)

// oidcServer is a server and the provider at which people sign in to it.
type oidcServer struct {
	*servertest.Server
	provider *oidctest.Provider
}

// eachOidc runs f on both engines with a provider. The clock begins at the provider's, who knows no other.
func eachOidc(t *testing.T, f func(t *testing.T, s oidcServer), options ...servertest.Option) {
	t.Helper()
	p := oidctest.Start(t)
	options = append([]servertest.Option{func(o *server.Options) { o.OIDC = p.Options() }}, options...)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		s.Clock.Set(time.Now())
		f(t, oidcServer{s, p})
	}, options...)
}

// newOidc is eachOidc for what does not depend on the engine.
func newOidc(t *testing.T, options ...servertest.Option) oidcServer {
	t.Helper()
	p := oidctest.Start(t)
	s := servertest.New(t, append([]servertest.Option{func(o *server.Options) { o.OIDC = p.Options() }}, options...)...)
	s.Clock.Set(time.Now())
	return oidcServer{s, p}
}

func (s oidcServer) begin(t *testing.T) *meritv1.BeginOidcSignInResponse {
	t.Helper()
	return s.beginAsking(t, false)
}

// beginAsking begins a sign-in; a fresh one asks the person to prove themselves now.
func (s oidcServer) beginAsking(t *testing.T, fresh bool) *meritv1.BeginOidcSignInResponse {
	t.Helper()
	return servertest.Must(accounts(s.Anyone()).BeginOidcSignIn(t.Context(),
		&meritv1.BeginOidcSignInRequest{ReturnTo: meritv1.OidcReturn_OIDC_RETURN_PAGES, Fresh: fresh}))(t)
}

// back is what the browser comes back with.
func back(begun *meritv1.BeginOidcSignInResponse, at *url.URL) *meritv1.CompleteOidcSignInRequest {
	return &meritv1.CompleteOidcSignInRequest{State: at.Query().Get("state"), Code: at.Query().Get("code"), Handle: begun.GetHandle()}
}

func (s oidcServer) complete(t *testing.T, req *meritv1.CompleteOidcSignInRequest) (*meritv1.SignInResponse, error) {
	t.Helper()
	in, err := accounts(s.Anyone()).CompleteOidcSignIn(t.Context(), req)
	return in.GetSignIn(), err
}

// signIn is the whole way of a person.
func (s oidcServer) signIn(t *testing.T, subject string) (*meritv1.SignInResponse, error) {
	t.Helper()
	begun := s.begin(t)
	return s.complete(t, back(begun, s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject)))
}

var subjects atomic.Int64

// known makes somebody with an account whom the provider knows by the same e-mail address.
func (s oidcServer) known(t *testing.T) (*servertest.Person, string) {
	t.Helper()
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	subject := fmt.Sprintf("subject-%d", subjects.Add(1))
	s.provider.Add(oidctest.Person{Subject: subject, Email: strings.ToUpper(person.Email), Verified: true})
	return person, subject
}

func TestOnesFirstSignInByOidcLinksAndTheNextGoByTheIdentity(t *testing.T) {
	eachOidc(t, func(t *testing.T, s oidcServer) {
		person, subject := s.known(t)
		in := servertest.Must(s.signIn(t, subject))(t)
		if in.GetAccount().GetId() != person.AccountID || in.GetActing().GetId() != person.MembershipID {
			t.Fatalf("signed in as %v", in)
		}
		if me := servertest.Must(whoAmI(t, s.Bearer(in.GetSessionToken())))(t); me.GetAccount().GetId() != person.AccountID {
			t.Errorf("the session is of %v", me)
		}

		// The address changes at the provider, to that of somebody else here; its key changes too.
		other, _ := s.known(t)
		s.provider.Add(oidctest.Person{Subject: subject, Email: other.Email, Verified: false})
		s.provider.RotateKey(t)
		if in := servertest.Must(s.signIn(t, subject))(t); in.GetAccount().GetId() != person.AccountID {
			t.Errorf("with another address at the provider one is %v", in.GetAccount())
		}
		links := servertest.Must(accounts(person).ListAccountIdentities(t.Context(), &meritv1.ListAccountIdentitiesRequest{}))(t).GetIdentities()
		if len(links) != 1 || links[0].GetSubject() != subject || links[0].GetEmail() != person.Email || links[0].GetIssuer() != s.provider.Issuer {
			t.Errorf("identities %v", links)
		}
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		trail := MustList(t, auditor, &meritv1.ListEntriesRequest{AccountId: person.AccountID})
		if len(trail) != 1 || trail[0].GetAction() != "AccountService.CompleteOidcSignIn" {
			t.Errorf("two sign-ins left %v in the trail, want the link", trail)
		}
	})
}

func TestSigningInByOidcAcceptsAnInvitation(t *testing.T) {
	eachOidc(t, func(t *testing.T, s oidcServer) {
		i := MustInvite(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		s.provider.Add(oidctest.Person{Subject: "invited", Email: i.GetAccount().GetEmail(), Verified: true})
		in := servertest.Must(s.signIn(t, "invited"))(t)
		if in.GetAccount().GetState() != meritv1.AccountState_ACCOUNT_STATE_ACTIVE {
			t.Errorf("the account is %v", in.GetAccount().GetState())
		}
		_, err := accounts(s.Anyone()).AcceptLink(t.Context(), &meritv1.AcceptLinkRequest{Secret: i.GetLink().GetSecret(), NewPassword: password})
		servertest.WantReason(t, err, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED)
	})
}

func TestWhoIsNotLetInByOidc(t *testing.T) {
	s := newOidc(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, person *servertest.Person, subject string)
		want    meritv1.Reason
	}{
		{"somebody whose address the provider has not verified", func(_ *testing.T, person *servertest.Person, subject string) {
			s.provider.Add(oidctest.Person{Subject: subject, Email: person.Email})
		}, meritv1.Reason_REASON_OIDC_REFUSED},
		{"somebody without an account", func(_ *testing.T, _ *servertest.Person, subject string) {
			s.provider.Add(oidctest.Person{Subject: subject, Email: "nobody@example.test", Verified: true})
		}, meritv1.Reason_REASON_OIDC_NO_ACCOUNT},
		{"somebody deactivated before they ever came", func(t *testing.T, person *servertest.Person, _ string) {
			s.deactivate(t, admin, person)
		}, meritv1.Reason_REASON_OIDC_NO_ACCOUNT},
		{"somebody deactivated after they came", func(t *testing.T, person *servertest.Person, subject string) {
			servertest.Must(s.signIn(t, subject))(t)
			s.deactivate(t, admin, person)
		}, meritv1.Reason_REASON_OIDC_NO_ACCOUNT},
		{"another identity with the address of a linked account", func(t *testing.T, person *servertest.Person, subject string) {
			s.provider.Add(oidctest.Person{Subject: "owner of " + subject, Email: person.Email, Verified: true})
			servertest.Must(s.signIn(t, "owner of "+subject))(t)
		}, meritv1.Reason_REASON_OIDC_NO_ACCOUNT},
		{"the identity of before, after the person was invited anew", func(t *testing.T, person *servertest.Person, subject string) {
			servertest.Must(s.signIn(t, subject))(t)
			s.deactivate(t, admin, person)
			servertest.Must(accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
				Email: person.Email, Name: "Demo", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: s.MustAgency(t, store.Agency{})},
			}))(t)
			s.provider.Add(oidctest.Person{Subject: subject, Email: "moved@example.test", Verified: true})
		}, meritv1.Reason_REASON_OIDC_NO_ACCOUNT},
	} {
		t.Run(test.name, func(t *testing.T) {
			person, subject := s.known(t)
			test.prepare(t, person, subject)
			s.WantUnchanged(t, func() {
				_, err := s.signIn(t, subject)
				servertest.WantReason(t, err, test.want)
			})
		})
	}
}

func (s oidcServer) deactivate(t *testing.T, admin, person *servertest.Person) {
	t.Helper()
	servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: person.AccountID, Reason: "demo"}))(t)
}

func TestASignInByOidcIsGoodOnceForWhoBeganItAndForTenMinutes(t *testing.T) {
	s := newOidc(t)
	_, subject := s.known(t)
	for _, test := range []struct {
		name   string
		change func(t *testing.T, req *meritv1.CompleteOidcSignInRequest)
	}{
		{"completed before", func(t *testing.T, req *meritv1.CompleteOidcSignInRequest) {
			servertest.Must(s.complete(t, req))(t)
		}},
		{"failed before", func(t *testing.T, req *meritv1.CompleteOidcSignInRequest) {
			wrong := &meritv1.CompleteOidcSignInRequest{State: req.GetState(), Handle: req.GetHandle(), Code: "wrong"}
			_, err := s.complete(t, wrong)
			servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_REFUSED)
		}},
		{"begun in another browser", func(t *testing.T, req *meritv1.CompleteOidcSignInRequest) {
			req.Handle = s.begin(t).GetHandle()
		}},
		{"a state that nobody began", func(_ *testing.T, req *meritv1.CompleteOidcSignInRequest) { req.State = "forged" }},
		{"older than ten minutes", func(*testing.T, *meritv1.CompleteOidcSignInRequest) { s.Clock.Add(10 * time.Minute) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.Clock.Set(time.Now())
			begun := s.begin(t)
			req := back(begun, s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject))
			test.change(t, req)
			_, err := s.complete(t, req)
			servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_STATE_REFUSED)
		})
	}
}

func TestWhoOnlySawTheAddressDoesNotEndASignIn(t *testing.T) {
	s := newOidc(t)
	_, subject := s.known(t)
	begun := s.begin(t)
	req := back(begun, s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject))
	_, err := s.complete(t, &meritv1.CompleteOidcSignInRequest{State: req.GetState(), Code: req.GetCode(), Handle: "guessed"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_STATE_REFUSED)
	servertest.Must(s.complete(t, req))(t)
}

// TestACodeIsForTheSignInItCameOf: the PKCE verifier and the nonce are of one sign-in, the client's name of one service.
func TestACodeIsForTheSignInItCameOf(t *testing.T) {
	s := newOidc(t)
	_, subject := s.known(t)
	for _, test := range []struct {
		name    string
		address func(address string) string
	}{
		{"of another sign-in", func(address string) string { return address }},
		{"of another client", func(address string) string {
			return strings.Replace(address, "client_id="+oidctest.Client, "client_id="+oidctest.OtherClient, 1)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			victim := s.begin(t)
			code := s.provider.SignIn(t, test.address(victim.GetAuthorizationUrl()), subject).Query().Get("code")
			mine := s.begin(t)
			state := s.provider.SignIn(t, mine.GetAuthorizationUrl(), subject).Query().Get("state")
			_, err := s.complete(t, &meritv1.CompleteOidcSignInRequest{State: state, Handle: mine.GetHandle(), Code: code})
			servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_REFUSED)
		})
	}
}

func TestTheServiceWorksWhileTheProviderIsDown(t *testing.T) {
	s := newOidc(t)
	s.provider.SetDown(true)
	person, subject := s.known(t)
	_, err := accounts(s.Anyone()).BeginOidcSignIn(t.Context(), &meritv1.BeginOidcSignInRequest{ReturnTo: meritv1.OidcReturn_OIDC_RETURN_PAGES})
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
	servertest.Must(whoAmI(t, person))(t)

	s.provider.SetDown(false)
	s.Clock.Add(time.Minute)
	begun := s.begin(t)
	req := back(begun, s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject))
	s.provider.SetDown(true)
	_, err = s.complete(t, req)
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
	s.provider.SetDown(false)
	servertest.Must(s.signIn(t, subject))(t)
}

func TestAProgramWaitsOnLoopback(t *testing.T) {
	s := newOidc(t)
	person, subject := s.known(t)
	begun := servertest.Must(accounts(s.Anyone()).BeginOidcSignIn(t.Context(),
		&meritv1.BeginOidcSignInRequest{ReturnTo: meritv1.OidcReturn_OIDC_RETURN_LOOPBACK, LoopbackPort: 54321}))(t)
	at := s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject)
	if at.Host != "127.0.0.1:54321" {
		t.Errorf("the browser is sent to %s", at)
	}
	if in := servertest.Must(s.complete(t, back(begun, at)))(t); in.GetAccount().GetId() != person.AccountID {
		t.Errorf("signed in as %v", in)
	}
	_, err := accounts(s.Anyone()).BeginOidcSignIn(t.Context(), &meritv1.BeginOidcSignInRequest{ReturnTo: meritv1.OidcReturn_OIDC_RETURN_LOOPBACK})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
}

func TestUnlinkingEndsSessionsAndTheNextSignInLinksAnew(t *testing.T) {
	eachOidc(t, func(t *testing.T, s oidcServer) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		person, subject := s.known(t)
		in := servertest.Must(s.signIn(t, subject))(t)
		links := servertest.Must(accounts(admin).ListAccountIdentities(t.Context(), &meritv1.ListAccountIdentitiesRequest{AccountId: person.AccountID}))(t).GetIdentities()
		for range 2 { // the second time changes nothing
			unlinked := servertest.Must(accounts(admin).UnlinkAccountIdentity(t.Context(), &meritv1.UnlinkAccountIdentityRequest{IdentityId: links[0].GetId()}))(t)
			if unlinked.GetIdentity().GetUnlinkedAt() == nil {
				t.Errorf("unlinked %v", unlinked)
			}
		}
		_, err := whoAmI(t, s.Bearer(in.GetSessionToken()))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)

		s.provider.Add(oidctest.Person{Subject: subject, Email: "moved@example.test", Verified: true})
		_, err = s.signIn(t, subject)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_NO_ACCOUNT)
		s.provider.Add(oidctest.Person{Subject: subject + " new", Email: person.Email, Verified: true})
		if in := servertest.Must(s.signIn(t, subject+" new"))(t); in.GetAccount().GetId() != person.AccountID {
			t.Errorf("signed in as %v", in)
		}
	})
}

func TestWithoutPasswordsOnlyTheProviderLetsIn(t *testing.T) {
	s := newOidc(t, func(o *server.Options) { o.NoPasswords = true })
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	person, subject := s.known(t)
	for name, call := range map[string]func() error{
		"SignIn": func() error { _, err := signIn(t, s.Anyone(), person.Email, password); return err },
		"AcceptLink": func() error {
			_, err := accounts(s.Anyone()).AcceptLink(t.Context(), &meritv1.AcceptLinkRequest{Secret: "demo", NewPassword: password})
			return err
		},
		"ChangePassword": func() error {
			_, err := accounts(person).ChangePassword(t.Context(), &meritv1.ChangePasswordRequest{CurrentPassword: password, NewPassword: password})
			return err
		},
		"ResetPassword": func() error {
			_, err := accounts(admin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: person.AccountID})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { servertest.WantReason(t, call(), meritv1.Reason_REASON_PASSWORDS_OFF) })
	}
	methods := servertest.Must(accounts(s.Anyone()).GetSignInMethods(t.Context(), &meritv1.GetSignInMethodsRequest{}))(t)
	if methods.GetPassword() || methods.GetOidc().GetName() != "Demo" {
		t.Errorf("methods %v", methods)
	}
	if i := MustInvite(t, admin, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})); i.GetLink() != nil {
		t.Errorf("the invitation has a link: %v", i.GetLink())
	}
	servertest.Must(s.signIn(t, subject))(t)
}

func TestADeploymentWithoutAProviderSaysSo(t *testing.T) {
	s := servertest.New(t)
	_, err := accounts(s.Anyone()).BeginOidcSignIn(t.Context(), &meritv1.BeginOidcSignInRequest{ReturnTo: meritv1.OidcReturn_OIDC_RETURN_PAGES})
	servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
	_, err = accounts(s.Anyone()).CompleteOidcSignIn(t.Context(), &meritv1.CompleteOidcSignInRequest{State: "demo", Code: "demo", Handle: "demo"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
	methods := servertest.Must(accounts(s.Anyone()).GetSignInMethods(t.Context(), &meritv1.GetSignInMethodsRequest{}))(t)
	if !methods.GetPassword() || methods.GetOidc() != nil {
		t.Errorf("methods %v", methods)
	}
}
