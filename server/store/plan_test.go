package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestAPlanIsSavedByWhoReadItsNewestRevision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		first := store.Plan{ID: "p1", AgencyID: "M", InstrumentID: "x", AssessmentID: "a1", CycleID: "c1", SavedBy: "o"}
		again, second := first, first
		again.ID, second.Revision = "p2", 1
		for _, save := range []struct {
			name string
			plan store.Plan
			want error
		}{
			{"a new plan", first, nil},
			{"another one of the same assessment", again, store.ErrUnique},
			{"the plan that was read", second, nil},
			{"a plan that was saved meanwhile", second, store.ErrStale},
		} {
			if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.SavePlan(&save.plan) }); !errors.Is(err, save.want) {
				t.Errorf("%s: %v, want %v", save.name, err, save.want)
			}
		}
		MustView(t, s, func(tx *store.Tx) error {
			p, err := tx.PlanOf("M", "x", "a1")
			if p.ID != "p1" || p.Revision != 2 {
				t.Errorf("the plan is %+v, want p1 at revision 2", p)
			}
			if _, err := tx.PlanOf("M", "x", ""); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a plan without an assessment: %v, want ErrNotFound", err)
			}
			return err
		})
	})
}

func TestAPlanCountsItsLinesAndTheNextThatIsDue(t *testing.T) {
	lines := []store.PlanItem{
		{ID: "l1", PlanID: "p1", Item: "1.1", TargetLevel: 3, State: store.PlanOpen, Due: "2026-09-30"},
		{ID: "l2", PlanID: "p1", Item: "1.2", TargetLevel: 4, State: store.PlanInProgress, Due: "2026-08-31"},
		{ID: "l3", PlanID: "p1", Item: "1.3", TargetLevel: 2, State: store.PlanOpen},
		{ID: "l4", PlanID: "p1", Item: "1.4", TargetLevel: 2, State: store.PlanDone, Due: "2026-05-31"},
		{ID: "l5", PlanID: "p1", Item: "1.5", TargetLevel: 2, State: store.PlanDropped, Due: "2026-04-30"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		MustUpdate(t, s, func(tx *store.Tx) error {
			err := tx.SavePlan(&store.Plan{ID: "p1", AgencyID: "M", InstrumentID: "x", SavedBy: "o"})
			for _, line := range lines {
				err = errors.Join(err, tx.SavePlanItem(line))
			}
			return err
		})
		wantPlan(t, s, 3, 1, 1, "2026-08-31")

		done := lines[1]
		done.State, done.Revision = store.PlanDone, 1
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.SavePlanItem(done) })
		wantPlan(t, s, 2, 2, 1, "2026-09-30")
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.SavePlanItem(done) }); !errors.Is(err, store.ErrStale) {
			t.Errorf("a line that was changed meanwhile: %v, want ErrStale", err)
		}
	})
}

func wantPlan(t *testing.T, s *store.Store, open, done, dropped int, due string) {
	t.Helper()
	MustView(t, s, func(tx *store.Tx) error {
		p, err := tx.Plan("p1")
		if p.Open != open || p.Done != done || p.Dropped != dropped || p.NextDue != due {
			t.Errorf("%d open, %d done, %d dropped, next %s; want %d, %d, %d, %s", p.Open, p.Done, p.Dropped, p.NextDue, open, done, dropped, due)
		}
		return err
	})
}

func TestAnAssessmentCarriesOnPlansOfEarlierYears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := MustAddAssessment(t, s, "a1", 1)
		MustAddCycle(t, s, "c0", "2025", 2025)
		MustAddAgencies(t, s, regency("N", "91.02", "Kabupaten Nabire", "2000-01-01"))
		for _, plan := range []struct{ id, agency, assessment, cycle, savedAt string }{
			{"this-year", "M", "a1", "c1", "2026-02-01"},
			{"last-year", "M", "a0", "c0", "2025-08-01"},
			{"before-it-started", "M", "", "", "2026-01-04"},
			{"of-another-agency", "N", "b0", "c0", "2025-08-01"},
			{"after-it-started", "N", "", "", "2026-01-06"},
		} {
			MustExec(t, s, `INSERT INTO plan (id, agency_id, instrument_id, assessment_id, cycle_id, saved_at, saved_by, revision)
				VALUES ($1, $2, 'x', $3, $4, $5, 'o', 1)`, plan.id, plan.agency, plan.assessment, plan.cycle, store.Micros(mustDay(t, plan.savedAt)))
		}
		MustView(t, s, func(tx *store.Tx) error {
			for _, test := range []struct{ agencies, want []string }{
				{[]string{"M"}, []string{"before-it-started", "last-year"}},
				{[]string{"N"}, []string{"of-another-agency"}},
				{[]string{"M", "N"}, []string{"before-it-started", "of-another-agency", "last-year"}},
			} {
				plans, err := tx.EarlierPlans(&a, test.agencies...)
				var got []string
				for _, p := range plans {
					got = append(got, p.ID)
				}
				if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
					t.Errorf("plans of %v (-want +got):\n%s %v", test.agencies, diff, err)
				}
			}
			return nil
		})
	})
}

func TestTheLatestAssessmentUnderAnInstrument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		MustAddAssessment(t, s, "a2", 2)
		MustView(t, s, func(tx *store.Tx) error {
			if a, err := tx.LatestUnder("M", "x"); err != nil || a == nil || a.ID != "a2" {
				t.Errorf("latest is %+v, %v; want a2", a, err)
			}
			if a, err := tx.LatestUnder("M", "y"); err != nil || a != nil {
				t.Errorf("under another instrument: %+v, %v; want none", a, err)
			}
			return nil
		})
	})
}
