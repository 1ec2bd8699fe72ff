package server_test

import (
	"errors"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
)

func TestBootstrapMakesTheFirstAdministratorAndNoSecond(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		link, err := server.Bootstrap(t.Context(), s.Store, "demo@example.test", "Demo Admin")
		if err != nil {
			t.Fatal(err)
		}
		MustAccept(t, s, link)
		session := servertest.Must(signIn(t, s.Anyone(), "demo@example.test", password))(t)
		if session.GetActing().GetRole() != meritv1.Role_ROLE_ADMIN {
			t.Errorf("acting in %v", session.GetActing())
		}
		s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		admin := s.Bearer(session.GetSessionToken())
		servertest.Must(accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: session.GetActing().GetId(), Reason: "demo"}))(t)
		if _, err := server.Bootstrap(t.Context(), s.Store, "demo2@example.test", "Demo"); !errors.Is(err, server.ErrBootstrapped) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestBootstrapRefusesWhatIsNoAddress(t *testing.T) {
	s := servertest.New(t)
	for _, email := range []string{"", "demo", "Demo <demo@example.test>", "demo@example.test\nbcc"} {
		if _, err := server.Bootstrap(t.Context(), s.Store, email, "Demo"); err == nil {
			t.Errorf("%q was taken", email)
		}
	}
}
