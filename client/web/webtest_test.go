package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/server/servertest"
)

// site is the pages of a whole server, at an address.
//
//	s := newSite(t, servertest.New(t))
//	operator := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency))
//	operator.get(t, "/assessments").want(t, http.StatusOK, "Penilaian")
//	operator.post(t, "/assessments", "cycle", id).want(t, http.StatusOK, "Draf")
type site struct {
	*servertest.Server
	url string
}

// newSite serves the pages of a server until the test ends.
func newSite(t *testing.T, s *servertest.Server, options ...func(*web.Options)) *site {
	t.Helper()
	conn, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	o := web.Options{
		Conn: conn, Now: s.Clock.Now, Plaintext: true, UploadLimit: 25 << 20,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, option := range options {
		option(&o)
	}
	pages, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewServer(pages)
	t.Cleanup(running.Close)
	return &site{s, running.URL}
}

// browser is a person's browser: it keeps cookies and follows redirects.
type browser struct {
	*http.Client
	site *site
}

// anyone opens a browser in which nobody is signed in. Pages are in English.
func (s *site) anyone(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{&http.Client{Jar: jar}, s}
	b.setCookie(t, "merit_language", "en")
	return b
}

// as opens a browser in which a person is signed in.
func (s *site) as(t *testing.T, p *servertest.Person) *browser {
	t.Helper()
	b := s.anyone(t)
	b.setCookie(t, "merit_session", p.Secret)
	return b
}

func (b *browser) setCookie(t *testing.T, name, value string) {
	t.Helper()
	at, err := url.Parse(b.site.url)
	if err != nil {
		t.Fatal(err)
	}
	b.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value}})
}

// answer is the page at which a browser arrived.
type answer struct {
	status int
	path   string // with its query
	header http.Header
	body   string
}

func (b *browser) get(t *testing.T, path string) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.site.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.do(t, req)
}

// post sends a form of names and values.
func (b *browser) post(t *testing.T, path string, pairs ...string) *answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(t, req)
}

func (b *browser) do(t *testing.T, req *http.Request) *answer {
	t.Helper()
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{resp.StatusCode, resp.Request.URL.RequestURI(), resp.Header, string(body)}
}

// want checks the status and that every text stands in the page.
func (a *answer) want(t *testing.T, status int, texts ...string) *answer {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answered %d, want %d:\n%s", a.path, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s does not say %q:\n%s", a.path, text, a.body)
		}
	}
	return a
}

// wantNo checks that no text stands in the page.
func (a *answer) wantNo(t *testing.T, texts ...string) *answer {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s says %q", a.path, text)
		}
	}
	return a
}
