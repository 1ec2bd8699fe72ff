package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestARepairRoundOpensItsItemsUntilItsLastDay(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		c := d.MustVerifying(t)
		d.MustDecide(t, c, yeartest.Levels{"1.1": 1})
		d.Phase(t, calendar.Repair)
		round := servertest.Must(verification(d.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: d.id, Kind: meritv1.RoundKind_ROUND_KIND_REPAIR, LastDay: "2021-05-07",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "Lengkapi SK."}},
		}))(t).GetClarification()
		a := d.MustGet(t, d.operator)
		if a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR || !itemOf(a, "1.1").GetOpen() || itemOf(a, "1.2").GetOpen() ||
			!a.GetClosesAt().AsTime().Equal(time.Date(2021, 5, 7, 17, 0, 0, 0, time.UTC)) {
			t.Errorf("in repair: %s, 1.1 open %t, 1.2 open %t, until %v", a.GetState(), itemOf(a, "1.1").GetOpen(), itemOf(a, "1.2").GetOpen(), a.GetClosesAt().AsTime())
		}
		d.wantListed(t, a)
		_, err := d.save(t.Context(), d.operator, "1.2", yeartest.Answer(4))
		servertest.WantReason(t, err, meritv1.Reason_REASON_ITEM_CLOSED)
		_, err = d.save(t.Context(), d.contributor, "1.1", yeartest.Answer(4))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)

		resp := servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(4)))(t)
		if got := resp.GetClaimed(); got.GetRoundId() != round.GetId() || got.GetSequence() != 2 {
			t.Errorf("the new claim %v, want the second, of round %s", got, round.GetId())
		}
		history := servertest.Must(assessments(d.operator).GetHistory(t.Context(), &meritv1.GetHistoryRequest{AssessmentId: d.id, Item: "1.1"}))(t).GetEvents()
		if len(history) != 3 || history[0].GetDecision().GetAnswer().GetLevel() != 3 {
			t.Errorf("history of 1.1: %v; the first claim must stay", history)
		}

		d.Clock.Set(time.Date(2021, 5, 7, 17, 0, 0, 0, time.UTC))
		_, err = d.save(t.Context(), d.operator, "1.1", yeartest.Answer(2))
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_CLOSED)
		if a = d.MustGet(t, d.operator); itemOf(a, "1.1").GetOpen() || a.GetClosesAt() != nil {
			t.Error("the item is open after the last day")
		}
		d.wantListed(t, a)
	})
}

func TestAClarificationDoesNotOpenItemsToANewClaim(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()}), store.Agency{})
	d.MustVerifying(t)
	servertest.Must(verification(d.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
		AssessmentId: d.id, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-03-10",
		Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "Halaman berapa?"}},
	}))(t)
	_, err := d.save(t.Context(), d.operator, "1.1", yeartest.Answer(4))
	servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_SUBMITTED)
	if a := d.MustGet(t, d.operator); itemOf(a, "1.1").GetOpen() || a.GetClosesAt() == nil {
		t.Errorf("open %t, closes at %v; want closed to claims, and when the round ends", itemOf(a, "1.1").GetOpen(), a.GetClosesAt())
	}
}
