package yeartest

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// Session is an open plenary session in which all commissioners are present.
type Session struct {
	ID    string
	Cases []*Case
}

// MustOpenSession opens a session on verified cases, held today, and records all commissioners as present.
func (y *Year) MustOpenSession(tb testing.TB, cases ...*Case) *Session {
	tb.Helper()
	y.Phase(tb, calendar.Determination)
	req := &meritv1.OpenSessionRequest{CycleId: y.CycleID, Title: "Pleno Demo", HeldOn: calendar.Day(y.Clock.Now())}
	for _, c := range cases {
		req.AssessmentIds = append(req.AssessmentIds, c.AssessmentID)
	}
	opened := servertest.Must(meritv1.NewPlenaryServiceClient(y.Commissioners[0]).OpenSession(tb.Context(), req))(tb)
	s := &Session{ID: opened.GetSession().GetId(), Cases: cases}
	y.MustAttend(tb, s, y.Commissioners...)
	return s
}

// MustAttend records commissioners as present.
func (y *Year) MustAttend(tb testing.TB, s *Session, commissioners ...*servertest.Person) *meritv1.Session {
	tb.Helper()
	req := &meritv1.RecordAttendanceRequest{SessionId: s.ID}
	for _, p := range commissioners {
		req.Attendance = append(req.Attendance, &meritv1.CommissionerPresence{AccountId: p.AccountID, Present: true})
	}
	return servertest.Must(meritv1.NewPlenaryServiceClient(y.Commissioners[0]).RecordAttendance(tb.Context(), req))(tb).GetSession()
}

// MustVote lets every commissioner vote in favour of an agenda item.
func (y *Year) MustVote(tb testing.TB, s *Session, c *Case) {
	tb.Helper()
	for _, p := range y.Commissioners {
		servertest.Must(meritv1.NewPlenaryServiceClient(p).Vote(tb.Context(), &meritv1.VoteRequest{
			SessionId: s.ID, AssessmentId: c.AssessmentID, Vote: meritv1.VoteKind_VOTE_KIND_IN_FAVOUR,
		}))(tb)
	}
}

// MustAdopt lets every commissioner vote in favour and adopts the verified levels.
func (y *Year) MustAdopt(tb testing.TB, s *Session, c *Case) {
	tb.Helper()
	y.MustVote(tb, s, c)
	servertest.Must(meritv1.NewPlenaryServiceClient(y.Commissioners[0]).Decide(tb.Context(), &meritv1.DecideRequest{
		SessionId: s.ID, AssessmentId: c.AssessmentID, Outcome: meritv1.Outcome_OUTCOME_ADOPTED, AcknowledgeReconstructed: true,
	}))(tb)
}

// MustClose closes a session under a decree of today and returns the results.
func (y *Year) MustClose(tb testing.TB, s *Session, decree string) []*meritv1.Result {
	tb.Helper()
	client := meritv1.NewPlenaryServiceClient(y.Commissioners[0])
	now := servertest.Must(client.GetSession(tb.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(tb).GetSession()
	return servertest.Must(client.CloseSession(tb.Context(), &meritv1.CloseSessionRequest{
		SessionId: s.ID, Revision: now.GetRevision(), DecreeNumber: decree, DecreeDate: calendar.Day(y.Clock.Now()),
	}))(tb).GetResults()
}

// MustDetermined plays the whole year of one agency: the claims are verified as they are and determined. Windows that
// follow each other leave time for one such year; with Wide ones it can be called again and again.
func (y *Year) MustDetermined(tb testing.TB, agency store.Agency, claims Levels) (*Case, *meritv1.Result) {
	tb.Helper()
	c := y.MustVerified(tb, agency, claims, nil)
	s := y.MustOpenSession(tb, c)
	y.MustAdopt(tb, s, c)
	return c, y.MustClose(tb, s, "Nomor 1 Tahun 2021")[0]
}
