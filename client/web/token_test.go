package web_test

import (
	"net/http"
	"regexp"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestATokenIsShownOnceAndWorksUntilItIsRevoked(t *testing.T) {
	s := newSite(t, servertest.New(t))
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{Name: "Kota Demo"}))
	b := s.as(t, person)
	b.post(t, "/profile/tokens", "name", "", "valid_days", "30").want(t, http.StatusUnprocessableEntity, "has-error", `value="30"`)
	b.post(t, "/profile/tokens", "name", "nightly copy", "valid_days", "999").want(t, http.StatusUnprocessableEntity, `value="nightly copy"`)
	made := b.post(t, "/profile/tokens", "name", "nightly copy", "valid_days", "30", "membership_id", person.MembershipID).
		want(t, http.StatusOK, "never again", "nightly copy", "operator, Kota Demo", "3 March 2021")
	secret := regexp.MustCompile(`id="token-secret" class="code" value="([^"]+)"`).FindStringSubmatch(made.body)[1]
	list := b.get(t, "/profile/tokens").want(t, http.StatusOK, "nightly copy", "never").wantNo(t, secret)

	whoAmI := func() error {
		_, err := meritv1.NewAccountServiceClient(s.Bearer(secret)).WhoAmI(t.Context(), &meritv1.WhoAmIRequest{})
		return err
	}
	if err := whoAmI(); err != nil {
		t.Errorf("the token does not work: %v", err)
	}
	revoke := regexp.MustCompile(`/profile/tokens/\w+/revoke`).FindString(list.body)
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).post(t, revoke).want(t, http.StatusNotFound)
	b.post(t, revoke).want(t, http.StatusOK, "The token is revoked").wantNo(t, revoke)
	if whoAmI() == nil {
		t.Error("a revoked token works")
	}
	s.anyone(t).get(t, "/profile/tokens").want(t, http.StatusOK, "Sign in")
}

func TestAnInterestIsDeclared(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Name: "Kabupaten Asal", Code: "91.10"})
	verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
	b := s.as(t, verifier)
	b.post(t, "/profile/interests", "agency_id", "91.99", "relation", "was born there").
		want(t, http.StatusUnprocessableEntity, "No agency has this code", "was born there")
	b.post(t, "/profile/interests", "agency_id", "91.10", "relation", "head of section", "from_date", "2019-01-01", "until_date", "2018-01-01").
		want(t, http.StatusUnprocessableEntity, `id="until_date-error"`)
	b.post(t, "/profile/interests", "agency_id", "91.10", "relation", "head of section", "from_date", "2015-01-01", "until_date", "2018-01-01").
		want(t, http.StatusOK, "Your declaration is recorded", "Kabupaten Asal", "head of section", "1 January 2018")
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).get(t, "/admin/accounts/"+verifier.AccountID).
		want(t, http.StatusOK, "Declared interests", "head of section")
}
