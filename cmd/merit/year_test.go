package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/client/web/browsertest"
	"github.com/meritindex/merit/scoring/instrument"
)

// year is one whole year played by people in browsers, each in their own.
type year struct {
	*testing.T // of the part that is played
	*service
	whole      *testing.T
	chromium   *browsertest.Browser
	people     map[string]*browsertest.Tab
	folder     string // of files that people upload
	assessment string // its path, as soon as there is one
}

// yearPassword is what everybody sets.
const yearPassword = "kata sandi untuk contoh"

// TestAYearThroughThePages plays a year from the first sign-in to the published award, by seven people in a real browser
// on the real binary. Its parts go on from each other.
func TestAYearThroughThePages(t *testing.T) {
	y := &year{T: t, whole: t, service: mustServe(t), chromium: browsertest.New(t), people: map[string]*browsertest.Tab{}, folder: t.TempDir()}
	for _, part := range []struct {
		name string
		play func(*year)
	}{
		{"the administrator prepares the year", (*year).prepare},
		{"people are invited", (*year).invite},
		{"the operator starts the assessment", (*year).start},
	} {
		if !t.Run(part.name, func(t *testing.T) { y.T = t; part.play(y) }) {
			t.FailNow()
		}
	}
}

// person is somebody's tab, whose failures are those of the part that is played.
func (y *year) person(name string) *browsertest.Tab {
	y.Helper()
	tab := y.people[name]
	if tab == nil {
		tab = y.chromium.Tab(y.whole, y.pages).For(y.T)
		tab.Go("/sign-in").Click(`.languages button[value="en"]`).See("Sign in")
		y.people[name] = tab
	}
	return tab.For(y.T)
}

// accept sets a password through a one-time link and signs in.
func (y *year) accept(name, link string) *browsertest.Tab {
	y.Helper()
	return y.person(name).Go(link).
		Fill("#new_password", yearPassword).Fill("#new_password_again", yearPassword).Click("main .button").
		See("The password is set").
		Fill("#email", name+"@demo.invalid").Fill("#password", yearPassword).Click("main .button").
		At("/work").See("My work today")
}

// write makes a file that somebody uploads.
func (y *year) write(name, text string) string {
	y.Helper()
	file := filepath.Join(y.folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		y.Fatal(err)
	}
	return file
}

// day is a date some days from today, as a field for dates takes it.
func day(offset int) string { return time.Now().AddDate(0, 0, offset).Format(time.DateOnly) }

// prepare: an instrument, agencies and a cycle, from files and forms.
func (y *year) prepare() {
	admin := y.accept("admin", y.link)
	kasn, _ := instrument.Lookup("kasn-2019")
	admin.Go("/admin/instruments/upload").Choose("input[type=file]", y.write("kasn-2019.yaml", string(kasn.Source()))).Click("main .button").
		See("kasn-2019")

	agencies := "code,name,kind,province,time_zone\nN-03,Sekretariat Contoh,LEMBAGA_NEGARA,,Asia/Jakarta\nN-04,Badan Lain,LPNK,,Asia/Jakarta\n"
	admin.Go("/admin/agencies/import").Set("#valid_from", "2020-01-01").Choose("input[type=file]", y.write("agencies.csv", agencies)).Click("main .button").
		See("Sekretariat Contoh").Click("main .button").See("imported")

	admin.Go("/admin/cycles/new").Fill("#name", "Contoh").Fill("#year", fmt.Sprint(time.Now().Year())).Fill("#assessor", "Badan Contoh").
		Set("#quorum", "1").Set("#majority_percent", "50")
	for i := range 5 {
		field := fmt.Sprintf(`[name="windows[%d]`, i)
		admin.Set(field+`.first_day"]`, day(-50+10*i)).Set(field+`.last_day"]`, day(20+10*i))
	}
	admin.Click("main .button").See("Contoh")
}

// invite: each gets a one-time link, handed over outside.
func (y *year) invite() {
	for _, p := range []struct{ name, role, agency string }{
		{"operator", "operator", "N-03"}, {"colleague", "operator", "N-03"}, {"approver", "approver", "N-03"}, {"stranger", "operator", "N-04"},
		{"verifier", "verifier", ""}, {"lead", "lead-verifier", ""}, {"commissioner", "commissioner", ""}, {"committee", "award-committee", ""},
	} {
		admin := y.person("admin").Go("/admin/accounts/invite").Fill("#name", "Demo "+p.name).Fill("#email", p.name+"@demo.invalid").
			Click(`[name=role][value="`+p.role+`"]`).Fill("#letter_number", "DEMO/"+p.name)
		if p.agency != "" {
			admin.Fill("#agency_id", p.agency)
		}
		admin.Click("main .button").See("shown once")
		link := admin.Text(`[...document.querySelectorAll("input[readonly]")].map(i => i.value).find(v => v.includes("/link/"))`)
		y.accept(p.name, link[strings.Index(link, "/link/"):])
	}
}

func (y *year) start() {
	operator := y.person("operator").Go("/work").See("Start the self-assessment").Click(`main a[href="/assessments"]`).
		See("Cycle Contoh is open").Click(".open-cycle .button").At("/assessments/")
	y.assessment = strings.SplitAfterN(operator.Path(), "?", 2)[0]
}
