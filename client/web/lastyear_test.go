package web_test

import (
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

// mustDetermineItem lets the plenary have decided an item of a verified assessment otherwise than the verifier.
func mustDetermineItem(t *testing.T, y *yeartest.Year, c *yeartest.Case, item string, level int, reason string) {
	t.Helper()
	y.MustUpdate(t, "assessment.decide", func(tx *store.Tx) error {
		a, err := tx.Assessment(c.AssessmentID)
		if err != nil {
			return err
		}
		sheet, err := tx.Sheet(c.AssessmentID)
		if err != nil {
			return err
		}
		a.State = workflow.Determined
		if err := tx.UpdateAssessment(&a); err != nil {
			return err
		}
		return tx.AppendDecisions(&sheet, &store.Decision{
			Stage: store.StageDetermined, Item: item, Kind: store.KindLevel, Level: level, Note: reason, DecidedBy: y.Commissioners[0].AccountID,
		})
	})
}

// mustNextYear adds a cycle after the year's, in which the agency starts again.
func mustNextYear(t *testing.T, y *yeartest.Year, c *yeartest.Case) *yeartest.Case {
	t.Helper()
	next := store.Cycle{Name: "2022", Year: 2022, InstrumentID: y.Instrument.ID, Assessor: "Lembaga Penilai Demo", Quorum: 2, MajorityPercent: 50}
	for _, w := range yeartest.Wide() {
		next.Windows = append(next.Windows, store.Window{Window: w})
	}
	y.MustUpdate(t, "cycle.create", func(tx *store.Tx) error {
		next.ID = tx.NewID()
		return tx.AddCycle(next)
	})
	again := *c
	again.AssessmentID = servertest.Must(meritv1.NewAssessmentServiceClient(c.Operator).StartAssessment(t.Context(),
		&meritv1.StartAssessmentRequest{CycleId: next.ID}))(t).GetAssessment().GetId()
	return &again
}

func TestLastYearStandsBesideAnItemWithTheVerifiersOwnComment(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	c := y.MustVerified(t, store.Agency{}, yeartest.All(3), yeartest.Levels{"1.1": 1})
	mustDetermineItem(t, y, c, "1.1", 2, "The plenary saw the decree.")
	again := mustNextYear(t, y, c)
	last := []string{"Level 2", "The plenary saw the decree.", "Level 1", "bukti demo"}
	s.as(t, c.Operator).get(t, "/assessments/"+again.AssessmentID+"/items/1.1").
		want(t, http.StatusOK, append(last, "Last year:", "The verifier then:")...)
	s.as(t, c.Operator).get(t, "/assessments/"+again.AssessmentID+"/items/1.2").
		want(t, http.StatusOK, "Last year:").wantNo(t, "The verifier then:")

	mustSubmit(t, y, again)
	y.MustStartVerification(t, again)
	s.as(t, y.Verifier).get(t, "/verification/"+again.AssessmentID+"/items/1.1").
		want(t, http.StatusOK, append(last, "The verifier last year")...)
}
