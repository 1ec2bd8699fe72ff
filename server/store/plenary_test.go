package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

var heldAt = time.Date(2026, 6, 10, 2, 0, 0, 0, time.UTC)

// MustOpenSession opens a session with one assessment on its agenda; session, assessment and the account of
// the only commissioner have the ids s, a and a.
func MustOpenSession(tb testing.TB, s *store.Store) {
	tb.Helper()
	MustSeedAssessment(tb, s, "a")
	MustUpdate(tb, s, func(tx *store.Tx) error {
		err := tx.InsertPlenarySession(store.PlenarySession{ID: "s", CycleID: "a", Title: "Plenary", HeldOn: "2026-06-10", OpenedAt: heldAt, OpenedBy: "a"})
		return errors.Join(err, tx.InsertAgendaItem(store.AgendaItem{SessionID: "s", AssessmentID: "a"}))
	})
}

func TestSessionIsClosedOnceByWhoReadItsNewestRevision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustOpenSession(t, s)
		closing := store.PlenarySession{ID: "s", Revision: 1, ClosedAt: heldAt, ClosedBy: "a", DecreeNumber: "1/2026", DecreeDate: "2026-06-10"}
		stale := closing
		stale.Revision = 7
		MustUpdate(t, s, func(tx *store.Tx) error {
			for _, attempt := range []struct {
				session store.PlenarySession
				want    bool
			}{{stale, false}, {closing, true}, {closing, false}} {
				if got, err := tx.ClosePlenarySession(attempt.session); err != nil || got != attempt.want {
					t.Errorf("close at revision %d: %t, %v; want %t", attempt.session.Revision, got, err, attempt.want)
				}
			}
			return nil
		})
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.PlenarySession("s")
			want := store.PlenarySession{
				ID: "s", CycleID: "a", Title: "Plenary", HeldOn: "2026-06-10", State: store.SessionClosed,
				OpenedAt: heldAt, OpenedBy: "a", ClosedAt: heldAt, ClosedBy: "a", DecreeNumber: "1/2026",
				DecreeDate: "2026-06-10", Revision: 2,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Session (-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func TestAgendaItemIsDecidedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustOpenSession(t, s)
		MustUpdate(t, s, func(tx *store.Tx) error {
			if open, err := tx.OnOpenAgenda("a"); err != nil || open.ID != "s" {
				t.Errorf("before the decision: on the agenda of %q, %v", open.ID, err)
			}
			item := store.AgendaItem{
				SessionID: "s", AssessmentID: "a", Outcome: store.Postponed, Reason: "late",
				DecidedAt: heldAt, DecidedBy: "a", Acknowledged: true, Eligible: 3, InFavour: 2,
			}
			for _, want := range []bool{true, false} {
				if got, err := tx.DecideAgendaItem(item); err != nil || got != want {
					t.Errorf("decide: %t, %v; want %t", got, err, want)
				}
			}
			item.Revision = 2
			agenda, err := tx.Agenda("s")
			if diff := cmp.Diff([]store.AgendaItem{item}, agenda); diff != "" {
				t.Errorf("agenda (-want +got):\n%s", diff)
			}
			if _, missing := tx.OnOpenAgenda("a"); !errors.Is(missing, store.ErrNotFound) {
				t.Errorf("a postponed assessment still stands on an open agenda: %v", missing)
			}
			return err
		})
	})
}

func TestPresenceAndVotesAreReplacedAndRecusalsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustOpenSession(t, s)
		vote := store.CastVote{SessionID: "s", AssessmentID: "a", AccountID: "a", Vote: store.Against, Dissent: "no", At: heldAt}
		MustUpdate(t, s, func(tx *store.Tx) error {
			first := vote
			first.Vote = store.InFavour
			return errors.Join(
				tx.PutAttendance(store.Attendance{SessionID: "s", AccountID: "a", Present: false, RecordedBy: "a"}),
				tx.PutAttendance(store.Attendance{SessionID: "s", AccountID: "a", Present: true, RecordedBy: "a"}),
				tx.AddRecusal(store.Recusal{SessionID: "s", AssessmentID: "a", AccountID: "a", Reason: "first", ByRule: true, RecordedBy: "a"}),
				tx.AddRecusal(store.Recusal{SessionID: "s", AssessmentID: "a", AccountID: "a", Reason: "second", RecordedBy: "a"}),
				tx.PutVote(first), tx.PutVote(vote))
		})
		MustView(t, s, func(tx *store.Tx) error {
			attendances, err := tx.Attendances("s")
			if diff := cmp.Diff([]store.Attendance{{SessionID: "s", AccountID: "a", Present: true, RecordedBy: "a"}}, attendances); diff != "" || err != nil {
				t.Errorf("attendance (-want +got):\n%s %v", diff, err)
			}
			recusals, err := tx.Recusals("s")
			if diff := cmp.Diff([]store.Recusal{{SessionID: "s", AssessmentID: "a", AccountID: "a", Reason: "first", ByRule: true, RecordedBy: "a"}}, recusals); diff != "" || err != nil {
				t.Errorf("recusals (-want +got):\n%s %v", diff, err)
			}
			votes, err := tx.Votes("s")
			if diff := cmp.Diff([]store.CastVote{vote}, votes); diff != "" || err != nil {
				t.Errorf("votes (-want +got):\n%s %v", diff, err)
			}
			return nil
		})
	})
}

func TestCorrectionNamesTheDeterminationItCorrects(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustOpenSession(t, s)
		first := store.Determination{ID: "d1", AssessmentID: "a", SessionID: "s", DecreeNumber: "1/2026", DecreeDate: "2026-06-10", DeterminedAt: heldAt, DeterminedBy: "a"}
		second := first
		second.ID, second.Corrects, second.DecreeNumber = "d2", "d1", "2/2026"
		level := store.PlenaryLevel{SessionID: "s", AssessmentID: "a", Item: "1.1", Kind: "LEVEL", Level: 3, Reason: "decree seen", RecordedAt: heldAt, RecordedBy: "a"}
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertDetermination(first), tx.InsertDetermination(second), tx.InsertPlenaryLevel(level))
		})
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.Determinations("a")
			if diff := cmp.Diff([]store.Determination{first, second}, all); diff != "" || err != nil {
				t.Errorf("determinations (-want +got):\n%s %v", diff, err)
			}
			levels, err := tx.PlenaryLevels("s")
			if diff := cmp.Diff([]store.PlenaryLevel{level}, levels); diff != "" || err != nil {
				t.Errorf("levels (-want +got):\n%s %v", diff, err)
			}
			return nil
		})
	})
}
