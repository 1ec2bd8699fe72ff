package yeartest

import (
	"maps"
	"slices"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// Case is the assessment of one agency, and its people.
type Case struct {
	AgencyID     string
	AssessmentID string
	Operator     *servertest.Person
	Approver     *servertest.Person
}

// MustDraft makes an agency and lets its operator start an assessment with those claims.
func (y *Year) MustDraft(tb testing.TB, agency store.Agency, claims Levels) *Case {
	tb.Helper()
	y.Phase(tb, calendar.SelfAssessment)
	c := &Case{AgencyID: y.MustAgency(tb, agency)}
	c.Operator = y.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, c.AgencyID)
	c.Approver = y.MustAccount(tb, meritv1.Role_ROLE_APPROVER, c.AgencyID)
	client := meritv1.NewAssessmentServiceClient(c.Operator)
	started := servertest.Must(client.StartAssessment(tb.Context(), &meritv1.StartAssessmentRequest{CycleId: y.CycleID}))(tb)
	c.AssessmentID = started.GetAssessment().GetId()
	if len(claims) == 0 {
		return c
	}
	req := &meritv1.SaveAnswersRequest{AssessmentId: c.AssessmentID}
	for _, item := range slices.Sorted(maps.Keys(claims)) {
		req.Answers = append(req.Answers, &meritv1.AnswerChange{Item: item, Answer: Answer(claims[item])})
	}
	servertest.Must(client.SaveAnswers(tb.Context(), req))(tb)
	return c
}

// MustSubmitted makes an agency whose assessment is submitted with those claims; items without one are accepted as 0.
func (y *Year) MustSubmitted(tb testing.TB, agency store.Agency, claims Levels) *Case {
	tb.Helper()
	c := y.MustDraft(tb, agency, claims)
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(tb.Context(), &meritv1.SubmitRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(tb, c), AcceptUnanswered: true,
	}))(tb)
	return c
}

// Revision is the revision of the assessment now.
func (y *Year) Revision(tb testing.TB, c *Case) int64 {
	tb.Helper()
	return y.Assessment(tb, c).Revision
}

// Assessment is the row of the assessment now.
func (y *Year) Assessment(tb testing.TB, c *Case) (a store.Assessment) {
	tb.Helper()
	err := y.Store.View(tb.Context(), func(tx *store.Tx) (err error) {
		a, err = tx.Assessment(c.AssessmentID)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// MustInVerification submits and lets the verifier of the year start.
func (y *Year) MustInVerification(tb testing.TB, agency store.Agency, claims Levels) *Case {
	tb.Helper()
	c := y.MustSubmitted(tb, agency, claims)
	y.MustStartVerification(tb, c)
	return c
}

// MustStartVerification lets the verifier of the year start on a submitted assessment.
func (y *Year) MustStartVerification(tb testing.TB, c *Case) {
	tb.Helper()
	y.Phase(tb, calendar.Verification)
	servertest.Must(meritv1.NewVerificationServiceClient(y.Lead).AssignVerifier(tb.Context(), &meritv1.AssignVerifierRequest{
		Assignments: []*meritv1.Assignment{{AssessmentId: c.AssessmentID, AccountId: y.Verifier.AccountID}},
	}))(tb)
	servertest.Must(meritv1.NewVerificationServiceClient(y.Verifier).StartVerification(tb.Context(), &meritv1.StartVerificationRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(tb, c),
	}))(tb)
}

// MustDecide decides items as the verifier; where that differs from the claim it gives a reason.
func (y *Year) MustDecide(tb testing.TB, c *Case, verified Levels) {
	tb.Helper()
	for _, item := range slices.Sorted(maps.Keys(verified)) {
		servertest.Must(meritv1.NewVerificationServiceClient(y.Verifier).SetVerified(tb.Context(), &meritv1.SetVerifiedRequest{
			AssessmentId: c.AssessmentID, Item: item, Answer: Answer(verified[item]), Reason: "bukti demo",
		}))(tb)
	}
}

// MustVerified has claims verified, with some levels changed, and signed off by the lead verifier.
func (y *Year) MustVerified(tb testing.TB, agency store.Agency, claims, changes Levels) *Case {
	tb.Helper()
	c := y.MustInVerification(tb, agency, claims)
	y.MustDecide(tb, c, claims.With(changes))
	y.MustComplete(tb, c)
	return c
}

// MustComplete signs a verification off and returns its minutes.
func (y *Year) MustComplete(tb testing.TB, c *Case) *meritv1.Minutes {
	tb.Helper()
	return servertest.Must(meritv1.NewVerificationServiceClient(y.Lead).CompleteVerification(tb.Context(), &meritv1.CompleteVerificationRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(tb, c), MinutesNumber: "BA-1/2021",
	}))(tb).GetMinutes()
}
