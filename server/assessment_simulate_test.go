package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestSimulatingScoresChangesAndStoresNothing(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		resp := servertest.Must(assessments(d.contributor).Simulate(t.Context(), &meritv1.SimulateRequest{AssessmentId: d.id, Changes: []*meritv1.Change{
			{Item: "1.1", Answer: yeartest.Answer(4)},
			{Item: "1.2"},
		}}))(t)
		if resp.GetBefore().GetTotal() != "307.5" || resp.GetAfter().GetTotal() != "302.5" || resp.GetAfter().GetAnswered() != 37 {
			t.Errorf("before %s, after %s of %d", resp.GetBefore().GetTotal(), resp.GetAfter().GetTotal(), resp.GetAfter().GetAnswered())
		}
		if got := resp.GetAfter().GetAspects()[0].GetItems()[0]; got.GetPoints() != "10" || got.GetWeight() != "2.5" {
			t.Errorf("item 1.1 explained: %v", got)
		}
		a := d.MustGet(t, d.operator)
		if itemOf(a, "1.1").GetClaimed().GetSequence() != 1 || a.GetScore().GetTotal() != "307.5" {
			t.Error("the sheet changed")
		}
		_, err := assessments(d.operator).Simulate(t.Context(), &meritv1.SimulateRequest{AssessmentId: d.id, Changes: []*meritv1.Change{
			{Item: "1.1", Answer: yeartest.Answer(4)}, {Item: "1.2", Answer: yeartest.Answer(7)},
		}})
		servertest.WantReason(t, err, meritv1.Reason_REASON_LEVEL_OFF_SCALE)
		if v := servertest.Violations(err); v["changes[1].answer.level"] == "" {
			t.Errorf("violations %v", v)
		}
	})
}

func TestThePathNamesTheFewestRaises(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		for _, tc := range []struct {
			name string
			req  *meritv1.SuggestPathRequest
			want []string
		}{
			{"to the next category", &meritv1.SuggestPathRequest{}, []string{
				"1.1 3 to 4, +2.5 = 310", "3.1 3 to 4, +5 = 315", "3.2 3 to 4, +5 = 320", "3.3 3 to 4, +5 = 325", "sangat_baik 325",
			}},
			{
				"from a changed sheet", &meritv1.SuggestPathRequest{Changes: []*meritv1.Change{{Item: "3.1", Answer: yeartest.Answer(4)}, {Item: "3.2", Answer: yeartest.Answer(4)}, {Item: "3.3", Answer: yeartest.Answer(4)}}},
				[]string{"1.1 3 to 4, +2.5 = 325", "sangat_baik 325"},
			},
			{"to one that is reached", &meritv1.SuggestPathRequest{Category: "baik"}, []string{"baik 307.5"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.req.AssessmentId = d.id
				resp := servertest.Must(assessments(d.operator).SuggestPath(t.Context(), tc.req))(t)
				var got []string
				for _, s := range resp.GetSteps() {
					got = append(got, fmt.Sprintf("%s %d to %d, +%s = %s", s.GetItem(), s.GetFromLevel(), s.GetToLevel(), s.GetGain(), s.GetTotalAfter()))
				}
				got = append(got, resp.GetCategory()+" "+resp.GetTotal())
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("path (-want +got):\n%s", diff)
				}
			})
		}
		_, err := assessments(d.operator).SuggestPath(t.Context(), &meritv1.SuggestPathRequest{AssessmentId: d.id, Category: "unggul"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		if v := servertest.Violations(err); !strings.Contains(v["category"], "buruk, kurang, baik, sangat_baik.") {
			t.Errorf("violations %v do not name the categories", v)
		}
	})
}

func TestThereIsNoPathWithoutTotal(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"}), store.Agency{})
	_, err := assessments(d.operator).SuggestPath(t.Context(), &meritv1.SuggestPathRequest{AssessmentId: d.id})
	servertest.WantReason(t, err, meritv1.Reason_REASON_NO_TOTAL)
}
