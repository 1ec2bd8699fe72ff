package web

import (
	"cmp"
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// handler answers one request. An error becomes an error page; one that a form can show goes to page.again instead.
type handler func(http.ResponseWriter, *request) error

// request is a browser's request and whose it is. Its context carries the session, the language and the browser's address
// to the service: calls are made with r.Context().
type request struct {
	*http.Request
	*client.Client
	web  *Web
	lang string                  // id or en
	who  *meritv1.WhoAmIResponse // nil: nobody is signed in
}

// serve finds out who asks, calls the handler and turns its error into a page.
func (w *Web) serve(h handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, hr *http.Request) {
		r, err := w.request(rw, hr)
		if err == nil && !r.namesRecords() {
			err = errNoPage
		}
		if err == nil && r.who.GetSecondFactorMissing() && !withoutSecondFactor(hr.URL.Path) {
			http.Redirect(rw, hr, "/profile/second-factor", http.StatusSeeOther)
			return
		}
		if err == nil {
			err = h(rw, r)
		}
		if err != nil {
			w.fail(rw, r, err)
		}
	})
}

// idLength is how long the service's ids are: what is not is nobody's address.
const idLength = 26

// idsOfAddresses are the parts of addresses that are ids.
var idsOfAddresses = []string{"id", "assessment", "document", "identity", "line", "membership", "round", "session"}

// namesRecords reports whether the ids of the address can be any.
func (r *request) namesRecords() bool {
	return !slices.ContainsFunc(idsOfAddresses, func(name string) bool {
		id := r.PathValue(name)
		return id != "" && len(id) != idLength
	})
}

// request asks the service whose session it is. A session that has ended counts as nobody's.
func (w *Web) request(rw http.ResponseWriter, hr *http.Request) (*request, error) {
	r := &request{Client: w.api, web: w, lang: w.language(hr)}
	session := w.sessionOf(hr)
	r.Request = hr.WithContext(w.outgoing(hr, session, r.lang))
	if session == "" {
		return r, nil
	}
	who, err := w.api.Accounts.WhoAmI(r.Context(), &meritv1.WhoAmIRequest{})
	if client.Explain(err) != nil && client.Explain(err).Code == codes.Unauthenticated {
		w.forgetSession(rw)
		r.Request = hr.WithContext(w.outgoing(hr, "", r.lang))
		return r, nil
	}
	r.who = who
	return r, err
}

// outgoing is what every call of a request tells the service. The names are those of the service's own headers.
func (w *Web) outgoing(r *http.Request, session, lang string) context.Context {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	md := []string{"accept-language", lang, "x-merit-client-address", address, "x-merit-client-agent", agent[:min(len(agent), 200)]}
	if session != "" {
		md = append(md, "authorization", "Bearer "+session)
	}
	return metadata.AppendToOutgoingContext(r.Context(), md...)
}

// parseForm reads the fields of a form, plain or with files.
func (r *request) parseForm() error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxForm)
	} else {
		err = r.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errTooLarge
	}
	if err != nil {
		return errBadForm
	}
	return nil
}

// say is a text in the reader's language: "English ¦ Indonesia".
func (r *request) say(text string) string { return bilingual.Pick(r.lang, text) }

// role is what the reader acts as; UNSPECIFIED for nobody.
func (r *request) role() meritv1.Role { return r.who.GetActing().GetRole() }

// acts reports whether the reader acts in one of the roles.
func (r *request) acts(roles ...meritv1.Role) bool { return slices.Contains(roles, r.role()) }

// redirect sends the browser to another page of ours after a form has done its work. Said is the key of a text that the
// page then shows, of the closed list in said.go; none when empty.
func (r *request) redirect(w http.ResponseWriter, path, said string) error {
	if said != "" {
		path += cmp.Or(map[bool]string{true: "&"}[strings.Contains(path, "?")], "?") + "said=" + said
	}
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// local is an address of ours that a form or a link asked to go to next, or the other one when it leads elsewhere.
func local(path, other string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return other
	}
	return path
}
