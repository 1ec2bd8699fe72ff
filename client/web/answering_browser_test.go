package web_test

import (
	"testing"

	"github.com/meritindex/merit/client/web/browsertest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// tab opens a window of a real browser in which a person is signed in.
func (s *site) tab(t *testing.T, b *browsertest.Browser, p *servertest.Person) *browsertest.Tab {
	t.Helper()
	return b.Tab(t, s.url).Go("/static/none").
		Run(`document.cookie = "merit_language=en; path=/"; document.cookie = "merit_session=` + p.Secret + `; path=/"`)
}

// saidOf is what the page says of the answer, as an expression that is true when it says the text.
func saidOf(text string) string {
	return `document.getElementById("answer-said").textContent.includes("` + text + `")`
}

func TestInTheBrowserAnswersSaveThemselvesAndOutliveTheConnection(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	items := "/assessments/" + c.AssessmentID + "/items/"
	tab := s.tab(t, browsertest.New(t), c.Operator)
	tab.Go(items + "1.1").Click(`input[name=level][value="3"]`).Wait(saidOf("Saved 10:00")).
		Wait(`document.querySelector("#score-card").textContent.includes("7.5")`).
		Wait(`document.querySelector('[data-entry="1.1"]').classList.contains("done")`).
		Wait(`document.querySelector('[data-aspect="1"] .aspect-count').textContent === "1/4"`)
	tab.Accessible()

	tab.Offline(true).Click(`input[name=level][value="4"]`).Wait(saidOf("No connection"))
	tab.Offline(false).Wait(saidOf("Saved 10:00")).Wait(`document.querySelector("#score-card").textContent.includes("10")`)
	tab.Go(items + "1.1").Wait(`document.querySelector('input[name=level][value="4"]').checked`)

	tab.Offline(true).Click(`input[name=level][value="2"]`).Wait(saidOf("No connection")).Offline(false)
	tab.Go(items + "1.2").Go(items + "1.1").Wait(`document.querySelector('input[name=level][value="2"]').checked`).Wait(saidOf("")).
		Wait(`Object.keys(localStorage).length === 0`)
}

func TestInTheBrowserTwoPeopleOnOneItemSeeEachOther(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, nil)
	page := "/assessments/" + c.AssessmentID + "/items/1.1"
	b := browsertest.New(t)
	operator, approver := s.tab(t, b, c.Operator), s.tab(t, b, c.Approver)
	operator.Go(page).Wait("events.readyState === 1")
	approver.Go(page).Click(`input[name=level][value="2"]`).Wait(saidOf("Saved"))
	operator.Wait(saidOf("Demo APPROVER changed this item")).Wait(`document.querySelector('input[name=level][value="2"]').checked`)

	operator.Offline(true).Click(`input[name=level][value="3"]`).Wait(saidOf("No connection"))
	approver.Click(`input[name=level][value="4"]`).Wait(saidOf("Saved"))
	operator.Offline(false).See("Two versions: choose one").Wait(`document.querySelector("[data-theirs=text]").textContent === "Level 4"`)
	operator.Accessible().Click(`[data-choose=mine]`).Wait(saidOf("Saved"))
	approver.Wait(`document.querySelector('input[name=level][value="3"]').checked`)
}
