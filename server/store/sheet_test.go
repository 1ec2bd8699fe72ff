package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// The sheet is kept beside the history for speed. Whatever happens to an assessment, in whatever groups, the
// sheet must say what one would find by going through all decisions.
func TestTheSheetSaysWhatTheHistorySays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		attempt := 0
		rapid.Check(t, func(r *rapid.T) {
			attempt++
			id := fmt.Sprintf("a%d", attempt)
			MustAddAssessment(t, s, id, attempt)
			for range rapid.IntRange(1, 12).Draw(r, "transactions") {
				playTransaction(t, s, r, id)
			}
			compareSheetWithHistory(t, s, id)
		})
	})
}

var someItems = []string{"1.1", "1.10", "1.2", "gate", "profile.vision"}

// playTransaction appends some decisions in two steps, and sometimes fails after that.
func playTransaction(t *testing.T, s *store.Store, r *rapid.T, id string) {
	failed := errors.New("the closure failed")
	fails := rapid.Bool().Draw(r, "fails")
	decisions := rapid.SliceOfN(rapid.Custom(drawDecision), 0, 6).Draw(r, "decisions")
	ctx := audit.WithActor(context.Background(), audit.Actor{Account: "o"})
	err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		sheet, err := tx.Sheet(id)
		if err != nil {
			return nil, err
		}
		again := make([]*store.Decision, len(decisions)) // the closure may be run again
		for i, d := range decisions {
			again[i] = &d
		}
		half := len(again) / 2
		err = errors.Join(tx.AppendDecisions(&sheet, again[:half]...), tx.AppendDecisions(&sheet, again[half:]...))
		if err == nil && fails {
			err = failed
		}
		return []audit.Entry{{Action: "test.play"}}, err
	})
	if fails != errors.Is(err, failed) || !fails && err != nil {
		t.Fatal(err)
	}
}

func drawDecision(r *rapid.T) store.Decision {
	d := store.Decision{
		Stage: rapid.SampledFrom([]store.Stage{store.StageClaimed, store.StageVerified, store.StageDetermined}).Draw(r, "stage"),
		Item:  rapid.SampledFrom(someItems).Draw(r, "item"),
		Kind: rapid.SampledFrom([]store.DecisionKind{
			store.KindLevel, store.KindChoice, store.KindText, store.KindNotProven, store.KindCleared,
		}).Draw(r, "kind"),
		ClaimSeq:  rapid.IntRange(0, 300).Draw(r, "claim"),
		Note:      "why",
		DecidedBy: "o",
	}
	switch d.Kind {
	case store.KindLevel:
		d.Level = rapid.IntRange(0, 4).Draw(r, "level")
	case store.KindChoice, store.KindText:
		d.Value = rapid.StringMatching(`[a-zA-Z é]{0,200}`).Draw(r, "value")
	}
	return d
}

func compareSheetWithHistory(t *testing.T, s *store.Store, id string) {
	t.Helper()
	MustView(t, s, func(tx *store.Tx) error {
		sheet, err := tx.Sheet(id)
		if err != nil {
			return err
		}
		history, err := tx.Decisions(id, "")
		if err != nil {
			return err
		}
		for _, item := range someItems {
			if diff := cmp.Diff(replay(history, item), sheet.Item(item)); diff != "" {
				t.Fatalf("item %s (-history +sheet):\n%s", item, diff)
			}
		}
		many, err := tx.Sheets(id)
		if diff := cmp.Diff(&sheet, many[id]); diff != "" {
			t.Fatalf("read alone and among many (-alone +many):\n%s", diff)
		}
		return err
	})
}

// replay finds how an item stands by going through its history.
func replay(history []store.Decision, item string) store.SheetItem {
	i := store.SheetItem{Item: item}
	at := map[store.Stage]*store.Standing{store.StageClaimed: &i.Claimed, store.StageVerified: &i.Verified, store.StageDetermined: &i.Determined}
	for _, d := range history {
		if d.Item == item && d.Seq > at[d.Stage].Seq {
			*at[d.Stage] = store.Standing{Seq: d.Seq, Kind: d.Kind, Level: d.Level, Value: d.Value, ClaimSeq: d.ClaimSeq}
		}
	}
	return i
}

func TestDecisionsAreNumberedPerItemAndStageAndNeverReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		claim := func(item string, level int) *store.Decision {
			return &store.Decision{Stage: store.StageClaimed, Item: item, Kind: store.KindLevel, Level: level, Note: "see page 3", DecidedBy: "o", MembershipID: "m"}
		}
		verify := &store.Decision{Stage: store.StageVerified, Item: "1.1", Kind: store.KindNotProven, Note: "expired", ClaimSeq: 2, DecidedBy: "v"}
		MustUpdate(t, s, func(tx *store.Tx) error {
			sheet, err := tx.Sheet("a1")
			return errors.Join(err, tx.AppendDecisions(&sheet, claim("1.1", 1), claim("1.1", 2), claim("1.2", 3)),
				tx.AppendDecisions(&sheet, verify))
		})
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.Decisions("a1", "1.1")
			var got []string
			for _, d := range all {
				got = append(got, fmt.Sprint(d.Stage, d.Seq, d.Kind, d.Level))
			}
			if diff := cmp.Diff([]string{"CLAIMED1LEVEL1", "CLAIMED2LEVEL2", "VERIFIED1NOT_PROVEN0"}, got); diff != "" {
				t.Errorf("history of 1.1 (-want +got):\n%s", diff)
			}
			newest, err2 := tx.NewestDecisions("a1")
			if len(newest) != 3 || newest[0].Seq != 2 || newest[1].Note != "expired" || newest[2].Item != "1.2" {
				t.Errorf("newest decisions %+v", newest)
			}
			one, err3 := tx.Decision("a1", store.StageVerified, "1.1", 1)
			if diff := cmp.Diff(*verify, one); diff != "" {
				t.Errorf("Decision (-want +got):\n%s", diff)
			}
			return errors.Join(err, err2, err3)
		})
	})
}

func TestASheetThatIsNotTheNewestIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		claim := store.Decision{Stage: store.StageClaimed, Item: "1.1", Kind: store.KindLevel, DecidedBy: "o"}
		err := tryUpdate(t, s, func(tx *store.Tx) error {
			old, err := tx.Sheet("a1")
			if err != nil {
				return err
			}
			newer, again := old, claim
			return errors.Join(tx.AppendDecisions(&newer, &claim), tx.AppendDecisions(&old, &again))
		})
		if !errors.Is(err, store.ErrStale) {
			t.Errorf("writing over a newer sheet: %v, want ErrStale", err)
		}
	})
}

func TestAssigningTwiceIsAssigningOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertAccount(store.Account{ID: "c", Email: "c@example.go.id", Name: "C", State: store.AccountActive}),
				tx.AssignItem("a1", "1.1", "c", "o"), tx.AssignItem("a1", "1.1", "c", "p"))
		})
		assigned := func(want bool) {
			t.Helper()
			MustView(t, s, func(tx *store.Tx) error {
				all, err := tx.ItemAssignments("a1")
				items, err2 := tx.AssignedItems("a1", "c")
				if is := items["1.1"]; (len(all) == 1) != want || is != want || len(items) > 1 || want && all[0].AssignedBy != "o" {
					t.Errorf("assigned %+v, %t; want %t", all, items["1.1"], want)
				}
				return errors.Join(err, err2)
			})
		}
		assigned(true)
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.UnassignItem("a1", "1.1", "c") })
		assigned(false)
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.AssignItem("a1", "1.1", "c", "o") })
		assigned(true)
	})
}
