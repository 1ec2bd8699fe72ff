package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
)

func (rt router) answering() {
	rt.get("/assessments/{id}/items", signedIn(firstItem))
	rt.get("/assessments/{id}/items/{item}", signedIn(showItem))
	rt.post("/assessments/{id}/items/{item}", signedIn(saveItem))
	rt.post("/assessments/{id}/items/{item}/save", saveItemInPlace)
	rt.get("/assessments/{id}/events", followAssessment)
}

// itemView is the questionnaire at one item.
type itemView struct {
	Head   sheetHead
	Card   scoreCard
	List   itemList
	Item   *meritv1.Item
	Levels []levelChoice
	Name   string // of the item, in the reader's language
	Aspect string
	Stand  *meritv1.AssessmentItem // without anything but its code where the item does not apply to this kind of agency
	Claim  claim
	Closed string // why it cannot be answered now: kind, gate, role, locked, window or assigned; empty when it can
	Gate   string // the item whose answer closed it
	Ask    string // what the verifier asks about it now
	Adding evidenceAdding

	Stored         *meritv1.Decision // what somebody else has saved meanwhile
	Previous, Next string
	Place, Of      int
	Account        string // whose answers a browser keeps
}

// claim is what the form shows.
type claim struct {
	Level    string
	Choice   string
	Note     string
	Sequence int32
}

// levelChoice is a level as one may choose it.
type levelChoice struct {
	Level       int32
	Value       string // of the radio
	Description string
	Points      string // level x weight; empty without weights
}

var itemPage = newPage[itemView]("item")

// firstItem leads to where the reader goes on: what waits for them, else the first item.
func firstItem(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("items", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	codes := itemCodes(in)
	item := cmp.Or(firstOf(in, waiting(head.Assessment)), codes[0])
	return r.redirect(w, "/assessments/"+head.Assessment.GetId()+"/items/"+item, "")
}

func itemCodes(in *meritv1.Instrument) (codes []string) {
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			codes = append(codes, item.GetCode())
		}
	}
	return codes
}

func showItem(w http.ResponseWriter, r *request) error {
	if strings.HasPrefix(r.PathValue("item"), profilePrefix) {
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/items/profile", "")
	}
	view, err := r.itemView(r.PathValue("item"))
	if err != nil {
		return err
	}
	return itemPage.show(w, r, view)
}

// itemView reads the questionnaire at an item.
func (r *request) itemView(code string) (view itemView, err error) {
	head, in, err := r.questionnaire("items", meritv1.AssessmentView_ASSESSMENT_VIEW_FULL)
	if err != nil {
		return view, err
	}
	view.Head = head
	a := head.Assessment
	if !view.find(r, in, code) {
		return view, errNoPage
	}
	view.Card, view.List, view.Account = scoreCardOf(in, a.GetScore()), r.itemList(in, a, code), r.who.GetAccount().GetId()
	view.Claim = claimOf(view.Stand.GetClaimed())
	view.Closed = r.closedTo(a, view.Item, view.Stand)
	view.Gate = view.Item.GetAppliesWhen().GetItem()
	view.Levels, view.Adding = levelChoices(view.Item), evidenceAdding{Item: code, Limit: r.web.UploadLimit}
	view.Ask, err = r.question(a, code)
	return view, err
}

// find puts the item and its neighbours into the view.
func (v *itemView) find(r *request, in *meritv1.Instrument, code string) bool {
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			if item.GetCode() == code {
				v.Item, v.Name = item, r.named(item.GetName(), item.GetNameEn())
				v.Aspect = aspect.GetCode() + ". " + r.named(aspect.GetName(), aspect.GetNameEn())
			}
		}
	}
	if v.Item == nil {
		return false
	}
	codes := itemCodes(in)
	at := slices.Index(codes, code)
	v.Place, v.Of = at+1, len(codes)
	if at > 0 {
		v.Previous = codes[at-1]
	}
	if at+1 < len(codes) {
		v.Next = codes[at+1]
	}
	v.Stand = standOf(v.Head.Assessment, code)
	return true
}

// standOf is the item on the sheet; only its code where it does not apply to this kind of agency.
func standOf(a *meritv1.Assessment, code string) *meritv1.AssessmentItem {
	for _, item := range a.GetItems() {
		if item.GetItem() == code {
			return item
		}
	}
	return &meritv1.AssessmentItem{Item: code}
}

func levelChoices(item *meritv1.Item) []levelChoice {
	out := make([]levelChoice, 0, len(item.GetLevels()))
	weight, err := scoring.ParsePoints(item.GetWeight())
	for _, l := range item.GetLevels() {
		c := levelChoice{Level: l.GetLevel(), Value: strconv.Itoa(int(l.GetLevel())), Description: l.GetDescription()}
		if err == nil {
			c.Points = (weight * scoring.Points(l.GetLevel())).String()
		}
		out = append(out, c)
	}
	return out
}

func claimOf(d *meritv1.Decision) claim {
	c := claim{Note: d.GetNote(), Sequence: d.GetSequence(), Choice: d.GetAnswer().GetChoice()}
	if level, ok := d.GetAnswer().GetValue().(*meritv1.Answer_Level); ok {
		c.Level = strconv.Itoa(int(level.Level))
	}
	return c
}

// closedTo tells why the reader cannot answer an item now; empty when they can.
func (r *request) closedTo(a *meritv1.Assessment, item *meritv1.Item, stand *meritv1.AssessmentItem) string {
	appliesToKind := slices.ContainsFunc(a.GetItems(), func(i *meritv1.AssessmentItem) bool { return i.GetItem() == item.GetCode() })
	switch {
	case !appliesToKind:
		return "kind"
	case slices.Contains(a.GetScore().GetNotApplicable(), item.GetCode()):
		return "gate"
	}
	return r.lockedTo(a, stand)
}

// lockedTo is closedTo for what applies.
func (r *request) lockedTo(a *meritv1.Assessment, stand *meritv1.AssessmentItem) string {
	switch {
	case !r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER):
		return "role"
	case stand.GetOpen():
		return ""
	case a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT:
		return "locked"
	case a.GetClosesAt() == nil:
		return "window"
	}
	return "assigned"
}

// question is what an open round asks about an item.
func (r *request) question(a *meritv1.Assessment, code string) (string, error) {
	if !inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_IN_VERIFICATION, meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR) {
		return "", nil
	}
	rounds, err := r.Verifications.ListClarifications(r.Context(), &meritv1.ListClarificationsRequest{AssessmentId: a.GetId()})
	for _, round := range rounds.GetClarifications() {
		for _, asked := range round.GetItems() {
			if round.GetOpen() && asked.GetItem() == code {
				return asked.GetQuestion(), err
			}
		}
	}
	return "", err
}

// saveItem saves the form without script and goes on.
func saveItem(w http.ResponseWriter, r *request) error {
	_, err := r.claim()
	if err == nil {
		next := cmp.Or(r.PostFormValue("go"), r.PathValue("item"))
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/items/"+url.PathEscape(next), "answer-saved")
	}
	view, readErr := r.itemView(r.PathValue("item"))
	if readErr != nil {
		return readErr
	}
	stored := view.Claim.Sequence
	view.Claim = claim{Level: r.PostFormValue("level"), Choice: r.PostFormValue("choice"), Note: r.PostFormValue("note"), Sequence: stored}
	if client.Is(err, meritv1.Reason_REASON_STALE_REVISION) {
		view.Stored = view.Stand.GetClaimed()
	}
	return itemPage.again(w, r, view, err)
}

// claim sends what a form says of an item.
func (r *request) claim() (*meritv1.SaveAnswerResponse, error) {
	sequence, err := strconv.ParseInt(cmp.Or(r.PostFormValue("sequence"), "0"), 10, 32)
	if err != nil {
		return nil, errBadForm
	}
	answer, err := r.typedAnswer()
	if err != nil {
		return nil, err
	}
	expected := int32(sequence)
	return r.Assessments.SaveAnswer(r.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: r.PathValue("id"), Item: r.PathValue("item"), Answer: answer,
		Note: strings.ReplaceAll(r.PostFormValue("note"), "\r\n", "\n"), ExpectedSequence: &expected, RequestId: r.PostFormValue("request_id"),
	})
}

// typedAnswer is the answer of a form; nil when nothing is chosen or it is to be cleared.
func (r *request) typedAnswer() (*meritv1.Answer, error) {
	level, choice := r.PostFormValue("level"), r.PostFormValue("choice")
	switch {
	case r.PostFormValue("clear") != "":
		return nil, nil //nolint:nilnil // no answer is what clears an item
	case choice != "":
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: choice}}, nil
	case level != "":
		return typedLevel(level)
	}
	return nil, nil //nolint:nilnil // likewise
}

func typedLevel(text string) (*meritv1.Answer, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, errBadForm
	}
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(n)}}, nil
}
