package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) clarification() {
	rt.get("/assessments/{id}/clarifications", signedIn(showClarifications))
	rt.post("/assessments/{id}/clarifications/{round}/{item}", signedIn(answerClarification))
	rt.post("/assessments/{id}/clarifications/{round}/close", signedIn(closeClarification))
}

// clarificationsView are the rounds of questions on a sheet, the newest first.
type clarificationsView struct {
	Head   sheetHead
	Rounds []roundView
}

// roundView is one round.
type roundView struct {
	*meritv1.Clarification
	DaysLeft   int
	Items      []questionView
	Unanswered int
	MayClose   bool // the reader may end it now
}

// questionView is a question with its answers.
type questionView struct {
	*meritv1.ClarificationItem
	Name      string
	Typed     string // what was refused
	Field     string // the name of its field on the page
	Stand     *meritv1.AssessmentItem
	MayAnswer bool
	Reopened  bool // a repair round: the item takes a new claim
}

var clarificationsPage = newPage[clarificationsView]("clarifications")

func showClarifications(w http.ResponseWriter, r *request) error {
	view, err := r.clarificationsView()
	if err != nil {
		return err
	}
	return clarificationsPage.show(w, r, view)
}

func (r *request) clarificationsView() (view clarificationsView, err error) {
	head, in, err := r.questionnaire("clarifications", meritv1.AssessmentView_ASSESSMENT_VIEW_FULL)
	if err != nil {
		return view, err
	}
	view.Head = head
	list, err := r.Verifications.ListClarifications(r.Context(), &meritv1.ListClarificationsRequest{AssessmentId: view.Head.Assessment.GetId()})
	names := r.itemNames(in)
	for _, c := range list.GetClarifications() {
		round := r.round(c, view.Head.Assessment, names)
		view.Rounds = append([]roundView{round}, view.Rounds...)
	}
	return view, err
}

func (r *request) round(c *meritv1.Clarification, a *meritv1.Assessment, names map[string]string) roundView {
	round := roundView{Clarification: c, DaysLeft: r.daysLeft(c.GetClosesAt())}
	for _, asked := range c.GetItems() {
		stand := standOf(a, asked.GetItem())
		q := questionView{ClarificationItem: asked, Name: names[asked.GetItem()], Stand: stand, Field: "answer-" + c.GetId() + "-" + asked.GetItem()}
		q.MayAnswer = c.GetOpen() && r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER)
		q.Reopened = c.GetOpen() && c.GetKind() == meritv1.RoundKind_ROUND_KIND_REPAIR
		if len(asked.GetAnswers()) == 0 {
			round.Unanswered++
		}
		round.Items = append(round.Items, q)
	}
	round.MayClose = c.GetOpen() && r.acts(meritv1.Role_ROLE_APPROVER) && round.Unanswered == 0
	return round
}

func answerClarification(w http.ResponseWriter, r *request) error {
	round, item := r.PathValue("round"), r.PathValue("item")
	_, err := r.Verifications.AnswerClarification(r.Context(), &meritv1.AnswerClarificationRequest{
		ClarificationId: round, Item: item, Answer: r.PostFormValue("answer"), RequestId: r.PostFormValue("request_id"),
	})
	if err == nil {
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/clarifications", "question-answered")
	}
	view, readErr := r.clarificationsView()
	if readErr != nil {
		return readErr
	}
	for i := range view.Rounds {
		for j := range view.Rounds[i].Items {
			if q := &view.Rounds[i].Items[j]; view.Rounds[i].GetId() == round && q.GetItem() == item {
				q.Typed = r.PostFormValue("answer")
			}
		}
	}
	return clarificationsPage.again(w, r, view, err)
}

func closeClarification(w http.ResponseWriter, r *request) error {
	_, err := r.Verifications.CloseClarification(r.Context(), &meritv1.CloseClarificationRequest{
		ClarificationId: r.PathValue("round"), Revision: r.number("revision"),
	})
	if err == nil {
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/clarifications", "round-closed")
	}
	view, readErr := r.clarificationsView()
	if readErr != nil {
		return readErr
	}
	return clarificationsPage.again(w, r, view, err)
}
