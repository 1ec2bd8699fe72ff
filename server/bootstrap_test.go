package server_test

import (
	"errors"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
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

func TestAnAdministratorIsAppointedInAnEmergencyByALetterAndItIsSaid(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		appoint := func(email, letter string) (*meritv1.OneTimeLink, error) {
			return server.AppointInEmergency(t.Context(), s.Store, email, "Demo Admin", letter)
		}
		if _, err := appoint("a@example.test", "9/2021"); !errors.Is(err, server.ErrNotBootstrapped) {
			t.Errorf("without any administrator: %v", err)
		}
		left := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		lost := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		commissioner := s.MustAlsoAct(t, lost, meritv1.Role_ROLE_COMMISSIONER, "") // one person, told once
		other := s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, "")
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		if _, err := appoint("a@example.test", " "); !errors.Is(err, server.ErrNoLetter) {
			t.Errorf("without a letter: %v", err)
		}
		link, err := appoint("a@example.test", "9/2021")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := appoint("a@example.test", "9/2021"); err == nil {
			t.Error("the same address twice")
		}
		for who, p := range map[string]*servertest.Person{"administrator": left, "commissioner": other, "both": commissioner} {
			told := MustListNotices(t, p, true)
			if len(told) != 1 || told[0].GetKind() != meritv1.NoticeKind_NOTICE_KIND_EMERGENCY_ADMINISTRATOR || told[0].GetSubjectId() != link.GetAccountId() {
				t.Errorf("who is %s is told %v", who, told)
			}
		}
		if told := MustListNotices(t, verifier, true); len(told) != 0 {
			t.Errorf("a verifier is told %v", told)
		}
		MustAccept(t, s, link)
		m := servertest.Must(signIn(t, s.Anyone(), "a@example.test", password))(t).GetActing()
		if m.GetRole() != meritv1.Role_ROLE_ADMIN || m.GetLetterNumber() != "9/2021" {
			t.Errorf("acting in %v", m)
		}
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		entries := MustList(t, auditor, &meritv1.ListEntriesRequest{Action: "Service.AppointInEmergency"})
		if len(entries) != 1 || entries[0].GetActor().GetAccountId() != "" {
			t.Errorf("the trail has %v", entries)
		}
	})
}

func TestResultsSayThatAnAdministratorWasAppointedInAnEmergencyUntilTheyAreNone(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		first, second := y.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		MustAccept(t, y.Server, servertest.Must(server.AppointInEmergency(t.Context(), y.Store, "a@example.test", "Demo", "9/2021"))(t))
		if _, r := y.MustDetermined(t, store.Agency{}, yeartest.All(3)); !r.GetSingleAdministrator() {
			t.Error("the result does not say it")
		}
		m := servertest.Must(signIn(t, y.Anyone(), "a@example.test", password))(t).GetActing()
		ended, err := accounts(first).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: m.GetId(), Reason: "demo"})
		servertest.Must(approve(t, second, MustPropose(t, ended, err)))(t)
		if _, r := y.MustDetermined(t, store.Agency{}, yeartest.All(3)); r.GetSingleAdministrator() {
			t.Error("the result says it of somebody who is no administrator any more")
		}
	})
}
