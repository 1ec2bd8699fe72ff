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

// mustDeclareAll lets commissioners declare an interest in an agency.
func mustDeclareAll(t *testing.T, y *yeartest.Year, agency string, commissioners ...*servertest.Person) {
	t.Helper()
	for _, p := range commissioners {
		mustDeclare(t, y, p, agency)
	}
}

func closeNow(t *testing.T, y *yeartest.Year, by *servertest.Person, s *yeartest.Session) (*meritv1.CloseSessionResponse, error) {
	t.Helper()
	now := servertest.Must(plenary(by).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession()
	return plenary(by).CloseSession(t.Context(), &meritv1.CloseSessionRequest{
		SessionId: s.ID, Revision: now.GetRevision(), DecreeNumber: "1/2021", DecreeDate: calendar.Day(y.Clock.Now()),
	})
}

func TestAVoteBeforeAnInterestIsDeclaredDoesNotCountWhenTheSessionCloses(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		y.MustAdopt(t, s, c)
		mustDeclareAll(t, y, c.AgencyID, y.Commissioners[2])
		closed := servertest.Must(closeNow(t, y, y.Commissioners[0], s))(t)
		item := closed.GetSession().GetAgenda()[0]
		if len(closed.GetResults()) != 1 || item.GetEligible() != 2 || len(item.GetRecusals()) != 1 || !item.GetRecusals()[0].GetByRule() {
			t.Errorf("%d results, item %v", len(closed.GetResults()), item)
		}
	})
}

// TestWhoWasCountedAndLeftSinceIsTakenOutWhenTheyTurnOutToBeTied: no vote of theirs is on record, and they are recorded as
// absent, or are no commissioners any more.
func TestWhoWasCountedAndLeftSinceIsTakenOutWhenTheyTurnOutToBeTied(t *testing.T) {
	leave := map[string]func(t *testing.T, y *yeartest.Year, s *yeartest.Session, p *servertest.Person){
		"the room": func(t *testing.T, y *yeartest.Year, s *yeartest.Session, p *servertest.Person) {
			servertest.Must(plenary(y.Commissioners[0]).RecordAttendance(t.Context(), &meritv1.RecordAttendanceRequest{
				SessionId: s.ID, Attendance: []*meritv1.CommissionerPresence{{AccountId: p.AccountID, Present: false}},
			}))(t)
		},
		"the commission": func(t *testing.T, y *yeartest.Year, _ *yeartest.Session, p *servertest.Person) {
			servertest.Must(accounts(y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).EndMembership(t.Context(),
				&meritv1.EndMembershipRequest{MembershipId: p.MembershipID, Reason: "demo"}))(t)
		},
	}
	leave["both"] = func(t *testing.T, y *yeartest.Year, s *yeartest.Session, p *servertest.Person) {
		leave["the commission"](t, y, s, p)
		leave["the room"](t, y, s, p)
	}
	for where, leaves := range leave {
		t.Run(where, func(t *testing.T) {
			y := yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{Quorum: 3, Majority: 50})
			c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
			s := y.MustOpenSession(t, c)
			silent := y.Commissioners[2]
			for _, p := range y.Commissioners[:2] {
				servertest.Must(vote(t, p, s, c, inFavour))(t)
			}
			servertest.Must(decideItem(t, y.Commissioners[0], s, c, adopt))(t)
			mustDeclare(t, y, silent, c.AgencyID)
			leaves(t, y, s, silent)
			_, err := closeNow(t, y, y.Commissioners[0], s)
			servertest.WantReason(t, err, meritv1.Reason_REASON_QUORUM_NOT_MET)
		})
	}
}

func TestWhoIsNoCommissionerAnyMoreIsNotCounted(t *testing.T) {
	y := yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{Quorum: 3, Majority: 50})
	c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
	s := y.MustOpenSession(t, c)
	for _, p := range y.Commissioners {
		servertest.Must(vote(t, p, s, c, inFavour))(t)
	}
	servertest.Must(accounts(y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).EndMembership(t.Context(),
		&meritv1.EndMembershipRequest{MembershipId: y.Commissioners[2].MembershipID, Reason: "demo"}))(t)
	_, err := decideItem(t, y.Commissioners[0], s, c, adopt)
	servertest.WantReason(t, err, meritv1.Reason_REASON_QUORUM_NOT_MET)
}

func TestADecisionThatDoesNotStandWithoutTheTiedIsPostponedBeforeTheSessionCloses(t *testing.T) {
	for name, test := range map[string]struct {
		tied []int // commissioners; the first one decided
		want meritv1.Reason
	}{
		"quorum":      {[]int{1, 2}, meritv1.Reason_REASON_QUORUM_NOT_MET},
		"who decided": {[]int{0}, meritv1.Reason_REASON_CONFLICT_OF_INTEREST},
	} {
		t.Run(name, func(t *testing.T) {
			eachWide(t, func(t *testing.T, y *yeartest.Year) {
				c, other := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil), y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
				s := y.MustOpenSession(t, c, other)
				y.MustAdopt(t, s, c)
				y.MustAdopt(t, s, other)
				free := y.Commissioners[0]
				for _, i := range test.tied {
					mustDeclare(t, y, y.Commissioners[i], c.AgencyID)
					if i == 0 {
						free = y.Commissioners[1]
					}
				}
				_, err := closeNow(t, y, free, s)
				servertest.WantReason(t, err, test.want)
				_, err = decideItem(t, y.Commissioners[test.tied[0]], s, c, postpone)
				servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
				_, err = decideItem(t, free, s, other, postpone)
				servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
				servertest.Must(decideItem(t, free, s, c, postpone))(t)
				closed := servertest.Must(closeNow(t, y, free, s))(t)
				if len(closed.GetResults()) != 1 || closed.GetResults()[0].GetAgencyId() != other.AgencyID {
					t.Errorf("determined: %v", closed.GetResults())
				}
			})
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
