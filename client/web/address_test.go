package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// TestWhatIsNoIDIsNobodysAddress: as an id that no record has.
func TestWhatIsNoIDIsNobodysAddress(t *testing.T) {
	s := newSite(t, servertest.New(t))
	b := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_LEAD_VERIFIER, ""))
	const id = "01EXDRGQW03RHR0HXFB1SZRF3F"
	for _, path := range []string{
		"/evidence/x", "/evidence/x/preview", "/evidence/x/download", "/assessments/x", "/assessments/x/minutes.pdf",
		"/assessments/x/items/1.1", "/assessments/x/evidence.zip", "/assessments/x/workbook.xlsx", "/assessments/x/events",
		"/assessments/" + id + "/documents/x", "/verification/x", "/verification/x/items/1.1", "/plenary/x", "/plenary/" + id + "/agenda/x",
		"/plenary/x/minutes.pdf", "/awards/x", "/awards/x/certificates/" + id + ".pdf", "/awards/" + id + "/certificates/x.pdf",
		"/admin/accounts/x", "/admin/agencies/x", "/admin/cycles/x", "/admin/cycles/x/extend", "/admin/accounts/" + id + "/end/x",
		"/admin/instruments/x", "/agencies/x", "/agencies/x/2021", "/uploads/x",
	} {
		b.get(t, path).want(t, http.StatusNotFound)
	}
	for _, path := range []string{
		"/evidence/x/withdraw", "/citations/x/remove", "/verification/x/rounds/" + id + "/close", "/verification/" + id + "/rounds/x/close",
		"/assessments/" + id + "/clarifications/x/close", "/assessments/" + id + "/plan/x", "/profile/tokens/x/revoke", "/uploads/x/finish",
	} {
		b.post(t, path).want(t, http.StatusNotFound)
	}
}

// postFrom sends a form as from a page of the site; from none when it is empty, as browsers do that keep it to themselves.
func (b *browser) postFrom(t *testing.T, from, path string, form url.Values) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if from != "" {
		req.Header.Set("Referer", b.site.url+from)
	}
	return b.do(t, req)
}

// TestAfterAFormIsRefusedTheLanguageIsChangedOnThePageOfTheForm: what it was sent to may be no page.
func TestAfterAFormIsRefusedTheLanguageIsChangedOnThePageOfTheForm(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	id := mustEvidence(t, c.Operator, "decree.pdf", files["decree.pdf"])
	b, sheet := s.as(t, c.Operator), "/assessments/"+c.AssessmentID
	wrong := url.Values{"evidence": {id}, "item": {"9.9"}, "revision": {"7"}}
	for _, test := range []struct{ name, from, path, page string }{
		{"where it was", sheet + "/evidence?item=1.2&said=cited", sheet + "/evidence/cite", sheet + "/evidence?item=1.2"},
		{"refused twice", sheet + "/evidence/cite", sheet + "/evidence/cite", sheet + "/evidence"},
		{"a link", "", sheet + "/evidence/link", sheet + "/evidence"},
		{"a withdrawal", "", "/evidence/" + id + "/withdraw", "/evidence/" + id},
		{"a workbook", "", sheet + "/workbook/apply", sheet + "/workbook"},
		{"a submission", "", sheet + "/submit", sheet + "/submit"},
		{"a citation that is not there", "", "/citations/" + c.AssessmentID + "/remove", "/"},
		{"a password", "", "/profile/password", "/profile"},
	} {
		got := b.postFrom(t, test.from, test.path, wrong)
		if got.status < 400 || !strings.Contains(got.body, `name="back" value="`+test.page+`"`) {
			t.Errorf("%s: %s, status %d, does not lead back to %s:\n%s", test.name, test.path, got.status, test.page, got.body)
		}
		b.get(t, test.page).want(t, http.StatusOK)
	}
	signedOut := s.anyone(t).postFrom(t, sheet+"/evidence?item=1.2", sheet+"/evidence/cite", wrong)
	if want := "/sign-in?next=" + url.QueryEscape(sheet+"/evidence?item=1.2"); signedOut.path != want {
		t.Errorf("who has to sign in first is led to %s, want %s", signedOut.path, want)
	}
}

// TestAConflictOfInterestIsSaidOnThePageOfTheForm: who has it reads the page, and finds why it was refused and what to do.
func TestAConflictOfInterestIsSaidOnThePageOfTheForm(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustInVerification(t, store.Agency{}, yeartest.All(2))
	servertest.Must(meritv1.NewAccountServiceClient(y.Verifier).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{
		AgencyId: c.AgencyID, Relation: "employee", FromDate: "2019-01-01",
	}))(t)
	desk := "/verification/" + c.AssessmentID + "/items/1.1"
	s.as(t, y.Verifier).post(t, desk, "answer", "1", "reason", "half of it", "sequence", "0").
		want(t, http.StatusForbidden, "Verified level", ">half of it</textarea>", "belong")

	done := y.MustVerified(t, store.Agency{}, yeartest.All(2), nil)
	session := y.MustOpenSession(t, done)
	y.MustAttend(t, session, y.Commissioners...)
	servertest.Must(meritv1.NewAccountServiceClient(y.Commissioners[0]).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{
		AgencyId: done.AgencyID, Relation: "employee", FromDate: "2019-01-01",
	}))(t)
	s.as(t, y.Commissioners[0]).post(t, "/plenary/"+session.ID+"/agenda/"+done.AssessmentID+"/vote", "vote", "in-favour").
		want(t, http.StatusForbidden, "stand aside", "<h1>Kabupaten")
}
