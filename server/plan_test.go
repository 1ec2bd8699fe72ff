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

func plans(p *servertest.Person) meritv1.PlanServiceClient { return meritv1.NewPlanServiceClient(p) }

// planLines writes a plan one line of text a line: item, levels, what was reached, state, owner, date.
func planLines(p *meritv1.Plan) (lines []string) {
	for _, i := range p.GetItems() {
		line := fmt.Sprintf("%s %d to %d", i.GetItem(), i.GetCurrentLevel(), i.GetTargetLevel())
		if i.ReachedLevel != nil {
			line += fmt.Sprintf(" at %d %t", i.GetReachedLevel(), i.GetReached())
		}
		line += " " + i.GetState().String()[len("PLAN_ITEM_STATE_"):] + " " + i.GetOwner() + i.GetOwnerAccount().GetName() + " " + i.GetDue()
		if i.GetItemNow() != "" {
			line += " now " + i.GetItemNow()
		}
		if i.GetLate() {
			line += " late"
		}
		lines = append(lines, line)
	}
	return lines
}

func planLine(item string, target int32) *meritv1.PlanLine {
	return &meritv1.PlanLine{Item: item, TargetLevel: target, Owner: "BKPSDM", Due: "2021-10-31"}
}

// MustPlan saves the plan of an assessment.
func MustPlan(tb testing.TB, p *servertest.Person, assessmentID string, revision int64, lines ...*meritv1.PlanLine) *meritv1.Plan {
	tb.Helper()
	req := &meritv1.SavePlanRequest{AssessmentId: assessmentID, Revision: revision, Lines: lines}
	return servertest.Must(plans(p).SavePlan(tb.Context(), req))(tb).GetPlan()
}

func TestAPlanIsSavedAgainAndFollowed(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 2, "1.2": 1})
		contributor := s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID)
		own := planLine("1.2", 3)
		own.Owner, own.OwnerAccountId = "", contributor.AccountID
		p := MustPlan(t, c.Operator, c.AssessmentID, 0, planLine("1.3", 2), planLine("1.1", 4), own)
		name := contributor.AccountID
		if p.GetItems()[1].GetOwnerAccount().GetAccountId() != name {
			t.Errorf("owner: %v", p.GetItems()[1])
		}
		name = p.GetItems()[1].GetOwnerAccount().GetName()
		want := []string{
			"1.1 2 to 4 at 2 false OPEN BKPSDM 2021-10-31",
			"1.2 1 to 3 at 1 false OPEN " + name + " 2021-10-31",
			"1.3 0 to 2 OPEN BKPSDM 2021-10-31",
		}
		if diff := cmp.Diff(want, planLines(p)); diff != "" || p.GetOpen() != 3 || p.GetNextDue() != "2021-10-31" || p.GetRevision() != 1 {
			t.Errorf("saved as %v (-want +got):\n%s", p, diff)
		}
		update := func(who *servertest.Person, i *meritv1.PlanItem, revision int64, state meritv1.PlanItemState, owner string) (*meritv1.UpdatePlanItemResponse, error) {
			return plans(who).UpdatePlanItem(t.Context(), &meritv1.UpdatePlanItemRequest{
				PlanItemId: i.GetId(), Revision: revision, State: state, Owner: owner, OwnerAccountId: i.GetOwnerAccount().GetAccountId(), Due: i.GetDue(),
			})
		}
		done, progress := meritv1.PlanItemState_PLAN_ITEM_STATE_DONE, meritv1.PlanItemState_PLAN_ITEM_STATE_IN_PROGRESS
		servertest.Must(update(contributor, p.GetItems()[1], 1, progress, ""))(t)
		_, err := update(contributor, p.GetItems()[1], 2, done, "elsewhere")
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
		_, err = update(contributor, p.GetItems()[0], 1, done, "BKPSDM")
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
		_, err = update(c.Approver, p.GetItems()[1], 1, done, "")
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if now, ok := servertest.Detail[*meritv1.PlanItem](err); !ok || now.GetState() != progress {
			t.Errorf("the line as it is: %v", now)
		}
		servertest.Must(update(c.Approver, p.GetItems()[2], 1, done, "Inspektorat"))(t)
		servertest.Must(assessments(c.Operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{
			AssessmentId: c.AssessmentID, Answers: []*meritv1.AnswerChange{{Item: "1.2", Answer: yeartest.Answer(3)}},
		}))(t)

		_, err = plans(c.Operator).SavePlan(t.Context(), &meritv1.SavePlanRequest{AssessmentId: c.AssessmentID, Lines: []*meritv1.PlanLine{planLine("1.1", 4)}})
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		own.TargetLevel = 3 // reached, and still part of the plan
		p = MustPlan(t, c.Operator, c.AssessmentID, 1, planLine("1.1", 3), own, planLine("2.1", 2))
		s.Clock.Set(time.Date(2021, 11, 1, 3, 0, 0, 0, time.UTC))
		got := servertest.Must(plans(c.Approver).GetPlan(t.Context(), &meritv1.GetPlanRequest{PlanId: p.GetId()}))(t).GetPlan()
		want = []string{
			"1.1 2 to 3 at 2 false OPEN BKPSDM 2021-10-31 late",
			"1.2 1 to 3 at 3 true IN_PROGRESS " + name + " 2021-10-31 late",
			"1.3 0 to 2 DROPPED Inspektorat 2021-10-31",
			"2.1 0 to 2 OPEN BKPSDM 2021-10-31 late",
		}
		if diff := cmp.Diff(want, planLines(got)); diff != "" || got.GetDropped() != 1 || got.GetRevision() != 2 {
			t.Errorf("saved again as %v (-want +got):\n%s", got, diff)
		}
		if diff := cmp.Diff([]string{"FOLLOW_PLAN " + got.GetAgencyName() + " 3/3 by 2021-10-31, -1 days, late"}, MustWork(t, c.Approver)[:1]); diff != "" {
			t.Errorf("work (-want +got):\n%s", diff)
		}
	})
}

func TestAPlanRefusesLinesThatRaiseNothing(t *testing.T) {
	s := servertest.New(t)
	y := yeartest.MustBegin(t, s, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 2})
	stranger := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	elsewhere := planLine("1.2", 2)
	elsewhere.OwnerAccountId = stranger.AccountID
	never := planLine("1.2", 2)
	never.Due = "2021-02-30"
	tests := []struct {
		name  string
		lines []*meritv1.PlanLine
		want  meritv1.Reason
	}{
		{"an item that is not there", []*meritv1.PlanLine{planLine("9.9", 2)}, meritv1.Reason_REASON_UNKNOWN_ITEM},
		{"the level it has", []*meritv1.PlanLine{planLine("1.1", 2)}, meritv1.Reason_REASON_LEVEL_OFF_SCALE},
		{"off the scale", []*meritv1.PlanLine{planLine("1.1", 5)}, meritv1.Reason_REASON_LEVEL_OFF_SCALE},
		{"twice", []*meritv1.PlanLine{planLine("1.1", 3), planLine("1.1", 4)}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"no date", []*meritv1.PlanLine{never}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"somebody of another agency", []*meritv1.PlanLine{elsewhere}, meritv1.Reason_REASON_NOT_FOUND},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.WantUnchanged(t, func() {
				_, err := plans(c.Operator).SavePlan(t.Context(), &meritv1.SavePlanRequest{AssessmentId: c.AssessmentID, Lines: test.lines})
				servertest.WantReason(t, err, test.want)
			})
		})
	}
}

func TestLastYearsPlanReturnsWithWhatWasReached(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		MustPublishSamples(t, s)
		first := MustStart(t, MustCycle(t, s, 2021, "sample-1"), store.Agency{})
		first.MustAnswer(t, yeartest.Levels{"1.1": 1, "1.2": 1})
		MustPlan(t, first.operator, first.id, 0, planLine("1.1", 2), planLine("1.2", 2))
		second := *first
		cycle := MustCycle(t, s, 2022, "sample-2")
		second.id = servertest.Must(assessments(first.operator).StartAssessment(t.Context(), &meritv1.StartAssessmentRequest{CycleId: cycle.CycleID}))(t).GetAssessment().GetId()
		get := func() *meritv1.GetPlanResponse {
			return servertest.Must(plans(first.contributor).GetPlan(t.Context(), &meritv1.GetPlanRequest{AssessmentId: second.id}))(t)
		}
		second.MustAnswer(t, yeartest.Levels{"2.1": 2})
		want := []string{"1.1 1 to 2 OPEN BKPSDM 2021-10-31 late", "1.2 1 to 2 at 2 true OPEN BKPSDM 2021-10-31 now 2.1 late"}
		if got := get(); got.GetPlan() != nil || cmp.Diff(want, planLines(got.GetCarried())) != "" {
			t.Errorf("plan %v, carried (-want +got):\n%s", got.GetPlan(), cmp.Diff(want, planLines(got.GetCarried())))
		}
		own := MustPlan(t, first.operator, second.id, 0, planLine("1.1", 2))
		if got := get(); got.GetPlan().GetId() != own.GetId() || got.GetCarried().GetAssessmentId() != first.id {
			t.Errorf("with a plan of its own: %v", got)
		}
		before := servertest.Must(plans(first.operator).GetPlan(t.Context(), &meritv1.GetPlanRequest{AssessmentId: first.id}))(t)
		if before.GetCarried() != nil {
			t.Errorf("the first year carries on %v", before.GetCarried())
		}
	})
}

func TestPlansAreListedForTheAgencyAlone(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := y.MustDraft(t, store.Agency{Region: "I"}, nil)
		MustPlan(t, c.Operator, c.AssessmentID, 0, planLine("1.1", 2))
		servertest.Must(plans(c.Operator).SavePlan(t.Context(), &meritv1.SavePlanRequest{InstrumentId: "kasn-2019", Lines: []*meritv1.PlanLine{planLine("1.2", 2)}}))(t)
		for _, test := range []struct {
			name string
			who  *servertest.Person
			want int
		}{
			{"a contributor", s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID), 2},
			{"the agency's auditor", s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID), 2},
			{"an auditor of the region", s.MustRegional(t, meritv1.Role_ROLE_AUDITOR, "I"), 2},
			{"an auditor of another region", s.MustRegional(t, meritv1.Role_ROLE_AUDITOR, "II"), 0},
			{"an operator of another agency", y.MustDraft(t, store.Agency{}, nil).Operator, 0},
		} {
			got := servertest.Must(plans(test.who).ListPlans(t.Context(), &meritv1.ListPlansRequest{AgencyId: c.AgencyID}))(t).GetPlans()
			if len(got) != test.want {
				t.Errorf("%s reads %v", test.name, got)
			}
		}
	})
}
