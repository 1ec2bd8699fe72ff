package web_test

import (
	"html"
	"net/http"
	"regexp"
	"testing"

	"github.com/meritindex/merit/client/web/browsertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestWhatIfShowsTheScoreAndStoresNothing(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.All(3))
	operator, page := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/simulate"
	operator.get(t, page).want(t, http.StatusOK, "With 0 changes", ">307.5<", "To Sangat Baik")
	operator.get(t, page+"?try.1.1=4&try.1.2=").want(t, http.StatusOK, "With 1 change", ">310<", `value="4" selected`, `id="row-1.1" class="changed"`)
	operator.get(t, "/assessments/"+c.AssessmentID).want(t, http.StatusOK, ">307.5<").wantNo(t, ">310<")
	operator.get(t, page+"?try.1.1=9").want(t, http.StatusUnprocessableEntity, "off the scale", ">307.5<")
	s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator).get(t, page).want(t, http.StatusNotFound)
	mean := yeartest.MustBegin(t, s.Server, yeartest.Setup{Name: "2026", InstrumentID: "panrb-2026"})
	m := mean.MustDraft(t, store.Agency{}, nil)
	s.as(t, m.Operator).get(t, "/assessments/"+m.AssessmentID+"/simulate?try.1.1=3&try.6.4.2.0=option:tidak").
		want(t, http.StatusOK, "With 2 changes", "no total and no categories", "1.00").wantNo(t, "The cheapest way", `id="row-6.4.2"`)
}

// link finds the address of a link by its text.
func link(t *testing.T, a *answer, text string) string {
	t.Helper()
	found := regexp.MustCompile(`href="([^"]*)">` + regexp.QuoteMeta(text)).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("%s has no link %q", a.path, text)
	}
	return html.UnescapeString(found[1])
}

func TestTheCheapestWayBecomesAPlanThatIsWorkedOff(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.All(3))
	operator, base := s.as(t, c.Operator), "/assessments/"+c.AssessmentID
	way := operator.get(t, link(t, operator.get(t, base+"/simulate"), "To Sangat Baik")).want(t, http.StatusOK, "To Sangat Baik in", "3 → 4")
	operator.get(t, link(t, way, "Put these steps into the form")).want(t, http.StatusOK, "Sangat Baik", `value="4" selected`)

	operator.post(t, base+"/plan", "try.1.1", "3").want(t, http.StatusUnprocessableEntity, "Nothing is raised")
	kept := operator.post(t, base+"/plan", "try.1.1", "4", "try.2.1", "4", "try.3.1", "").
		want(t, http.StatusOK, "The plan is kept", "Level 3 → 4", "items/1.1", "items/2.1")
	line := regexp.MustCompile(`action="(` + base + `/plan/[0-9A-Z]{26})"`).FindStringSubmatch(kept.body)[1]
	operator.post(t, line, "revision", "1", "state", "in-progress", "owner", "BKD Demo", "owner_account", c.Operator.AccountID, "due", "2021-09-30", "note", "Decree first").
		want(t, http.StatusOK, "The plan is kept", "in progress", "BKD Demo", "30 September 2021", "Decree first", "Demo OPERATOR")
	operator.post(t, line, "revision", "1", "state", "done", "owner", "Late words").want(t, http.StatusConflict, "has-error", `value="Late words"`)

	operator.post(t, base+"/plan", "item", "4.1", "target_level", "4", "owner", "Office of demo").
		want(t, http.StatusOK, "Office of demo", "BKD Demo", "items/2.1")
	operator.post(t, base+"/plan", "item", "4.2", "target_level", "2").want(t, http.StatusUnprocessableEntity, "must lie above its level now")

	stranger := s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator)
	stranger.get(t, base+"/plan").want(t, http.StatusNotFound)
	stranger.post(t, line, "revision", "2", "state", "done").want(t, http.StatusNotFound)
	contributor := s.as(t, mustAssign(t, y, c, "1.1"))
	contributor.get(t, base+"/plan").want(t, http.StatusOK, "BKD Demo").wantNo(t, "Add a line", "<summary>Change")
}

func TestInTheBrowserWhatIfFollowsTheForm(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.All(3))
	tab := s.tab(t, browsertest.New(t), c.Operator).Go("/assessments/" + c.AssessmentID + "/simulate")
	tab.Run(`const tried = document.getElementById("try-1.1"); tried.value = "4"; tried.dispatchEvent(new Event("change", { bubbles: true }))`).
		See("With 1 change", "310").Wait(`location.search === "?try.1.1=4"`).Accessible()
}
