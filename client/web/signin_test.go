package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/web"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

const password = "four words nobody joins"

// mustInvite invites a person and returns the address of the link.
func mustInvite(t *testing.T, admin *servertest.Person, email string) string {
	t.Helper()
	invited, err := meritv1.NewAccountServiceClient(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
		Email: email, Name: "Demo person", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_AUDITOR, LetterNumber: "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return "/link/" + invited.GetLink().GetSecret()
}

func TestAnInvitedPersonSetsAPasswordSignsInAndOut(t *testing.T) {
	s := newSite(t, servertest.New(t))
	link := mustInvite(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), "person@example.test")
	b := s.anyone(t)
	b.get(t, link).want(t, http.StatusOK, "Set your password")
	b.post(t, link, "new_password", password, "new_password_again", "another").want(t, http.StatusUnprocessableEntity, "differ", `aria-invalid="true"`)
	b.post(t, link, "new_password", "short", "new_password_again", "short").want(t, http.StatusUnprocessableEntity, "That did not work")
	b.post(t, link, "new_password", password, "new_password_again", password).want(t, http.StatusOK, "The password is set")

	b.post(t, "/sign-in", "email", "person@example.test", "password", "wrong").
		want(t, http.StatusUnauthorized, "That did not work", `value="person@example.test"`)
	in := b.post(t, "/sign-in", "email", "person@example.test", "password", password, "next", "/profile")
	if in.path != "/profile" {
		t.Errorf("after signing in the browser is at %s", in.path)
	}
	b.post(t, "/sign-out").want(t, http.StatusOK)
	if out := b.get(t, "/work"); !strings.HasPrefix(out.path, "/sign-in?next=") {
		t.Errorf("signed out, /work leads to %s", out.path)
	}
}

func TestSignInLeadsBackToPagesOfOursOnly(t *testing.T) {
	s := newSite(t, servertest.New(t))
	for _, next := range []string{"https://evil.example/", "//evil.example/"} {
		s.anyone(t).get(t, "/sign-in?next="+next).want(t, http.StatusOK, `name="next" value="/work"`)
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sign-out", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://evil.example")
	b.do(t, req).want(t, http.StatusForbidden, "another site")
	b.get(t, "/profile").want(t, http.StatusOK, "Password")
}

func TestThePagesSpeakTheChosenLanguage(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := s.anyone(t)
	b.get(t, "/sign-in").want(t, http.StatusOK, `<html lang="en">`, "E-mail address")
	back := b.post(t, "/language", "language", "id", "back", "/sign-in?next=%2Fwork").want(t, http.StatusOK, `<html lang="id">`, "Alamat surel")
	if back.path != "/sign-in?next=%2Fwork" {
		t.Errorf("the change of language leads to %s", back.path)
	}
	b.get(t, "/no-such-page").want(t, http.StatusNotFound, "Tidak ada halaman di alamat ini.").wantNo(t, "There is no page")
}

// TestAFormShownAgainKeepsTheLanguageSwitchOnItsPage: what it is sent to may be no page itself.
func TestAFormShownAgainKeepsTheLanguageSwitchOnItsPage(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	form := strings.NewReader("current_password=wrong&new_password=" + url.QueryEscape(password) + "&new_password_again=" + url.QueryEscape(password))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/profile/password", form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Referer", s.url+"/profile?said=saved")
	b.do(t, req).want(t, http.StatusUnauthorized, "Change password", `name="back" value="/profile"`)
}

func TestAnAuditorOfOneAgencyFindsNoDeskOfTheVerifiers(t *testing.T) {
	s := servertest.New(t)
	pages := newSite(t, s)
	own := pages.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, s.MustAgency(t, store.Agency{})))
	own.get(t, "/work").want(t, http.StatusOK, `href="/assessments"`).wantNo(t, `href="/verification"`, `href="/plenary"`)
	nation := pages.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	nation.get(t, "/work").want(t, http.StatusOK, `href="/verification"`, `href="/plenary"`)
}

func TestSessionCookiesAreOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	for _, test := range []struct {
		name      string
		plaintext bool
		want      string
	}{
		{"over TLS", false, "__Host-merit_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"in the clear on loopback", true, "merit_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, servertest.New(t), func(o *web.Options) { o.Plaintext = test.plaintext })
			b := s.anyone(t)
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			if got := b.post(t, "/sign-out").header.Get("Set-Cookie"); got != test.want {
				t.Errorf("Set-Cookie is %q, want %q", got, test.want)
			}
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newSite(t, servertest.New(t))
	for _, path := range []string{"/", "/sign-in", "/no-such-page", "/static/nothing"} {
		h := s.anyone(t).get(t, path).header
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
}

func TestTheDemonstrationOffersItsAccountsAndNobodyElseDoes(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.anyone(t).get(t, "/demo").want(t, http.StatusNotFound)

	link := mustInvite(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), "demo@example.test")
	d := newSite(t, s.Server, func(o *web.Options) {
		o.Demo = []web.DemoAccount{{Email: "demo@example.test", Password: password, Role: "auditor ¦ auditor", Does: "Reads. ¦ Membaca."}}
	})
	b := d.anyone(t)
	b.post(t, link, "new_password", password, "new_password_again", password).want(t, http.StatusOK)
	b.get(t, "/demo").want(t, http.StatusOK, "demo@example.test", "Reads.").wantNo(t, password)
	if in := b.post(t, "/demo", "email", "demo@example.test"); in.path != "/work" {
		t.Errorf("the demo account arrives at %s", in.path)
	}
	b.post(t, "/demo", "email", "somebody@example.test").want(t, http.StatusNotFound)
}
