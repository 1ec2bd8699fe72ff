package web_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// mustAssign assigns items to a new contributor of the agency.
func mustAssign(t *testing.T, y *yeartest.Year, c *yeartest.Case, items ...string) *servertest.Person {
	t.Helper()
	contributor := y.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID)
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
		AssessmentId: c.AssessmentID, Items: items, AccountId: contributor.AccountID,
	}))(t)
	return contributor
}

func TestTheQuestionnaireSavesAnItemAndGoesOnWithoutScript(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	operator, items := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/items"
	first := operator.get(t, items).want(t, http.StatusOK, "Job map and five-year staffing needs plan", "item 1 of 38", "7.5 points", "Evidence that fits", "0/4")
	if first.path != items+"/1.1" {
		t.Errorf("the questionnaire begins at %s", first.path)
	}
	next := operator.post(t, items+"/1.1", "level", "3", "note", "In force.\r\nSince May.", "sequence", "0", "go", "1.2").
		want(t, http.StatusOK, "The answer is saved", "item 2 of 38", "1/4", ">7.5<")
	if next.path != items+"/1.2?said=answer-saved" {
		t.Errorf("after saving the browser is at %s", next.path)
	}
	operator.get(t, items+"/1.1").want(t, http.StatusOK, `value="3" checked`, "In force.\nSince May.", `name="sequence" value="1"`)
	operator.post(t, items+"/1.1", "clear", "yes", "level", "3", "sequence", "1").want(t, http.StatusOK, "0/4")

	operator.post(t, items+"/1.1", "level", "9", "note", "typed", "sequence", "2").want(t, http.StatusUnprocessableEntity, "off the scale", ">typed</textarea>")
	operator.post(t, items+"/1.1", "level", "three", "sequence", "2").want(t, http.StatusUnprocessableEntity)
	operator.get(t, items+"/9.9").want(t, http.StatusNotFound)
	stranger := s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator)
	stranger.get(t, items+"/1.1").want(t, http.StatusNotFound)
	stranger.post(t, items+"/1.1", "level", "3", "sequence", "2").want(t, http.StatusNotFound)
}

func TestWhoAnswersAfterSomebodyElseSeesBothVersionsAndChooses(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 2})
	page := "/assessments/" + c.AssessmentID + "/items/1.1"
	approver := s.as(t, c.Approver)
	stale := approver.post(t, page, "level", "4", "note", "mine", "sequence", "0").
		want(t, http.StatusConflict, "Somebody else changed this item meanwhile", "Level 2", `value="4" checked`, ">mine</textarea>", `name="sequence" value="1"`)
	if !strings.Contains(stale.body, "take theirs") {
		t.Error("there is no way to take the other version")
	}
	approver.post(t, page, "level", "4", "note", "mine", "sequence", "1").want(t, http.StatusOK, "The answer is saved")
}

func TestContributorsComeFirstToWhatIsAssignedToThemAndReadTheRest(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	contributor := s.as(t, mustAssign(t, y, c, "2.1", "3.4"))
	base := "/assessments/" + c.AssessmentID
	contributor.get(t, base).want(t, http.StatusOK, "Assigned to you", base+"/items/2.1", "waits")
	if at := contributor.get(t, base+"/items").want(t, http.StatusOK, "Assigned to you", "Save and go on"); at.path != base+"/items/2.1" {
		t.Errorf("a contributor begins at %s", at.path)
	}
	contributor.get(t, base+"/items/1.1").want(t, http.StatusOK, "not assigned to you").wantNo(t, `id="answer"`)
	contributor.post(t, base+"/items/1.1", "level", "3", "sequence", "0").want(t, http.StatusForbidden)
	auditor := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	auditor.get(t, base+"/items/1.1").want(t, http.StatusOK, "You may read this sheet").wantNo(t, `id="answer"`)
}

func TestASubmittedSheetIsShownLocked(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustSubmitted(t, store.Agency{}, yeartest.All(3))
	s.as(t, c.Operator).get(t, "/assessments/"+c.AssessmentID+"/items/1.1").
		want(t, http.StatusOK, "submitted and locked", "Level 3").wantNo(t, `id="answer"`)
}

func TestItemsThatDoNotApplySayWhy(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{InstrumentID: "panrb-2026"})
	c := y.MustDraft(t, store.Agency{}, nil)
	operator, items := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/items/"
	operator.get(t, items+"6.4.2").want(t, http.StatusOK, `id="answer"`)
	operator.post(t, items+"6.4.2.0", "choice", "tidak", "sequence", "0").want(t, http.StatusOK, `value="tidak" checked`, "The answer is saved")
	operator.get(t, items+"6.4.2").want(t, http.StatusOK, "does not apply after the answer to item 6.4.2.0").wantNo(t, `id="answer"`)
	operator.get(t, items+"1.1").want(t, http.StatusOK, "no total and no categories yet", ", does not apply")
}

func TestTheProfileOfTheAgencyIsAPageOfItsOwn(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{InstrumentID: "panrb-2026"})
	c := y.MustDraft(t, store.Agency{}, nil)
	operator, page := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/items/profile"
	operator.get(t, page).want(t, http.StatusOK, "never scored", "asked only after").wantNo(t, `name="profile.tahun" type="text"`)
	operator.post(t, page, "profile.pernah_menerima", "ya", "profile.pernah_menerima.sequence", "0").want(t, http.StatusOK, "Saved.", "Cite a file")
	operator.post(t, page, "profile.pernah_menerima", "ya", "profile.tahun", "last year", "profile.tahun.sequence", "0").
		want(t, http.StatusUnprocessableEntity, "a year of four digits", `value="last year"`, `id="profile.tahun-error"`)
	operator.post(t, page, "profile.pernah_menerima", "ya", "profile.tahun", "2020", "profile.tahun.sequence", "0").want(t, http.StatusOK, `value="2020"`)
	if at := operator.get(t, strings.TrimSuffix(page, "profile")+"profile.tahun"); at.path != page {
		t.Errorf("the address of a field leads to %s", at.path)
	}
}

// inPlace saves an answer as the script does.
func inPlace(t *testing.T, b *browser, c *yeartest.Case, item string, pairs ...string) (*answer, map[string]any) {
	t.Helper()
	a := b.post(t, "/assessments/"+c.AssessmentID+"/items/"+item+"/save", pairs...)
	var reply map[string]any
	if err := json.Unmarshal([]byte(a.body), &reply); err != nil {
		t.Fatalf("%s answered no JSON: %v\n%s", a.path, err, a.body)
	}
	return a, reply
}

func TestAnAnswerSavedInPlaceComesBackWithTheScore(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	operator := s.as(t, c.Operator)
	a, reply := inPlace(t, operator, c, "1.1", "level", "3", "note", "", "sequence", "0", "request_id", "one")
	a.want(t, http.StatusOK, `"level":"3"`, `"sequence":1`, `"at":"10:00"`, `{"aspect":"1","answered":1,"applicable":4}`)
	if html := reply["score"].(string); !strings.Contains(html, "<dd>7.5</dd>") {
		t.Errorf("the score is\n%s", html)
	}
	again, _ := inPlace(t, operator, c, "1.1", "level", "3", "note", "", "sequence", "0", "request_id", "one")
	again.want(t, http.StatusOK, `"sequence":1`) // what was sent again counts once

	stale, _ := inPlace(t, s.as(t, c.Approver), c, "1.1", "level", "4", "note", "", "sequence", "0")
	stale.want(t, http.StatusConflict, `"stored":{"item":"1.1","level":"3"`, `"text":"Level 3"`, `"by":"Demo OPERATOR"`)
	out, _ := inPlace(t, s.anyone(t), c, "1.1", "level", "4", "sequence", "1")
	out.want(t, http.StatusUnauthorized, `"signIn":true`)
	far, _ := inPlace(t, s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator), c, "1.1", "level", "4", "sequence", "1")
	far.want(t, http.StatusNotFound, `"message":"`)
}

func TestTheAnswersOfColleaguesAppear(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.2": 2})
	operator := s.as(t, c.Operator)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/assessments/"+c.AssessmentID+"/events?"+url.Values{"item": {"1.2"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := operator.Do(req) // the transport asks for gzip by itself, as browsers do
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" || resp.Uncompressed {
		t.Fatalf("the stream is %s, compressed: %t", kind, resp.Uncompressed)
	}
	lines := bufio.NewScanner(resp.Body)
	wantEvent(t, lines, `"item":"1.2"`, `"level":"2"`, `"sequence":1`)
	inPlace(t, s.as(t, c.Approver), c, "1.2", "level", "4", "note", "", "sequence", "1")
	wantEvent(t, lines, `"item":"1.2"`, `"level":"4"`, `"by":"Demo APPROVER"`, "<dd>10</dd>")

	stranger := s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator)
	stranger.get(t, "/assessments/"+c.AssessmentID+"/events").want(t, http.StatusNotFound)
}

// wantEvent reads the next event and checks that every text stands in it.
func wantEvent(t *testing.T, lines *bufio.Scanner, texts ...string) {
	t.Helper()
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(data)
		for _, text := range texts {
			if !strings.Contains(plain, text) {
				t.Errorf("the event does not say %q: %s", text, plain)
			}
		}
		return
	}
	t.Fatalf("the stream ended: %v", lines.Err())
}
