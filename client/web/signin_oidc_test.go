package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/client/web"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/servertest/oidctest"
	"github.com/meritindex/merit/server/store"
)

// newOidcSite is a site whose people sign in at a provider, which sends them back to it.
func newOidcSite(t *testing.T, options ...servertest.Option) (*site, *oidctest.Provider) {
	t.Helper()
	pages := httptest.NewUnstartedServer(nil)
	redirect := "http://" + pages.Listener.Addr().String() + "/signin/oidc"
	p := oidctest.Start(t, redirect)
	s := servertest.New(t, append(options, func(o *server.Options) { o.OIDC = p.Options(); o.OIDC.Redirect = redirect })...)
	s.Clock.Set(time.Now())
	conn, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	handler, err := web.New(web.Options{Conn: conn, Now: s.Clock.Now, Plaintext: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	pages.Config.Handler = handler
	pages.Start()
	t.Cleanup(pages.Close)
	return &site{s, pages.URL}, p
}

// beginAt is where the browser is sent when its owner chooses the provider.
func (b *browser) beginAt(t *testing.T, path string) string {
	t.Helper()
	follow := b.CheckRedirect
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.CheckRedirect = follow }()
	return b.get(t, path).header.Get("Location")
}

func TestOneSignsInThroughTheProvidersPages(t *testing.T) {
	s, p := newOidcSite(t, func(o *server.Options) { o.NoPasswords = true })
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	p.Add(oidctest.Person{Subject: "s-1", Email: person.Email, Verified: true})
	b := s.anyone(t)
	b.get(t, "/sign-in?next=/profile").want(t, http.StatusOK, "Demo", `href="/signin/oidc/begin?next=%2fprofile"`).wantNo(t, `type="password"`)

	back := p.SignIn(t, b.beginAt(t, "/signin/oidc/begin?next=%2Fprofile"), "s-1")
	// The address alone is of no use in another browser.
	s.anyone(t).get(t, back.RequestURI()).want(t, http.StatusForbidden, "another browser")
	if in := b.get(t, back.RequestURI()).want(t, http.StatusOK, person.Email); in.path != "/profile" {
		t.Errorf("after signing in the browser is at %s", in.path)
	}
	b.post(t, "/sign-out")
	b.get(t, back.RequestURI()).want(t, http.StatusForbidden)
}

func TestABrowserDoesNotCompleteASignInThatAnotherBegan(t *testing.T) {
	s, p := newOidcSite(t)
	attacker := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	p.Add(oidctest.Person{Subject: "attacker", Email: attacker.Email, Verified: true})
	back := p.SignIn(t, s.anyone(t).beginAt(t, "/signin/oidc/begin"), "attacker")
	victim := s.anyone(t)
	victim.beginAt(t, "/signin/oidc/begin") // has a cookie of its own
	victim.get(t, back.RequestURI()).want(t, http.StatusForbidden, "another browser")
	if out := victim.get(t, "/work"); !strings.HasPrefix(out.path, "/sign-in") {
		t.Errorf("the victim is signed in, at %s", out.path)
	}
}

func TestWhoSaysNoAtTheProviderIsBackAtTheSignInPage(t *testing.T) {
	s, p := newOidcSite(t)
	b := s.anyone(t)
	b.get(t, "/sign-in").want(t, http.StatusOK, "Demo", `type="password"`)
	at, err := url.Parse(b.beginAt(t, "/signin/oidc/begin"))
	if err != nil || !strings.HasPrefix(at.String(), p.Issuer) {
		t.Fatalf("the browser is sent to %v, %v", at, err)
	}
	b.get(t, "/signin/oidc?error=access_denied&state="+at.Query().Get("state")).want(t, http.StatusForbidden, "Begin again")
}
