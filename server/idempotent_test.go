package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestARequestIsDoneOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		one, two := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		agency := s.MustAgency(t, store.Agency{})
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
		grant := func(who *servertest.Person, id string, role meritv1.Role) (*meritv1.GrantMembershipResponse, error) {
			return accounts(who).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
				AccountId: person.AccountID, RequestId: id, Appointment: &meritv1.Appointment{Role: role, AgencyId: agency},
			})
		}
		first := servertest.Must(grant(one, "same", meritv1.Role_ROLE_APPROVER))(t)
		again := servertest.Must(grant(one, "same", meritv1.Role_ROLE_APPROVER))(t)
		if first.GetMembership().GetId() != again.GetMembership().GetId() {
			t.Error("the same request was done twice")
		}
		_, err := grant(one, "same", meritv1.Role_ROLE_CONTRIBUTOR)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
		_, err = grant(two, "same", meritv1.Role_ROLE_APPROVER) // another account's id is another request
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
		_, err = grant(one, "", meritv1.Role_ROLE_APPROVER)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
		s.Clock.Add(24 * time.Hour)
		_, err = grant(one, "same", meritv1.Role_ROLE_APPROVER)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
	})
}

func TestARequestThatFailedMayBeRepeatedUnderItsID(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		grant := &meritv1.GrantMembershipRequest{
			AccountId: verifier.AccountID, RequestId: "later", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN},
		}
		_, err := accounts(admin).GrantMembership(t.Context(), grant)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROLES_EXCLUDE)
		servertest.Must(accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: verifier.MembershipID, Reason: "demo"}))(t)
		servertest.Must(accounts(admin).GrantMembership(t.Context(), grant))(t)
	})
}
