package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// profileFieldsView is what the questionnaire asks of the agency itself, and never scores.
type profileFieldsView struct {
	Head   sheetHead
	List   itemList
	Fields []profileFieldView
	Closed string // as of an item
}

// profileFieldView is one field.
type profileFieldView struct {
	Code     string // as an item's: profile.year
	Kind     string // TEXT, YEAR, FILE, CHOICE
	Label    string
	Options  []*meritv1.Option
	Value    string
	Sequence int32
	Open     bool
	When     string // it is asked for after another answer: what that is; empty while it is asked for
	Stand    *meritv1.AssessmentItem
}

var profileFieldsPage = newPage[profileFieldsView]("item-profile")

func (rt router) profileFields() {
	rt.get("/assessments/{id}/items/profile", signedIn(showProfileFields))
	rt.post("/assessments/{id}/items/profile", signedIn(saveProfileFields))
}

func showProfileFields(w http.ResponseWriter, r *request) error {
	view, err := r.profileFieldsView()
	if err != nil {
		return err
	}
	return profileFieldsPage.show(w, r, view)
}

func (r *request) profileFieldsView() (view profileFieldsView, err error) {
	head, in, err := r.questionnaire("items", meritv1.AssessmentView_ASSESSMENT_VIEW_FULL)
	if err != nil {
		return view, err
	}
	view.Head = head
	a := head.Assessment
	view.List = r.itemList(in, a, "profile")
	labels := r.itemNames(in)
	for _, field := range in.GetProfile() {
		v := r.profileField(a, field)
		if c := field.GetAppliesWhen(); c != nil && !v.Open && v.Value == "" {
			v.When = fmt.Sprintf("%s: %s", labels[profilePrefix+c.GetItem()], strings.Join(c.GetIn(), ", "))
		}
		view.Fields = append(view.Fields, v)
		view.Closed = r.lockedTo(a, view.Fields[0].Stand)
	}
	return view, nil
}

func (r *request) profileField(a *meritv1.Assessment, field *meritv1.ProfileField) profileFieldView {
	stand := standOf(a, profilePrefix+field.GetCode())
	answer := stand.GetClaimed().GetAnswer()
	return profileFieldView{
		Code: stand.GetItem(), Kind: field.GetKind(), Label: r.named(field.GetLabel(), field.GetLabelEn()), Options: field.GetOptions(),
		Value: answer.GetText() + answer.GetChoice(), Sequence: stand.GetClaimed().GetSequence(),
		Open: stand.GetOpen() && r.lockedTo(a, stand) == "", Stand: stand,
	}
}

// saveProfileFields saves the fields that were changed, all or none.
func saveProfileFields(w http.ResponseWriter, r *request) error {
	view, err := r.profileFieldsView()
	if err != nil {
		return err
	}
	req := &meritv1.SaveAnswersRequest{AssessmentId: view.Head.Assessment.GetId(), RequestId: r.PostFormValue("request_id")}
	for i := range view.Fields {
		f := &view.Fields[i]
		if value := strings.TrimSpace(r.PostFormValue(f.Code)); f.Open && f.Kind != "FILE" && value != f.Value {
			f.Value = value
			sequence, _ := strconv.ParseInt(r.PostFormValue(f.Code+".sequence"), 10, 32) // what is no number is stale
			expected := int32(sequence)
			req.Answers = append(req.Answers, &meritv1.AnswerChange{Item: f.Code, Answer: f.answer(), ExpectedSequence: &expected})
		}
	}
	if len(req.Answers) > 0 {
		_, err = r.Assessments.SaveAnswers(r.Context(), req)
	}
	if err != nil {
		return profileFieldsPage.again(w, r, view, atFields(err, req))
	}
	return r.redirect(w, "/assessments/"+req.GetAssessmentId()+"/items/profile", "saved")
}

func (f *profileFieldView) answer() *meritv1.Answer {
	switch {
	case f.Value == "":
		return nil
	case f.Kind == "CHOICE":
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: f.Value}}
	}
	return &meritv1.Answer{Value: &meritv1.Answer_Text{Text: f.Value}}
}

// atFields names the fields of the form where the service names places in the list that was sent.
func atFields(err error, req *meritv1.SaveAnswersRequest) error {
	p := *client.Explain(err)
	p.Violations = append([]client.Violation(nil), p.Violations...)
	for i, v := range p.Violations {
		for at, change := range req.GetAnswers() {
			if strings.HasPrefix(v.Field, fmt.Sprintf("answers[%d].", at)) {
				p.Violations[i].Field = change.GetItem()
			}
		}
	}
	return &p
}
