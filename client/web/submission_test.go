package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestEverythingMissingStandsOnOnePageWithLinks(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 3})
	base := "/assessments/" + c.AssessmentID
	s.as(t, c.Operator).get(t, base+"/check").want(t, http.StatusOK, "37 things are missing", base+"/items/1.2", "Workforce planning", "The approver of your agency submits")
	s.as(t, c.Approver).get(t, base+"/check").want(t, http.StatusOK, "Go on to submit")
	full := y.MustDraft(t, store.Agency{}, yeartest.All(2))
	s.as(t, full.Operator).get(t, "/assessments/"+full.AssessmentID+"/check").want(t, http.StatusOK, "Nothing is missing")
	s.as(t, full.Operator).get(t, base+"/check").want(t, http.StatusNotFound)
}

func TestTheApproverSignsWhatThePageNamesAndMayTakeItBack(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	levels := yeartest.All(3)
	delete(levels, "1.1")
	c := y.MustDraft(t, store.Agency{Name: "Kabupaten Demo Ajukan"}, levels)
	approver, page := s.as(t, c.Approver), "/assessments/"+c.AssessmentID+"/submit"
	revision := strconv.FormatInt(y.Revision(t, c), 10)
	approver.get(t, page).want(t, http.StatusOK, "Kabupaten Demo Ajukan", "kasn-2019", "37 of 38 applicable items", "300 of 410", "Baik", "I accept that these count 0", `name="revision" value="`+revision+`"`)
	approver.post(t, page, "revision", revision, "letter_number", "DEMO/1").
		want(t, http.StatusConflict, "not complete", `value="DEMO/1"`)
	approver.post(t, page, "revision", revision, "accept_unanswered", "yes", "letter_number", "DEMO/1").
		want(t, http.StatusOK, "submitted and locked", "Recall it")

	s.as(t, c.Operator).get(t, page).want(t, http.StatusOK, "Only the approver submits").wantNo(t, "Sign and submit")
	revision = strconv.FormatInt(y.Revision(t, c), 10)
	recall := "/assessments/" + c.AssessmentID + "/recall"
	approver.get(t, page).want(t, http.StatusOK, "Take the sheet back")
	approver.post(t, recall, "revision", revision).want(t, http.StatusUnprocessableEntity, "Take the sheet back", `id="reason-error"`)
	approver.post(t, recall, "revision", "1", "reason", "A mistake in 1.1").want(t, http.StatusConflict, ">A mistake in 1.1</textarea>")
	approver.post(t, recall, "revision", revision, "reason", "A mistake in 1.1").want(t, http.StatusOK, "a draft again")

	stranger := s.as(t, y.MustDraft(t, store.Agency{}, nil).Approver)
	stranger.post(t, page, "revision", revision).want(t, http.StatusNotFound)
	s.as(t, c.Operator).post(t, page, "revision", revision).want(t, http.StatusForbidden)
}
