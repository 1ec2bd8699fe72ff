package web

import (
	"fmt"
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// askView is a round of questions to the agency, before it is opened.
type askView struct {
	Dossier   *dossier
	Kind      meritv1.RoundKind
	LastDay   string
	Questions map[string]string // what to ask, by item
	Today     string
}

var askPage = newPage[askView]("verification-ask")

// Asked reports whether a question is written on one of the items.
func (v askView) Asked(items []*dossierItem) bool {
	for _, item := range items {
		if _, ok := v.Questions[item.Item.GetCode()]; ok {
			return true
		}
	}
	return false
}

// questionField is the name of the field with the question on an item.
const questionField = "question."

func showAsk(w http.ResponseWriter, r *request) error {
	view, err := r.askView()
	if err != nil {
		return err
	}
	view.Questions = map[string]string{}
	for _, item := range r.URL.Query()["item"] {
		view.Questions[item] = ""
	}
	return askPage.show(w, r, view)
}

func (r *request) askView() (askView, error) {
	d, err := r.dossier(r.PathValue("assessment"))
	return askView{Dossier: d, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, Today: r.today()}, err
}

// openRound asks about every item that has a question.
func openRound(w http.ResponseWriter, r *request) error {
	view, err := r.askView()
	if err != nil {
		return err
	}
	view.Kind = meritv1.RoundKind(r.number("kind"))
	view.LastDay, view.Questions = r.PostFormValue("last_day"), map[string]string{}
	req := &meritv1.OpenClarificationRequest{
		AssessmentId: r.PathValue("assessment"), Kind: view.Kind, LastDay: view.LastDay, RequestId: r.PostFormValue("request_id"),
	}
	for _, item := range view.Dossier.Applicable() {
		code := item.Item.GetCode()
		if question := strings.TrimSpace(r.PostFormValue(questionField + code)); question != "" {
			view.Questions[code] = question
			req.Questions = append(req.Questions, &meritv1.ClarificationQuestion{Item: code, Question: question})
		}
	}
	opened, err := r.Verifications.OpenClarification(r.Context(), req)
	if err != nil {
		return askPage.again(w, r, view, err)
	}
	return r.redirect(w, fmt.Sprintf("/verification/%s?asked=%d", req.GetAssessmentId(), opened.GetClarification().GetNumber()), "round-opened")
}

// endRound closes a round before its deadline.
func endRound(w http.ResponseWriter, r *request) error {
	_, err := r.Verifications.CloseClarification(r.Context(), &meritv1.CloseClarificationRequest{
		ClarificationId: r.PathValue("round"), Revision: r.number("revision"),
	})
	if err != nil {
		return r.verificationAgain(w, err)
	}
	return r.redirect(w, "/verification/"+r.PathValue("assessment"), "round-closed")
}
