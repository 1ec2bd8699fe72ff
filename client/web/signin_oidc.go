package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// oidcTime is how long a browser remembers a sign-in that it began, as the service does.
const oidcTime = 10 * time.Minute

// oidcCookie keeps the handle of the sign-in that this browser began, and where to go afterwards. Without it nobody can
// make this browser complete a sign-in that another began.
func (w *Web) oidcCookie() string {
	if w.Plaintext {
		return "merit_oidc"
	}
	return "__Host-merit_oidc"
}

// oidcReturnPath is where the identity provider sends the browser back to.
const oidcReturnPath = "/signin/oidc"

// toConfirm stands in the cookie in place of an address to go to: the reader is signed in and proves it is them.
const toConfirm = "confirm"

// beginOidc sends the browser to the identity provider. It is a link and no form, because the Content-Security-Policy
// lets forms lead to us only.
func beginOidc(w http.ResponseWriter, r *request) error {
	return r.toProvider(w, local(r.URL.Query().Get("next"), "/work"), false)
}

// toProvider sends the browser to the identity provider; a fresh sign-in has people prove themselves there even when they
// are signed in.
func (r *request) toProvider(w http.ResponseWriter, next string, fresh bool) error {
	begun, err := r.Accounts.BeginOidcSignIn(r.Context(), &meritv1.BeginOidcSignInRequest{
		ReturnTo: meritv1.OidcReturn_OIDC_RETURN_PAGES, Fresh: fresh,
	})
	if err != nil {
		return err
	}
	kept := begun.GetHandle() + "~" + url.QueryEscape(next)
	http.SetCookie(w, r.web.cookie(r.web.oidcCookie(), kept, oidcTime))
	w.Header().Set("Location", begun.GetAuthorizationUrl())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// completeOidc is where the identity provider sends the browser back to.
func completeOidc(w http.ResponseWriter, r *request) error {
	handle, next := r.oidcBegun()
	http.SetCookie(w, r.web.cookie(r.web.oidcCookie(), "", -time.Second))
	if next == toConfirm {
		return completeOidcProof(w, r, handle)
	}
	q := r.URL.Query()
	view, err := r.signInView("", next)
	if err != nil {
		return err
	}
	if q.Has("error") || handle == "" {
		return signInPage.again(w, r, view, r.notSignedIn())
	}
	in, err := r.Accounts.CompleteOidcSignIn(r.Context(), &meritv1.CompleteOidcSignInRequest{
		State: q.Get("state"), Code: q.Get("code"), Handle: handle,
	})
	if err != nil {
		return signInPage.again(w, r, view, err)
	}
	return r.arrive(w, in.GetSignIn(), next)
}

// oidcBegun is the sign-in that this browser began; the handle is empty without one.
func (r *request) oidcBegun() (handle, next string) {
	cookie, err := r.Cookie(r.web.oidcCookie())
	if err != nil {
		return "", "/work"
	}
	handle, next, _ = strings.Cut(cookie.Value, "~")
	next, _ = url.QueryUnescape(next)
	if next == toConfirm {
		return handle, next
	}
	return handle, local(next, "/work")
}

// notSignedIn says that the provider sent nobody back, or not to this browser.
func (r *request) notSignedIn() error {
	return &client.Problem{Code: codes.PermissionDenied, Message: r.say(
		"The identity provider did not sign you in, or the sign-in was begun in another browser. Begin again. ¦ " +
			"Penyedia identitas tidak memasukkan Anda, atau upaya masuk ini dimulai di peramban lain. Mulailah lagi.")}
}
