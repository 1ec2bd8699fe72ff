package demo

import (
	"context"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// questioned is the item on which the verifier asks for clarification.
const questioned = "3.3"

// assign gives the assessment to the verifier with the least work, who begins.
func (y *year) assign(ctx context.Context) (string, error) {
	_, err := y.people["lead-verifier"].Verifications.AssignVerifier(ctx, &meritv1.AssignVerifierRequest{
		Assignments: []*meritv1.Assignment{{AssessmentId: y.result.AssessmentID}},
	})
	if err != nil {
		return "", err
	}
	desk := y.people["verifier"]
	current, err := desk.Assessments.GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: y.result.AssessmentID})
	if err != nil {
		return "", err
	}
	started, err := desk.Verifications.StartVerification(ctx, &meritv1.StartVerificationRequest{
		AssessmentId: y.result.AssessmentID, Revision: current.GetAssessment().GetRevision(),
	})
	return state(started.GetAssessment()), err
}

func (y *year) ask(ctx context.Context) (string, error) {
	opened, err := y.people["verifier"].Verifications.OpenClarification(ctx, &meritv1.OpenClarificationRequest{
		AssessmentId: y.result.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: y.day(7),
		Questions: []*meritv1.ClarificationQuestion{{
			Item: questioned, Question: "Jabatan mana saja yang sudah masuk kotak talenta? (contoh)",
		}},
	})
	return y.sayf("item %s, until %s ¦ butir %s, sampai %s", questioned, opened.GetClarification().GetLastDay()), err
}

// clarify answers the question and closes the round.
func (y *year) clarify(ctx context.Context) (string, error) {
	rounds, err := y.people["operator"].Verifications.ListClarifications(ctx, &meritv1.ListClarificationsRequest{AssessmentId: y.result.AssessmentID})
	if err != nil {
		return "", err
	}
	id := rounds.GetClarifications()[0].GetId()
	answered, err := y.people["operator"].Verifications.AnswerClarification(ctx, &meritv1.AnswerClarificationRequest{
		ClarificationId: id, Item: questioned, Answer: "Baru jabatan pimpinan tinggi pratama (contoh).",
	})
	if err != nil {
		return "", err
	}
	closed, err := y.people["verifier"].Verifications.CloseClarification(ctx, &meritv1.CloseClarificationRequest{
		ClarificationId: id, Revision: answered.GetClarification().GetRevision(),
	})
	return y.sayf("round %d closed ¦ putaran %d ditutup", closed.GetClarification().GetNumber()), err
}

// verify decides every item; where the level differs from the claim the file gives the reason.
func (y *year) verify(ctx context.Context) (string, error) {
	decided, err := rows("verified.csv")
	if err != nil {
		return "", err
	}
	lowered := []string{}
	var score *meritv1.Score
	for _, row := range decided {
		verified, err := level(row)
		if err != nil {
			return row.Item, err
		}
		set, err := y.people["verifier"].Verifications.SetVerified(ctx, &meritv1.SetVerifiedRequest{
			AssessmentId: y.result.AssessmentID, Item: row.Item, Answer: verified, Reason: row.Note,
		})
		if err != nil {
			return row.Item, err
		}
		if row.Note != "" {
			lowered = append(lowered, row.Item)
		}
		score = set.GetVerifiedScore()
	}
	return y.sayf("lowered %s: %s ¦ turun %s: %s", strings.Join(lowered, ", "), score.GetTotal()), nil
}

func (y *year) complete(ctx context.Context) (string, error) {
	lead := y.people["lead-verifier"]
	current, err := lead.Assessments.GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: y.result.AssessmentID})
	if err != nil {
		return "", err
	}
	completed, err := lead.Verifications.CompleteVerification(ctx, &meritv1.CompleteVerificationRequest{
		AssessmentId: y.result.AssessmentID, Revision: current.GetAssessment().GetRevision(), MinutesNumber: "DEMO/BAV/2021",
	})
	return state(completed.GetAssessment()), err
}
