package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

func mustInstrument(tb testing.TB, id string) *instrument.Instrument {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("no embedded instrument %s", id)
	}
	return in
}

// claimedSheet has the same level claimed for every scored item.
func claimedSheet(in *instrument.Instrument, level int) *store.Sheet {
	s := &store.Sheet{AssessmentID: "a"}
	for _, item := range in.Scoring().Items() {
		if item.Kind == scoring.Scored {
			s.Items = append(s.Items, store.SheetItem{Item: item.Code, Claimed: store.Standing{Seq: 1, Kind: store.KindLevel, Level: level}})
		}
	}
	return s
}

func mustScore(tb testing.TB, in *instrument.Instrument, s *store.Sheet, detail scored.Detail, stages ...store.Stage) *meritv1.Score {
	tb.Helper()
	m, err := scoreOf(in, scoring.Kabupaten, s, detail, stages...)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestAScoreSaysTotalIndexCategoryMarginAndDistance(t *testing.T) {
	in := mustInstrument(t, "kasn-2019")
	got := mustScore(t, in, claimedSheet(in, 3), scored.ByAspect, store.StageClaimed)
	got.Aspects = got.Aspects[:1]
	want := &meritv1.Score{
		HasTotal: true, Total: "307.5", Maximum: "410", Index: "0.75", Category: "baik", CategoryName: "Baik", Margin: "57.5",
		NextCategory: "sangat_baik", NextCategoryName: "Sangat Baik", Distance: "17.5", Answered: 38, Applicable: 38, RestsOnReconstructed: true,
		Aspects: []*meritv1.AspectScore{
			{Aspect: in.Aspects[0].Code, Name: in.Aspects[0].Name, Points: "30", Maximum: "40", Answered: 4, Applicable: 4},
		},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("score (-want +got):\n%s", diff)
	}
}

func TestAVerifiedScoreCountsVerifiedDecisionsOnly(t *testing.T) {
	in := mustInstrument(t, "kasn-2019")
	s := claimedSheet(in, 3)
	s.Items[0].Verified = store.Standing{Seq: 1, Kind: store.KindLevel, Level: 2}
	s.Items[1].Verified = store.Standing{Seq: 1, Kind: store.KindNotProven}
	s.Items[2].Verified = store.Standing{Seq: 2, Kind: store.KindCleared}
	s.Items[0].Determined = store.Standing{Seq: 1, Kind: store.KindLevel, Level: 4}
	for _, tc := range []struct {
		name            string
		stages          []store.Stage
		total           string
		answered        int32
		answer1         *meritv1.Answer
		points1, weight string
	}{
		{"claimed", []store.Stage{store.StageClaimed}, "307.5", 38, level(3), "7.5", "2.5"},
		{"verified", []store.Stage{store.StageVerified}, "5", 2, level(2), "5", "2.5"},
		{"determined", []store.Stage{store.StageDetermined}, "10", 1, level(4), "10", "2.5"},
		{"determined, else verified", []store.Stage{store.StageDetermined, store.StageVerified}, "10", 2, level(4), "10", "2.5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := mustScore(t, in, s, scored.WithItems, tc.stages...)
			if got.GetTotal() != tc.total || got.GetAnswered() != tc.answered {
				t.Errorf("total %s of %d answered, want %s of %d", got.GetTotal(), got.GetAnswered(), tc.total, tc.answered)
			}
			want := &meritv1.ItemScore{
				Item: in.Item(0).Code, Name: in.Item(0).Name, Weight: tc.weight, Answer: tc.answer1, Points: tc.points1,
				Maximum: "10", Applicable: true, Reconstructed: in.Item(0).Provenance == scoring.Reconstructed,
			}
			if diff := cmp.Diff(want, got.GetAspects()[0].GetItems()[0], protocmp.Transform()); diff != "" {
				t.Errorf("first item (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAScoreSaysWhichItemsAreLeftOut(t *testing.T) {
	in := mustInstrument(t, "panrb-2026")
	all := mustScore(t, in, &store.Sheet{}, scored.ByAspect, store.StageClaimed)
	s := &store.Sheet{Items: []store.SheetItem{{Item: "6.3.0", Claimed: store.Standing{Seq: 1, Kind: store.KindChoice, Value: "tidak"}}}}
	got := mustScore(t, in, s, scored.WithItems, store.StageClaimed)
	if got.GetHasTotal() || got.GetTotal() != "" || got.GetCategory() != "" {
		t.Errorf("a total %q of an instrument without one", got.GetTotal())
	}
	if len(got.GetNotApplicable()) != len(all.GetNotApplicable())+1 || got.GetApplicable() != all.GetApplicable()-1 {
		t.Errorf("left out %v after the gate, %v before", got.GetNotApplicable(), all.GetNotApplicable())
	}
	for _, item := range got.GetAspects()[5].GetItems() {
		if item.GetItem() == "6.3" && (item.GetApplicable() || item.GetMaximum() != "") {
			t.Errorf("the item behind the gate: %v", item)
		}
	}
}

func BenchmarkScoreMessage(b *testing.B) {
	in := mustInstrument(b, "kasn-2019")
	s := claimedSheet(in, 3)
	b.ReportAllocs()
	for b.Loop() {
		mustScore(b, in, s, scored.ByAspect, store.StageClaimed)
	}
}
