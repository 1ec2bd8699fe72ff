package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// confirmView asks for a proof of who is there and keeps what was typed: the form goes on with the very same action.
type confirmView struct {
	Action string // where the form was sent
	Fields []typed
	Codes  bool // the reader has a second factor
	waysIn
}

// typed is a field of a form as it was sent.
type typed struct{ Name, Value string }

var confirmPage = newPage[confirmView]("confirm")

// confirm proves with what the reader gave on the page.
func (r *request) confirm() error {
	_, err := r.Accounts.Confirm(r.Context(), &meritv1.ConfirmRequest{
		Password: r.PostFormValue("confirm_password"), Code: r.PostFormValue("confirm_code"),
	})
	return err
}

// askToConfirm shows the page in place of an action that wants a fresh proof.
func askToConfirm(w http.ResponseWriter, r *request) error {
	view, err := r.confirmView()
	if err != nil {
		return err
	}
	return confirmPage.show(w, r, view)
}

func confirmAgain(w http.ResponseWriter, r *request, failed error) error {
	view, err := r.confirmView()
	if err != nil {
		return err
	}
	return confirmPage.refused(w, r, view, failed)
}

// confirmView keeps the fields of the form in the order of their names, but for secrets.
func (r *request) confirmView() (confirmView, error) {
	view := confirmView{Action: r.URL.RequestURI()}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if strings.HasPrefix(name, "confirm") || strings.Contains(name, "password") {
			continue
		}
		for _, value := range r.PostForm[name] {
			view.Fields = append(view.Fields, typed{name, value})
		}
	}
	factor, err := r.Accounts.GetSecondFactor(r.Context(), &meritv1.GetSecondFactorRequest{})
	if err != nil {
		return view, err
	}
	view.Codes = factor.GetEnrolled()
	view.waysIn, err = r.waysIn()
	return view, err
}

// confirmedPage ends a proof at the identity provider, in a window of its own: the form waits in the other.
var confirmedPage = newPage[struct{}]("confirmed")

// beginOidcProof sends the browser to the identity provider, where the reader proves that it is them.
func beginOidcProof(w http.ResponseWriter, r *request) error { return r.toProvider(w, toConfirm, true) }

// completeOidcProof takes the proof that the browser comes back with.
func completeOidcProof(w http.ResponseWriter, r *request, handle string) error {
	if r.who == nil {
		return r.redirect(w, "/sign-in", "")
	}
	q := r.URL.Query()
	if q.Has("error") {
		return confirmedPage.refused(w, r, struct{}{}, r.notSignedIn())
	}
	_, err := r.Accounts.Confirm(r.Context(), &meritv1.ConfirmRequest{
		Oidc: &meritv1.OidcProof{State: q.Get("state"), Code: q.Get("code"), Handle: handle},
	})
	if err != nil {
		return confirmedPage.refused(w, r, struct{}{}, err)
	}
	return confirmedPage.show(w, r, struct{}{})
}
