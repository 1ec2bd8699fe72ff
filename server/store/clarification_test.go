package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustSeedAssessment adds the least that rows of an assessment refer to: an agency, an instrument, a cycle
// and the assessment itself, all with the id given.
func MustSeedAssessment(tb testing.TB, s *store.Store, id string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for _, statement := range []string{
			`INSERT INTO agency (id, created_at, created_by, revision) VALUES ($1, 1, 'x', 1)`,
			`INSERT INTO instrument (id, title, status, lifecycle, source, digest, saved_at, saved_by, revision)
				VALUES ($1, 'Instrument', 'OFFICIAL', 'PUBLISHED', '', '', 1, 'x', 1)`,
			`INSERT INTO cycle (id, name, year, instrument_id, assessor, quorum, majority_percent, created_at, created_by, revision)
				VALUES ($1, $1, 2026, $1, 'Assessor', 1, 50, 1, 'x', 1)`,
			`INSERT INTO assessment (id, cycle_id, agency_id, attempt, instrument_id, agency_kind, state, started_at, started_by, revision)
				VALUES ($1, $1, $1, 1, $1, 'KOTA', 'IN_VERIFICATION', 1, 'x', 1)`,
			`INSERT INTO account (id, email, name, state, created_at, created_by, revision)
				VALUES ($1, $1, 'Somebody', 'ACTIVE', 1, '', 1)`,
		} {
			if _, err := tx.Exec(statement, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestClarificationKeepsQuestionsInOrderAndEveryAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		opened := time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC)
		want := store.Clarification{
			ID: "c1", AssessmentID: "a", Number: 1, Kind: store.RoundRepair, LastDay: "2026-04-10",
			OpenedAt: opened, OpenedBy: "v", Revision: 1, Items: []store.ClarificationItem{
				{Item: "3.2", Question: "Which decree?"},
				{Item: "1.1", Question: "Which page?", Answers: []store.ClarificationAnswer{
					{Answer: "Page 2", AnsweredAt: opened.Add(time.Hour), AnsweredBy: "o"},
					{Answer: "Page 3", AnsweredAt: opened.Add(2 * time.Hour), AnsweredBy: "o"},
				}},
			},
		}
		MustUpdate(t, s, func(tx *store.Tx) error {
			if err := tx.InsertClarification(want); err != nil {
				return err
			}
			for _, a := range want.Items[1].Answers {
				if err := tx.InsertClarificationAnswer("c1", "1.1", a); err != nil {
					return err
				}
			}
			return nil
		})
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.PendingRound("a")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("PendingRound (-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func TestRoundIsOverAtMidnightOfItsLastDay(t *testing.T) {
	round := store.Clarification{LastDay: "2026-04-10"}
	midnight := time.Date(2026, 4, 10, 17, 0, 0, 0, time.UTC) // 24:00 WIB
	for _, tc := range []struct {
		name          string
		round         store.Clarification
		at            time.Time
		open, overdue bool
	}{
		{"the last moment", round, midnight.Add(-time.Microsecond), true, false},
		{"24:00 WIB", round, midnight, false, true},
		{"closed before", store.Clarification{LastDay: "2026-04-10", ClosedAt: midnight.Add(-time.Hour)}, midnight.Add(-time.Minute), false, false},
		{"closing recorded", store.Clarification{LastDay: "2026-04-10", ClosedAt: midnight}, midnight.Add(time.Hour), false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.round.OpenAt(tc.at); got != tc.open {
				t.Errorf("OpenAt = %t, want %t", got, tc.open)
			}
			if got := tc.round.Overdue(tc.at); got != tc.overdue {
				t.Errorf("Overdue = %t, want %t", got, tc.overdue)
			}
		})
	}
}

func TestClosingARoundOnceReleasesItsItemsAndNumbersTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		first := time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC)
		second := first.AddDate(0, 0, 7)
		MustUpdate(t, s, func(tx *store.Tx) error {
			err := tx.InsertClarification(store.Clarification{
				ID: "c1", AssessmentID: "a", Kind: store.RoundClarification,
				LastDay: "2026-04-05", OpenedAt: first, OpenedBy: "v",
				Items: []store.ClarificationItem{{Item: "1.1", Question: "?"}, {Item: "1.2", Question: "?"}},
			})
			if err != nil {
				return err
			}
			for i, want := range []bool{true, false} {
				if closed, err := tx.CloseClarification("c1", second, "v"); err != nil || closed != want {
					t.Errorf("closing, time %d: %t, %v", i+1, closed, err)
				}
			}
			return tx.InsertClarification(store.Clarification{
				ID: "c2", AssessmentID: "a", Kind: store.RoundClarification,
				LastDay: "2026-04-09", OpenedAt: second, OpenedBy: "v",
				Items: []store.ClarificationItem{{Item: "1.2", Question: "?"}},
			})
		})
		MustView(t, s, func(tx *store.Tx) error {
			released, err := tx.ReleasedItems("a")
			if diff := cmp.Diff(map[string]time.Time{"1.1": first, "1.2": second}, released); diff != "" || err != nil {
				t.Errorf("released (-want +got):\n%s %v", diff, err)
			}
			rounds, err := tx.Clarifications("a")
			if err != nil || len(rounds) != 2 || rounds[1].Number != 2 || !rounds[1].ClosedAt.IsZero() || rounds[0].Revision != 2 {
				t.Errorf("rounds %+v, %v", rounds, err)
			}
			if pending, err := tx.PendingRounds("a", "b"); err != nil || len(pending) != 1 || pending["a"].ID != "c2" {
				t.Errorf("pending %+v, %v", pending, err)
			}
			if overdue, err := tx.OverdueRounds("2026-04-09", 10); err != nil || overdue != nil {
				t.Errorf("overdue on the last day: %v, %v", overdue, err)
			}
			if overdue, err := tx.OverdueRounds("2026-04-10", 10); err != nil || len(overdue) != 1 || overdue[0] != "a" {
				t.Errorf("overdue on the day after: %v, %v", overdue, err)
			}
			if _, err := tx.PendingRound("b"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("no round: %v", err)
			}
			return nil
		})
	})
}
