package web

import (
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) submission() {
	rt.get("/assessments/{id}/check", signedIn(showCheck))
	rt.get("/assessments/{id}/submit", signedIn(showSubmit))
	rt.post("/assessments/{id}/submit", signedIn(submit))
	rt.post("/assessments/{id}/recall", signedIn(recall))
}

// checkView is everything that stands between a sheet and its submission.
type checkView struct {
	Head    sheetHead
	Card    scoreCard
	Sheet   []*meritv1.Blocker // of the whole sheet
	Aspects []missingOf
	Missing int
	MaySign bool // the reader submits
}

// missingOf is what is missing in one aspect, or of the profile.
type missingOf struct {
	Title string
	Items []missingItem
}

// missingItem is one thing that is missing.
type missingItem struct {
	*meritv1.Blocker
	Path string // where to mend it
}

var checkPage = newPage[checkView]("check")

func showCheck(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("check", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	a := head.Assessment
	check, err := r.Assessments.CheckCompleteness(r.Context(), &meritv1.CheckCompletenessRequest{AssessmentId: a.GetId()})
	if err != nil {
		return err
	}
	view := checkView{Head: head, Card: scoreCardOf(in, check.GetScore()), Missing: len(check.GetBlockers())}
	view.MaySign = r.acts(meritv1.Role_ROLE_APPROVER) && inDraft(r, a)
	view.sort(r, in, check.GetBlockers())
	return checkPage.show(w, r, view)
}

// sort puts what is missing under its aspect, in the order of the instrument.
func (v *checkView) sort(r *request, in *meritv1.Instrument, blockers []*meritv1.Blocker) {
	titles := map[string]string{}
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			titles[item.GetCode()] = aspect.GetCode() + ". " + r.named(aspect.GetName(), aspect.GetNameEn())
		}
	}
	for _, b := range blockers {
		if b.GetItem() == "" {
			v.Sheet = append(v.Sheet, b)
			continue
		}
		title := titles[b.GetItem()]
		if strings.HasPrefix(b.GetItem(), profilePrefix) {
			title = r.say("Profile of the agency ¦ Profil instansi")
		}
		if n := len(v.Aspects); n == 0 || v.Aspects[n-1].Title != title {
			v.Aspects = append(v.Aspects, missingOf{Title: title})
		}
		last := &v.Aspects[len(v.Aspects)-1]
		last.Items = append(last.Items, missingItem{b, mendPath(v.Head.Assessment.GetId(), b)})
	}
}

// mendPath is where a blocker can be removed.
func mendPath(id string, b *meritv1.Blocker) string {
	if b.GetReason() == meritv1.Reason_REASON_EVIDENCE_REQUIRED {
		return "/assessments/" + id + "/evidence?item=" + b.GetItem()
	}
	return "/assessments/" + id + "/items/" + b.GetItem()
}

// submitView is what the approver signs, or takes back.
type submitView struct {
	Head       sheetHead
	Card       scoreCard
	Unanswered []itemLink         // what would count 0
	Blockers   []*meritv1.Blocker // what cannot be accepted
	Revision   int64
	Letter     string
	Accept     bool
	Reason     string // of a recall
	MaySign    bool
	MayRecall  bool
}

var submitPage = newPage[submitView]("submit")

func showSubmit(w http.ResponseWriter, r *request) error {
	view, err := r.submitView()
	if err != nil {
		return err
	}
	return submitPage.show(w, r, view)
}

func (r *request) submitView() (view submitView, err error) {
	head, in, err := r.questionnaire("check", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return view, err
	}
	view.Head = head
	a := head.Assessment
	check, err := r.Assessments.CheckCompleteness(r.Context(), &meritv1.CheckCompletenessRequest{AssessmentId: a.GetId()})
	names := r.itemNames(in)
	for _, b := range check.GetBlockers() {
		if b.GetAcceptable() {
			view.Unanswered = append(view.Unanswered, itemLink{Code: b.GetItem(), Name: names[b.GetItem()]})
		} else {
			view.Blockers = append(view.Blockers, b)
		}
	}
	view.Card, view.Revision = scoreCardOf(in, check.GetScore()), a.GetRevision()
	approves := r.acts(meritv1.Role_ROLE_APPROVER)
	view.MaySign = approves && inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT)
	view.MayRecall = approves && inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_SUBMITTED)
	return view, err
}

// submit signs what the page showed: a sheet that changed since is refused.
func submit(w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	_, err := r.Assessments.Submit(r.Context(), &meritv1.SubmitRequest{
		AssessmentId: id, Revision: r.number("revision"), AcceptUnanswered: r.PostFormValue("accept_unanswered") != "",
		LetterNumber: r.PostFormValue("letter_number"), RequestId: r.PostFormValue("request_id"),
	})
	if err != nil {
		return r.submitAgain(w, err)
	}
	return r.redirect(w, "/assessments/"+id, "submitted")
}

func recall(w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	_, err := r.Assessments.Recall(r.Context(), &meritv1.RecallRequest{
		AssessmentId: id, Revision: r.number("revision"), Reason: r.PostFormValue("reason"),
	})
	if err != nil {
		return r.submitAgain(w, err)
	}
	return r.redirect(w, "/assessments/"+id, "recalled")
}

func (r *request) submitAgain(w http.ResponseWriter, failed error) error {
	view, err := r.submitView()
	if err != nil {
		return err
	}
	view.Letter, view.Accept, view.Reason = r.PostFormValue("letter_number"), r.PostFormValue("accept_unanswered") != "", r.PostFormValue("reason")
	return submitPage.again(w, r, view, failed)
}
