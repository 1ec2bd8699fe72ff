package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// linkView is the form of a one-time link: an invitation or a reset.
type linkView struct {
	Secret string
	waysIn
}

var linkPage = newPage[linkView]("link")

func (rt router) link() {
	rt.get("/link/{secret}", func(w http.ResponseWriter, r *request) error {
		ways, err := r.waysIn()
		if err != nil {
			return err
		}
		return linkPage.show(w, r, linkView{r.PathValue("secret"), ways})
	})
	rt.post("/link/{secret}", acceptLink)
}

func acceptLink(w http.ResponseWriter, r *request) error {
	ways, err := r.waysIn()
	if err != nil {
		return err
	}
	view := linkView{r.PathValue("secret"), ways}
	password, err := r.repeated("new_password")
	if err == nil {
		_, err = r.Accounts.AcceptLink(r.Context(), &meritv1.AcceptLinkRequest{Secret: view.Secret, NewPassword: password})
	}
	if err != nil {
		return linkPage.again(w, r, view, err)
	}
	return r.redirect(w, "/sign-in", "password-set")
}
