package web_test

import (
	"net/http"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// yearSite is the pages of a server on which a year runs.
func yearSite(t *testing.T, setup yeartest.Setup) (*site, *yeartest.Year) {
	t.Helper()
	s := servertest.New(t)
	return newSite(t, s), yeartest.MustBegin(t, s, setup)
}

func TestDeadlinesAreShownInTheAgencysZoneToo(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	for zone, want := range map[string]string{
		"Asia/Jakarta":  "Open until 31 December 2021, 24:00 WIB ·",
		"Asia/Makassar": "Open until 31 December 2021, 24:00 WIB (1 January 2022, 01:00 WITA)",
		"Asia/Jayapura": "Open until 31 December 2021, 24:00 WIB (1 January 2022, 02:00 WIT)",
	} {
		c := y.MustDraft(t, store.Agency{TimeZone: zone}, nil)
		s.as(t, c.Operator).get(t, "/assessments/"+c.AssessmentID).want(t, http.StatusOK, want)
	}
}

func TestAnOperatorStartsTheSelfAssessmentOfAnOpenCycleOnce(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	agency := s.MustAgency(t, store.Agency{Name: "Kabupaten Demo Awal"})
	operator := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency))
	operator.get(t, "/assessments").want(t, http.StatusOK, "Cycle 2021 is open", "There is no assessment yet")
	started := operator.post(t, "/assessments", "cycle", y.CycleID, "carry_over", "yes").
		want(t, http.StatusOK, "The self-assessment has begun", "Kabupaten Demo Awal", "Answer the next item", "Workforce planning")
	if !strings.HasPrefix(started.path, "/assessments/") {
		t.Errorf("after the start the browser is at %s", started.path)
	}
	operator.get(t, "/assessments").want(t, http.StatusOK, "draft", "0 of 38").wantNo(t, "is open")
	operator.post(t, "/assessments", "cycle", y.CycleID).want(t, http.StatusConflict, "Go on with that one")

	contributor := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, agency))
	contributor.get(t, "/assessments").want(t, http.StatusOK, "draft").wantNo(t, "Start the self-assessment")
}

func TestAnAgencyWhoseResultIsValidMayStartEarly(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c, _ := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
	next := yeartest.MustBegin(t, s.Server, yeartest.Setup{Name: "2021 again"})
	operator := s.as(t, c.Operator)
	operator.post(t, "/assessments", "cycle", next.CycleID).want(t, http.StatusConflict, "Start early")
	operator.post(t, "/assessments", "cycle", next.CycleID, "start_early", "yes", "carry_over", "yes").
		want(t, http.StatusOK, "The self-assessment has begun")
}

func TestTheOverviewShowsTheScoreTheAspectsAndTheNextStep(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustDraft(t, store.Agency{}, yeartest.All(3))
	page := "/assessments/" + c.AssessmentID
	s.as(t, c.Operator).get(t, page).want(t, http.StatusOK, "Total of 410", ">307.5<", "0.75", "To Sangat Baik", ">17.5<", "31 December 2021", "Check it", page+"/items/1.1")
	s.as(t, c.Approver).get(t, page).want(t, http.StatusOK, "Check and submit")

	verified := y.MustVerified(t, store.Agency{}, yeartest.All(4), yeartest.Levels{"1.1": 2})
	s.as(t, verified.Operator).get(t, "/assessments/"+verified.AssessmentID).want(t, http.StatusOK, "Verified score", ">405<", ">35 <")

	stranger := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	for _, path := range []string{page, "/assessments/nowhere"} {
		s.as(t, stranger).get(t, path).want(t, http.StatusNotFound)
	}
	if out := s.anyone(t).get(t, page); !strings.HasPrefix(out.path, "/sign-in") {
		t.Errorf("without an account %s leads to %s", page, out.path)
	}
}
