package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// office is a site in the middle of a year.
type office struct {
	*yeartest.Year
	site *site
}

func newOffice(t *testing.T) *office {
	t.Helper()
	s := newSite(t, servertest.New(t))
	return &office{yeartest.MustBegin(t, s.Server, yeartest.Setup{}), s}
}

func (o *office) as(t *testing.T, p *servertest.Person) *browser {
	t.Helper()
	return o.site.as(t, p)
}

func (o *office) revision(t *testing.T, c *yeartest.Case) string {
	t.Helper()
	return strconv.FormatInt(o.Revision(t, c), 10)
}

func TestALeadVerifierAssignsAndTheVerifierStarts(t *testing.T) {
	o := newOffice(t)
	c := o.MustSubmitted(t, store.Agency{Name: "Kabupaten Contoh"}, yeartest.All(3))
	lead, verifier := o.as(t, o.Lead), o.as(t, o.Verifier)
	lead.get(t, "/verification?verifier=none").want(t, http.StatusOK, "Kabupaten Contoh", "Without a verifier: 1")
	lead.get(t, "/verification/"+c.AssessmentID+"/assign").want(t, http.StatusOK, "suggested")
	lead.post(t, "/verification/"+c.AssessmentID+"/assign", "verifier", o.Verifier.AccountID).want(t, http.StatusOK, "The verifier is assigned.")
	verifier.get(t, "/verification").want(t, http.StatusOK, "Kabupaten Contoh")
	verifier.get(t, "/verification?text=kota").wantNo(t, "Kabupaten Contoh")
	o.Phase(t, calendar.Verification)
	verifier.post(t, "/verification/"+c.AssessmentID+"/start", "revision", o.revision(t, c)).want(t, http.StatusOK, "Verification has begun.", "Go on at item 1.1")
}

func TestAVerifierWhoIsTiedToTheAgencyIsMarkedAndRefused(t *testing.T) {
	o := newOffice(t)
	c := o.MustSubmitted(t, store.Agency{}, yeartest.All(3))
	tied := o.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
	servertest.Must(meritv1.NewAccountServiceClient(tied).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{AgencyId: c.AgencyID, Relation: "demo"}))(t)
	lead, page := o.as(t, o.Lead), "/verification/"+c.AssessmentID+"/assign"
	lead.get(t, page).want(t, http.StatusOK, `value="`+tied.AccountID+`" disabled`, "tied to this agency").
		wantNo(t, `value="`+o.Verifier.AccountID+`" disabled`)
	lead.post(t, page, "verifier", tied.AccountID).want(t, http.StatusForbidden, "belongs or belonged to")
}

func TestManySheetsAreAssignedByRegionAndLoad(t *testing.T) {
	o := newOffice(t)
	a, b := o.MustSubmitted(t, store.Agency{}, yeartest.All(3)), o.MustSubmitted(t, store.Agency{}, yeartest.All(3))
	o.as(t, o.Lead).post(t, "/verification/assign", "assessment", a.AssessmentID, "assessment", b.AssessmentID, "back", "/verification").
		want(t, http.StatusOK, "The verifier is assigned.", "Without a verifier: 0")
}

func TestAnIncompleteSheetGoesBackWithAReason(t *testing.T) {
	o := newOffice(t)
	c := o.MustSubmitted(t, store.Agency{}, yeartest.All(3))
	lead := o.as(t, o.Lead)
	lead.post(t, "/verification/"+c.AssessmentID+"/return", "revision", "999", "reason", "Lampiran kurang").
		want(t, http.StatusConflict, "changed since you read it", "Lampiran kurang")
	lead.post(t, "/verification/"+c.AssessmentID+"/return", "revision", o.revision(t, c), "reason", "Lampiran kurang").
		want(t, http.StatusOK, "back with its agency")
}

func TestADecisionGoesOnToTheNextOpenItem(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.as(t, o.Verifier), "/verification/"+c.AssessmentID+"/items/"
	desk.get(t, path+"1.1").want(t, http.StatusOK, "Verified level", `data-next="`+path+`1.2"`)
	next := desk.post(t, path+"1.1", "answer", "3", "sequence", "0").want(t, http.StatusOK, "Saved.", "1 of 38 decided")
	if !strings.HasPrefix(next.path, path+"1.2") {
		t.Errorf("the desk went on to %s", next.path)
	}
}

func TestADecisionThatDiffersNeedsAReasonAndNothingTypedIsLost(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.as(t, o.Verifier), "/verification/"+c.AssessmentID+"/items/1.1"
	desk.post(t, path, "answer", "2", "sequence", "0").want(t, http.StatusUnprocessableEntity, "needs a reason", `value="2" data-key="2" checked`)
	desk.post(t, path, "answer", "2", "sequence", "7", "reason", "Ditulis dengan susah payah").
		want(t, http.StatusConflict, "was decided since you read it", "Ditulis dengan susah payah")
	desk.post(t, path, "answer", "not-proven", "sequence", "0", "reason", "Bukti tidak terbaca").want(t, http.StatusOK, "Saved.")
	desk.get(t, "/verification/"+c.AssessmentID+"/differences").want(t, http.StatusOK, "Not proven", "Bukti tidak terbaca")
}

func TestAReadyPhraseIsPutIntoTheReasonAndNothingIsDecided(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.as(t, o.Verifier), "/verification/"+c.AssessmentID+"/items/1.1"
	desk.post(t, path, "phrase", "6", "answer", "2", "reason", "Halaman 4:").want(t, http.StatusOK, "Halaman 4: No evidence was attached.", "0 of 38 decided")
}

// TestTheScriptOfTheDeskHearsWhatBecameOfADecision: it asks for JSON and otherwise sends the same form.
func TestTheScriptOfTheDeskHearsWhatBecameOfADecision(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.as(t, o.Verifier), "/verification/"+c.AssessmentID+"/items/1.1"
	saved := desk.script(t, path, http.StatusOK, url.Values{"answer": {"3"}, "sequence": {"0"}})
	if want := "/verification/" + c.AssessmentID + "/items/1.2?said=saved"; saved["next"] != want {
		t.Errorf("saved: %v, want the way to %s", saved, want)
	}
	refused := desk.script(t, path, http.StatusConflict, url.Values{"answer": {"1"}, "sequence": {"0"}, "reason": {"lain"}})
	if refused["sequence"] != 1.0 || refused["stands"] != "Level 3: " {
		t.Errorf("refused: %v, want what stands now, so that it can be replaced knowingly", refused)
	}
	colleague := o.as(t, o.MustAccount(t, meritv1.Role_ROLE_VERIFIER, ""))
	told := colleague.script(t, path, http.StatusForbidden, url.Values{"answer": {"3"}, "sequence": {"1"}})
	if message, _ := told["message"].(string); !strings.Contains(message, "not assigned to you") {
		t.Errorf("a colleague is told %v", told)
	}
}

func (b *browser) script(t *testing.T, path string, status int, form url.Values) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%d %s %v, want %d", resp.StatusCode, body, err, status)
	}
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

func TestARoundAsksAboutTheItemsThatHaveAQuestion(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.as(t, o.Verifier), "/verification/"+c.AssessmentID
	desk.get(t, path+"/ask?item=3.3").want(t, http.StatusOK, "Write a question")
	desk.post(t, path+"/ask", "kind", "1", "last_day", "2020-01-01", "question.3.3", "Jabatan mana?").
		want(t, http.StatusUnprocessableEntity, "is over", "Jabatan mana?")
	opened := desk.post(t, path+"/ask", "kind", "1", "last_day", "2021-12-01", "question.3.3", "Jabatan mana?", "question.1.1", " ").
		want(t, http.StatusOK, "The round is open.", "Round 1: clarification", "Jabatan mana?", "No answer yet.")
	desk.get(t, path+"/items/3.3").want(t, http.StatusOK, "Jabatan mana?")
	form := regexp.MustCompile(`action="([^"]*/rounds/[^"]*/close)"><input type="hidden" name="revision" value="(\d+)"`).FindStringSubmatch(opened.body)
	desk.post(t, form[1], "revision", form[2]).want(t, http.StatusOK, "The round is closed.")
}

func TestTheLeadSeesWhatIsUndecidedAndSignsOffTheRest(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	lead, path := o.as(t, o.Lead), "/verification/"+c.AssessmentID
	lead.get(t, path).want(t, http.StatusOK, "Not decided yet: 38", path+"/items/8.1")
	o.MustDecide(t, c, yeartest.All(3))
	lead.post(t, path+"/complete", "revision", o.revision(t, c), "minutes_number", "BA-1/2021").
		want(t, http.StatusOK, "verification is complete", "verified")
}

func TestStatisticsOfACycleAreShownBesideTheColleagues(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	o.MustDecide(t, c, yeartest.Levels{"1.1": 1, "1.2": 3})
	o.as(t, o.Lead).get(t, "/verification/statistics").want(t, http.StatusOK, "Demo VERIFIER", "−1</strong>")
}

// TestTheDeskIsTheAssessors: an agency's people have no such page, and a verifier of another region finds no sheet.
func TestTheDeskIsTheAssessors(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{Region: "I"}, yeartest.All(3))
	for name, test := range map[string]struct {
		person *servertest.Person
		want   int
	}{
		"the agency's operator":             {c.Operator, http.StatusForbidden},
		"a verifier of another region":      {o.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II"), http.StatusNotFound},
		"an administrator":                  {o.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), http.StatusForbidden},
		"the verifier in charge themselves": {o.Verifier, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			o.as(t, test.person).get(t, "/verification/"+c.AssessmentID+"/items/1.1").want(t, test.want)
		})
	}
	o.site.anyone(t).get(t, "/verification").want(t, http.StatusOK, "Sign in")
}
