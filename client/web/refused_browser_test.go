package web_test

import (
	"testing"

	"github.com/meritindex/merit/client/web/browsertest"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// TestARefusedFormIsAccessible sends forms with nothing in them, past the browser's own checks: the page that says what is
// wrong is seen only then.
func TestARefusedFormIsAccessible(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	verified := y.MustInVerification(t, store.Agency{}, yeartest.All(2))
	admin := y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	sheet, desk := "/assessments/"+c.AssessmentID, "/verification/"+verified.AssessmentID
	b := browsertest.New(t)
	for _, person := range []struct {
		*servertest.Person
		forms map[string][]string // what the forms are sent to, by page
	}{
		{c.Operator, map[string][]string{
			sheet + "/evidence": {"/evidence", "/evidence/link"}, "/profile": {"/profile/password"}, "/profile/tokens": {"/profile/tokens"},
			sheet + "/assignments": {"/assignments"}, sheet + "/workbook": {"/workbook"},
		}},
		{y.Verifier, map[string][]string{desk + "/items/1.1": {"/items/1.1"}, desk + "/ask": {"/ask"}, "/profile/interests": {"/profile/interests"}}},
		{y.Commissioners[0], map[string][]string{"/plenary/new": {"/plenary/new"}}},
		{admin, map[string][]string{
			"/admin/accounts/invite": {"/admin/accounts/invite"}, "/admin/cycles/new": {"/admin/cycles/new"},
			"/admin/agencies/import": {"/admin/agencies/import"},
		}},
	} {
		tab := s.tabAs(t, b, person.Person)
		for page, forms := range person.forms {
			for _, action := range forms {
				tab.Go(page).Run(`(() => { const form = document.querySelector('main form[method="post"][action$="` + action + `"]');
					for (const field of form.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), textarea")) field.value = "";
					setTimeout(() => form.submit()); })()`)
				tab.Wait(`document.readyState == "complete" && document.querySelector("main .problem")`).Accessible()
			}
		}
	}
}
