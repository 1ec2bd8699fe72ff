package web

import (
	"net/http"
	"net/url"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// signInView is the form of the sign-in page.
type signInView struct {
	Email string
	Next  string // where to go afterwards
}

var signInPage = newPage[signInView]("sign-in")

func (rt router) signIn() {
	rt.get("/sign-in", showSignIn)
	rt.post("/sign-in", doSignIn)
	rt.post("/sign-out", signOut)
	rt.post("/language", chooseLanguage)
	rt.post("/membership", switchMembership)
}

func showSignIn(w http.ResponseWriter, r *request) error {
	next := local(r.URL.Query().Get("next"), "/work")
	if r.who != nil {
		return r.redirect(w, next, "")
	}
	return signInPage.show(w, r, signInView{Next: next})
}

func doSignIn(w http.ResponseWriter, r *request) error {
	view := signInView{Email: r.PostFormValue("email"), Next: local(r.PostFormValue("next"), "/work")}
	in, err := r.Accounts.SignIn(r.Context(), &meritv1.SignInRequest{Email: view.Email, Password: r.PostFormValue("password")})
	if err != nil {
		return signInPage.refused(w, r, view, err)
	}
	r.web.rememberSession(w, r.Request, in)
	return r.redirect(w, view.Next, "")
}

// leadToSignIn sends a reader who has to sign in there, and afterwards back. What a form had sent is lost, so it leads
// back to the page of the form.
func (w *Web) leadToSignIn(rw http.ResponseWriter, r *request) {
	http.Redirect(rw, r.Request, "/sign-in?next="+url.QueryEscape(r.page()), http.StatusSeeOther)
}

func signOut(w http.ResponseWriter, r *request) error {
	if r.who != nil {
		if _, err := r.Accounts.SignOut(r.Context(), &meritv1.SignOutRequest{}); err != nil {
			return err
		}
	}
	r.web.forgetSession(w)
	return r.redirect(w, "/sign-in", "signed-out")
}

func chooseLanguage(w http.ResponseWriter, r *request) error {
	r.web.rememberLanguage(w, r.PostFormValue("language"))
	return r.redirect(w, local(r.PostFormValue("back"), "/"), "")
}

func switchMembership(w http.ResponseWriter, r *request) error {
	_, err := r.Accounts.SwitchMembership(r.Context(), &meritv1.SwitchMembershipRequest{MembershipId: r.PostFormValue("membership")})
	if err != nil {
		return err
	}
	return r.redirect(w, "/work", "")
}
