package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/client/web/browsertest"
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

func TestWhoSignedInAtTheProviderProvesThereThatItIsThem(t *testing.T) {
	s, p := newOidcSite(t, func(o *server.Options) { o.NoPasswords = true })
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	p.Add(oidctest.Person{Subject: "s-1", Email: person.Email, Verified: true})
	b := s.anyone(t)
	b.get(t, p.SignIn(t, b.beginAt(t, "/signin/oidc/begin"), "s-1").RequestURI()).want(t, http.StatusOK)
	s.Clock.Add(6 * time.Minute)

	asked := b.post(t, "/profile/second-factor", "kept", "typed before").
		want(t, http.StatusOK, "Is it you?", "Sign in again with Demo", `href="/confirm/oidc/begin"`, `value="typed before"`).
		wantNo(t, `type="password"`)
	b.post(t, "/profile/second-factor").want(t, http.StatusOK, "Is it you?") // nothing was proved yet
	s.Clock.Set(time.Now())                                                  // the provider's
	begun := b.beginAt(t, "/confirm/oidc/begin")
	if at, _ := url.Parse(begun); at.Query().Get("prompt") != "login" || at.Query().Get("max_age") != "0" {
		t.Errorf("the browser is sent to %s, not to prove itself now", begun)
	}
	b.get(t, p.SignIn(t, begun, "s-1").RequestURI()).want(t, http.StatusOK, "It is you", "choose Go on")
	b.post(t, asked.path).want(t, http.StatusOK, "QR code")

	s.Clock.Set(time.Now())
	begun = b.beginAt(t, "/confirm/oidc/begin")
	b.get(t, "/signin/oidc?error=access_denied").want(t, http.StatusForbidden, "Not confirmed", "Try again")
	// A proof that another browser began is nothing here.
	b.get(t, p.SignIn(t, begun, "s-1").RequestURI()).want(t, http.StatusForbidden, "another browser")
}

func TestAnIdentityAtTheProviderIsSeenAndUnlinked(t *testing.T) {
	s, p := newOidcSite(t)
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	p.Add(oidctest.Person{Subject: "s-1", Email: person.Email, Verified: true})
	b := s.anyone(t)
	b.get(t, "/profile").want(t, http.StatusOK, "Sign in")
	signIn := func() *answer {
		return b.get(t, p.SignIn(t, b.beginAt(t, "/signin/oidc/begin?next=%2Fprofile"), "s-1").RequestURI())
	}
	own := signIn().want(t, http.StatusOK, "Identity at the provider", "s-1 at "+p.Issuer)
	if at := b.post(t, mustFind(t, own, `action="(/profile/identities/\w+/unlink)"`)); !strings.HasPrefix(at.path, "/sign-in") {
		t.Errorf("after unlinking the own identity the browser is at %s", at.path)
	}
	signIn().want(t, http.StatusOK, "unlinked")
	other := admin.get(t, "/admin/accounts/"+person.AccountID).want(t, http.StatusOK, "s-1 at "+p.Issuer)
	admin.post(t, mustFind(t, other, `action="(/admin/accounts/\w+/identities/\w+/unlink)"`)).want(t, http.StatusOK, "The identity is unlinked")
	if at := b.get(t, "/profile"); !strings.HasPrefix(at.path, "/sign-in") {
		t.Errorf("after the administrator unlinked it the session goes on at %s", at.path)
	}
}

func TestWherePasswordsAreOffNoPageSpeaksOfThem(t *testing.T) {
	s, _ := newOidcSite(t, func(o *server.Options) { o.NoPasswords = true })
	s.MustAgency(t, store.Agency{Code: "91.01", Name: "Kabupaten Demo Timur"})
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	for _, path := range []string{"/profile", "/profile/second-factor", "/admin/accounts/" + person.AccountID, "/admin/accounts/invite", "/sign-in"} {
		admin.get(t, path).want(t, http.StatusOK).wantNo(t, "password")
	}
	admin.get(t, "/admin/accounts/invite").want(t, http.StatusOK, "signs in with Demo")
	s.anyone(t).get(t, "/link/merit_l_old").want(t, http.StatusOK, "Sign in with Demo").wantNo(t, `type="password"`)
	admin.post(t, "/admin/accounts/invite", "name", "Demo person", "email", "person@example.test", "role", "operator", "agency_id", "91.01", "request_id", "r1").
		want(t, http.StatusOK, "Demo person", "invited").wantNo(t, "/link/")
}

// mustFind is the first group of a pattern in a page.
func mustFind(t *testing.T, a *answer, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("%s has no %s:\n%s", a.path, pattern, a.body)
	}
	return found[1]
}

func TestInTheBrowserOneSignsInAndProvesItThroughTheProvidersPages(t *testing.T) {
	s, p := newOidcSite(t, func(o *server.Options) { o.NoPasswords = true })
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	p.Add(oidctest.Person{Subject: "s-1", Email: person.Email, Verified: true})
	tab := browsertest.New(t).Tab(t, s.url)
	atProvider := func() *browsertest.Tab {
		return tab.Fill("[name=username]", "s-1").Fill("[name=password]", oidctest.Password).Click("[type=submit]")
	}
	tab.Go("/sign-in?next=/profile").Accessible().Click(`a[href^="/signin/oidc/begin"]`)
	atProvider().Arrive("/profile").See("s-1").Accessible()

	s.Clock.Add(6 * time.Minute)
	tab.Go("/profile/second-factor").Click("main form .button").Wait(`document.querySelector('a[href="/confirm/oidc/begin"]')`).Accessible()
	s.Clock.Set(time.Now()) // the provider's
	tab.Go("/confirm/oidc/begin")
	atProvider().Arrive("/signin/oidc").Accessible()
	tab.Go("/profile/second-factor").Click("main form .button").Wait(`document.getElementById("code")`)
}
