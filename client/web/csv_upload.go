package web

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/meritindex/merit/client"
)

// csvUpload is a CSV file on its way: first it is looked at, then it is sent once more to be applied.
type csvUpload struct {
	FileName  string
	CSV       string
	Apply     bool
	Checked   bool // nothing is wrong with it: it may be applied
	RequestID string
	Mistakes  []mistake
}

// mistake is one in a file, where it stands.
type mistake struct {
	Row, Column string // as a spreadsheet shows them; empty for the whole file or row
	Text        string
}

// csvUpload reads the file that a form sent, or what was looked at before and is to be applied.
func (r *request) csvUpload() (u csvUpload, err error) {
	u = csvUpload{
		CSV: r.PostFormValue("csv"), FileName: r.PostFormValue("file_name"), Apply: r.PostFormValue("apply") != "",
		RequestID: r.PostFormValue("request_id"),
	}
	if u.Apply {
		return u, nil
	}
	u.RequestID = "" // a preview is no request to be remembered
	u.FileName, u.CSV, err = r.sentFile("file")
	return u, err
}

// sentFile is a file that a form sent: its name and what is in it.
func (r *request) sentFile(field string) (name, content string, err error) {
	file, header, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", "", r.wrong(field, "Choose a file. ¦ Pilih berkas.", "")
	}
	if err != nil {
		return "", "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(file)
	if err == nil && len(data) == 0 {
		err = r.wrong(field, "The file %s is empty. ¦ Berkas %s kosong.", header.Filename)
	}
	return header.Filename, string(data), err
}

// refuse takes what the service found wrong as a list of places, and returns of the error what is said above it.
func (u *csvUpload) refuse(err error) error {
	problem := *client.Explain(err)
	for _, v := range problem.Violations {
		m := mistake{Text: v.Message}
		if place, ok := strings.CutPrefix(v.Field, "row "); ok {
			m.Row, m.Column, _ = strings.Cut(place, ", column ")
		}
		u.Mistakes = append(u.Mistakes, m)
	}
	problem.Violations = nil
	return &problem
}
