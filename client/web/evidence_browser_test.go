package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/web/browsertest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// tabAs opens a window of a real browser in which a person is signed in, in English.
func (s *site) tabAs(t *testing.T, b *browsertest.Browser, p *servertest.Person) *browsertest.Tab {
	t.Helper()
	tab := b.Tab(t, s.url).Go("/sign-in")
	return tab.Run(`document.cookie = "merit_session=` + p.Secret + `; path=/"; document.cookie = "merit_language=en; path=/"`)
}

func mustFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// breaking makes the requests that send bytes do something else, and notes from where each was to send.
func breaking(how string) string {
	return `{ window.sentFrom = []; const open = XMLHttpRequest.prototype.open, send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.open = function (method, path) { sentFrom.push(path.split("=")[1]); open.call(this, method, path); };
XMLHttpRequest.prototype.send = function (blob) { const first = sentFrom.length === 1; ` + how + ` }; }`
}

const uploads = `form[data-upload] button:not([type=button])`

func TestTheBrowserGoesOnWithAnUpload(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	browser := browsertest.New(t)
	tab := s.tabAs(t, browser, c.Operator)
	page := "/assessments/" + c.AssessmentID + "/evidence"
	decree := mustFile(t, "decree.pdf", "%PDF-1.7\n"+strings.Repeat("a line of a decree\n", 30_000))

	t.Run("when the connection breaks", func(t *testing.T) {
		tab.Go(page).Run(breaking(`send.call(this, blob); if (first) this.abort();`))
		tab.Choose("#files", decree).Click(uploads).Wait(`location.search.includes("said")`).See("The evidence is added", "decree.pdf")
	})

	t.Run("when the page is loaded again", func(t *testing.T) {
		report := mustFile(t, "report.pdf", "%PDF-1.7\n"+strings.Repeat("a line of a report\n", 30_000))
		tab.Go(page).Run(breaking(`if (first) send.call(this, blob.slice(0, 200000));`)) // and then nothing at all
		tab.Choose("#files", report).Click(uploads).Wait(`sentFrom.length === 2`)
		tab.Go(page).See("report.pdf", "choose the same file again")
		tab.Run(breaking(`sessionStorage.from = sentFrom[0]; send.call(this, blob);`))
		tab.Choose("#files", report).Click(uploads).Wait(`location.search.includes("said")`).See("The evidence is added", "report.pdf")
		if from := tab.Text("sessionStorage.from"); from != "200000" {
			t.Errorf("after the page was loaded again it went on from byte %s, not 200000", from)
		}
	})

	t.Run("at an item, for which it is then cited", func(t *testing.T) {
		item := "/assessments/" + c.AssessmentID + "/items/1.2"
		one, two := mustFile(t, "one.txt", "a note\n"), mustFile(t, "two.txt", "another note\n")
		tab.Go(item).Run(breaking(`send.call(this, blob); if (first) this.abort();`))
		tab.Choose("#files", one, two).Click(uploads).Wait(`location.search.includes("said")`)
		tab.See("The evidence is added", "one.txt", "two.txt").Wait(`document.querySelectorAll(".citations li").length === 2`)
		tab.Accessible()
	})

	t.Run("and says what is refused", func(t *testing.T) {
		tab.Go(page).Choose("#files", mustFile(t, "page.html", "<html></html>"), mustFile(t, "note.txt", "a note\n")).Click(uploads)
		tab.See("page.html", "This file is a web page", "Try again", "note.txt · added")
	})
	tab.Accessible()
}

func TestAPDFIsShownAtTheCitedPageInItsFrame(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	decree, err := os.ReadFile("../demo/data/evidence/peta-jabatan-dan-rencana-kebutuhan.pdf")
	if err != nil {
		t.Fatal(err)
	}
	id := mustEvidence(t, c.Operator, "decree.pdf", string(decree))
	mustCite(t, c, id, "1.1")
	tab := s.tabAs(t, browsertest.New(t), c.Operator)
	tab.Go("/evidence/" + id).Wait(`document.querySelector("iframe.preview").src.includes("#page=2")`)
	tab.Accessible()
}
