package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/server/servertest"
)

// visitors are the strangers who go to pages: of each role that has any, one whom the records are nothing to. What other
// strangers may is the service's to say: pages are its clients.
func (w *world) visitors() []*stranger {
	names := []string{
		"ROLE_OPERATOR of agency", "ROLE_APPROVER of agency", "ROLE_AGENCY_ADMIN of agency", "ROLE_AUDITOR of agency",
		"ROLE_VERIFIER of region", "ROLE_LEAD_VERIFIER of region", "ROLE_COMMISSIONER of nation", "ROLE_AWARD_COMMITTEE of nation",
		"ROLE_ADMIN of nation", "ROLE_SIGNED_IN of ", "ROLE_ANYONE of ",
	}
	return slices.DeleteFunc(slices.Clone(w.strangers), func(who *stranger) bool { return !slices.Contains(names, who.name) })
}

// TestNoPageTellsOfTheRecordsOfOthers goes through all addresses of the pages, to read and to send forms to, with records
// that are nothing to the visitor: each answers as for an id that never was, after the same statements.
func TestNoPageTellsOfTheRecordsOfOthers(t *testing.T) {
	t.Parallel() // beside the other long one
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		t.Parallel() // on both engines at once
		w := newWorld(t, s)
		pages := newPages(t, w.Server)
		w.WantUnchanged(t, func() {
			for _, pattern := range pages.Patterns() {
				for _, part := range partsOf(pattern) {
					if door := pageDoors[part]; door.records != nil {
						t.Run(pattern+" "+part, func(t *testing.T) { w.tryPage(t, pages, pattern, part, door) })
					}
				}
				for _, f := range fieldDoors[pattern] {
					t.Run(pattern+" "+f.field, func(t *testing.T) { w.tryPage(t, pages, pattern, f.field, f.pageDoor) })
				}
			}
		})
		for _, pattern := range pages.Patterns() {
			w.wantPage(t, pages, pattern)
		}
	})
}

// TestEveryAddressThatNamesSomethingIsTried fails for an address with a part that nobody has added to the doors, and for a
// door to an address that is no more.
func TestEveryAddressThatNamesSomethingIsTried(t *testing.T) {
	parts, patterns := map[string]bool{}, newPages(t, servertest.New(t)).Patterns()
	for _, pattern := range patterns {
		for _, part := range partsOf(pattern) {
			parts[part] = true
			if _, ok := pageDoors[part]; !ok {
				t.Errorf("%s: say in pageDoors whose records are tried at %s, or why it is open", pattern, part)
			}
		}
	}
	for part := range pageDoors {
		if !parts[part] {
			t.Errorf("pageDoors has %s, which is no address", part)
		}
	}
	for pattern := range fieldDoors {
		if !slices.Contains(patterns, pattern) {
			t.Errorf("fieldDoors has %s, which is no address", pattern)
		}
	}
}

func newPages(t *testing.T, s *servertest.Server) *web.Web {
	t.Helper()
	conn, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	pages, err := web.New(web.Options{
		Conn: conn, Now: s.Clock.Now, Plaintext: true, UploadLimit: 1 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

var wildcard = regexp.MustCompile(`\{[a-z]+\}`)

// partsOf are the parts of an address that name something, each as the address up to it.
func partsOf(pattern string) (parts []string) {
	_, path, _ := strings.Cut(pattern, " ")
	for _, at := range wildcard.FindAllStringIndex(path, -1) {
		parts = append(parts, path[:at[1]])
	}
	return parts
}

// tryPage lets every visitor name every record in one part of an address, or in one field.
func (w *world) tryPage(t *testing.T, pages *web.Web, pattern, part string, d pageDoor) {
	for _, who := range w.visitors() {
		nothing := w.visit(t, pages, who, pattern, part, missing)
		if nothing.code == http.StatusOK && strings.HasSuffix(part, "}") {
			t.Errorf("%s is shown a page about nothing: %s", who.name, nothing.text)
		}
		for _, r := range d.records(w) {
			if r.to(who) {
				continue
			}
			got := w.visit(t, pages, who, pattern, part, r.id)
			if diff := cmp.Diff(nothing.text, got.text); diff != "" || strings.Contains(got.text, rahasia) {
				t.Errorf("%s learns that there is such a thing as the %s (-for one that is not there, +for this one):\n%s", who.name, r.name, diff)
			}
			if !slices.Equal(got.work, nothing.work) { // what the first of them made the service remember, it does not read again
				nothing, got = w.visit(t, pages, who, pattern, part, missing), w.visit(t, pages, who, pattern, part, r.id)
			}
			if diff := cmp.Diff(nothing.work, got.work); diff != "" {
				t.Errorf("%s can tell from the time that there is such a thing as the %s (-for one that is not there, +for this one):\n%s", who.name, r.name, diff)
			}
			if got.code == http.StatusForbidden { // the page is not for the role, whatever it names
				break
			}
		}
	}
}

// wantPage checks that auditors find the page of a record that is theirs to read, so that strangers were not refused for a
// wrong address.
func (w *world) wantPage(t *testing.T, pages *web.Web, pattern string) {
	parts := partsOf(pattern)
	if !strings.HasPrefix(pattern, "GET ") || len(parts) != 1 || pageDoors[parts[0]].records == nil || strings.HasSuffix(pattern, "/events") {
		return // what else an address names would have to belong to the record, and events do not end
	}
	auditor := w.strangers[slices.IndexFunc(w.strangers, func(who *stranger) bool { return who.name == "ROLE_AUDITOR of nation" })]
	for _, r := range pageDoors[parts[0]].records(w) {
		if got := w.visit(t, pages, auditor, pattern, parts[0], r.id); r.to(auditor) && got.code == http.StatusNotFound {
			t.Errorf("%s does not find the %s at %s: %s", auditor.name, r.name, pattern, got.text)
		}
	}
}

// withFiles are the addresses of forms that have files, and not many fields.
var withFiles = regexp.MustCompile(`/(evidence|documents|replace)$`)

// page is what a browser is told.
type page struct {
	code int
	text string
	work []string
}

var requestID = regexp.MustCompile(`name="request_id" value="[0-9A-Z]{26}"`)

// visit goes to a page, or sends it a form, with an id in a part of its address, or in a field.
func (w *world) visit(t *testing.T, pages *web.Web, who *stranger, pattern, part, id string) page {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	form := w.form()
	if withFiles.MatchString(path) {
		form = url.Values{"item": {"1.1"}, "title": {"demo"}}
	}
	if strings.HasSuffix(part, "}") {
		path = strings.Replace(part[:strings.LastIndex(part, "{")]+id+path[len(part):], "{id}", w.elsewhere(path), 1)
	} else if form.Set(part, id); method == http.MethodGet {
		path += "?" + url.Values{part: {id}}.Encode()
	}
	path = wildcard.ReplaceAllStringFunc(path, func(name string) string { return w.usual(name) })
	req := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	switch method {
	case http.MethodPost:
		req = mustForm(t, req, form)
	case http.MethodPut:
		req = httptest.NewRequestWithContext(t.Context(), method, path+"?offset=0", strings.NewReader("demo"))
	}
	var answer *httptest.ResponseRecorder
	work := w.Work(func() { answer = ask(t, pages, req, who.person.Secret) })
	if answer.Code >= http.StatusInternalServerError {
		t.Errorf("%s %s as %s answers %d", method, path, who.name, answer.Code)
	}
	text := fmt.Sprintln(answer.Code, answer.Header()) + requestID.ReplaceAllString(answer.Body.String(), "")
	return page{answer.Code, strings.ReplaceAll(text, id, "ID"), work}
}

// ask sends a request as the browser of whom a session is does; of nobody without one.
func ask(t *testing.T, pages *web.Web, r *http.Request, session string) *httptest.ResponseRecorder {
	t.Helper()
	r.AddCookie(&http.Cookie{Name: "merit_language", Value: "en"})
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "merit_session", Value: session})
	}
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, r)
	return answer
}

// mustForm is the request with a form as browsers send one that may have files.
func mustForm(t *testing.T, r *http.Request, form url.Values) *http.Request {
	t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, field := range slices.Sorted(maps.Keys(form)) {
		if err := parts.WriteField(field, form.Get(field)); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	sent := httptest.NewRequestWithContext(t.Context(), r.Method, r.URL.String(), &body)
	sent.Header.Set("Content-Type", parts.FormDataContentType())
	return sent
}

// form has every field that any form has, filled in so that the form would be taken if the record were the sender's.
func (w *world) form() url.Values {
	return url.Values{
		"accept_unanswered": {"1"}, "acknowledge": {"1"}, "agency": {w.own.agency}, "answer": {"4"}, "assessment": {w.own.id},
		"colleague": {w.colleague}, "cycle": {w.CycleID}, "decree_date": {"2021-02-01"}, "decree_number": {"1"}, "do": {"assign"},
		"evidence": {w.ownEvidence}, "from": {"kasn-2019"}, "item": {"1.1"}, "held_on": {"2021-02-01"}, "last_day": {"2021-12-31"}, "letter_number": {"demo"},
		"level": {"4"}, "membership_id": {""}, "minutes_number": {"BA-1"}, "name": {"demo"}, "note": {"demo"}, "outcome": {"POSTPONED"},
		"question.1.1": {"demo"}, "reason": {"demo"}, "recusal": {"demo"}, "revision": {"2"}, "role": {"OPERATOR"}, "sequence": {"0"},
		"state": {"DONE"}, "subject": {"MINUTES"}, "target_level": {"4"}, "title": {"demo"}, "to": {"kasn-2019"}, "url": {"https://example.test/"},
		"valid_days": {"1"}, "vote": {"AGAINST"}, "workbook": {"demo"},
	}
}

// elsewhere is the record of the strangers' own that stands in the address before the part that is tried.
func (w *world) elsewhere(path string) string {
	if strings.HasPrefix(path, "/admin/accounts/") {
		return w.colleague
	}
	return w.own.id
}

// never is another id of nothing.
const never = "01BBBBBBBBBBBBBBBBBBBBBBBB"

// usual is what stands in the other parts of an address.
func (w *world) usual(name string) string {
	return map[string]string{
		"{session}": w.session, "{assessment}": w.waiting.AssessmentID, "{item}": "1.1", "{file}": "2021.csv", "{phase}": "REPAIR",
		"{document}": never, "{identity}": never, "{line}": never, "{membership}": never, "{round}": never,
	}[name]
}
