package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

var sessionRevision = regexp.MustCompile(`/close" class="card"><input type="hidden" name="revision" value="(\d+)"`)

// TestAPlenaryDeterminesByDecree plays a session through its pages: opened, attended, one level set otherwise, voted,
// closed, its papers kept.
func TestAPlenaryDeterminesByDecree(t *testing.T) {
	o := newOffice(t)
	c := o.MustVerified(t, store.Agency{Name: "Kabupaten Contoh"}, yeartest.All(3), yeartest.Levels{"1.1": 2})
	o.Phase(t, calendar.Determination)
	chair := o.as(t, o.Commissioners[0])
	today := calendar.Day(o.Clock.Now())
	chair.get(t, "/plenary/new").want(t, http.StatusOK, "Kabupaten Contoh", "Quorum 2")
	opened := chair.post(t, "/plenary/new", "cycle", o.CycleID, "title", "Pleno Juni", "held_on", today, "assessment", c.AssessmentID).
		want(t, http.StatusOK, "The session is open.", "Kabupaten Contoh", "Still to be decided")
	session, _, _ := strings.Cut(opened.path, "?")
	attendance := []string{}
	for _, p := range o.Commissioners {
		attendance = append(attendance, "commissioner", p.AccountID, "present", p.AccountID)
	}
	chair.post(t, session+"/attendance", attendance...).want(t, http.StatusOK, "Attendance is recorded.")
	item := session + "/agenda/" + c.AssessmentID
	chair.get(t, item).want(t, http.StatusOK, "bukti demo", "My vote")
	chair.post(t, item+"/decide", "outcome", "adopted", "acknowledge", "yes").want(t, http.StatusConflict, "in favour")
	for _, p := range o.Commissioners {
		o.as(t, p).post(t, item+"/vote", "vote", "in-favour").want(t, http.StatusOK, "Your vote is recorded.")
	}
	chair.post(t, item+"/decide", "outcome", "changed", "level.1.1", "3", "why.1.1", "Bukti asli diperlihatkan").
		want(t, http.StatusConflict, "reconstructed", `value="Bukti asli diperlihatkan"`)
	decided := chair.post(t, item+"/decide", "outcome", "changed", "level.1.1", "3", "why.1.1", "Bukti asli diperlihatkan", "acknowledge", "yes").
		want(t, http.StatusOK, "The agenda item is decided.", "changed")
	revision := sessionRevision.FindStringSubmatch(decided.body)[1]
	chair.post(t, session+"/close", "revision", revision, "decree_number", "KEP-1/2021", "decree_date", "2030-01-01").
		want(t, http.StatusUnprocessableEntity, "yet to come", "KEP-1/2021")
	chair.post(t, session+"/close", "revision", revision, "decree_number", "KEP-1/2021", "decree_date", today).
		want(t, http.StatusOK, "The session is closed", "Decree KEP-1/2021")
	chair.attach(t, session+"/documents", "Keputusan bertanda tangan").want(t, http.StatusOK, "The document is attached.", "Keputusan bertanda tangan")
	minutes := chair.get(t, session+"/minutes.pdf").want(t, http.StatusOK, "%PDF-")
	if got := minutes.header.Get("Content-Type"); got != "application/pdf" {
		t.Errorf("the minutes are %s", got)
	}
}

// attach sends a small PDF with its title, and then fetches it again.
func (b *browser) attach(t *testing.T, path, title string) *answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("title", title)
	file, err := form.CreateFormFile("file", "keputusan.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte("%PDF-1.4\n%demo\ntrailer\n%%EOF\n"))
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	page := b.do(t, req)
	if link := regexp.MustCompile(path + `/[0-9A-Z]{26}`).FindString(page.body); link != "" {
		b.get(t, link).want(t, http.StatusOK, "%PDF-1.4")
	}
	return page
}

func TestACommissionerStandsAsideAndKeepsADissent(t *testing.T) {
	o := newOffice(t)
	c := o.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
	s := o.MustOpenSession(t, c)
	item := "/plenary/" + s.ID + "/agenda/" + c.AssessmentID
	second, third := o.as(t, o.Commissioners[1]), o.as(t, o.Commissioners[2])
	second.post(t, item+"/vote", "vote", "against", "dissent", "Bukti belum cukup.").want(t, http.StatusOK, "Dissent:", "Bukti belum cukup.")
	third.post(t, item+"/recuse", "commissioner", o.Commissioners[2].AccountID, "recusal", "Pernah bekerja di sana").
		want(t, http.StatusOK, "The recusal is recorded.", "Pernah bekerja di sana").wantNo(t, "My vote")
}

func TestWhoIsTiedIsShownWithTheAttendanceAndWhatLapsedIsPostponed(t *testing.T) {
	o := newOffice(t)
	c := o.MustVerified(t, store.Agency{Code: "91.09", Name: "Kabupaten Contoh"}, yeartest.All(3), nil)
	s := o.MustOpenSession(t, c)
	session, item := "/plenary/"+s.ID, "/plenary/"+s.ID+"/agenda/"+c.AssessmentID
	chair := o.as(t, o.Commissioners[0])
	chair.get(t, session).want(t, http.StatusOK, "Attendance").wantNo(t, "by rule stands aside")
	o.MustAdopt(t, s, c)
	for _, p := range o.Commissioners[1:] {
		o.as(t, p).post(t, "/profile/interests", "agency_id", "91.09", "relation", "spouse").want(t, http.StatusOK, "spouse")
	}
	chair.get(t, session).want(t, http.StatusOK, "by rule stands aside from: Kabupaten Contoh", "does not stand")
	closed := chair.get(t, session)
	chair.post(t, session+"/close", "revision", sessionRevision.FindStringSubmatch(closed.body)[1], "decree_number", "7/2021",
		"decree_date", calendar.Day(o.Clock.Now())).want(t, http.StatusConflict, "turned out to be tied", "Postpone the item")
	chair.get(t, item).want(t, http.StatusOK, "turned out to be tied", "Postpone")
	o.as(t, o.Commissioners[1]).get(t, item).want(t, http.StatusOK, "turned out to be tied").wantNo(t, `value="postponed"`)
	chair.post(t, item+"/decide", "outcome", "postponed", "reason", "Kuorum hilang").want(t, http.StatusOK, "postponed").wantNo(t, "does not stand")
}

func TestADeterminationIsCorrectedInAnotherSession(t *testing.T) {
	o := newOffice(t)
	c, _ := o.MustDetermined(t, store.Agency{Name: "Kabupaten Contoh"}, yeartest.All(3))
	s := o.MustOpenSession(t)
	chair := o.as(t, o.Commissioners[0])
	chair.get(t, "/plenary/"+s.ID).want(t, http.StatusOK, "Correct a determination", "Kabupaten Contoh")
	chair.post(t, "/plenary/"+s.ID+"/correct", "assessment", "", "reason", "Salah hitung").
		want(t, http.StatusUnprocessableEntity, "Choose the agency", "Salah hitung")
	chair.post(t, "/plenary/"+s.ID+"/correct", "assessment", c.AssessmentID, "reason", "Salah hitung").
		want(t, http.StatusOK, "The correction is on the agenda.", "This corrects a determination:")
}

// TestSessionsAreTheAssessors: others are told so, and an unknown session is not found.
func TestSessionsAreTheAssessors(t *testing.T) {
	o := newOffice(t)
	c := o.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
	s := o.MustOpenSession(t, c)
	o.as(t, c.Operator).get(t, "/plenary/"+s.ID).want(t, http.StatusForbidden)
	o.as(t, o.Verifier).get(t, "/plenary").want(t, http.StatusForbidden)
	o.as(t, o.Commissioners[0]).get(t, "/plenary/01EXDRGQW01ZDAE22PV5J8ZPW2").want(t, http.StatusNotFound)
	o.as(t, o.Commissioners[0]).get(t, "/plenary/nothing").want(t, http.StatusNotFound)
	lead := o.as(t, o.Lead)
	lead.get(t, "/plenary/"+s.ID).want(t, http.StatusOK, "Agenda").wantNo(t, "Record attendance", "Close and determine")
	lead.post(t, "/plenary/"+s.ID+"/agenda/"+c.AssessmentID+"/vote", "vote", "in-favour").want(t, http.StatusForbidden)
	o.as(t, o.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID)).get(t, "/plenary").want(t, http.StatusForbidden)
}
