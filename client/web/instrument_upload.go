package web

import (
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// instrumentUploadView is the form of an instrument's file: first it is checked, then it is sent once more to be kept.
type instrumentUploadView struct {
	FileName, Source string
	Instrument       *meritv1.Instrument // as it would be, when nothing is wrong
	Problems         []instrumentProblem
}

// instrumentProblem is a broken rule, with the line that breaks it.
type instrumentProblem struct {
	*meritv1.InstrumentProblem
	Text string // of the line
}

var instrumentUploadPage = newPage[instrumentUploadView]("instrument-upload")

func showInstrumentUpload(w http.ResponseWriter, r *request) error {
	return instrumentUploadPage.show(w, r, instrumentUploadView{})
}

func uploadInstrument(w http.ResponseWriter, r *request) (err error) {
	view := instrumentUploadView{FileName: r.PostFormValue("file_name"), Source: r.PostFormValue("source")}
	if r.PostFormValue("apply") != "" {
		return saveInstrument(w, r, view)
	}
	if view.FileName, view.Source, err = r.sentFile("file"); err != nil {
		return instrumentUploadPage.again(w, r, view, err)
	}
	checked, err := r.Instruments.ValidateInstrument(r.Context(), &meritv1.ValidateInstrumentRequest{
		FileName: view.FileName, Source: []byte(view.Source),
	})
	if err != nil {
		return instrumentUploadPage.again(w, r, view, err)
	}
	view.Instrument = checked.GetInstrument()
	lines := strings.Split(view.Source, "\n")
	for _, p := range checked.GetProblems() {
		shown := instrumentProblem{InstrumentProblem: p}
		if n := int(p.GetLine()); n > 0 && n <= len(lines) {
			shown.Text = strings.TrimRight(lines[n-1], "\r")
		}
		view.Problems = append(view.Problems, shown)
	}
	return instrumentUploadPage.show(w, r, view)
}

// saveInstrument keeps a file that was checked. A form changes the ends of lines on its way; the file had them as they are
// here, because what is kept is known by the hash of its bytes.
func saveInstrument(w http.ResponseWriter, r *request, view instrumentUploadView) error {
	if r.PostFormValue("crlf") == "" {
		view.Source = strings.ReplaceAll(view.Source, "\r\n", "\n")
	}
	saved, err := r.Instruments.SaveInstrumentDraft(r.Context(), &meritv1.SaveInstrumentDraftRequest{
		FileName: view.FileName, Source: []byte(view.Source),
	})
	if err != nil {
		return instrumentUploadPage.again(w, r, view, err)
	}
	return r.redirect(w, "/admin/instruments/"+saved.GetInstrument().GetId(), "instrument-saved")
}

// CRLF reports whether the lines of the file end as on Windows.
func (v instrumentUploadView) CRLF() bool { return strings.Contains(v.Source, "\r\n") }
