package web

import (
	"net/http"
	"net/url"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// evidenceListView shows the evidence of a sheet, or all that the agency keeps.
type evidenceListView struct {
	evidenceAdding
	Head     sheetHead
	Rows     []evidenceRow
	All      bool   // what the agency keeps, cited or not
	More     string // the token of the next page
	Adds     bool   // the reader may add some
	ItemName string
	Known    []*meritv1.Evidence // that the item does not cite yet
}

// evidenceAdding is what the forms that add evidence hold.
type evidenceAdding struct {
	Citable []itemGroup // to choose from; empty where the form stands at an item
	Item    string      // for which evidence is looked for; empty for all
	Limit   int64       // bytes of a file
	Form    url.Values
}

// evidenceRow is one piece of evidence with the items it serves in this sheet.
type evidenceRow struct {
	*meritv1.Evidence
	Serves  []*meritv1.Citation
	Expired bool
	Shown   bool // it is shown in its place

	Download bool // the reader may download it, as far as they can see
}

var evidenceListPage = newPage[evidenceListView]("evidence-list")

func showEvidenceList(w http.ResponseWriter, r *request) error {
	view, err := r.evidenceListView()
	if err != nil {
		return err
	}
	return evidenceListPage.show(w, r, view)
}

func (r *request) evidenceListView() (view evidenceListView, err error) {
	values := r.URL.Query()
	view = evidenceListView{
		All:            values.Get("show") == "all",
		evidenceAdding: evidenceAdding{Item: values.Get("item"), Limit: r.web.UploadLimit, Form: url.Values{}},
	}
	head, in, err := r.questionnaire("evidence", meritv1.AssessmentView_ASSESSMENT_VIEW_FULL)
	if err != nil {
		return view, err
	}
	view.Head = head
	a := head.Assessment
	view.Adds = r.addsEvidence() && mayOpen(a)
	view.ItemName = r.itemNames(in)[view.Item]
	if view.Citable, err = r.citable(in, a); err != nil {
		return view, err
	}
	req := &meritv1.ListEvidenceRequest{AssessmentId: a.GetId(), Item: view.Item, PageSize: 100, PageToken: values.Get("page")}
	if view.All {
		req.AssessmentId, req.AgencyId, req.Item = "", a.GetAgencyId(), ""
	}
	list, err := r.Evidence.ListEvidence(r.Context(), req)
	if err != nil {
		return view, err
	}
	view.More, view.Rows = list.GetNextPageToken(), r.evidenceRows(a, list.GetEvidence())
	if view.Item != "" && view.Adds {
		view.Known, err = r.knownEvidence(a, view.Rows)
	}
	return view, err
}

// knownEvidence is the newest evidence of the agency without what an item cites already.
func (r *request) knownEvidence(a *meritv1.Assessment, cited []evidenceRow) ([]*meritv1.Evidence, error) {
	list, err := r.Evidence.ListEvidence(r.Context(), &meritv1.ListEvidenceRequest{AgencyId: a.GetAgencyId(), PageSize: 500})
	return slices.DeleteFunc(list.GetEvidence(), func(e *meritv1.Evidence) bool {
		return slices.ContainsFunc(cited, func(row evidenceRow) bool { return row.GetId() == e.GetId() })
	}), err
}

// evidenceRows puts the citations of the sheet beside the evidence.
func (r *request) evidenceRows(a *meritv1.Assessment, all []*meritv1.Evidence) []evidenceRow {
	serves := map[string][]*meritv1.Citation{}
	for _, item := range a.GetItems() {
		for _, c := range item.GetCitations() {
			serves[c.GetEvidenceId()] = append(serves[c.GetEvidenceId()], c)
		}
	}
	rows := make([]evidenceRow, len(all))
	for i, e := range all {
		rows[i] = evidenceRow{e, serves[e.GetId()], r.expired(e), safeInPlace(e), r.downloads(e)}
	}
	return rows
}

// addFiles takes the files of a form without script, and cites them where the form names an item.
func addFiles(w http.ResponseWriter, r *request) error {
	var added []string
	form, err := r.receiveFiles(w, func(up *meritv1.Upload, fields url.Values) error {
		finished, err := r.Evidence.FinishUpload(r.Context(), &meritv1.FinishUploadRequest{
			UploadId: up.GetId(), EffectiveDate: fields.Get("effective_date"), ValidUntil: fields.Get("valid_until"),
		})
		if err != nil {
			return err
		}
		added = append(added, finished.GetEvidence().GetId())
		fields.Set("assessment", r.PathValue("id"))
		return r.citeNew(finished.GetEvidence().GetId(), fields)
	})
	if err != nil {
		return evidenceListAgain(w, r, form.fields, err)
	}
	return r.redirect(w, r.afterAdding(form.fields, added), "evidence-added")
}

// afterAdding is where a form leads: back to where it stood, to the one piece that was added and still serves no item, or
// to the list.
func (r *request) afterAdding(fields url.Values, added []string) string {
	list := "/assessments/" + r.PathValue("id") + "/evidence"
	switch {
	case fields.Get("back") != "":
		return local(fields.Get("back"), list)
	case fields.Get("item") != "":
		return list + "?item=" + url.QueryEscape(fields.Get("item"))
	case len(added) == 1:
		return "/evidence/" + added[0] + "?assessment=" + r.PathValue("id")
	}
	return list + "?show=all"
}

func addLink(w http.ResponseWriter, r *request) error {
	added, err := r.Evidence.AddLink(r.Context(), &meritv1.AddLinkRequest{
		Url: r.PostFormValue("url"), Title: r.PostFormValue("title"), EffectiveDate: r.PostFormValue("effective_date"),
		ValidUntil: r.PostFormValue("valid_until"), RequestId: r.PostFormValue("request_id"),
	})
	id := added.GetEvidence().GetId()
	if err == nil {
		r.PostForm.Set("assessment", r.PathValue("id"))
		err = r.citeNew(id, r.PostForm)
	}
	if err != nil {
		return evidenceListAgain(w, r, r.PostForm, err)
	}
	return r.redirect(w, r.afterAdding(r.PostForm, []string{id}), "evidence-added")
}

// evidenceListAgain shows the list again with what was written in the form that was refused.
func evidenceListAgain(w http.ResponseWriter, r *request, fields url.Values, failed error) error {
	if item := fields.Get("item"); item != "" && !slices.Contains(r.URL.Query()["item"], item) {
		r.URL.RawQuery = url.Values{"item": {item}}.Encode()
	}
	view, err := r.evidenceListView()
	if err != nil {
		return err
	}
	view.Form = fields
	return evidenceListPage.again(w, r, view, failed)
}
