package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) sheetDocuments() {
	rt.get("/assessments/{id}/documents", signedIn(showDocuments))
	rt.handle("POST /assessments/{id}/documents", rt.serve(ofSheet(attachDocument)))
	rt.get("/assessments/{id}/documents/{document}", signedIn(sendSheetDocument))
}

// documentsView are the signed papers of an assessment.
type documentsView struct {
	Head   sheetHead
	Kinds  []documentKind
	Limit  int64
	Form   url.Values
	Attach []meritv1.DocumentSubject // what the reader may attach
}

// documentKind is one kind of document with those that there are.
type documentKind struct {
	Title     string // English ¦ Indonesia
	Documents []*meritv1.Document
}

var documentsPage = newPage[documentsView]("documents")

func showDocuments(w http.ResponseWriter, r *request) error {
	view, err := r.documentsView()
	if err != nil {
		return err
	}
	return documentsPage.show(w, r, view)
}

func (r *request) documentsView() (view documentsView, err error) {
	view = documentsView{Limit: r.web.UploadLimit, Form: url.Values{}}
	if view.Head, err = r.sheet("documents", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC); err != nil {
		return view, err
	}
	for _, kind := range []struct {
		subject meritv1.DocumentSubject
		title   string
		attach  bool
	}{
		{
			meritv1.DocumentSubject_DOCUMENT_SUBJECT_SUBMISSION, "Signed letter of the submission ¦ Surat pengajuan yang ditandatangani",
			r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER),
		},
		{
			meritv1.DocumentSubject_DOCUMENT_SUBJECT_MINUTES, "Signed minutes of verification ¦ Berita Acara Verifikasi yang ditandatangani",
			r.acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER) && onceVerified(r, view.Head.Assessment),
		},
	} {
		documents, err := r.documents(kind.subject)
		if err != nil {
			return view, err
		}
		view.Kinds = append(view.Kinds, documentKind{kind.title, documents})
		if kind.attach {
			view.Attach = append(view.Attach, kind.subject)
		}
	}
	return view, nil
}

// documents are those of the assessment of the address; none while the reader may not know of any.
func (r *request) documents(subject meritv1.DocumentSubject) ([]*meritv1.Document, error) {
	list, err := r.Evidence.ListDocuments(r.Context(), &meritv1.ListDocumentsRequest{Subject: subject, SubjectId: r.PathValue("id")})
	if client.Is(err, meritv1.Reason_REASON_NOT_FOUND) {
		err = nil
	}
	return list.GetDocuments(), err
}

func attachDocument(w http.ResponseWriter, r *request) error {
	form, err := r.receiveFiles(w, func(up *meritv1.Upload, fields url.Values) error {
		title := fields.Get("title")
		if title == "" {
			title = up.GetFileName()
		}
		_, err := r.Evidence.AttachDocument(r.Context(), &meritv1.AttachDocumentRequest{
			UploadId: up.GetId(), Subject: documentSubject(fields.Get("subject")), SubjectId: r.PathValue("id"), Title: title,
		})
		return err
	})
	if err == nil {
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/documents", "attached")
	}
	view, readErr := r.documentsView()
	if readErr != nil {
		return readErr
	}
	view.Form = form.fields
	return documentsPage.again(w, r, view, err)
}

func documentSubject(number string) meritv1.DocumentSubject {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return meritv1.DocumentSubject_DOCUMENT_SUBJECT_UNSPECIFIED
	}
	return meritv1.DocumentSubject(n)
}

// sendSheetDocument sends a document of the assessment, to be saved.
func sendSheetDocument(w http.ResponseWriter, r *request) error {
	for _, subject := range []meritv1.DocumentSubject{meritv1.DocumentSubject_DOCUMENT_SUBJECT_SUBMISSION, meritv1.DocumentSubject_DOCUMENT_SUBJECT_MINUTES} {
		all, err := r.documents(subject)
		if err != nil {
			return err
		}
		for _, d := range all {
			if d.GetId() == r.PathValue("document") {
				return r.sendDocument(w, d)
			}
		}
	}
	return errNoPage
}
