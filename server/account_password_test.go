package server_test

import (
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestALinkWorksOnceWithin72Hours(t *testing.T) {
	accept := func(t *testing.T, s *servertest.Server, link *meritv1.OneTimeLink) error {
		_, err := accounts(s.Anyone()).AcceptLink(t.Context(), &meritv1.AcceptLinkRequest{Secret: link.GetSecret(), NewPassword: password})
		return err
	}
	for _, test := range []struct {
		name string
		prep func(t *testing.T, s *servertest.Server, admin *servertest.Person, i *meritv1.InviteAccountResponse)
		want meritv1.Reason // unspecified: it works
	}{
		{"just before", func(_ *testing.T, s *servertest.Server, _ *servertest.Person, _ *meritv1.InviteAccountResponse) {
			s.Clock.Add(72*time.Hour - time.Second)
		}, meritv1.Reason_REASON_UNSPECIFIED},
		{"expired", func(_ *testing.T, s *servertest.Server, _ *servertest.Person, _ *meritv1.InviteAccountResponse) {
			s.Clock.Add(72 * time.Hour)
		}, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED},
		{"used", func(t *testing.T, s *servertest.Server, _ *servertest.Person, i *meritv1.InviteAccountResponse) {
			MustAccept(t, s, i.GetLink())
		}, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED},
		{"replaced", func(t *testing.T, _ *servertest.Server, admin *servertest.Person, i *meritv1.InviteAccountResponse) {
			servertest.Must(accounts(admin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: i.GetAccount().GetId()}))(t)
		}, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED},
		{"of an account that was deactivated", func(t *testing.T, _ *servertest.Server, admin *servertest.Person, i *meritv1.InviteAccountResponse) {
			servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: i.GetAccount().GetId(), Reason: "demo"}))(t)
		}, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED},
		{"made up", func(_ *testing.T, _ *servertest.Server, _ *servertest.Person, i *meritv1.InviteAccountResponse) {
			i.Link.Secret, _ = access.NewSecret(access.KindLink)
		}, meritv1.Reason_REASON_LINK_USED_OR_EXPIRED},
	} {
		t.Run(test.name, func(t *testing.T) {
			servertest.Each(t, func(t *testing.T, s *servertest.Server) {
				admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
				i := MustInvite(t, admin, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
				test.prep(t, s, admin, i)
				if err := accept(t, s, i.GetLink()); servertest.Reason(err) != test.want {
					t.Errorf("error %v, want %v", err, test.want)
				}
			})
		})
	}
}

func TestAResetEndsSessionsWhenItIsUsed(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		session := s.Bearer(servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), password))(t).GetSessionToken())
		link := servertest.Must(accounts(admin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: a.GetId()}))(t).GetLink()
		servertest.Must(whoAmI(t, session))(t)
		MustAccept(t, s, link)
		_, err := whoAmI(t, session)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
	})
}

func TestAnExpiredSessionDoesNotStandInTheWayOfSigningIn(t *testing.T) {
	s := servertest.New(t)
	a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	old := s.Bearer(servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), password))(t).GetSessionToken())
	s.Clock.Add(24 * time.Hour)
	servertest.Must(signIn(t, old, a.GetEmail(), password))(t)
}

func TestPasswordsThatAreRefused(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	i := MustInvite(t, admin, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	for name, weak := range map[string]string{
		"eleven characters":      "elevenchars",
		"the e-mail address":     i.GetAccount().GetEmail(),
		"the name, a bit longer": "Demo Diundang 1",
	} {
		_, err := accounts(s.Anyone()).AcceptLink(t.Context(), &meritv1.AcceptLinkRequest{Secret: i.GetLink().GetSecret(), NewPassword: weak})
		if servertest.Reason(err) != meritv1.Reason_REASON_PASSWORD_WEAK || servertest.Violations(err)["new_password"] == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), weak) {
			t.Errorf("%s: the message repeats the password: %v", name, err)
		}
	}
	MustAccept(t, s, i.GetLink()) // the link is not used up by passwords that were refused
}

func TestChangePasswordNeedsTheCurrentOneAndSlowsDown(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		session := s.Bearer(servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), password))(t).GetSessionToken())
		change := func(current string) error {
			_, err := accounts(session).ChangePassword(t.Context(), &meritv1.ChangePasswordRequest{CurrentPassword: current, NewPassword: "empat gajah menari"})
			return err
		}
		for range 5 {
			servertest.WantReason(t, change("wrong"), meritv1.Reason_REASON_SIGN_IN_FAILED)
		}
		servertest.WantReason(t, change(password), meritv1.Reason_REASON_SIGN_IN_SLOWED)
		s.Clock.Add(time.Second)
		if err := change(password); err != nil {
			t.Fatal(err)
		}
		servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), "empat gajah menari"))(t)
	})
}

func TestSecretsAreNotKept(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	i := servertest.Must(accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
		Email: "demo@example.test", Name: "Demo", RequestId: "once",
		Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER},
	}))(t)
	MustAccept(t, s, i.GetLink())
	session := servertest.Must(signIn(t, s.Anyone(), "demo@example.test", password))(t)
	token := servertest.Must(accounts(s.Bearer(session.GetSessionToken())).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo"}))(t)
	err := s.Store.View(t.Context(), func(tx *store.Tx) error {
		var rows []string
		for _, query := range []string{
			"SELECT password_hash FROM account", "SELECT token_hash FROM session", "SELECT token_hash FROM api_token",
			"SELECT secret_hash FROM one_time_link", "SELECT CAST(response AS TEXT) FROM remembered_request", "SELECT subject FROM sign_in_failure",
		} {
			found, err := store.All(tx, func(row store.Scanner, v *string) error { return row.Scan(v) }, query)
			if err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		kept := strings.Join(rows, "\n") + s.Log.String()
		for _, secret := range []string{password, session.GetSessionToken(), token.GetSecret(), i.GetLink().GetSecret()} {
			if strings.Contains(kept, secret) {
				t.Errorf("the store or the log has the secret %q", secret)
			}
		}
		if strings.Contains(s.Log.String(), "demo@example.test") {
			t.Error("the log has an e-mail address")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
