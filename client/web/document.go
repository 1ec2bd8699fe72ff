package web

import (
	"net/http"
	"strconv"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// sendDocument sends the bytes of a document of a record, to be saved under its name.
func (r *request) sendDocument(w http.ResponseWriter, d *meritv1.Document) error {
	body := &begun{ResponseWriter: w, begin: func(h http.Header) {
		h.Set("Content-Type", d.GetMediaType())
		h.Set("Content-Disposition", disposition("attachment", d.GetFileName()))
		h.Set("Content-Length", strconv.FormatInt(d.GetSize(), 10))
		h.Set("Content-Security-Policy", previewPolicy)
	}}
	_, err := r.Download(r.Context(), &meritv1.DownloadRequest{DocumentId: d.GetId()}, body, client.DownloadOptions{})
	if err != nil && body.begin == nil {
		panic(http.ErrAbortHandler) // the connection must not look as if the file had come whole
	}
	return err
}

// begun is an answer whose headers are set with its first byte, so that a refusal before that is still a page.
type begun struct {
	http.ResponseWriter
	begin func(http.Header) // nil once it has begun
}

// Write sends bytes of the file.
func (b *begun) Write(p []byte) (int, error) {
	if b.begin != nil {
		b.begin(b.Header())
		b.begin = nil
	}
	return b.ResponseWriter.Write(p)
}
