package web

import (
	"net/http"

	"github.com/meritindex/merit/client/bilingual"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// What static/js/answer.js reads. Texts come ready to be shown, so that the script holds none.

// savedAnswer is what a saved answer has changed.
type savedAnswer struct {
	Answer  *shownAnswer    `json:"answer"`
	Score   string          `json:"score"` // HTML of the score
	Aspects []shownProgress `json:"aspects"`
}

// shownAnswer is an answer as a form holds it and as people read it.
type shownAnswer struct {
	Item     string `json:"item"`
	Level    string `json:"level"`
	Choice   string `json:"choice"`
	Note     string `json:"note"`
	Sequence int32  `json:"sequence"`
	Text     string `json:"text"`
	By       string `json:"by"`
	At       string `json:"at"` // 10:04, WIB
}

// shownProgress is how far an aspect is.
type shownProgress struct {
	Aspect     string `json:"aspect"`
	Answered   int32  `json:"answered"`
	Applicable int32  `json:"applicable"`
}

// refusedAnswer says why an answer was not saved.
type refusedAnswer struct {
	Message string       `json:"message"`
	SignIn  bool         `json:"signIn"`
	Stored  *shownAnswer `json:"stored"` // what somebody else has saved meanwhile
}

// saveItemInPlace saves an answer for the script, which stays on the page.
func saveItemInPlace(w http.ResponseWriter, r *request) error {
	saved, err := r.claim()
	if err != nil {
		return r.refuseInPlace(w, err)
	}
	out, err := r.savedAnswer(r.PathValue("id"), saved.GetScore())
	if err != nil {
		return err
	}
	out.Answer = r.shownAnswer(r.PathValue("item"), saved.GetClaimed())
	return writeJSON(w, http.StatusOK, out)
}

// savedAnswer shows a score of an assessment.
func (r *request) savedAnswer(id string, score *meritv1.Score) (out savedAnswer, err error) {
	head, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: id})
	if err != nil {
		return out, err
	}
	in, err := r.instrument(head.GetAssessment().GetInstrumentId())
	if err != nil {
		return out, err
	}
	out.Score, err = itemPage.part(r, "score-card", scoreCardOf(in, score))
	for _, aspect := range score.GetAspects() {
		out.Aspects = append(out.Aspects, shownProgress{aspect.GetAspect(), aspect.GetAnswered(), aspect.GetApplicable()})
	}
	return out, err
}

func (r *request) shownAnswer(item string, d *meritv1.Decision) *shownAnswer {
	c := claimOf(d)
	return &shownAnswer{
		Item: item, Level: c.Level, Choice: c.Choice, Note: c.Note, Sequence: c.Sequence,
		Text: answerText(r.lang, d.GetAnswer()), By: d.GetDecidedBy().GetName(), At: clockTime(d.GetDecidedAt()),
	}
}

// clockTime is the time of day, WIB.
func clockTime(t *timestamppb.Timestamp) string { return t.AsTime().In(bilingual.WIB).Format("15:04") }

// refuseInPlace tells the script why an answer was not saved.
func (r *request) refuseInPlace(w http.ResponseWriter, err error) error {
	problem := client.Explain(err)
	out := refusedAnswer{Message: r.say(problem.Message), SignIn: problem.Code == codes.Unauthenticated}
	if problem.Reason == meritv1.Reason_REASON_STALE_REVISION {
		for _, detail := range problem.Details {
			if stored, ok := detail.(*meritv1.Decision); ok {
				out.Stored = r.shownAnswer(r.PathValue("item"), stored)
				break
			}
		}
	}
	return writeJSON(w, statusOf(problem.Code), out)
}
