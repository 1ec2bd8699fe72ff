package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// audience is everybody who may not learn yet what the assessor decides about an agency: its own people, its auditors
// among them, and everybody outside of the assessor.
type audience struct {
	*yeartest.Year
	c      *yeartest.Case
	people []*stranger
}

func newAudience(t *testing.T, y *yeartest.Year, c *yeartest.Case) *audience {
	a := &audience{Year: y, c: c}
	for _, role := range []meritv1.Role{
		meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN, meritv1.Role_ROLE_AUDITOR,
	} {
		a.people = append(a.people, &stranger{role.String(), role, "agency", y.MustAccount(t, role, c.AgencyID)})
	}
	for _, role := range []meritv1.Role{meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_ADMIN} {
		a.people = append(a.people, &stranger{role.String(), role, "nation", y.MustAccount(t, role, "")})
	}
	a.people = append(a.people, &stranger{"nobody", meritv1.Role_ROLE_ANYONE, "", y.Anyone()})
	return a
}

// reads are the calls that read something about an assessment, its agency and its year.
func (a *audience) reads() map[string]proto.Message {
	id, agency := a.c.AssessmentID, a.c.AgencyID
	return map[string]proto.Message{
		"AssessmentService/GetAssessment":        &meritv1.GetAssessmentRequest{AssessmentId: id, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL},
		"AssessmentService/ListAssessments":      &meritv1.ListAssessmentsRequest{},
		"AssessmentService/GetHistory":           &meritv1.GetHistoryRequest{AssessmentId: id, PageSize: 500},
		"AssessmentService/CheckCompleteness":    &meritv1.CheckCompletenessRequest{AssessmentId: id},
		"AssessmentService/Simulate":             &meritv1.SimulateRequest{AssessmentId: id},
		"AssessmentService/SuggestPath":          &meritv1.SuggestPathRequest{AssessmentId: id},
		"AuditService/ListEntries":               &meritv1.ListEntriesRequest{PageSize: 500},
		"CycleService/GetParticipation":          &meritv1.GetParticipationRequest{CycleId: a.CycleID},
		"EvidenceService/ListEvidence":           &meritv1.ListEvidenceRequest{AssessmentId: id},
		"EvidenceService/ListDocuments":          &meritv1.ListDocumentsRequest{Subject: ofMinutes, SubjectId: id},
		"PlenaryService/ListSessions":            &meritv1.ListSessionsRequest{CycleId: a.CycleID},
		"ResultService/GetResult":                &meritv1.GetResultRequest{AgencyId: agency},
		"ResultService/GetTrend":                 &meritv1.GetTrendRequest{AgencyId: agency},
		"ResultService/GetSummary":               &meritv1.GetSummaryRequest{InstrumentId: "kasn-2019", Year: 2021},
		"ResultService/ListResults":              listResults(nil),
		"VerificationService/GetLoad":            &meritv1.GetLoadRequest{CycleId: a.CycleID},
		"VerificationService/ListWork":           &meritv1.ListWorkRequest{},
		"VerificationService/GetMinutes":         &meritv1.GetMinutesRequest{AssessmentId: id},
		"VerificationService/ListClarifications": &meritv1.ListClarificationsRequest{AssessmentId: id},
	}
}

// learn is all that the audience is told, by person and call.
func (a *audience) learn(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	w := &world{Year: a.Year}
	for _, who := range a.people {
		for method, req := range a.reads() {
			all[who.name+" calls "+method] = w.call(t, methodOf(t, "/merit.v1."+method), who, req, missing).text
		}
	}
	return all
}

// wantSilence fails the test if the audience learns anything from what is done.
func (a *audience) wantSilence(t *testing.T, what string, do func()) {
	t.Helper()
	before := a.learn(t)
	do()
	if diff := cmp.Diff(before, a.learn(t)); diff != "" {
		t.Errorf("%s shows already (-before +after):\n%s", what, diff)
	}
}

func TestDecisionsOfTheAssessorAreSilentUntilReleased(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := y.MustSubmitted(t, store.Agency{}, yeartest.All(3))
		a := newAudience(t, y, c)
		y.MustStartVerification(t, c)
		a.wantSilence(t, "what is verified", func() {
			y.MustDecide(t, c, yeartest.All(3).With(yeartest.Levels{"1.1": 1, "1.2": 2}))
		})
		for call, text := range a.learn(t) {
			if strings.Contains(text, y.Verifier.AccountID) {
				t.Errorf("%s and learns who verifies: %s", call, text)
			}
		}
		round := mustOpenRound(t, y, c, clarify, "2021-12-31", "1.1")
		y.Clock.Add(time.Minute)
		a.wantSilence(t, "what is verified of an item asked about, after the question", func() {
			y.MustDecide(t, c, yeartest.Levels{"1.1": 2, "1.3": 1})
		})
		servertest.Must(answerRound(t, c.Operator, round, "1.1"))(t)
		servertest.Must(closeRound(t, y.Verifier, round))(t)
		y.MustComplete(t, c)
		a.wantSilence(t, "what the plenary decides", func() { decideAll(t, y, c) })
	})
}

// decideAll lets a session discuss and decide everything, and leaves it open.
func decideAll(t *testing.T, y *yeartest.Year, c *yeartest.Case) {
	s := y.MustOpenSession(t, c)
	y.MustVote(t, s, c)
	servertest.Must(decideItem(t, y.Commissioners[0], s, c, change, set("1.1", 4)))(t)
}
