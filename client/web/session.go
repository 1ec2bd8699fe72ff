package web

import (
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Cookies. With TLS the session's name begins with __Host-: no other host and no plain page can set it.
const (
	languageCookie = "merit_language"
	oneYear        = 365 * 24 * time.Hour
)

func (w *Web) sessionCookie() string {
	if w.Plaintext {
		return "merit_session"
	}
	return "__Host-merit_session"
}

func (w *Web) sessionOf(r *http.Request) string {
	cookie, err := r.Cookie(w.sessionCookie())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (w *Web) cookie(name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, Secure: !w.Plaintext, SameSite: http.SameSiteLaxMode,
	}
}

// pendingCookie keeps a sign-in that waits for its code.
func (w *Web) pendingCookie() string {
	if w.Plaintext {
		return "merit_pending"
	}
	return "__Host-merit_pending"
}

func (w *Web) pendingOf(r *http.Request) string {
	cookie, err := r.Cookie(w.pendingCookie())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (w *Web) rememberPending(rw http.ResponseWriter, in *meritv1.SignInResponse) {
	http.SetCookie(rw, w.cookie(w.pendingCookie(), in.GetPendingToken(), in.GetExpiresAt().AsTime().Sub(w.Now())))
}

func (w *Web) forgetPending(rw http.ResponseWriter) {
	http.SetCookie(rw, w.cookie(w.pendingCookie(), "", -time.Second))
}

// opened is a session that was just opened: by a password alone, or by a code after it.
type opened interface {
	GetSessionToken() string
	GetExpiresAt() *timestamppb.Timestamp
	GetAccount() *meritv1.Account
}

// rememberSession keeps a session in the browser until it ends. It takes the person's language over, unless another was
// chosen in this browser.
func (w *Web) rememberSession(rw http.ResponseWriter, r *http.Request, in opened) {
	http.SetCookie(rw, w.cookie(w.sessionCookie(), in.GetSessionToken(), in.GetExpiresAt().AsTime().Sub(w.Now())))
	if _, err := r.Cookie(languageCookie); err != nil {
		w.rememberLanguage(rw, in.GetAccount().GetLanguage())
	}
}

func (w *Web) forgetSession(rw http.ResponseWriter) {
	http.SetCookie(rw, w.cookie(w.sessionCookie(), "", -time.Second))
}

func (w *Web) rememberLanguage(rw http.ResponseWriter, language string) {
	if language == "id" || language == "en" {
		http.SetCookie(rw, w.cookie(languageCookie, language, oneYear))
	}
}

// language is what the reader chose, Indonesian before anything was chosen.
func (*Web) language(r *http.Request) string {
	if cookie, err := r.Cookie(languageCookie); err == nil && cookie.Value == "en" {
		return "en"
	}
	return "id"
}
