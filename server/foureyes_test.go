package server_test

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestWhoFilledInDoesNotSubmitUnlessTheAgencyHasOneOfficer(t *testing.T) {
	for _, single := range []bool{false, true} {
		eachWide(t, func(t *testing.T, y *yeartest.Year) {
			c := y.MustDraft(t, store.Agency{SingleOfficer: single}, yeartest.All(3))
			both := y.MustAlsoAct(t, c.Operator, meritv1.Role_ROLE_APPROVER, c.AgencyID)
			submit := func(p *servertest.Person) error {
				_, err := meritv1.NewAssessmentServiceClient(p).Submit(t.Context(), &meritv1.SubmitRequest{
					AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), AcceptUnanswered: true,
				})
				return err
			}
			if !single {
				servertest.WantReason(t, submit(both), meritv1.Reason_REASON_FOUR_EYES)
				both = c.Approver
			}
			if err := submit(both); err != nil {
				t.Fatal(err)
			}
			y.MustStartVerification(t, c)
			y.MustDecide(t, c, yeartest.All(3))
			if m := y.MustComplete(t, c); m.GetSingleOfficer() != single {
				t.Errorf("the minutes say single officer: %v", m.GetSingleOfficer())
			}
			s := y.MustOpenSession(t, c)
			y.MustAdopt(t, s, c)
			if r := y.MustClose(t, s, "1/2021")[0]; r.GetSingleOfficer() != single {
				t.Errorf("the result says single officer: %v", r.GetSingleOfficer())
			}
		})
	}
}

func TestAResultSaysWhetherASingleAdministratorCouldActAlone(t *testing.T) {
	for administrators, want := range map[int]bool{1: true, 2: false} {
		eachWide(t, func(t *testing.T, y *yeartest.Year) {
			for range administrators {
				y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
			}
			_, r := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
			read := servertest.Must(meritv1.NewResultServiceClient(y.Anyone()).GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: r.GetId()}))(t)
			if read.GetResult().GetSingleAdministrator() != want {
				t.Errorf("with %d administrators the result says %v", administrators, read.GetResult().GetSingleAdministrator())
			}
		})
	}
}

func TestASessionIsNotClosedByACommissionerOfAnAgencyThatItDetermines(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		y.MustAdopt(t, s, c)
		mustDeclare(t, y, y.Commissioners[0], c.AgencyID)
		_, err := plenary(y.Commissioners[0]).CloseSession(t.Context(), &meritv1.CloseSessionRequest{
			SessionId: s.ID, DecreeNumber: "1/2021", DecreeDate: calendar.Day(y.Clock.Now()),
		})
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
	})
}
