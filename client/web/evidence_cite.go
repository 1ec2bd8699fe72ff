package web

import (
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

var errNoEvidence = status.Error(codes.InvalidArgument, "Choose the evidence that is cited. ¦ Pilih bukti dukung yang dirujuk.")

// cite ties evidence to items with page and quoted passage. The form stands on the page of the evidence, of the list or
// of an item, to which it leads back.
func cite(w http.ResponseWriter, r *request) error {
	id := r.PostFormValue("evidence")
	if id == "" {
		return evidenceListAgain(w, r, r.PostForm, errNoEvidence)
	}
	_, err := r.Evidence.Cite(r.Context(), &meritv1.CiteRequest{
		AssessmentId: r.PathValue("id"), EvidenceId: id, Items: r.PostForm["item"],
		Page: r.PostFormValue("page"), Quote: r.PostFormValue("quote"), RequestId: r.PostFormValue("request_id"),
	})
	if err == nil {
		return r.redirect(w, local(r.PostFormValue("back"), "/evidence/"+id+"?assessment="+r.PathValue("id")), "cited")
	}
	if r.PostFormValue("back") != "" {
		return evidenceListAgain(w, r, r.PostForm, err)
	}
	r.PostForm.Set("assessment", r.PathValue("id"))
	r.SetPathValue("id", id)
	return evidenceAgain(w, r, err)
}

func uncite(w http.ResponseWriter, r *request) error {
	if _, err := r.Evidence.Uncite(r.Context(), &meritv1.UnciteRequest{CitationId: r.PathValue("id")}); err != nil {
		return err
	}
	return r.redirect(w, local(r.PostFormValue("back"), "/assessments"), "uncited")
}
