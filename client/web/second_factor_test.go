package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// mustJoin invites a person of a national role, sets their password and signs them in through the pages.
func mustJoin(t *testing.T, s *site, role meritv1.Role, email string) *browser {
	t.Helper()
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	invited := servertest.Must(meritv1.NewAccountServiceClient(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
		Email: email, Name: "Demo person", Appointment: &meritv1.Appointment{Role: role, LetterNumber: "1"},
	}))(t)
	b := s.anyone(t)
	b.post(t, "/link/"+invited.GetLink().GetSecret(), "new_password", password, "new_password_again", password).want(t, http.StatusOK)
	if in := b.post(t, "/sign-in", "email", email, "password", password); in.path != "/work" {
		t.Fatalf("after signing in the browser is at %s:\n%s", in.path, in.body)
	}
	return b
}

var secretShown = regexp.MustCompile(`<code>([A-Z2-7]{20,})</code>`)

func codeNow(t *testing.T, s *site, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// mustEnrol enrols an authenticator through the pages and returns its secret and the recovery codes.
func mustEnrol(t *testing.T, s *site, b *browser) (secret string, recovery []string) {
	t.Helper()
	shown := b.post(t, "/profile/second-factor").want(t, http.StatusOK, "<svg", "QR code")
	secret = secretShown.FindStringSubmatch(shown.body)[1]
	uri := html.UnescapeString(regexp.MustCompile(`name="uri" value="([^"]+)"`).FindStringSubmatch(shown.body)[1])
	b.post(t, "/profile/second-factor/confirm", "uri", uri, "code", "nonsense").want(t, http.StatusUnauthorized, secret, "<svg", "problem")
	done := b.post(t, "/profile/second-factor/confirm", "uri", uri, "code", codeNow(t, s, secret)).want(t, http.StatusOK, "Your recovery codes").wantNo(t, secret)
	for _, match := range regexp.MustCompile(`<code>([a-z2-7-]{19})</code>`).FindAllStringSubmatch(done.body, -1) {
		recovery = append(recovery, match[1])
	}
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	return secret, recovery
}

func TestAPersonEnrolsASecondFactorAndSignsInWithIt(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := mustJoin(t, s, meritv1.Role_ROLE_AUDITOR, "auditor@example.test")
	secret, recovery := mustEnrol(t, s, b)
	b.get(t, "/profile/second-factor").want(t, http.StatusOK, "Enrolled since", "codes left: 10").wantNo(t, secret, recovery[0])

	again := s.anyone(t)
	in := again.post(t, "/sign-in", "email", "auditor@example.test", "password", password, "next", "/profile").want(t, http.StatusOK, "six digits")
	if !strings.HasPrefix(in.path, "/sign-in/code?next=") {
		t.Errorf("after the password the browser is at %s", in.path)
	}
	if work := again.get(t, "/work"); !strings.HasPrefix(work.path, "/sign-in?next=") {
		t.Errorf("with a password alone, /work leads to %s", work.path)
	}
	again.post(t, "/sign-in/code", "next", "/profile", "code", codeNow(t, s, secret)).
		want(t, http.StatusUnauthorized, "was used before", `value="/profile"`)
	s.Clock.Add(time.Minute)
	if arrived := again.post(t, "/sign-in/code", "next", "/profile", "code", codeNow(t, s, secret)); arrived.path != "/profile" {
		t.Errorf("after the code the browser is at %s:\n%s", arrived.path, arrived.body)
	}

	lost := s.anyone(t)
	lost.post(t, "/sign-in", "email", "auditor@example.test", "password", password).want(t, http.StatusOK, "recovery codes")
	lost.post(t, "/sign-in/code", "code", recovery[3]).want(t, http.StatusOK)
	lost.get(t, "/profile/second-factor").want(t, http.StatusOK, "codes left: 9")
	lost.post(t, "/profile/second-factor/remove", "password", password, "code", recovery[3]).want(t, http.StatusUnauthorized, "recovery code")
	lost.post(t, "/profile/second-factor/remove", "password", password, "code", recovery[4]).want(t, http.StatusOK, "The second factor is removed")
}

func TestACodeThatComesTooLateLeadsBackToThePassword(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := mustJoin(t, s, meritv1.Role_ROLE_AUDITOR, "auditor@example.test")
	secret, _ := mustEnrol(t, s, b)
	late := s.anyone(t)
	late.post(t, "/sign-in", "email", "auditor@example.test", "password", password)
	s.Clock.Add(6 * time.Minute)
	late.post(t, "/sign-in/code", "code", codeNow(t, s, secret)).want(t, http.StatusOK, "The code came too late")
	late.get(t, "/sign-in/code").want(t, http.StatusOK, "E-mail address")
}

func TestARoleThatDemandsASecondFactorOpensNothingBefore(t *testing.T) {
	s := newSite(t, servertest.New(t))
	only := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	admin := s.as(t, only)
	admin.get(t, "/admin/accounts").want(t, http.StatusOK, `href="/admin/second-factor"`)
	admin.post(t, "/admin/second-factor", "revision", "0", "role", "auditor").want(t, http.StatusOK, "Saved", `value="auditor" checked`)
	admin.post(t, "/admin/second-factor", "revision", "0", "role", "admin").want(t, http.StatusConflict, "Another administrator")

	b := mustJoinAt(t, s, only, "auditor@example.test")
	for _, path := range []string{"/work", "/profile", "/admin/audit", "/results", "/"} {
		if at := b.get(t, path); at.path != "/profile/second-factor" {
			t.Errorf("without a second factor %s leads to %s", path, at.path)
		}
	}
	mustEnrol(t, s, b)
	if at := b.get(t, "/work"); at.path != "/work" {
		t.Errorf("with a second factor /work leads to %s", at.path)
	}
}

// mustJoinAt is mustJoin for somebody whose first page is that for the second factor.
func mustJoinAt(t *testing.T, s *site, admin *servertest.Person, email string) *browser {
	t.Helper()
	link := mustInvite(t, admin, email)
	b := s.anyone(t)
	b.post(t, link, "new_password", password, "new_password_again", password).want(t, http.StatusOK)
	b.post(t, "/sign-in", "email", email, "password", password).want(t, http.StatusOK, "Your role demands a second factor")
	return b
}

func TestTwoAdministratorsTakeALostSecondFactorOfAnAuditorAway(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := mustJoin(t, s, meritv1.Role_ROLE_AUDITOR, "auditor@example.test")
	mustEnrol(t, s, b)
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	list := admin.get(t, "/admin/accounts?text=auditor@example.test").want(t, http.StatusOK, "auditor@example.test")
	account := regexp.MustCompile(`/admin/accounts/[0-9A-Z]{26}`).FindString(list.body)
	admin.get(t, account).want(t, http.StatusOK, account+"/reset-second-factor")
	admin.post(t, account+"/reset-second-factor").want(t, http.StatusOK, "Take the second factor of Demo person away.")
	b.get(t, "/work").want(t, http.StatusOK)
	second := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	second.post(t, approvalForm.FindString(second.get(t, "/admin/proposals").body)).want(t, http.StatusOK, "approved")
	if work := b.get(t, "/work"); !strings.HasPrefix(work.path, "/sign-in") {
		t.Errorf("the sessions go on: /work leads to %s", work.path)
	}
	if in := b.post(t, "/sign-in", "email", "auditor@example.test", "password", password); in.path != "/work" {
		t.Errorf("after the reset the password leads to %s", in.path)
	}
}

// TestWhatCannotBeTakenBackAsksWhoIsThere: the page keeps what was typed and goes on with the very same action.
func TestWhatCannotBeTakenBackAsksWhoIsThere(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := mustJoin(t, s, meritv1.Role_ROLE_ADMIN, "admin@example.test")
	form := []string{"name", "Second <admin>", "email", "second@example.test", "role", "admin", "letter_number", "7/2021"}
	s.Clock.Add(5 * time.Minute)
	asked := b.post(t, "/admin/accounts/invite", form...).
		want(t, http.StatusOK, "Is it you?", `action="/admin/accounts/invite"`, `name="name" value="Second &lt;admin&gt;"`, `name="letter_number" value="7/2021"`)
	typed := sent(asked)
	b.post(t, "/admin/accounts/invite", append(typed, "confirm_password", "wrong")...).
		want(t, http.StatusUnauthorized, "Is it you?", "That did not work", `value="7/2021"`).wantNo(t, `"wrong"`)
	b.post(t, "/admin/accounts/invite", append(typed, "confirm_password", password)...).
		want(t, http.StatusOK, "Second &lt;admin&gt; (second@example.test)", "Reject or withdraw")
	third := []string{"name", "Third", "email", "third@example.test", "role", "admin", "letter_number", "8/2021"}
	b.post(t, "/admin/accounts/invite", third...).want(t, http.StatusOK, "Third (third@example.test)").wantNo(t, "Is it you?")
}

// sent are the hidden fields of the form on a page.
func sent(a *answer) (pairs []string) {
	for _, match := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(a.body, -1) {
		if match[1] != "back" {
			pairs = append(pairs, match[1], html.UnescapeString(match[2]))
		}
	}
	return pairs
}

func TestSessionsAreListedAndEndedByTheirOwner(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := mustJoin(t, s, meritv1.Role_ROLE_AUDITOR, "auditor@example.test")
	var others []*browser
	for range 2 {
		other := s.anyone(t)
		other.post(t, "/sign-in", "email", "auditor@example.test", "password", password).want(t, http.StatusOK)
		others = append(others, other)
	}
	page := b.get(t, "/profile").want(t, http.StatusOK, "this one", "Go-http-client")
	ends := regexp.MustCompile(`/profile/sessions/\w{26}/end`).FindAllString(page.body, -1)
	if len(ends) != 2 {
		t.Fatalf("%d sessions can be ended, want the two others", len(ends))
	}
	b.post(t, ends[0]).want(t, http.StatusOK, "The session has ended")
	b.post(t, "/profile/sessions/end-others").want(t, http.StatusOK, "Your other sessions have ended")
	for i, other := range others {
		if work := other.get(t, "/work"); !strings.HasPrefix(work.path, "/sign-in") {
			t.Errorf("session %d goes on: /work leads to %s", i, work.path)
		}
	}
	b.get(t, "/work").want(t, http.StatusOK)
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	stranger.post(t, ends[0]).want(t, http.StatusNotFound)
}

func TestATokenIsLimitedOnItsPage(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	b.post(t, "/profile/tokens", "name", "copy", "valid_days", "30", "agency_id", "99.99").
		want(t, http.StatusUnprocessableEntity, "No agency has this code", `id="agency_id-error"`)
	b.post(t, "/profile/tokens", "name", "copy", "valid_days", "30", "read_only", "1", "service", "ResultService").
		want(t, http.StatusOK, "never again", "<td>reads only ResultService")
}
