package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// MustWork reads what waits for a person, one entry a line: kind, what it is about, count and total, days left.
func MustWork(tb testing.TB, p *servertest.Person) (lines []string) {
	tb.Helper()
	resp := servertest.Must(meritv1.NewWorkServiceClient(p).GetWork(tb.Context(), &meritv1.GetWorkRequest{}))(tb)
	for _, e := range resp.GetEntries() {
		about := e.GetAgencyName() + e.GetTitle()
		if about == "" {
			about = e.GetCycleName()
		}
		line := fmt.Sprintf("%s %s %d/%d", e.GetKind().String()[len("WORK_KIND_"):], about, e.GetCount(), e.GetTotal())
		if e.GetDue() != "" {
			line += fmt.Sprintf(" by %s, %d days", e.GetDue(), e.GetDaysLeft())
		}
		if e.GetLate() {
			line += ", late"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestWhatWaitsForWhom(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()})
		on := func(day string) {
			y.Clock.Set(servertest.Must(time.Parse(time.RFC3339, day+"T09:00:00+07:00"))(t))
		}
		want := func(p *servertest.Person, lines ...string) {
			t.Helper()
			if diff := cmp.Diff(lines, MustWork(t, p)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", y.Clock.Now().Format(time.DateOnly), p.AccountID, diff)
			}
		}
		admin, committee := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")
		idle := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{Name: "Idle", Region: "I"}))
		c := y.MustDraft(t, store.Agency{Name: "Demo", Region: "I"}, yeartest.Levels{"1.1": 2})
		contributor := s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID)
		servertest.Must(assessments(c.Operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
			AssessmentId: c.AssessmentID, Items: []string{"1.1", "1.2"}, AccountId: contributor.AccountID,
		}))(t)

		on("2021-02-18")
		want(idle, "START_ASSESSMENT Idle 0/0 by 2021-02-28, 10 days")
		want(c.Operator, "FILL_ASSESSMENT Demo 1/38 by 2021-02-28, 10 days")
		want(c.Approver, "SUBMIT_ASSESSMENT Demo 1/38 by 2021-02-28, 10 days")
		want(contributor, "ANSWER_ITEMS Demo 1/2 by 2021-02-28, 10 days")
		want(admin, "FOLLOW_CYCLE 2021 0/2 by 2021-02-28, 10 days")
		want(y.Lead)

		servertest.Must(assessments(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), AcceptUnanswered: true}))(t)
		late := y.MustDraft(t, store.Agency{Name: "Late", Region: "II"}, nil)
		on("2021-03-02")
		want(late.Operator, "FILL_ASSESSMENT Late 0/38 by 2021-02-28, -2 days, late")
		want(c.Operator)
		want(idle)
		want(admin, "FOLLOW_CYCLE 2021 1/3 by 2021-04-30, 59 days")
		want(y.Lead, "ASSIGN_VERIFIER 2021 1/0 by 2021-04-30, 59 days")
		want(y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"))
		servertest.Must(assign(t, y, c, y.Verifier.AccountID, ""))(t)
		want(y.Lead)
		want(y.Verifier, "START_VERIFICATION Demo 0/38 by 2021-04-30, 59 days")
		servertest.Must(verification(y.Verifier).StartVerification(t.Context(), &meritv1.StartVerificationRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c)}))(t)
		y.MustDecide(t, c, yeartest.Levels{"1.1": 2, "1.2": 2})
		want(y.Verifier, "VERIFY Demo 2/38 by 2021-04-30, 59 days")

		round := servertest.Must(verification(y.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: c.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-03-05",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "demo"}, {Item: "1.3", Question: "demo"}},
		}))(t).GetClarification()
		servertest.Must(verification(c.Operator).AnswerClarification(t.Context(), &meritv1.AnswerClarificationRequest{ClarificationId: round.GetId(), Item: "1.3", Answer: "demo"}))(t)
		want(c.Operator, "ANSWER_CLARIFICATION Demo 1/2 by 2021-03-05, 3 days")
		want(contributor, "ANSWER_CLARIFICATION Demo 0/1 by 2021-03-05, 3 days")
		y.MustDecide(t, c, yeartest.All(2))
		want(y.Lead) // the round is open
		on("2021-03-06")
		want(c.Operator)
		want(y.Lead, "COMPLETE_VERIFICATION Demo 38/38 by 2021-04-30, 55 days")
		servertest.Must(y.CloseOverdueRounds(t.Context()))(t)
		y.MustComplete(t, c)
		want(y.Lead)

		on("2021-06-10")
		want(y.Commissioners[0], "OPEN_SESSION 2021 1/0 by 2021-06-30, 20 days")
		session := y.MustOpenSession(t, c)
		title := servertest.Must(plenary(y.Commissioners[0]).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: session.ID}))(t).GetSession().GetTitle()
		want(y.Commissioners[0], "DECIDE_AGENDA "+title+" 1/1")
		y.MustVote(t, session, c)
		y.MustAdopt(t, session, c)
		want(y.Commissioners[0], "CLOSE_SESSION "+title+" 0/1")
		y.MustClose(t, session, "1/2021")
		want(y.Commissioners[0])
		want(committee)
		servertest.Must(meritv1.NewAwardServiceClient(committee).DraftAward(t.Context(), &meritv1.DraftAwardRequest{
			Title: "Anugerah demo", Year: 2021, InstrumentId: "kasn-2019", Rule: awardRule(),
		}))(t)
		want(committee, "DECIDE_AWARD Anugerah demo 0/0")
		on("2022-01-01")
		want(admin)
	})
}

func TestWorkIsSortedByUrgencyAndSaysWhatChanged(t *testing.T) {
	s := servertest.New(t)
	y := yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()})
	first := y.MustSubmitted(t, store.Agency{Name: "First"}, yeartest.All(2))
	second := y.MustSubmitted(t, store.Agency{Name: "Second"}, yeartest.All(2))
	y.MustStartVerification(t, second)
	y.MustStartVerification(t, first)
	servertest.Must(meritv1.NewCycleServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).GrantExtension(t.Context(), &meritv1.GrantExtensionRequest{
		CycleId: y.CycleID, AgencyIds: []string{first.AgencyID}, LastDay: "2021-05-10", Reason: "demo", Phase: meritv1.Phase_PHASE_VERIFICATION,
	}))(t)
	y.Clock.Set(time.Date(2021, 5, 3, 3, 0, 0, 0, time.UTC))
	want := []string{"VERIFY Second 0/38 by 2021-04-30, -3 days, late", "VERIFY First 0/38 by 2021-05-10, 7 days"}
	if diff := cmp.Diff(want, MustWork(t, y.Verifier)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	resp := servertest.Must(meritv1.NewWorkServiceClient(y.Verifier).GetWork(t.Context(), &meritv1.GetWorkRequest{}))(t)
	if resp.GetLate() != 1 || resp.GetUnreadNotices() != 2 || len(resp.GetChanged()) != 2 {
		t.Errorf("what changed: %v", resp)
	}
	if nobody := MustWork(t, mustBeIdle(t, s)); nobody != nil {
		t.Errorf("somebody without a membership: %v", nobody)
	}
}
