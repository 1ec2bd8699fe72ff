package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// linkView is the form of a one-time link: an invitation or a reset.
type linkView struct{ Secret string }

var linkPage = newPage[linkView]("link")

func (rt router) link() {
	rt.get("/link/{secret}", func(w http.ResponseWriter, r *request) error {
		return linkPage.show(w, r, linkView{r.PathValue("secret")})
	})
	rt.post("/link/{secret}", acceptLink)
}

func acceptLink(w http.ResponseWriter, r *request) error {
	view := linkView{r.PathValue("secret")}
	password, err := r.repeated("new_password")
	if err == nil {
		_, err = r.Accounts.AcceptLink(r.Context(), &meritv1.AcceptLinkRequest{Secret: view.Secret, NewPassword: password})
	}
	if err != nil {
		return linkPage.again(w, r, view, err)
	}
	return r.redirect(w, "/sign-in", "password-set")
}
