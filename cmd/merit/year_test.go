package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/meritindex/merit/client/bilingual"
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
		{"the operator uploads evidence and cites it for every item", (*year).prove},
		{"the operator answers every item", (*year).answer},
		{"two operators answer one item, and choose", (*year).collide},
		{"an answer survives a lost connection", (*year).loseConnection},
		{"a stranger finds nothing of another agency", (*year).intrude},
		{"a submission after the last day is refused", (*year).beLate},
		{"the approver signs and submits", (*year).submit},
		{"the lead verifier assigns the verifier", (*year).assign},
		{"the verifier decides 38 items by keyboard alone", (*year).verify},
		{"a clarification is asked, answered and closed", (*year).clarify},
		{"the lead verifier signs off", (*year).complete},
		{"the plenary determines by decree", (*year).determine},
		{"the award committee publishes its list", (*year).award},
		{"the public reads the result", (*year).read},
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
		See("no rule is broken").Click("main form .button").At("/admin/instruments/kasn-2019").
		Click(`form[action$="/publish"] .button`).See("Close it to new cycles")

	agencies := "code,name,kind\nN-03,Sekretariat Contoh,LEMBAGA_NEGARA\nN-04,Badan Lain,LPNK\n"
	admin.Go("/admin/agencies/import").Set("#valid_from", "2020-01-01").Choose("input[type=file]", y.write("agencies.csv", agencies)).Click("main .button").
		See("Sekretariat Contoh").Click("main .button").See("The file is imported")

	admin.Go("/admin/cycles/new").Fill("#name", "Contoh").Fill("#year", fmt.Sprint(time.Now().Year())).Fill("#assessor", "Badan Contoh").
		Set("#quorum", "1").Set("#majority_percent", "50")
	for i := range 5 {
		field := fmt.Sprintf(`[name="windows[%d]`, i)
		admin.Set(field+`.first_day"]`, day(-50+10*i)).Set(field+`.last_day"]`, day(20+10*i))
	}
	admin.Click("main .button").At("/admin/cycles/0").See("Contoh")
}

// invite: each gets a one-time link, handed over outside.
func (y *year) invite() {
	for _, p := range []struct{ name, role, agency string }{
		{"operator", "operator", "N-03"},
		{"colleague", "operator", "N-03"},
		{"approver", "approver", "N-03"},
		{"stranger", "operator", "N-04"},
		{"verifier", "verifier", ""},
		{"lead", "lead-verifier", ""},
		{"commissioner", "commissioner", ""},
		{"committee", "award-committee", ""},
	} {
		admin := y.person("admin").Go("/admin/accounts/invite").Fill("#name", "Demo "+p.name).Fill("#email", p.name+"@demo.invalid").
			Click(`[name=role][value="`+p.role+`"]`).Fill("#letter_number", "DEMO/"+p.name)
		if p.agency != "" {
			admin.Fill("#agency_id", p.agency)
		}
		admin.Click("main .button").See("Hand over")
		link := admin.Text(`[...document.querySelectorAll("input[readonly]")].map(i => i.value).find(v => v.includes("/link/"))`)
		y.accept(p.name, link[strings.Index(link, "/link/"):])
	}
}

// start begins the assessment, led there by the work of the day.
func (y *year) start() {
	operator := y.person("operator").Go("/work").See("Start the self-assessment").Click(`main a[href="/assessments"]`).
		See("Cycle Contoh is open").Click(".open-cycle .button").At("/assessments/0")
	y.assessment, _, _ = strings.Cut(operator.Path(), "?")
}

// items are the codes of what is answered with a level, in order.
func (y *year) items() []string {
	kasn, _ := instrument.Lookup("kasn-2019")
	var codes []string
	for _, item := range kasn.Scoring().Items() {
		codes = append(codes, item.Code)
	}
	return codes
}

// prove uploads a file whose upload breaks off on the way and goes on, and cites it for everything.
func (y *year) prove() {
	pdf := y.write("bukti.pdf", "%PDF-1.4\n"+strings.Repeat("% contoh\n", 300_000)+"%%EOF\n")
	operator := y.person("operator").Go(y.assessment+"/evidence").Choose("#files", pdf)
	operator.Slow(400_000).Click("[data-upload] .button").See("sending").
		Wait(`(document.querySelector(".uploads progress")?.value ?? 0) > 0`).
		Offline(true).See("connection lost").Offline(false).See("added")
	operator.Go(y.assessment+"/evidence?show=all").Click(`a[href$="#cite"]`).At("/evidence/").
		Run(`for (const box of document.querySelectorAll("[name=item]")) box.checked = true`).
		Fill("#page", "1").Fill("#quote", "contoh").Click("#cite .button").See("The evidence is cited", "page 1")
}

// answer goes through the questionnaire, one item after the other.
func (y *year) answer() {
	operator := y.person("operator").Go(y.assessment + "/items/" + y.items()[0])
	for i, code := range y.items() {
		operator.At(y.assessment + "/items/" + code).Click(fmt.Sprintf(`[name=level][value="%d"]`, 2+i%3))
		if i+1 < len(y.items()) {
			operator.Click("#answer .button[value]")
		}
	}
	operator.See("Saved").Go(y.assessment).See("Everything is answered")
}

// collide: two people answer the same item. Who saves second sees the first answer and chooses.
func (y *year) collide() {
	item := y.assessment + "/items/" + y.items()[0]
	operator := y.person("operator").Go(item)
	colleague := y.person("colleague").Go(item).Offline(true).Click(`[name=level][value="1"]`).Wait(inTrouble)
	operator.Click(`[name=level][value="4"]`).See("Saved")
	colleague.Offline(false).See("Two versions: choose one").Click("[data-choose=theirs]").
		Wait(`document.querySelector("[name=level]:checked").value == "4"`)
	operator.Go(item).Wait(`document.querySelector("[name=level]:checked").value == "4"`)
}

// inTrouble is true while the page says that an answer is not saved.
const inTrouble = `document.getElementById("answer-said").classList.contains("trouble")`

// loseConnection: what was answered without a connection is kept, and sent when it is back.
func (y *year) loseConnection() {
	item := y.assessment + "/items/" + y.items()[1]
	operator := y.person("operator").Go(item).Offline(true).Click(`[name=level][value="4"]`).Wait(inTrouble)
	operator.Offline(false).See("Saved").Go(item).Wait(`document.querySelector("[name=level]:checked").value == "4"`)
}

// intrude: every address of the assessment answers somebody of another agency as if it did not exist.
func (y *year) intrude() {
	stranger := y.person("stranger")
	for _, path := range y.person("operator").Go(y.assessment).Links() {
		if !strings.HasPrefix(path, y.assessment) && !strings.HasPrefix(path, "/evidence/") {
			continue
		}
		if got := stranger.Text(fmt.Sprintf("await fetch(%q).then(r => r.status)", path)); got != "404" && got != "403" {
			y.Errorf("%s answers a stranger with %s", path, got)
		}
	}
}

// beLate: the window is over; an extension opens it again for this agency.
func (y *year) beLate() {
	admin := y.person("admin").Go("/admin/cycles").Click(`main a[href^="/admin/cycles/0"]`).At("/admin/cycles/0")
	cycle := admin.Path()
	admin.Go(cycle+"/windows/self-assessment").Set("#last_day", day(-1)).Click("main form .button").See("The window is moved")
	y.person("approver").Go(y.assessment+"/submit").Click("main form .button").See("did not work", inWords(-1))
	admin.Go(cycle+"/extend").Set("#phase", "self-assessment").Fill("#agencies", "N-03").Set("#last_day", day(2)).
		Fill("#reason", "Gangguan jaringan").Click("main form .button").See("have longer", "Gangguan jaringan")
}

// inWords is a date some days from today, as pages write it.
func inWords(offset int) string { return bilingual.Day("en", day(offset)) }

func (y *year) submit() {
	y.person("approver").Go("/work").See("Check and submit").Click(`main a[href$="/check"]`).See("Nothing is missing").
		Click("main .actions .button").See("What you sign", "Sekretariat Contoh", "38 of 38").
		Fill("#letter_number", "1/CONTOH").Click("main form .button").See("is submitted and locked")
}

func (y *year) assign() {
	desk := strings.Replace(y.assessment, "/assessments/", "/verification/", 1)
	y.person("lead").Go("/work").See("Assign verifiers").Go(desk + "/assign").Click("main .button").Arrive(desk).See("Demo verifier")
	y.person("verifier").Go("/work").See("Start the verification").Go(desk).Click("main .actions form .button").See("Verification has begun")
}

// verify decides every item with two keys; one of them differs and needs a reason.
func (y *year) verify() {
	desk := strings.Replace(y.assessment, "/assessments/", "/verification/", 1)
	verifier := y.person("verifier").Go(desk + "/items/" + y.items()[0])
	for i, code := range y.items() {
		verifier.At(desk + "/items/" + code)
		level := fmt.Sprint(2 + i%3)
		if i < 2 {
			level = "4" // what was claimed after all
		}
		verifier.Press(level)
		if i == 5 {
			verifier.Press("1").Press("r").Press("Bukti hanya mencakup satu unit kerja.").Press(kb.Escape)
		}
		verifier.Press("s")
	}
	verifier.Arrive(desk).See("decided of 38")
	verifier.Go(desk+"/differences").See("1 of 38 items", "Bukti hanya mencakup satu unit kerja.")
}

// clarify: the verifier asks about an item, the operator is told and answers, the verifier closes the round.
func (y *year) clarify() {
	desk, item := strings.Replace(y.assessment, "/assessments/", "/verification/", 1), y.items()[5]
	y.person("verifier").Go(desk+"/ask?item="+item).Run(`for (const d of document.querySelectorAll("details")) d.open = true`).
		Fill(fmt.Sprintf(`[name="question.%s"]`, item), "Mana bukti unit lain?").Set("#last_day", day(3)).Click("#ask .button").See("The round is open", "Round 1")
	y.person("operator").Go("/work").See("Answer the clarification", "What changed").Go(y.assessment+"/clarifications").
		See("Mana bukti unit lain?").Fill("main textarea", "Terlampir pada halaman 1.").Click("main article form .button").See("The answer to the verifier is sent", "Everything is answered")
	y.person("verifier").Go(desk).See("Terlampir pada halaman 1.").Click(`form[action$="/close"] .button`).See("The round is closed")
}

func (y *year) complete() {
	desk := strings.Replace(y.assessment, "/assessments/", "/verification/", 1)
	y.person("lead").Go("/work").See("Complete the verification").Go(desk).Fill("#minutes_number", "BA/1").Click(`form[action$="/complete"] .button`).See("The verification is complete")
	y.person("operator").Go(y.assessment + "/outcome").See("Bukti hanya mencakup satu unit kerja.").Go(y.assessment + "/minutes").See("BA/1")
}

// determine: one commissioner is a quorum here. The session is opened, attended, voted on, decided and closed.
func (y *year) determine() {
	commissioner := y.person("commissioner").Go("/work").See("Open a plenary session").Go("/plenary").Click(`a[href^="/plenary/new"]`).
		See("Sekretariat Contoh").Fill("#title", "Pleno contoh").Set("#held_on", day(0)).Click("main form[method=post] .button").
		See("Attendance", "Pleno contoh")
	session, _, _ := strings.Cut(commissioner.Path(), "?")
	commissioner.Click("[name=present]").Click(`form[action$="/attendance"] .button`).See("Attendance is recorded", "Sekretariat Contoh").
		Click(`main td a[href^="/plenary/"], main th a[href^="/plenary/"], main li a[href^="/plenary/"]`).See("Disputed items", "Bukti hanya mencakup satu unit kerja.").
		Click(`[name=vote][value="in-favour"]`).Click(`form[action$="/vote"] .button`).See("Your vote is recorded", "Change my vote").
		Click(`[name=outcome][value="adopted"]`).Click("[name=acknowledge]").Click("#decide > .button").See("The agenda item is decided")
	commissioner.Go(session).Fill("#decree_number", "KEP/1").Set("#decree_date", day(0)).Click(`form[action$="/close"] .button`).See("The session is closed")
}

// award: what was determined competes within its kind.
func (y *year) award() {
	committee := y.person("committee").Go("/awards/draft").Fill("main .narrow #title", "Anugerah contoh").Fill("#year", fmt.Sprint(time.Now().Year())).
		Fill(`fieldset.group input[name$=".name"]`, "Lembaga negara").Click(`fieldset.group [value="lembaga-negara"]`).Click(`fieldset.group [value="baik"]`).
		Click("main form .button").See("The rule is written down", "Sekretariat Contoh", "gets a place")
	committee.Click(`form[action$="/decide"] .button`).See("The recipients are decided").
		Fill("#letter_number", "A/1").Click(`form[action$="/publish"] .button`).See("The list is public", "Certificate")
}

// read: without an account, from the first page to every point of the result.
func (y *year) read() {
	anybody := y.person("anybody").Go("/").See("Sangat Baik").Go("/agencies/N-03").See("Sekretariat Contoh", "Baik").
		Click(fmt.Sprintf(`main a[href^="/agencies/N-03/%d"]`, time.Now().Year())).See("307", "KEP/1", "Peta jabatan")
	anybody.Go("/results").See("Sekretariat Contoh").Go("/awards").See("Anugerah contoh")
	if got := anybody.Text(fmt.Sprintf("await fetch(%q).then(r => new URL(r.url).pathname)", y.assessment)); got != "/sign-in" {
		y.Errorf("the sheet itself leads everybody to %s, want to where one signs in", got)
	}
}
