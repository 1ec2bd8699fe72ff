package web

import (
	"encoding/base64"
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) workbook() {
	rt.get("/assessments/{id}/workbook", signedIn(showWorkbook))
	rt.get("/assessments/{id}/workbook.xlsx", signedIn(exportWorkbook))
	rt.post("/assessments/{id}/workbook", signedIn(previewWorkbook))
	rt.post("/assessments/{id}/workbook/apply", signedIn(applyWorkbook))
}

// workbookView is the questionnaire as a workbook: out, and what one that comes in would change. The workbook itself goes
// with the form that applies it, and its digest with it, so that exactly what was looked at is saved.
type workbookView struct {
	Head     sheetHead
	Fills    bool // the reader may read one back in
	Preview  *meritv1.PreviewWorkbookResponse
	FileName string
	Workbook string // base64
}

var workbookPage = newPage[workbookView]("workbook")

func (r *request) workbookView() (view workbookView, err error) {
	view.Head, err = r.sheet("workbook", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	view.Fills = r.addsEvidence() && view.Head.Assessment.GetClosesAt() != nil
	return view, err
}

func showWorkbook(w http.ResponseWriter, r *request) error {
	view, err := r.workbookView()
	if err != nil {
		return err
	}
	return workbookPage.show(w, r, view)
}

func exportWorkbook(w http.ResponseWriter, r *request) error {
	made, err := r.Reports.ExportWorkbook(r.Context(), &meritv1.ExportWorkbookRequest{AssessmentId: r.PathValue("id")})
	if err != nil {
		return err
	}
	return sendFile(w, made.GetFile())
}

func previewWorkbook(w http.ResponseWriter, r *request) error {
	name, content, err := r.sentFile("file")
	return showPreview(w, r, name, []byte(content), err)
}

// showPreview says what a workbook would change, below what is wrong already.
func showPreview(w http.ResponseWriter, r *request, name string, workbook []byte, failed error) error {
	view, err := r.workbookView()
	if err != nil {
		return err
	}
	if len(workbook) > 0 {
		var refused error
		view.Preview, refused = r.Reports.PreviewWorkbook(r.Context(), &meritv1.PreviewWorkbookRequest{AssessmentId: r.PathValue("id"), Workbook: workbook})
		if refused != nil {
			failed = refused
		}
		view.FileName, view.Workbook = name, base64.StdEncoding.EncodeToString(workbook)
	}
	if failed != nil {
		return workbookPage.again(w, r, view, failed)
	}
	return workbookPage.show(w, r, view)
}

// applyWorkbook saves what was looked at. When the sheet has changed since, what would change now is shown instead.
func applyWorkbook(w http.ResponseWriter, r *request) error {
	workbook, err := base64.StdEncoding.DecodeString(r.PostFormValue("workbook"))
	if err != nil {
		return errBadForm
	}
	_, err = r.Reports.ApplyWorkbook(r.Context(), &meritv1.ApplyWorkbookRequest{
		AssessmentId: r.PathValue("id"), Workbook: workbook, Digest: r.PostFormValue("digest"), RequestId: r.PostFormValue("request_id"),
	})
	if err != nil {
		return showPreview(w, r, r.PostFormValue("file_name"), workbook, err)
	}
	return r.redirect(w, "/assessments/"+r.PathValue("id"), "workbook-applied")
}
