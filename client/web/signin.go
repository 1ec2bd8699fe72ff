package web

import (
	"net/http"
	"net/url"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// signInView is the form of the sign-in page.
type signInView struct {
	Email string
	Next  string // where to go afterwards
	waysIn
}

// waysIn are how one signs in to this deployment.
type waysIn struct {
	Passwords bool   // e-mail and password open a session here
	Provider  string // the name of the identity provider; empty without one
}

func (r *request) waysIn() (waysIn, error) {
	methods, err := r.Accounts.GetSignInMethods(r.Context(), &meritv1.GetSignInMethodsRequest{})
	return waysIn{methods.GetPassword(), methods.GetOidc().GetName()}, err
}

var signInPage = newPage[signInView]("sign-in")

func (rt router) signIn() {
	rt.get("/sign-in", showSignIn)
	rt.post("/sign-in", doSignIn)
	rt.get("/signin/oidc/begin", beginOidc)
	rt.get(oidcReturnPath, completeOidc)
	rt.get("/confirm/oidc/begin", signedIn(beginOidcProof))
	rt.get("/sign-in/code", showCode)
	rt.post("/sign-in/code", giveCode)
	rt.post("/sign-out", signOut)
	rt.post("/language", chooseLanguage)
	rt.post("/membership", switchMembership)
}

func showSignIn(w http.ResponseWriter, r *request) error {
	next := local(r.URL.Query().Get("next"), "/work")
	if r.who != nil {
		return r.redirect(w, next, "")
	}
	view, err := r.signInView("", next)
	if err != nil {
		return err
	}
	return signInPage.show(w, r, view)
}

// signInView offers the ways to sign in that the deployment knows.
func (r *request) signInView(email, next string) (signInView, error) {
	ways, err := r.waysIn()
	return signInView{email, next, ways}, err
}

func doSignIn(w http.ResponseWriter, r *request) error {
	view, err := r.signInView(r.PostFormValue("email"), local(r.PostFormValue("next"), "/work"))
	if err != nil {
		return err
	}
	in, err := r.Accounts.SignIn(r.Context(), &meritv1.SignInRequest{Email: view.Email, Password: r.PostFormValue("password")})
	if err != nil {
		return signInPage.refused(w, r, view, err)
	}
	return r.arrive(w, in, view.Next)
}

// arrive goes on after a first factor that was right: to where the reader wanted to go, or to the page for the code.
func (r *request) arrive(w http.ResponseWriter, in *meritv1.SignInResponse, next string) error {
	if in.GetPendingToken() != "" {
		r.web.rememberPending(w, in)
		return r.redirect(w, "/sign-in/code?next="+url.QueryEscape(next), "")
	}
	r.web.rememberSession(w, r.Request, in)
	return r.redirect(w, next, "")
}

// codeView is the second step of signing in.
type codeView struct{ Next string }

var codePage = newPage[codeView]("sign-in-code")

func showCode(w http.ResponseWriter, r *request) error {
	next := local(r.URL.Query().Get("next"), "/work")
	switch {
	case r.who != nil:
		return r.redirect(w, next, "")
	case r.web.pendingOf(r.Request) == "":
		return r.redirect(w, "/sign-in?next="+url.QueryEscape(next), "")
	}
	return codePage.show(w, r, codeView{next})
}

func giveCode(w http.ResponseWriter, r *request) error {
	next := local(r.PostFormValue("next"), "/work")
	pending := r.web.pendingOf(r.Request)
	if pending == "" {
		return r.redirect(w, "/sign-in?next="+url.QueryEscape(next), "code-late")
	}
	in, err := r.Accounts.GiveCode(r.Context(), &meritv1.GiveCodeRequest{PendingToken: pending, Code: r.PostFormValue("code")})
	if client.Is(err, meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED) {
		r.web.forgetPending(w)
		return r.redirect(w, "/sign-in?next="+url.QueryEscape(next), "code-late")
	}
	if err != nil {
		return codePage.refused(w, r, codeView{next}, err)
	}
	r.web.forgetPending(w)
	r.web.rememberSession(w, r.Request, in)
	return r.redirect(w, next, "")
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
