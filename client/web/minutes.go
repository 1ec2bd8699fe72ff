package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) minutes() {
	rt.get("/assessments/{id}/minutes", signedIn(showMinutes))
	rt.get("/assessments/{id}/minutes.pdf", signedIn(downloadMinutes))
	rt.get("/assessments/{id}/evidence.zip", signedIn(exportEvidence))
}

// minutesView is the Berita Acara Verifikasi as a page, with its signed form.
type minutesView struct {
	Head      sheetHead
	Minutes   *meritv1.Minutes
	Aspects   []minutesAspect
	Documents []*meritv1.Document
}

// minutesAspect sets what was claimed beside what was verified of one aspect.
type minutesAspect struct {
	Title             string
	Claimed, Verified *meritv1.AspectScore
}

var minutesPage = newPage[minutesView]("minutes")

func showMinutes(w http.ResponseWriter, r *request) error {
	head, err := r.sheet("minutes", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	made, err := r.Verifications.GetMinutes(r.Context(), &meritv1.GetMinutesRequest{AssessmentId: r.PathValue("id")})
	if err != nil {
		return err
	}
	in, err := r.instrument(made.GetMinutes().GetInstrumentId())
	if err != nil {
		return err
	}
	view := minutesView{Head: head, Minutes: made.GetMinutes(), Aspects: r.minutesAspects(in, made.GetMinutes())}
	if view.Documents, err = r.documents(meritv1.DocumentSubject_DOCUMENT_SUBJECT_MINUTES); err != nil {
		return err
	}
	return minutesPage.show(w, r, view)
}

func (r *request) minutesAspects(in *meritv1.Instrument, m *meritv1.Minutes) (out []minutesAspect) {
	claimed, verified := m.GetClaimed().GetAspects(), m.GetVerified().GetAspects()
	for i, aspect := range in.GetAspects() {
		if i < len(claimed) && i < len(verified) {
			out = append(out, minutesAspect{aspect.GetCode() + ". " + r.named(aspect.GetName(), aspect.GetNameEn()), claimed[i], verified[i]})
		}
	}
	return out
}

func downloadMinutes(w http.ResponseWriter, r *request) error {
	made, err := r.Reports.GetMinutesDocument(r.Context(), &meritv1.GetMinutesDocumentRequest{AssessmentId: r.PathValue("id")})
	if err != nil {
		return err
	}
	return sendFile(w, made.GetFile())
}

// exportEvidence streams every file that a sheet cites as a ZIP.
func exportEvidence(w http.ResponseWriter, r *request) error {
	stream, err := r.Reports.ExportEvidence(r.Context(), &meritv1.ExportEvidenceRequest{AssessmentId: r.PathValue("id")})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", disposition("attachment", first.GetFileName()))
	w.Header().Set("Content-Security-Policy", previewPolicy)
	w.Header().Set(gzhttp.HeaderNoCompression, "1")
	pour(w, first.GetData(), func() ([]byte, error) {
		m, err := stream.Recv()
		return m.GetData(), err
	})
	return nil
}

// pour writes the bytes of a stream until it ends. When it breaks, the answer is broken off as well, so that nobody takes
// what came for the whole.
func pour(w http.ResponseWriter, data []byte, next func() ([]byte, error)) {
	for {
		if _, err := w.Write(data); err != nil {
			return // the reader is gone
		}
		var err error
		if data, err = next(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}
