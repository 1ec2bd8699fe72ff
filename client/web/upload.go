package web

import (
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// uploads are for static/js/upload.js, which sends files piece by piece and goes on where a connection broke. Forms
// without script send files with receiveFiles.
func (rt router) uploads() {
	rt.post("/uploads", forScript(startUpload))
	rt.get("/uploads/{id}", forScript(findUpload))
	rt.handle("PUT /uploads/{id}", rt.serve(forScript(receiveUpload)))
	rt.post("/uploads/{id}/finish", forScript(finishUpload))
}

// uploadStands tells how far an upload is.
type uploadStands struct {
	ID       string `json:"id"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Offset   int64  `json:"offset"`             // bytes that survive a power cut: go on from here
	Finished string `json:"finished,omitempty"` // what it became
}

func standing(u *meritv1.Upload) uploadStands {
	return uploadStands{u.GetId(), u.GetSha256(), u.GetSize(), u.GetDurableOffset(), u.GetFinishedAs()}
}

func startUpload(_ http.ResponseWriter, r *request) (any, error) {
	size, err := strconv.ParseInt(r.PostFormValue("size"), 10, 64)
	if err != nil {
		return nil, errBadForm
	}
	started, err := r.Evidence.StartUpload(r.Context(), &meritv1.StartUploadRequest{
		FileName: r.PostFormValue("name"), Size: size, Sha256: r.PostFormValue("sha256"),
	})
	return standing(started.GetUpload()), err
}

func findUpload(_ http.ResponseWriter, r *request) (any, error) {
	found, err := r.Evidence.GetUpload(r.Context(), &meritv1.GetUploadRequest{UploadId: r.PathValue("id")})
	return standing(found.GetUpload()), err
}

// receiveUpload passes raw bytes on to the service as they come.
func receiveUpload(w http.ResponseWriter, r *request) (any, error) {
	offset, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil || offset < 0 {
		return nil, errBadForm
	}
	up, err := r.UploadPart(r.Context(), r.PathValue("id"), offset, http.MaxBytesReader(w, r.Body, r.web.UploadLimit))
	if err != nil && status.Code(err) == codes.Unknown { // the browser's side of the connection broke
		err = errBroken
	}
	return standing(up), err
}

// uploadBecame is the evidence that an upload became.
type uploadBecame struct {
	Evidence string `json:"evidence"`
	Title    string `json:"title"`
}

func finishUpload(_ http.ResponseWriter, r *request) (any, error) {
	finished, err := r.Evidence.FinishUpload(r.Context(), &meritv1.FinishUploadRequest{
		UploadId: r.PathValue("id"), Title: r.PostFormValue("title"),
		EffectiveDate: r.PostFormValue("effective_date"), ValidUntil: r.PostFormValue("valid_until"),
	})
	if err != nil {
		return nil, err
	}
	e := finished.GetEvidence()
	return uploadBecame{e.GetId(), e.GetTitle()}, r.citeNew(e.GetId(), r.PostForm)
}
