package server_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func (d *draft) check(tb testing.TB) *meritv1.CheckCompletenessResponse {
	tb.Helper()
	return servertest.Must(assessments(d.contributor).CheckCompleteness(tb.Context(), &meritv1.CheckCompletenessRequest{AssessmentId: d.id}))(tb)
}

// cite adds evidence to an item behind the service's back: how is another test's matter.
func (d *draft) cite(tb testing.TB, item string) {
	tb.Helper()
	d.MustUpdate(tb, "citation.add", func(tx *store.Tx) error {
		e := store.Evidence{ID: tx.NewID(), AgencyID: d.agency, Kind: store.EvidenceLink, Title: "SK demo", URL: "https://example.go.id/sk", AddedAt: tx.Now(), AddedBy: d.operator.AccountID}
		if err := tx.InsertEvidence(e); err != nil {
			return err
		}
		return tx.InsertCitation(store.Citation{ID: tx.NewID(), AssessmentID: d.id, Item: item, EvidenceID: e.ID, Page: "3", CitedAt: tx.Now(), CitedBy: d.operator.AccountID})
	})
}

func TestACompleteSheetIsSubmittedAndLocked(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		if c := d.check(t); len(c.GetBlockers()) != 0 || c.GetScore().GetTotal() != "307.5" {
			t.Fatalf("completeness: %v", c)
		}
		resp := servertest.Must(assessments(d.approver).Submit(t.Context(), &meritv1.SubmitRequest{
			AssessmentId: d.id, Revision: 1, LetterNumber: "800/12/2021", RequestId: "s1",
		}))(t)
		a := resp.GetAssessment()
		if a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_SUBMITTED || a.GetRevision() != 2 || !a.GetSubmittedAt().AsTime().Equal(servertest.Start) {
			t.Errorf("submitted: %v", a)
		}
		if itemOf(a, "1.1").GetOpen() || a.GetClosesAt() != nil {
			t.Error("the sheet is still open")
		}
		d.wantListed(t, a)
		for name, do := range map[string]func() error{
			"answering": func() error {
				_, err := d.save(t.Context(), d.operator, "1.1", yeartest.Answer(4))
				return err
			},
			"assigning": func() error {
				_, err := assessments(d.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{AssessmentId: d.id, Items: []string{"1.1"}, AccountId: d.contributor.AccountID})
				return err
			},
			"submitting again": func() error {
				_, err := assessments(d.approver).Submit(t.Context(), &meritv1.SubmitRequest{AssessmentId: d.id, Revision: 1})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) { servertest.WantReason(t, do(), meritv1.Reason_REASON_ALREADY_SUBMITTED) })
		}
		if a := d.MustGet(t, d.Verifier); a.GetScore().GetTotal() != "307.5" {
			t.Errorf("the verifier sees total %s", a.GetScore().GetTotal())
		}
	})
}

func TestWhatIsMissingIsListedAtOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"}), store.Agency{})
		servertest.Must(assessments(d.operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{AssessmentId: d.id, Answers: []*meritv1.AnswerChange{
			{Item: "1.1", Answer: yeartest.Answer(0)},
			{Item: "1.2", Answer: yeartest.Answer(3)},
			{Item: "1.3", Answer: yeartest.Answer(1)},
			{Item: "6.3.0", Answer: yeartest.Choice("tidak")},
			{Item: "profile.pernah_menerima", Answer: yeartest.Choice("ya")},
		}}))(t)
		d.cite(t, "1.2")
		blockers := d.check(t).GetBlockers()
		find := func(item string) *meritv1.Blocker {
			i := slices.IndexFunc(blockers, func(b *meritv1.Blocker) bool { return b.GetItem() == item })
			if i < 0 {
				return nil
			}
			return blockers[i]
		}
		for _, tc := range []struct {
			item       string
			reason     meritv1.Reason // none: it is not in the way
			acceptable bool
		}{
			{"1.1", 0, false}, // level 0 needs no evidence
			{"1.2", 0, false}, // cited
			{"1.3", meritv1.Reason_REASON_EVIDENCE_REQUIRED, false},
			{"2.1", meritv1.Reason_REASON_INCOMPLETE, true},
			{"6.3", 0, false}, // behind a closed gate
			{"6.4.2.0", meritv1.Reason_REASON_INCOMPLETE, true},
			{"profile.pernah_menerima", 0, false},
			{"profile.tahun", meritv1.Reason_REASON_INCOMPLETE, true},
			{"profile.bukti", meritv1.Reason_REASON_INCOMPLETE, true},
		} {
			if b := find(tc.item); b.GetReason() != tc.reason || b.GetAcceptable() != tc.acceptable || b != nil && b.GetMessage() == "" {
				t.Errorf("item %s: %v, want %s, acceptable %t", tc.item, b, tc.reason, tc.acceptable)
			}
		}
		submit := &meritv1.SubmitRequest{AssessmentId: d.id, Revision: 1}
		_, err := assessments(d.approver).Submit(t.Context(), submit)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if v := servertest.Violations(err); len(v) != len(blockers) {
			t.Errorf("%d violations, want all %d", len(v), len(blockers))
		}
		submit.AcceptUnanswered = true
		_, err = assessments(d.approver).Submit(t.Context(), submit)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if v := servertest.Violations(err); len(v) != 1 || !strings.Contains(v["1.3"], "evidence") {
			t.Errorf("violations %v, want the missing evidence only", v)
		}
		d.cite(t, "1.3")
		servertest.Must(assessments(d.approver).Submit(t.Context(), submit))(t)
	})
}

func TestStateAndWindowAreAmongTheBlockers(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		d.Clock.Set(time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC))
		if b := d.check(t).GetBlockers(); len(b) != 1 || b[0].GetReason() != meritv1.Reason_REASON_OUTSIDE_WINDOW || b[0].GetItem() != "" {
			t.Errorf("after the window: %v", b)
		}
		_, err := assessments(d.approver).Submit(t.Context(), &meritv1.SubmitRequest{AssessmentId: d.id, Revision: 1})
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUTSIDE_WINDOW)
		d.Clock.Set(servertest.Start)
		d.MustSubmit(t)
		if b := d.check(t).GetBlockers(); len(b) != 1 || b[0].GetReason() != meritv1.Reason_REASON_ALREADY_SUBMITTED {
			t.Errorf("after submission: %v", b)
		}
	})
}

func TestAStepFromAnOldRevisionIsStale(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustSubmit(t)
		recall := &meritv1.RecallRequest{AssessmentId: d.id, Revision: 1, Reason: "salah unggah"}
		_, err := assessments(d.approver).Recall(t.Context(), recall)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		now, ok := servertest.Detail[*meritv1.Assessment](err)
		if status.Code(err) != codes.Aborted || !ok || now.GetRevision() != 2 || !strings.Contains(status.Convert(err).Message(), "you read revision 1, now it is 2") {
			t.Errorf("%v with %v", err, now)
		}
	})
}

func TestASubmissionIsRecalledUntilVerificationStarts(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		recall := &meritv1.RecallRequest{AssessmentId: d.id, Revision: 1, Reason: "salah unggah"}
		_, err := assessments(d.approver).Recall(t.Context(), recall)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		d.MustAnswer(t, yeartest.All(2))
		recall.Revision = d.MustSubmit(t).GetRevision()
		a := servertest.Must(assessments(d.approver).Recall(t.Context(), recall))(t).GetAssessment()
		if a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT || !itemOf(a, "1.1").GetOpen() || a.GetScore().GetTotal() != "205" {
			t.Errorf("recalled: %v", a)
		}
		d.MustVerifying(t)
		d.Clock.Set(servertest.Start)
		recall.Revision = d.MustGet(t, d.approver).GetRevision()
		_, err = assessments(d.approver).Recall(t.Context(), recall)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
	})
}

func TestAVerifierReturnsAnIncompleteSheetWithAReason(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustSubmit(t)
		back := &meritv1.ReturnRequest{AssessmentId: d.id, Revision: 2, Reason: "Aspek 3 kosong."}
		_, err := assessments(d.Verifier).Return(t.Context(), back)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
		tied := d.MustAlsoAct(t, d.operator, meritv1.Role_ROLE_LEAD_VERIFIER, "")
		_, err = assessments(tied).Return(t.Context(), back)
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
		blank := &meritv1.ReturnRequest{AssessmentId: d.id, Revision: 2, Reason: " "}
		_, err = assessments(d.Lead).Return(t.Context(), blank)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		a := servertest.Must(assessments(d.Lead).Return(t.Context(), back))(t).GetAssessment()
		if a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT {
			t.Errorf("returned: %v", a)
		}
		servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(4)))(t)
		events := servertest.Must(assessments(d.operator).GetHistory(t.Context(), &meritv1.GetHistoryRequest{AssessmentId: d.id}))(t).GetEvents()
		i := slices.IndexFunc(events, func(e *meritv1.HistoryEvent) bool { return e.GetStep() == "RETURN" })
		if i < 0 || events[i].GetReason() != "Aspek 3 kosong." || events[i].GetBy() != nil {
			t.Errorf("the agency reads %v, want the reason and nobody's name", events)
		}
	})
}

func TestOnlyTheApproverSubmits(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	_, err := assessments(d.operator).Submit(t.Context(), &meritv1.SubmitRequest{AssessmentId: d.id, Revision: 1, AcceptUnanswered: true})
	servertest.WantReason(t, err, meritv1.Reason_REASON_ROLE_NOT_ALLOWED)
}
