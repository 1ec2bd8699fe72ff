package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestAShiftComparesTheNewestDecisionWithTheClaimThatItJudged(t *testing.T) {
	decisions := []struct {
		assessment string
		store.Decision
	}{
		{"a1", store.Decision{Stage: store.StageClaimed, Item: "1.1", Kind: store.KindLevel, Level: 4, DecidedBy: "o"}},
		{"a1", store.Decision{Stage: store.StageClaimed, Item: "1.2", Kind: store.KindLevel, Level: 2, DecidedBy: "o"}},
		{"a1", store.Decision{Stage: store.StageVerified, Item: "1.1", Kind: store.KindLevel, Level: 1, ClaimSeq: 1, DecidedBy: "v"}},
		{"a1", store.Decision{Stage: store.StageVerified, Item: "1.1", Kind: store.KindLevel, Level: 3, ClaimSeq: 1, DecidedBy: "v"}},
		{"a1", store.Decision{Stage: store.StageVerified, Item: "1.2", Kind: store.KindNotProven, ClaimSeq: 1, DecidedBy: "w"}},
		{"a1", store.Decision{Stage: store.StageVerified, Item: "1.3", Kind: store.KindLevel, Level: 1, DecidedBy: "w"}},
		{"a1", store.Decision{Stage: store.StageVerified, Item: "1.0", Kind: store.KindChoice, Value: "ya", DecidedBy: "w"}},
		{"a2", store.Decision{Stage: store.StageClaimed, Item: "1.1", Kind: store.KindLevel, Level: 2, DecidedBy: "o"}},
		{"a2", store.Decision{Stage: store.StageVerified, Item: "1.1", Kind: store.KindLevel, Level: 2, ClaimSeq: 1, DecidedBy: "v"}},
		{"a2", store.Decision{Stage: store.StageClaimed, Item: "1.1", Kind: store.KindLevel, Level: 4, DecidedBy: "o"}}, // after the decision
	}
	tests := []struct {
		name, cycle, region string
		items               []string
		want                []store.VerifierShift
	}{
		{"in the nation", "c1", "", []string{"1.0", "1.1", "1.2", "1.3"}, []store.VerifierShift{
			{AccountID: "v", Assessments: 2, Decided: 2, Lowered: 1, Shift: -1},
			{AccountID: "w", Assessments: 1, Decided: 2, Lowered: 1, Raised: 1, Shift: -1},
		}},
		{"in a region", "c1", "II", []string{"1.1", "1.2", "1.3"}, []store.VerifierShift{
			{AccountID: "v", Assessments: 1, Decided: 1},
		}},
		{"of some items", "c1", "", []string{"1.3"}, []store.VerifierShift{
			{AccountID: "w", Assessments: 1, Decided: 1, Raised: 1, Shift: 1},
		}},
		{"in another cycle", "c9", "", []string{"1.1"}, nil},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustSeed(t, s, "a1", "I", "IN_VERIFICATION")
		mustSeed(t, s, "a2", "II", "IN_VERIFICATION")
		for i := range decisions {
			MustUpdate(t, s, func(tx *store.Tx) error {
				sheet, err := tx.Sheet(decisions[i].assessment)
				if err != nil {
					return err
				}
				return tx.AppendDecisions(&sheet, &decisions[i].Decision)
			})
		}
		for _, test := range tests {
			MustView(t, s, func(tx *store.Tx) error {
				got, err := tx.VerifierShifts(test.cycle, test.region, "2026-04-01", test.items)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", test.name, diff)
				}
				return err
			})
		}
	})
}
