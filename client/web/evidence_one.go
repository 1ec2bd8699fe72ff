package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// evidenceView is one piece of evidence.
type evidenceView struct {
	Evidence   *meritv1.Evidence
	Expired    bool
	Preview    string              // the address to look at it, opened where it is cited; empty when it is not shown
	Download   bool                // the reader may download it, as far as they can see
	Assessment *meritv1.Assessment // for whose items it is cited from here; nil when the reader has none
	Citations  []citedAs
	Citable    []itemGroup
	Changes    bool // the reader may describe, replace and withdraw it, as far as they can see
	Form       url.Values
}

// citedAs is a citation in the words of its sheet.
type citedAs struct {
	*meritv1.Citation
	ItemName  string
	CycleName string
	Removable bool
}

var evidencePage = newPage[evidenceView]("evidence")

func showEvidence(w http.ResponseWriter, r *request) error {
	view, err := r.evidenceView()
	if err != nil {
		return err
	}
	return evidencePage.show(w, r, view)
}

func (r *request) evidenceView() (view evidenceView, err error) {
	found, err := r.Evidence.GetEvidence(r.Context(), &meritv1.GetEvidenceRequest{EvidenceId: r.PathValue("id")})
	if err != nil {
		return view, err
	}
	e := found.GetEvidence()
	view = evidenceView{Evidence: e, Expired: r.expired(e), Form: url.Values{
		"title": {e.GetTitle()}, "effective_date": {e.GetEffectiveDate()}, "valid_until": {e.GetValidUntil()},
	}}
	view.Changes = r.addsEvidence() && e.GetWithdrawnAt() == nil && e.GetAgencyId() == r.who.GetActing().GetAgencyId()
	if err := r.addSheet(&view); err != nil {
		return view, err
	}
	view.Download = r.downloads(e)
	if safeInPlace(e) {
		view.Preview = previewPath(e.GetId(), view.citedPage(r.URL.Query().Get("citation")))
	}
	return view, nil
}

// addSheet adds how sheets cite the evidence, and the sheet for which the reader may cite it: the one they came from, or
// the newest that may be open.
func (r *request) addSheet(view *evidenceView) error {
	sheets, err := r.Assessments.ListAssessments(r.Context(), &meritv1.ListAssessmentsRequest{AgencyId: view.Evidence.GetAgencyId(), PageSize: 100})
	if err != nil {
		return err
	}
	all := sheets.GetAssessments()
	byID := map[string]*meritv1.Assessment{}
	for _, a := range all {
		byID[a.GetId()] = a
	}
	from := byID[cmp.Or(r.URL.Query().Get("assessment"), r.PostFormValue("assessment"))]
	if i := slices.IndexFunc(all, mayOpen); from == nil && i >= 0 {
		from = all[i]
	}
	if from != nil {
		whole, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: from.GetId()})
		if err != nil {
			return err
		}
		view.Assessment = whole.GetAssessment()
		in, err := r.instrument(from.GetInstrumentId())
		if err != nil {
			return err
		}
		if view.Citable, err = r.citable(in, view.Assessment); err != nil {
			return err
		}
	}
	return r.addCitations(view, byID)
}

// mayOpen reports whether a sheet is in a state in which something may be open to its agency.
func mayOpen(a *meritv1.Assessment) bool {
	return inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT,
		meritv1.AssessmentState_ASSESSMENT_STATE_IN_VERIFICATION, meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR)
}

func (r *request) addCitations(view *evidenceView, sheets map[string]*meritv1.Assessment) error {
	removable := map[string]bool{}
	for _, group := range view.Citable {
		for _, item := range group.Items {
			removable[item.Code] = true
		}
	}
	for _, c := range view.Evidence.GetCitations() {
		cited := citedAs{Citation: c, Removable: removable[c.GetItem()] && c.GetAssessmentId() == view.Assessment.GetId()}
		if a := sheets[c.GetAssessmentId()]; a != nil {
			in, err := r.instrument(a.GetInstrumentId())
			if err != nil {
				return err
			}
			cited.CycleName, cited.ItemName = a.GetCycleName(), r.itemNames(in)[c.GetItem()]
		}
		view.Citations = append(view.Citations, cited)
	}
	return nil
}

// citedPage is the page of a citation, or of the first that names one.
func (v *evidenceView) citedPage(citation string) string {
	page := ""
	for _, c := range v.Citations {
		if page == "" || c.GetId() == citation {
			page = cmp.Or(c.GetPage(), page)
		}
	}
	return page
}

func describeEvidence(w http.ResponseWriter, r *request) error {
	_, err := r.Evidence.UpdateEvidence(r.Context(), &meritv1.UpdateEvidenceRequest{
		EvidenceId: r.PathValue("id"), Title: r.PostFormValue("title"), EffectiveDate: r.PostFormValue("effective_date"),
		ValidUntil: r.PostFormValue("valid_until"), Revision: r.number("revision"),
	})
	if err != nil {
		return evidenceAgain(w, r, err)
	}
	return r.redirect(w, r.evidencePath(r.PathValue("id")), "saved")
}

func withdrawEvidence(w http.ResponseWriter, r *request) error {
	_, err := r.Evidence.WithdrawEvidence(r.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: r.PathValue("id"), Revision: r.number("revision")})
	if err != nil {
		return evidenceAgain(w, r, err)
	}
	return r.redirect(w, r.evidencePath(r.PathValue("id")), "evidence-withdrawn")
}

// evidencePath is the page of evidence, seen from the sheet that the form names.
func (r *request) evidencePath(id string) string {
	return "/evidence/" + id + "?" + url.Values{"assessment": {r.PostFormValue("assessment")}}.Encode()
}

// evidenceAgain shows the page again with what was written in the form that was refused.
func evidenceAgain(w http.ResponseWriter, r *request, failed error) error {
	view, err := r.evidenceView()
	if err != nil {
		return err
	}
	for field, values := range r.PostForm {
		view.Form[field] = values
	}
	return evidencePage.again(w, r, view, failed)
}

// replaceEvidence puts a new file in the place of evidence: it is cited as that was, wherever the sheet is open, and the
// old one is withdrawn unless a verifier has seen it.
func replaceEvidence(w http.ResponseWriter, r *request) error {
	old, err := r.Evidence.GetEvidence(r.Context(), &meritv1.GetEvidenceRequest{EvidenceId: r.PathValue("id")})
	if err != nil {
		return err
	}
	replacement := ""
	form, err := r.receiveFiles(w, func(up *meritv1.Upload, fields url.Values) error {
		finished, err := r.Evidence.FinishUpload(r.Context(), &meritv1.FinishUploadRequest{
			UploadId: up.GetId(), Title: fields.Get("title"), EffectiveDate: fields.Get("effective_date"), ValidUntil: fields.Get("valid_until"),
		})
		replacement = finished.GetEvidence().GetId()
		if err != nil {
			return err
		}
		return r.takePlace(replacement, old.GetEvidence(), fields.Get("assessment"))
	})
	r.PostForm = form.fields
	switch {
	case err != nil && replacement == "":
		return evidenceAgain(w, r, err)
	case err != nil:
		return err
	}
	return r.redirect(w, "/evidence/"+replacement+"?"+url.Values{"assessment": {form.fields.Get("assessment")}}.Encode(), "evidence-replaced")
}

// takePlace cites the new evidence as the sheet cites the old, and withdraws the old. Evidence that a verifier has seen
// stays beside the new.
func (r *request) takePlace(replacement string, old *meritv1.Evidence, assessment string) error {
	for _, c := range old.GetCitations() {
		if c.GetAssessmentId() != assessment {
			continue
		}
		_, err := r.Evidence.Cite(r.Context(), &meritv1.CiteRequest{
			AssessmentId: assessment, EvidenceId: replacement, Items: []string{c.GetItem()}, Page: c.GetPage(), Quote: c.GetQuote(),
		})
		if err != nil && !client.Is(err, meritv1.Reason_REASON_ITEM_CLOSED) {
			return err
		}
	}
	_, err := r.Evidence.WithdrawEvidence(r.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: old.GetId(), Revision: old.GetRevision()})
	if client.Is(err, meritv1.Reason_REASON_IN_USE) {
		return nil
	}
	return err
}
