package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/workflow"
)

func mustDay(tb testing.TB, day string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// mustSeed adds an assessment in a state to the cycle c1 of 2026, with an agency of its own in a region. That of a3 was
// submitted on 3 February.
func mustSeed(tb testing.TB, s *store.Store, id, region, state string) {
	tb.Helper()
	agency := regency(id, id, "Kabupaten "+id, "2000-01-01")
	agency.Region = region
	MustAddAgencies(tb, s, agency)
	var missing bool
	MustView(tb, s, func(tx *store.Tx) error {
		_, err := tx.Cycle("c1")
		missing = errors.Is(err, store.ErrNotFound)
		return nil
	})
	if missing {
		MustAddCycle(tb, s, "c1", "2026", 2026)
	}
	MustUpdate(tb, s, func(tx *store.Tx) error {
		a := store.Assessment{
			ID: id, CycleID: "c1", AgencyID: id, Attempt: 1, InstrumentID: "x", AgencyKind: scoring.Kabupaten,
			State: workflow.State(state), StartedAt: mustDay(tb, "2026-01-05"), StartedBy: "o", Revision: 1,
		}
		_, err := tx.AddAssessment(a)
		a.SubmittedAt = mustDay(tb, "2026-02-0"+id[1:])
		return errors.Join(err, tx.UpdateAssessment(&a))
	})
}

func TestTheNewestExtensionOfAnAgencyMovesItsWindow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustSeed(t, s, "a1", "I", "DRAFT")
		mustSeed(t, s, "a2", "I", "DRAFT")
		for _, e := range []struct{ id, phase, lastDay, grantedAt string }{
			{"e1", "SELF_ASSESSMENT", "2026-02-20", "2026-01-10"},
			{"e2", "SELF_ASSESSMENT", "2026-02-10", "2026-01-20"},
			{"e3", "REPAIR", "2026-06-30", "2026-01-30"},
		} {
			MustExec(t, s, `INSERT INTO extension (id, cycle_id, phase, agency_id, last_day, reason, granted_at, granted_by)
				VALUES ($1, 'c1', $2, 'a1', $3, 'flood', $4, 'lead')`, e.id, e.phase, e.lastDay, store.Micros(mustDay(t, e.grantedAt)))
		}
		window := calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2026-01-01", LastDay: "2026-01-28"}
		extended := window
		extended.Extended = "2026-02-10"
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.WindowsOf(calendar.SelfAssessment, "a1", "a2", "a9")
			if diff := cmp.Diff(map[string]calendar.Window{"a1": extended, "a2": window}, got); diff != "" {
				t.Errorf("windows (-want +got):\n%s", diff)
			}
			return err
		})
	})
}

func TestSubmittedSheetsWithoutAVerifierWaitInTheirRegion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustSeed(t, s, "a1", "I", "SUBMITTED")
		mustSeed(t, s, "a2", "II", "SUBMITTED")
		mustSeed(t, s, "a3", "II", "SUBMITTED")
		mustSeed(t, s, "a4", "II", "DRAFT")
		mustSeed(t, s, "a5", "II", "SUBMITTED")
		MustExec(t, s, `UPDATE assessment SET verifier_id = 'v' WHERE id = $1`, "a5")
		MustPutVersion(t, s, "a2", "2026-03-01", func(a *store.Agency) { a.Region = "I" })
		for _, test := range []struct {
			name, region, day string
			count             int
			since             string
		}{
			{"before an agency moves to region I", "I", "2026-02-28", 1, "2026-02-01"},
			{"after it has moved", "I", "2026-03-01", 2, "2026-02-01"},
			{"the region that it left", "II", "2026-03-01", 1, "2026-02-03"},
			{"the nation", "", "2026-03-01", 3, "2026-02-01"},
		} {
			MustView(t, s, func(tx *store.Tx) error {
				got, err := tx.WaitForVerifier(test.region, test.day)
				if diff := cmp.Diff([]store.Waiting{{CycleID: "c1", Count: test.count, Since: mustDay(t, test.since)}}, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", test.name, diff)
				}
				return err
			})
		}
	})
}

func TestVerifiedSheetsWaitUntilAnOpenSessionHasThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"a1", "a2", "a3", "a4"} {
			mustSeed(t, s, id, "I", "VERIFIED")
		}
		mustSeed(t, s, "a5", "I", "DETERMINED")
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertPlenarySession(store.PlenarySession{ID: "s1", CycleID: "c1", Title: "First", HeldOn: "2026-06-10", OpenedAt: heldAt, OpenedBy: "k"}),
				tx.InsertPlenarySession(store.PlenarySession{ID: "s2", CycleID: "c1", Title: "Second", HeldOn: "2026-06-20", OpenedAt: heldAt, OpenedBy: "k"}),
				tx.InsertPlenarySession(store.PlenarySession{ID: "s3", CycleID: "c1", Title: "Third", HeldOn: "2026-06-30", OpenedAt: heldAt, OpenedBy: "k"}),
				tx.InsertAgendaItem(store.AgendaItem{SessionID: "s1", AssessmentID: "a1"}),
				tx.InsertAgendaItem(store.AgendaItem{SessionID: "s1", AssessmentID: "a2"}),
				tx.InsertAgendaItem(store.AgendaItem{SessionID: "s2", AssessmentID: "a3"}))
		})
		MustExec(t, s, `UPDATE plenary_agenda SET outcome = 'POSTPONED' WHERE assessment_id = $1`, "a2")
		MustExec(t, s, `UPDATE plenary_session SET state = 'CLOSED' WHERE id = $1`, "s2")
		MustView(t, s, func(tx *store.Tx) error {
			waiting, err := tx.WaitForSession()
			if diff := cmp.Diff([]store.Waiting{{CycleID: "c1", Count: 3, Since: mustDay(t, "2026-02-02")}}, waiting); diff != "" {
				t.Errorf("those postponed, of a closed session and of none wait (-want +got):\n%s", diff)
			}
			open, errOpen := tx.OpenSessions()
			want := []store.OpenSession{
				{ID: "s1", CycleID: "c1", Title: "First", HeldOn: "2026-06-10", OpenedAt: heldAt, Agenda: 2, Undecided: 1},
				{ID: "s3", CycleID: "c1", Title: "Third", HeldOn: "2026-06-30", OpenedAt: heldAt},
			}
			if diff := cmp.Diff(want, open); diff != "" {
				t.Errorf("open sessions (-want +got):\n%s", diff)
			}
			return errors.Join(err, errOpen)
		})
	})
}
