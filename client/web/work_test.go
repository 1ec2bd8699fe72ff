package web_test

import (
	"net/http"
	"regexp"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestMyWorkLeadsToWhereItIsDone(t *testing.T) {
	s := servertest.New(t)
	year := yeartest.MustBegin(t, s, yeartest.Setup{})
	draft := year.MustDraft(t, store.Agency{Name: "Kota Contoh"}, yeartest.All(2))
	pages := newSite(t, s)

	operator := pages.as(t, draft.Operator)
	operator.get(t, "/work").want(t, http.StatusOK, "Fill in the questionnaire", `href="/assessments/`+draft.AssessmentID, "Kota Contoh")

	auditor := pages.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	auditor.get(t, "/work").want(t, http.StatusOK, "Nothing waits for you.").wantNo(t, "Kota Contoh")
}

// noticeForm is the first form of a notice on a page.
var noticeForm = regexp.MustCompile(`name="notice" value="([^"]+)"><input type="hidden" name="kind" value="([^"]+)"><input type="hidden" name="subject" value="([^"]+)"><input type="hidden" name="assessment" value="([^"]+)"`)

func TestANoticeIsReadByGoingToWhatItIsAbout(t *testing.T) {
	s := servertest.New(t)
	year := yeartest.MustBegin(t, s, yeartest.Setup{})
	submitted := year.MustSubmitted(t, store.Agency{Name: "Kota Contoh"}, yeartest.All(2))
	pages := newSite(t, s)
	operator := pages.as(t, submitted.Operator)

	page := operator.get(t, "/notices").want(t, http.StatusOK, "1 unread", `<span class="count">1</span>`)
	form := noticeForm.FindStringSubmatch(page.body)
	if form == nil {
		t.Fatalf("no notice on the page:\n%s", page.body)
	}
	pages.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")).post(t, "/notices", "notice", form[1]).want(t, http.StatusNotFound)
	operator.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	read := operator.post(t, "/notices", "notice", form[1], "kind", form[2], "subject", form[3], "assessment", form[4])
	if to := read.header.Get("Location"); to != "/assessments/"+submitted.AssessmentID {
		t.Errorf("the notice leads to %s", to)
	}
	operator.get(t, "/notices").want(t, http.StatusOK, "submitted").wantNo(t, `class="count"`)
}
