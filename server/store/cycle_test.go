package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustAddCycle records a cycle on the instrument x whose phases are one month each, from January.
func MustAddCycle(tb testing.TB, s *store.Store, id, name string, year int) {
	tb.Helper()
	c := store.Cycle{ID: id, Name: name, Year: year, InstrumentID: "x", Assessor: "BKN", Quorum: 3, MajorityPercent: 50, CreatedBy: "admin"}
	for i, phase := range calendar.Phases() {
		month := string(rune('1' + i))
		c.Windows = append(c.Windows, store.Window{Window: calendar.Window{Phase: phase, FirstDay: "2026-0" + month + "-01", LastDay: "2026-0" + month + "-28"}})
	}
	slices.Reverse(c.Windows)
	MustUpdate(tb, s, func(tx *store.Tx) error {
		if _, err := tx.Instrument("x"); errors.Is(err, store.ErrNotFound) {
			if err := tx.SaveDraft(draft("x", "X")); err != nil {
				return err
			}
		}
		return tx.AddCycle(c)
	})
}

func TestACycleHasItsWindowsInTheOrderOfTheYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddCycle(t, s, "c1", "2026", 2026)
		MustView(t, s, func(tx *store.Tx) error {
			c, err := tx.CycleByName("2026")
			if err != nil {
				return err
			}
			for i, w := range c.Windows {
				if w.Phase != calendar.Phases()[i] || w.Revision != 1 || w.SetBy != "admin" {
					t.Errorf("window %d is %+v", i, w)
				}
			}
			if w := c.Window(calendar.Repair); w == nil || w.FirstDay != "2026-03-01" {
				t.Errorf("repair window is %+v", w)
			}
			same, err := tx.Cycle("c1")
			if diff := cmp.Diff(c, same); diff != "" {
				t.Errorf("by id differs (-name +id):\n%s", diff)
			}
			if _, err := tx.Cycle("c2"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("unknown cycle: %v, want ErrNotFound", err)
			}
			return err
		})
		again := store.Cycle{ID: "c2", Name: "2026", InstrumentID: "x"}
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.AddCycle(again) }); !errors.Is(err, store.ErrUnique) {
			t.Errorf("a second cycle of that name: %v, want ErrUnique", err)
		}
	})
}

func TestCyclesAreListedTheLatestYearFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddCycle(t, s, "c1", "2025", 2025)
		MustAddCycle(t, s, "c2", "2026", 2026)
		MustAddCycle(t, s, "c3", "2026 again", 2026)
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.Cycles(0, "", 10)
			if err != nil {
				return err
			}
			var got []string
			for _, c := range all {
				got = append(got, c.ID)
				if len(c.Windows) != 5 {
					t.Errorf("cycle %s has %d windows", c.ID, len(c.Windows))
				}
			}
			if want := []string{"c3", "c2", "c1"}; !slices.Equal(got, want) {
				t.Errorf("listed %v, want %v", got, want)
			}
			rest, err := tx.Cycles(2026, "c3", 1)
			if len(rest) != 1 || rest[0].ID != "c2" {
				t.Errorf("the page after c3 is %v", rest)
			}
			return err
		})
	})
}

func TestTheNewestExtensionOfAnAgencyCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, province("PAPUA", "91", "Provinsi Papua", "2000-01-01"), regency("M", "91.01", "Kabupaten Merauke", "2000-01-01"))
		MustAddCycle(t, s, "c1", "2026", 2026)
		extend := func(id, agency string, phase calendar.Phase, day string) {
			MustUpdate(t, s, func(tx *store.Tx) error {
				return tx.AddExtension(store.Extension{ID: id, CycleID: "c1", Phase: phase, AgencyID: agency, LastDay: day, Reason: "flood", GrantedBy: "lead"})
			})
		}
		extend("e1", "M", calendar.SelfAssessment, "2026-02-10")
		extend("e2", "M", calendar.SelfAssessment, "2026-02-05")
		extend("e3", "M", calendar.Repair, "2026-06-01")
		for _, tc := range []struct {
			name, agency string
			phase        calendar.Phase
			want         calendar.Window
		}{
			{"with two extensions", "M", calendar.SelfAssessment, calendar.Window{FirstDay: "2026-01-01", LastDay: "2026-01-28", Extended: "2026-02-05"}},
			{"of another phase", "M", calendar.Verification, calendar.Window{FirstDay: "2026-02-01", LastDay: "2026-02-28"}},
			{"of another agency", "PAPUA", calendar.Repair, calendar.Window{FirstDay: "2026-03-01", LastDay: "2026-03-28"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.want.Phase = tc.phase
				MustView(t, s, func(tx *store.Tx) error {
					got, err := tx.Window("c1", tc.phase, tc.agency)
					if diff := cmp.Diff(tc.want, got); diff != "" {
						t.Errorf("window (-want +got):\n%s", diff)
					}
					return err
				})
			})
		}
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.Extensions(store.ExtensionFilter{CycleID: "c1", AgencyID: "M", Day: "2026-01-01"}, "", 2)
			if len(all) != 2 || all[0].ID != "e3" || all[0].AgencyName != "Kabupaten Merauke" || all[0].GrantedAt.IsZero() {
				t.Errorf("extensions are %+v", all)
			}
			rest, err2 := tx.Extensions(store.ExtensionFilter{CycleID: "c1", Day: "2026-01-01"}, "e2", 2)
			if len(rest) != 1 || rest[0].ID != "e1" {
				t.Errorf("those before e2 are %+v", rest)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestAWindowIsMovedOnlyFromTheRevisionThatWasRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddCycle(t, s, "c1", "2026", 2026)
		move := store.Window{Window: calendar.Window{Phase: calendar.Award, FirstDay: "2026-12-01", LastDay: "2026-12-31"}, SetBy: "other", Revision: 1}
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.SetWindow("c1", move) })
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.SetWindow("c1", move) }); !errors.Is(err, store.ErrStale) {
			t.Errorf("moved again from the same revision: %v, want ErrStale", err)
		}
		MustView(t, s, func(tx *store.Tx) error {
			c, err := tx.Cycle("c1")
			if w := c.Window(calendar.Award); w.LastDay != "2026-12-31" || w.Revision != 2 || w.SetBy != "other" {
				t.Errorf("window is %+v", w)
			}
			return err
		})
	})
}
