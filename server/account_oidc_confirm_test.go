package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/servertest/oidctest"
	"github.com/meritindex/merit/server/store"
)

// proofOf is what a person brings back who signs in at the provider once more.
func (s oidcServer) proofOf(t *testing.T, begun *meritv1.BeginOidcSignInResponse, subject string) *meritv1.OidcProof {
	t.Helper()
	at := s.provider.SignIn(t, begun.GetAuthorizationUrl(), subject)
	return &meritv1.OidcProof{State: at.Query().Get("state"), Code: at.Query().Get("code"), Handle: begun.GetHandle()}
}

func confirmWith(t *testing.T, p *servertest.Person, proof *meritv1.OidcProof) (*meritv1.ConfirmResponse, error) {
	t.Helper()
	return accounts(p).Confirm(t.Context(), &meritv1.ConfirmRequest{Oidc: proof})
}

// enrolling wants a fresh proof of a session.
func enrolling(t *testing.T, p *servertest.Person) error {
	t.Helper()
	_, err := accounts(p).EnrolSecondFactor(t.Context(), &meritv1.EnrolSecondFactorRequest{})
	return err
}

func TestAFreshSignInAtTheProviderProvesOnceMoreWhoIsThere(t *testing.T) {
	eachOidc(t, func(t *testing.T, s oidcServer) {
		_, subject := s.known(t)
		me := s.Bearer(servertest.Must(s.signIn(t, subject))(t).GetSessionToken())
		s.Clock.Add(6 * time.Minute)
		servertest.WantReason(t, enrolling(t, me), meritv1.Reason_REASON_STEP_UP_REQUIRED)

		s.Clock.Set(time.Now()) // the provider's
		proof := s.proofOf(t, s.beginAsking(t, true), subject)
		until := servertest.Must(confirmWith(t, me, proof))(t).GetConfirmedUntil().AsTime()
		if now := s.Clock.Now(); until.After(now.Add(5*time.Minute)) || until.Before(now) {
			t.Errorf("confirmed until %s, at %s", until, now)
		}
		if err := enrolling(t, me); err != nil {
			t.Errorf("after a fresh sign-in: %v", err)
		}
		_, err := confirmWith(t, me, proof)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OIDC_STATE_REFUSED)
	}, func(o *server.Options) { o.NoPasswords = true })
}

func TestWhatProvesNothingAtTheProvider(t *testing.T) {
	s := newOidc(t)
	_, subject := s.known(t)
	_, colleague := s.known(t)
	me := s.Bearer(servertest.Must(s.signIn(t, subject))(t).GetSessionToken())
	for _, test := range []struct {
		name  string
		proof func(t *testing.T) *meritv1.OidcProof
		want  meritv1.Reason
	}{
		{"a sign-in that did not ask for a proof", func(t *testing.T) *meritv1.OidcProof {
			return s.proofOf(t, s.begin(t), subject)
		}, meritv1.Reason_REASON_OIDC_REFUSED},
		{"a proof from before the sign-in began", func(t *testing.T) *meritv1.OidcProof {
			s.Clock.Add(2 * time.Minute) // the provider's clock says now, two minutes before
			return s.proofOf(t, s.beginAsking(t, true), subject)
		}, meritv1.Reason_REASON_OIDC_REFUSED},
		{"a colleague, who is somebody here", func(t *testing.T) *meritv1.OidcProof {
			servertest.Must(s.signIn(t, colleague))(t)
			return s.proofOf(t, s.beginAsking(t, true), colleague)
		}, meritv1.Reason_REASON_OIDC_REFUSED},
		{"somebody who is nobody here", func(t *testing.T) *meritv1.OidcProof {
			s.provider.Add(oidctest.Person{Subject: "stranger", Email: "stranger@example.test", Verified: true})
			return s.proofOf(t, s.beginAsking(t, true), "stranger")
		}, meritv1.Reason_REASON_OIDC_REFUSED},
		{"what another browser began", func(t *testing.T) *meritv1.OidcProof {
			proof := s.proofOf(t, s.beginAsking(t, true), subject)
			proof.Handle = s.beginAsking(t, true).GetHandle()
			return proof
		}, meritv1.Reason_REASON_OIDC_STATE_REFUSED},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.Clock.Set(time.Now())
			proof := test.proof(t)
			_, err := confirmWith(t, me, proof)
			servertest.WantReason(t, err, test.want)
		})
	}
	s.Clock.Set(time.Now().Add(6 * time.Minute))
	servertest.WantReason(t, enrolling(t, me), meritv1.Reason_REASON_STEP_UP_REQUIRED)
}

func TestATokenProvesNothingAtTheProviderEither(t *testing.T) {
	s := newOidc(t)
	person, subject := s.known(t)
	token := servertest.Must(accounts(person).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo"}))(t)
	_, err := confirmWith(t, s.Bearer(token.GetSecret()), s.proofOf(t, s.beginAsking(t, true), subject))
	servertest.WantReason(t, err, meritv1.Reason_REASON_SESSION_REQUIRED)
}

// TestTheProvidersSecondFactorIsNotOurs: what the provider says of how somebody signed in is not read, so the roles that
// demand a second factor demand ours, and who has one gives a code of it.
func TestTheProvidersSecondFactorIsNotOurs(t *testing.T) {
	eachOidc(t, func(t *testing.T, s oidcServer) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		person, subject := s.known(t)
		s.provider.SetMultiFactor(true)
		defer s.provider.SetMultiFactor(false)
		servertest.Must(accounts(admin).SetSecondFactorPolicy(t.Context(), &meritv1.SetSecondFactorPolicyRequest{
			Roles: []meritv1.Role{meritv1.Role_ROLE_OPERATOR},
		}))(t)
		in := servertest.Must(s.signIn(t, subject))(t)
		me := s.Bearer(in.GetSessionToken())
		_, err := accounts(me).ListMySessions(t.Context(), &meritv1.ListMySessionsRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_SECOND_FACTOR_REQUIRED)

		mustEnrolAs(t, s.Server, me)
		s.Clock.Set(time.Now())
		in = servertest.Must(s.signIn(t, subject))(t)
		if in.GetSessionToken() != "" || in.GetPendingToken() == "" {
			t.Errorf("%s signs in at the provider and gets %v, want a pending sign-in", person.Email, in)
		}
	})
}

func TestOneUnlinksOnesOwnIdentityAndNobodyElses(t *testing.T) {
	s := newOidc(t)
	person, subject := s.known(t)
	servertest.Must(s.signIn(t, subject))(t)
	link := servertest.Must(accounts(person).ListAccountIdentities(t.Context(), &meritv1.ListAccountIdentitiesRequest{}))(t).GetIdentities()[0]
	unlink := func(p *servertest.Person) (*meritv1.UnlinkAccountIdentityResponse, error) {
		return accounts(p).UnlinkAccountIdentity(t.Context(), &meritv1.UnlinkAccountIdentityRequest{IdentityId: link.GetId()})
	}
	_, err := unlink(s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, s.MustAgency(t, store.Agency{})))
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	if got := servertest.Must(unlink(person))(t).GetIdentity(); got.GetUnlinkedAt() == nil {
		t.Errorf("unlinked %v", got)
	}
}
