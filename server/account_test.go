package server_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

const password = "tiga gajah menari"

func accounts(p *servertest.Person) meritv1.AccountServiceClient {
	return meritv1.NewAccountServiceClient(p)
}

var invited atomic.Int64

// MustInvite invites somebody new and returns what the administrator sees: the account and the link.
func MustInvite(tb testing.TB, admin *servertest.Person, role meritv1.Role, agencyID string) *meritv1.InviteAccountResponse {
	tb.Helper()
	return servertest.Must(accounts(admin).InviteAccount(tb.Context(), &meritv1.InviteAccountRequest{
		Email: fmt.Sprintf("demo.invited%d@example.test", invited.Add(1)), Name: "Demo Diundang",
		Appointment: &meritv1.Appointment{Role: role, AgencyId: agencyID},
	}))(tb)
}

// MustAccept sets the password through the link.
func MustAccept(tb testing.TB, s *servertest.Server, link *meritv1.OneTimeLink) {
	tb.Helper()
	servertest.Must(accounts(s.Anyone()).AcceptLink(tb.Context(), &meritv1.AcceptLinkRequest{
		Secret: link.GetSecret(), NewPassword: password,
	}))(tb)
}

// MustMember makes somebody with a password by the way that everybody goes: invited by an administrator.
func MustMember(tb testing.TB, s *servertest.Server, role meritv1.Role, agencyID string) *meritv1.Account {
	tb.Helper()
	admin := s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, "")
	i := MustInvite(tb, admin, role, agencyID)
	MustAccept(tb, s, i.GetLink())
	return i.GetAccount()
}

func signIn(tb testing.TB, from *servertest.Person, email, password string) (*meritv1.SignInResponse, error) {
	return accounts(from).SignIn(tb.Context(), &meritv1.SignInRequest{Email: email, Password: password})
}

func whoAmI(tb testing.TB, p *servertest.Person) (*meritv1.WhoAmIResponse, error) {
	return accounts(p).WhoAmI(tb.Context(), &meritv1.WhoAmIRequest{})
}
