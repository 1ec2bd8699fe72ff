package web

import (
	"net/http"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// deskView is the verifier's desk: one item with its rubric, the claim and last year's, its evidence, and the decision.
type deskView struct {
	Dossier       *dossier
	Item          *dossierItem
	Aspect        *meritv1.Aspect
	Previous      string // codes of the items before and after; empty at the ends
	Next          string
	Citations     []deskCitation
	Questions     []deskQuestion
	RoundOpen     bool
	MayDecide     bool
	Answer        string // as the form has it
	Reason        string
	Sequence      int32 // of the decision that the form replaces
	PhraseButtons []string
}

// deskCitation is a citation with the evidence it cites.
type deskCitation struct {
	Citation *meritv1.Citation
	Evidence *meritv1.Evidence // nil when it cannot be read
	Path     string            // where it opens, at the cited page; empty when it cannot be opened
	Preview  bool              // it can be shown beside the item
}

// deskQuestion is what was asked about the item, in which round.
type deskQuestion struct {
	Round *meritv1.Clarification
	Asked *meritv1.ClarificationItem
}

var deskPage = newPage[deskView]("verification-desk")

func showDesk(w http.ResponseWriter, r *request) error {
	view, err := r.deskView()
	if err != nil {
		return err
	}
	if verified := view.Item.Row.GetVerified(); verified != nil {
		view.Answer, view.Reason = answerValue(verified.GetAnswer()), verified.GetNote()
	}
	return deskPage.show(w, r, view)
}

// deskView reads the item of the address with everything around it.
func (r *request) deskView() (view deskView, err error) {
	if view.Dossier, err = r.dossier(r.PathValue("assessment")); err != nil {
		return view, err
	}
	if !view.lay(r.PathValue("item")) {
		return view, errNoPage
	}
	view.PhraseButtons = phrases
	a := view.Dossier.Assessment
	view.MayDecide = r.acts(meritv1.Role_ROLE_VERIFIER) && a.GetState() == meritv1.AssessmentState_ASSESSMENT_STATE_IN_VERIFICATION &&
		a.GetVerifier().GetAccountId() == r.who.GetAccount().GetId() && view.Item.State != itemOut
	view.Sequence = view.Item.Row.GetVerified().GetSequence()
	if err := r.readCitations(&view); err != nil {
		return view, err
	}
	return view, r.readQuestions(&view)
}

// lay puts an item on the desk and finds its neighbours; false when the sheet has no such item.
func (v *deskView) lay(code string) bool {
	items := v.Dossier.items()
	i := slices.IndexFunc(items, func(i *dossierItem) bool { return i.Item.GetCode() == code })
	if i < 0 {
		return false
	}
	v.Item = items[i]
	if i > 0 {
		v.Previous = items[i-1].Item.GetCode()
	}
	if i+1 < len(items) {
		v.Next = items[i+1].Item.GetCode()
	}
	for _, aspect := range v.Dossier.Aspects {
		if slices.Contains(aspect.Items, v.Item) {
			v.Aspect = aspect.Aspect
		}
	}
	return true
}

// nextOpen is the item to decide after this one: the next that is open, from the top again after the last; empty when
// every item is decided.
func (v *deskView) nextOpen() string {
	items := v.Dossier.items()
	at := slices.Index(items, v.Item)
	for i := range items {
		if next := items[(at+1+i)%len(items)]; next.State == itemOpen {
			return next.Item.GetCode()
		}
	}
	return ""
}

func (r *request) readCitations(view *deskView) error {
	listed, err := r.Evidence.ListEvidence(r.Context(), &meritv1.ListEvidenceRequest{
		AssessmentId: view.Dossier.Assessment.GetId(), Item: view.Item.Item.GetCode(), IncludeWithdrawn: true, PageSize: pageMost,
	})
	if err != nil {
		return err
	}
	byID := map[string]*meritv1.Evidence{}
	for _, e := range listed.GetEvidence() {
		byID[e.GetId()] = e
	}
	for _, c := range view.Item.Row.GetCitations() {
		view.Citations = append(view.Citations, newDeskCitation(c, byID[c.GetEvidenceId()]))
	}
	return nil
}

// newDeskCitation says where a citation opens: what a browser shows beside the item, at the page; other files as a
// download, also those that are not to be trusted; links where they lead, in a window of their own; what waits for the virus
// scanner or is in quarantine nowhere.
func newDeskCitation(c *meritv1.Citation, e *meritv1.Evidence) deskCitation {
	d := deskCitation{Citation: c, Evidence: e, Path: "/evidence/" + c.GetEvidenceId() + "/download"}
	switch {
	case unscanned(e) || e.GetRemovedAt() != nil:
		d.Path = ""
	case e.GetKind() == meritv1.EvidenceKind_EVIDENCE_KIND_LINK:
		d.Path = e.GetUrl()
	case safeInPlace(e):
		// The citation makes the address another one, so that the viewer turns to another page of the same file.
		path, page, _ := strings.Cut(previewPath(c.GetEvidenceId(), c.GetPage()), "#")
		d.Preview, d.Path = true, path+"?citation="+c.GetId()+"#"+strings.TrimPrefix(page+"&navpanes=0&view=FitH", "&")
	}
	return d
}

func (r *request) readQuestions(view *deskView) error {
	rounds, err := r.Verifications.ListClarifications(r.Context(), &meritv1.ListClarificationsRequest{AssessmentId: view.Dossier.Assessment.GetId()})
	for _, round := range rounds.GetClarifications() {
		view.RoundOpen = view.RoundOpen || round.GetOpen()
		for _, asked := range round.GetItems() {
			if asked.GetItem() == view.Item.Item.GetCode() {
				view.Questions = append(view.Questions, deskQuestion{round, asked})
			}
		}
	}
	return err
}
