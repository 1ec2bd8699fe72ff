package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/workflow"
)

// MustAddAssessment records an assessment of the agency M in the cycle c1, both of which it adds when they are
// missing.
func MustAddAssessment(tb testing.TB, s *store.Store, id string, attempt int) store.Assessment {
	tb.Helper()
	var missing bool
	MustView(tb, s, func(tx *store.Tx) error {
		_, err := tx.Agency("M", "2026-01-01")
		missing = errors.Is(err, store.ErrNotFound)
		return nil
	})
	if missing {
		merauke := regency("M", "91.01", "Kabupaten Merauke", "2000-01-01")
		merauke.Region = "II"
		MustAddAgencies(tb, s, merauke)
		MustAddCycle(tb, s, "c1", "2026", 2026)
	}
	a := store.Assessment{
		ID: id, CycleID: "c1", AgencyID: "M", Attempt: attempt, InstrumentID: "x", AgencyKind: scoring.Kabupaten,
		State: workflow.Draft, StartedAt: time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC), StartedBy: "o", Applicable: 3,
	}
	MustUpdate(tb, s, func(tx *store.Tx) error {
		_, err := tx.AddAssessment(a)
		return err
	})
	a.Revision = 1
	return a
}

func TestAFillingIsTheAssessmentItsSheetAndItsWindow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := MustAddAssessment(t, s, "a1", 1)
		MustUpdate(t, s, func(tx *store.Tx) error {
			if err := tx.AddExtension(store.Extension{
				ID: "e1", CycleID: "c1", Phase: calendar.SelfAssessment, AgencyID: "M",
				LastDay: "2026-02-10", Reason: "flood", GrantedBy: "lead",
			}); err != nil {
				return err
			}
			sheet, err := tx.Sheet("a1")
			if err != nil {
				return err
			}
			return tx.AppendDecisions(&sheet, &store.Decision{Stage: store.StageClaimed, Item: "1.1", Kind: store.KindLevel, Level: 3, DecidedBy: "o"})
		})
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.Filling("a1")
			want := store.Filling{
				Assessment: a,
				Sheet: store.Sheet{AssessmentID: "a1", Revision: 2, Items: []store.SheetItem{
					{Item: "1.1", Claimed: store.Standing{Seq: 1, Kind: store.KindLevel, Level: 3}},
				}},
				Window: calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2026-01-01", LastDay: "2026-01-28", Extended: "2026-02-10"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Filling (-want +got):\n%s", diff)
			}
			if _, err := tx.Filling("a2"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("unknown assessment: %v, want ErrNotFound", err)
			}
			return err
		})
	})
}

func TestAnOverviewIsAFillingWithTheNamesOfADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAccount(t, s, "o")
		MustAccount(t, s, "judge")
		a := MustAddAssessment(t, s, "a1", 1)
		a.VerifierID = "judge"
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.UpdateAssessment(&a) })
		MustView(t, s, func(tx *store.Tx) error {
			filling, err := tx.Filling("a1")
			if err != nil {
				return err
			}
			want := store.Overview{Filling: filling, AgencyName: "Kabupaten Merauke", AgencyRegion: "II", CycleName: "2026", StartedByName: "o", VerifierName: "judge"}
			got, err := tx.Overview("a1", "2026-01-01")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("Overview: %v (-want +got):\n%s", err, diff)
			}
			want.AgencyName, want.AgencyRegion = "", ""
			got, err = tx.Overview("a1", "1999-12-31")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("Overview before the agency existed: %v (-want +got):\n%s", err, diff)
			}
			if _, err := tx.Overview("a2", "2026-01-01"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("unknown assessment: %v, want ErrNotFound", err)
			}
			return nil
		})
	})
}

func TestAStepTakenFromAnOldRevisionIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		read := MustAddAssessment(t, s, "a1", 1)
		submit := store.Step{Step: workflow.Submit, From: workflow.Draft, To: workflow.Submitted, Reason: "signed", TakenBy: "p", MembershipID: "m"}
		first, second := read, read
		first.SubmittedAt = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.TakeStep(&first, submit) })
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.TakeStep(&second, submit) }); !errors.Is(err, store.ErrStale) {
			t.Errorf("a second submission from the same revision: %v, want ErrStale", err)
		}
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.Assessment("a1")
			if diff := cmp.Diff(first, got); diff != "" || got.Revision != 2 || got.State != workflow.Submitted {
				t.Errorf("after the step (-want +got):\n%s", diff)
			}
			steps, err2 := tx.Steps("a1")
			if len(steps) != 1 || steps[0].Seq != 1 || steps[0].To != workflow.Submitted || steps[0].TakenAt.IsZero() {
				t.Errorf("steps %+v, want the submission once", steps)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestAnAttemptIsStartedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := MustAddAssessment(t, s, "a1", 1)
		a.ID = "a2"
		err := tryUpdate(t, s, func(tx *store.Tx) error {
			_, err := tx.AddAssessment(a)
			return err
		})
		if !errors.Is(err, store.ErrUnique) {
			t.Errorf("the same attempt again: %v, want ErrUnique", err)
		}
		MustAddAssessment(t, s, "a3", 2)
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.LatestAssessment("c1", "M")
			if got.ID != "a3" {
				t.Errorf("latest attempt %s, want a3", got.ID)
			}
			return err
		})
	})
}

func TestTheNewestSubmittedAssessmentOfAnEarlierYearIsCarriedOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAssessment(t, s, "a1", 1)
		MustView(t, s, func(tx *store.Tx) error {
			if _, err := tx.LastAssessment(2027, "M"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a draft: %v, want ErrNotFound", err)
			}
			return nil
		})
		MustUpdate(t, s, func(tx *store.Tx) error {
			a, err := tx.Assessment("a1")
			if err != nil {
				return err
			}
			a.SubmittedAt = tx.Now()
			return tx.UpdateAssessment(&a)
		})
		for _, tc := range []struct {
			name     string
			year     int
			agencies []string
			found    bool
		}{
			{"the next year", 2027, []string{"M"}, true},
			{"an ancestor of the lineage", 2027, []string{"N", "M"}, true},
			{"the same year", 2026, []string{"M"}, false},
			{"another agency", 2027, []string{"N"}, false},
		} {
			t.Run(tc.name, func(t *testing.T) {
				MustView(t, s, func(tx *store.Tx) error {
					got, err := tx.LastAssessment(tc.year, tc.agencies...)
					if tc.found && (err != nil || got.ID != "a1") || !tc.found && !errors.Is(err, store.ErrNotFound) {
						t.Errorf("LastAssessment = %q, %v", got.ID, err)
					}
					return nil
				})
			})
		}
	})
}

func TestAssessmentsAreFilteredAndNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, id := range []string{"a1", "a2", "a3"} {
			MustAddAssessment(t, s, id, i+1)
		}
		MustUpdate(t, s, func(tx *store.Tx) error {
			a, err := tx.Assessment("a2")
			if err != nil {
				return err
			}
			err = tx.TakeStep(&a, store.Step{Step: workflow.Submit, From: workflow.Draft, To: workflow.Submitted, TakenBy: "p"})
			return errors.Join(err, tx.InsertAccount(store.Account{ID: "c", Email: "c@example.go.id", Name: "C", State: store.AccountActive}),
				tx.AssignItem("a3", "1.1", "c", "o"), tx.AssignItem("a1", "1.1", "c", "o"), tx.UnassignItem("a1", "1.1", "c"))
		})
		for _, tc := range []struct {
			name   string
			filter store.AssessmentFilter
			want   []string
		}{
			{"all", store.AssessmentFilter{}, []string{"a3", "a2", "a1"}},
			{"of a cycle and agency", store.AssessmentFilter{CycleID: "c1", AgencyID: "M"}, []string{"a3", "a2", "a1"}},
			{"of another agency", store.AssessmentFilter{AgencyID: "N"}, nil},
			{"in a state", store.AssessmentFilter{State: workflow.Draft}, []string{"a3", "a1"}},
			{"submitted", store.AssessmentFilter{Submitted: true}, []string{"a2"}},
			{"assigned", store.AssessmentFilter{AssignedTo: "c"}, []string{"a3"}},
			{"of a region", store.AssessmentFilter{Region: "II", Day: "2026-01-01"}, []string{"a3", "a2", "a1"}},
			{"of another region", store.AssessmentFilter{Region: "I", Day: "2026-01-01"}, nil},
		} {
			t.Run(tc.name, func(t *testing.T) {
				MustView(t, s, func(tx *store.Tx) error {
					all, err := tx.Assessments(tc.filter, "", 10)
					var got []string
					for _, a := range all {
						got = append(got, a.ID)
					}
					if !slices.Equal(got, tc.want) {
						t.Errorf("listed %v, want %v", got, tc.want)
					}
					return err
				})
			})
		}
		MustView(t, s, func(tx *store.Tx) error {
			rest, err := tx.Assessments(store.AssessmentFilter{}, "a3", 1)
			if len(rest) != 1 || rest[0].ID != "a2" {
				t.Errorf("after a3: %+v, want a2", rest)
			}
			return err
		})
	})
}
