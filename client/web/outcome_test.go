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

// mustAsk opens a round about items of a sheet in verification.
func mustAsk(t *testing.T, y *yeartest.Year, c *yeartest.Case, kind meritv1.RoundKind, items ...string) *meritv1.Clarification {
	t.Helper()
	req := &meritv1.OpenClarificationRequest{AssessmentId: c.AssessmentID, Kind: kind, LastDay: "2021-02-10"}
	for _, item := range items {
		req.Questions = append(req.Questions, &meritv1.ClarificationQuestion{Item: item, Question: "Where is the decree for " + item + "?"})
	}
	return servertest.Must(meritv1.NewVerificationServiceClient(y.Verifier).OpenClarification(t.Context(), req))(t).GetClarification()
}

func TestTheAgencyAnswersTheQuestionsOfARoundAndClosesIt(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
	page := "/assessments/" + c.AssessmentID + "/clarifications"
	operator, approver := s.as(t, c.Operator), s.as(t, c.Approver)
	operator.get(t, page).want(t, http.StatusOK, "The verifier has asked nothing")
	round := mustAsk(t, y, c, meritv1.RoundKind_ROUND_KIND_CLARIFICATION, "1.1", "2.1")
	operator.get(t, page).want(t, http.StatusOK, "Where is the decree for 2.1?", "10 February 2021, 24:00 WIB: 9 days left", "2 questions wait").wantNo(t, "Make a new claim")
	operator.get(t, "/assessments/"+c.AssessmentID).want(t, http.StatusOK, "Answer the clarification")
	operator.get(t, "/assessments/"+c.AssessmentID+"/items/1.1").want(t, http.StatusOK, "The verifier asks", "submitted and locked")

	ask := page + "/" + round.GetId() + "/"
	operator.post(t, ask+"1.1", "answer", "").want(t, http.StatusUnprocessableEntity, "That did not work")
	operator.post(t, ask+"1.1", "answer", "On page 3.").want(t, http.StatusOK, "is sent", "On page 3.", "1 question waits")
	operator.post(t, ask+"2.1", "answer", "On page 4.").want(t, http.StatusOK, "Everything is answered").wantNo(t, "close this round")
	s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator).post(t, ask+"1.1", "answer", "Mine.").want(t, http.StatusNotFound)

	revision := wantValue(t, approver.get(t, page).want(t, http.StatusOK, "close this round"), "revision")
	approver.post(t, ask+"close", "revision", revision).want(t, http.StatusOK, "The round is closed")
	operator.get(t, page).want(t, http.StatusOK, "closed").wantNo(t, "Send the answer")
}

// wantValue is the value of a hidden field of a page.
func wantValue(t *testing.T, a *answer, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("%s has no field %s", a.path, name)
	}
	return value
}

func TestARepairRoundOpensItsItemsToANewClaim(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
	mustAsk(t, y, c, meritv1.RoundKind_ROUND_KIND_REPAIR, "1.1")
	operator, base := s.as(t, c.Operator), "/assessments/"+c.AssessmentID
	operator.get(t, base+"/clarifications").want(t, http.StatusOK, "Make a new claim", base+"/items/1.1")
	sequence := wantValue(t, operator.get(t, base+"/items/1.1").want(t, http.StatusOK, `id="answer"`, "Where is the decree"), "sequence")
	operator.post(t, base+"/items/1.1", "level", "2", "sequence", sequence).want(t, http.StatusOK, "The answer is saved")
	operator.get(t, base+"/items/1.2").want(t, http.StatusOK, "submitted and locked")
	operator.post(t, base+"/items/1.2", "level", "2", "sequence", "1").want(t, http.StatusConflict)
}

func TestTheThreeDecisionsStandSideBySideOnceReleased(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustInVerification(t, store.Agency{}, yeartest.All(4))
	operator, page := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/outcome"
	operator.get(t, page).want(t, http.StatusOK, "once a clarification or the minutes are released", ">410<").wantNo(t, "differs")

	verified := y.MustVerified(t, store.Agency{}, yeartest.All(4), yeartest.Levels{"1.1": 2})
	reader, path := s.as(t, verified.Operator), "/assessments/"+verified.AssessmentID+"/outcome"
	reader.get(t, path).want(t, http.StatusOK, "verified", ">405<", "Decisions differ on 1 item.", "differs", "Level 2", "items/8.1")
	reader.get(t, path+"?only=differences").want(t, http.StatusOK, "items/1.1").wantNo(t, "items/8.1")

	determined, _ := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
	s.as(t, determined.Approver).get(t, "/assessments/"+determined.AssessmentID+"/outcome").want(t, http.StatusOK, "determined", ">307.5<")
	operator.get(t, path).want(t, http.StatusNotFound)
}

func TestTheHistoryTellsEveryDecisionAndStep(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustSubmitted(t, store.Agency{}, yeartest.Levels{"1.1": 3, "2.1": 2})
	operator, page := s.as(t, c.Operator), "/assessments/"+c.AssessmentID+"/history"
	operator.get(t, page).want(t, http.StatusOK, "Started", "Submitted", "Level 3", "items/2.1", "Demo OPERATOR", "Demo APPROVER")
	operator.get(t, page+"?item=1.1").want(t, http.StatusOK, "Level 3", "To the item").wantNo(t, "items/2.1")
	operator.get(t, page+"?item=9.9").want(t, http.StatusUnprocessableEntity)
	s.as(t, y.MustDraft(t, store.Agency{}, nil).Operator).get(t, page).want(t, http.StatusNotFound)
}
