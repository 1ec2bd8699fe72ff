package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// mustLink is the one-time link that a page shows, below the site's address.
func mustLink(t *testing.T, s *site, a *answer) string {
	t.Helper()
	found := regexp.MustCompile(`value="(http[^"]*/link/[^"]+)"`).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("no link is shown:\n%s", a.body)
	}
	return strings.TrimPrefix(html.UnescapeString(found[1]), s.url)
}

func TestAnAdministratorInvitesAndThePersonSetsAPassword(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.01", Name: "Kabupaten Demo Timur"})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	admin.get(t, "/admin/accounts/invite").want(t, http.StatusOK, "award committee", "Agency")

	form := []string{"name", "Demo person", "email", "person@example.test", "role", "operator", "agency_id", "91.01 · Kabupaten Demo Timur", "request_id", "r1"}
	invited := admin.post(t, "/admin/accounts/invite", form...).want(t, http.StatusOK, "never again")
	s.anyone(t).get(t, mustLink(t, s, invited)).want(t, http.StatusOK, "Set your password")
	admin.post(t, "/admin/accounts/invite", form...).
		want(t, http.StatusOK, "Demo person", "operator, Kabupaten Demo Timur").
		wantNo(t, "/link/") // the same request once more: the secret was shown once
	admin.get(t, "/admin/accounts?text=PERSON@&role=operator&agency=Demo+Timur").want(t, http.StatusOK, "Demo person", "invited")
	admin.get(t, "/admin/accounts?text=nobody").want(t, http.StatusOK, "Nobody is found")
}

func TestARefusedInvitationKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Name: "Kabupaten Kembar Utara"})
	s.MustAgency(t, store.Agency{Name: "Kabupaten Kembar Selatan"})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	for name, test := range map[string]struct{ role, agency, email, want string }{
		"without a role":           {"", "", "x@example.test", "Choose a role"},
		"without its agency":       {"operator", "", "x@example.test", "needs an agency"},
		"of an unknown agency":     {"operator", "99.99", "x@example.test", "No agency has this code or name: 99.99"},
		"of one of two agencies":   {"operator", "kembar", "x@example.test", "More than one agency"},
		"with a malformed address": {"auditor", "", "nobody", "email"},
	} {
		t.Run(name, func(t *testing.T) {
			admin.post(t, "/admin/accounts/invite", "name", "Demo typed", "email", test.email, "role", test.role, "agency_id", test.agency).
				want(t, http.StatusUnprocessableEntity, test.want, `value="Demo typed"`, "has-error")
		})
	}
}

func TestAnAgencyAdministratorInvitesForTheOwnAgencyOnly(t *testing.T) {
	s := newSite(t, servertest.New(t))
	own, other := s.MustAgency(t, store.Agency{Name: "Kota Sendiri"}), s.MustAgency(t, store.Agency{Name: "Kota Lain", Code: "91.71"})
	stranger := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, other)
	b := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, own))
	b.get(t, "/admin/accounts/invite").want(t, http.StatusOK, "Kota Sendiri", "approver").wantNo(t, "commissioner", `name="agency_id"`)
	b.post(t, "/admin/accounts/invite", "name", "Demo colleague", "email", "colleague@example.test", "role", "contributor", "agency_id", "91.71").
		want(t, http.StatusOK, "never again")
	b.get(t, "/admin/accounts").want(t, http.StatusOK, "Demo colleague", "contributor, Kota Sendiri").wantNo(t, stranger.Email)
	b.post(t, "/admin/accounts/invite", "name", "Demo lead", "email", "lead@example.test", "role", "lead-verifier").
		want(t, http.StatusForbidden, "own agency only")
	b.get(t, "/admin/accounts/"+stranger.AccountID).want(t, http.StatusNotFound)
	b.post(t, "/admin/accounts/"+stranger.AccountID+"/deactivate", "reason", "demo").want(t, http.StatusNotFound)
	b.post(t, "/admin/accounts/"+stranger.AccountID+"/reset").want(t, http.StatusNotFound)
	s.as(t, stranger).get(t, "/admin/accounts/invite").want(t, http.StatusForbidden)
	s.anyone(t).get(t, "/admin/accounts").want(t, http.StatusOK, "Sign in")
}

func TestARoleIsGivenAndEndedOnThePageOfAPerson(t *testing.T) {
	s := newSite(t, servertest.New(t))
	agency := s.MustAgency(t, store.Agency{Code: "91.02", Name: "Kabupaten Demo Barat"})
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/accounts/" + person.AccountID
	admin.post(t, at+"/grant", "role", "approver", "agency_id", "91.02", "valid_from", "2021-03-01", "valid_until", "2021-02-01").
		want(t, http.StatusUnprocessableEntity, "before the first day", `value="2021-03-01"`)
	admin.post(t, at+"/grant", "role", "approver", "agency_id", "91.02", "letter_number", "800/12/2021").
		want(t, http.StatusOK, "The role is given", "approver, Kabupaten Demo Barat", "800/12/2021")

	end := at + "/end/" + person.MembershipID
	admin.get(t, end).want(t, http.StatusOK, "End a membership", "operator, Kabupaten Demo Barat")
	admin.post(t, end, "reason", "").want(t, http.StatusUnprocessableEntity, "has-error")
	admin.post(t, end, "reason", "moved to another office").want(t, http.StatusOK, "The membership has ended", "moved to another office")
	admin.get(t, at+"/end/01ARZ3NDEKTSV4RRFFQ69G5FAV").want(t, http.StatusNotFound)
}

func TestADeactivatedPersonIsOut(t *testing.T) {
	s := newSite(t, servertest.New(t))
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	administrator := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	admin, at := s.as(t, administrator), "/admin/accounts/"+person.AccountID
	first := admin.post(t, at+"/reset").want(t, http.StatusOK, person.Email)
	again := admin.post(t, at+"/reset").want(t, http.StatusOK, person.Email)
	if mustLink(t, s, first) == mustLink(t, s, again) {
		t.Error("another reset hands out the same link")
	}
	admin.post(t, at+"/deactivate", "reason", "retired").want(t, http.StatusOK, "The account is deactivated", "invite the e-mail address once more")
	s.as(t, person).get(t, "/profile").want(t, http.StatusOK, "Sign in")
	admin.get(t, "/admin/accounts").wantNo(t, person.Email)
	admin.get(t, "/admin/accounts?deactivated=1").want(t, http.StatusOK, person.Email)
	admin.post(t, "/admin/accounts/"+administrator.AccountID+"/deactivate", "reason", "demo").
		want(t, http.StatusConflict, "last administrator")
}

func TestManyAreInvitedAfterAPreview(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.03", Name: "Kabupaten Demo Selatan"})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/accounts/import"
	admin.send(t, at, "people.csv", "name,email,role,agency\nDemo one,one@example.test,operator,91.03\nDemo two,two@example.test,king,91.99\n").
		want(t, http.StatusUnprocessableEntity, "Nothing was stored because the file has", `<td class="n">3</td><td>role</td>`, "king")
	admin.post(t, at).want(t, http.StatusUnprocessableEntity, "Choose a file")

	preview := admin.send(t, at, "people.csv", "name;email;role;agency\r\nDemo one;one@example.test;operator;91.03\r\nDemo \"two\";two@example.test;auditor;\r\n").
		want(t, http.StatusUnprocessableEntity, "quotation mark")
	if strings.Contains(preview.body, `name="apply"`) {
		t.Error("a file with mistakes can be applied")
	}
	preview = admin.send(t, at, "people.csv", "name;email;role;agency\r\nDemo one;one@example.test;operator;91.03\r\nDemo two;two@example.test;auditor;\r\n").
		want(t, http.StatusOK, "Nothing is stored yet", "operator, Kabupaten Demo Selatan", "Invite 2 people")
	admin.get(t, "/admin/accounts").wantNo(t, "Demo one")
	applied := admin.post(t, at, "apply", "1", "request_id", preview.hidden(t, "request_id"), "csv", preview.hidden(t, "csv")).
		want(t, http.StatusOK, "one@example.test", "two@example.test")
	s.anyone(t).get(t, mustLink(t, s, applied)).want(t, http.StatusOK, "Set your password")
	admin.get(t, "/admin/accounts").want(t, http.StatusOK, "Demo one", "Demo two")
}

func TestAgenciesAreSuggested(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.04", Name: "Kabupaten Demo Tengah"})
	s.anyone(t).get(t, "/find/agencies?text=tengah").want(t, http.StatusOK, `["91.04 · Kabupaten Demo Tengah"]`)
	s.anyone(t).get(t, "/find/agencies?text=nowhere").want(t, http.StatusOK, `[]`)
}
