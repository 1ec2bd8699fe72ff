package store_test

import (
	"testing"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/workflow"
)

func TestAResultMakesAnAgencyNotDueWhileItIsValid(t *testing.T) {
	const firstDay = "2023-01-02"
	for _, tc := range []struct {
		name    string
		results []store.Result
		want    string
	}{
		{"without a result", nil, ""},
		{"valid on the day", []store.Result{{Year: 2022, DecreeDate: "2022-06-30", ValidUntil: "2024-06-29"}}, "2024-06-29"},
		{"valid to that very day", []store.Result{{Year: 2022, DecreeDate: "2022-01-03", ValidUntil: firstDay}}, firstDay},
		{"over the day before", []store.Result{{Year: 2022, DecreeDate: "2022-01-02", ValidUntil: "2023-01-01"}}, ""},
		{"determined that very day", []store.Result{{Year: 2023, DecreeDate: firstDay, ValidUntil: "2024-01-01"}}, "2024-01-01"},
		{"determined later", []store.Result{{Year: 2023, DecreeDate: "2023-01-03", ValidUntil: "2024-01-02"}}, ""},
		{"imported without the day of its decree", []store.Result{{Year: 2022, Imported: true, ValidUntil: "2023-12-31"}}, "2023-12-31"},
		{"imported of the same year", []store.Result{{Year: 2023, Imported: true, ValidUntil: "2024-12-31"}}, ""},
		{"imported without validity", []store.Result{{Year: 2022, Imported: true}}, ""},
		{"corrected", []store.Result{
			{ID: "wrong", Year: 2022, DecreeDate: "2022-06-30", ValidUntil: "2024-06-29"},
			{Corrects: "wrong", Year: 2022, DecreeDate: "2022-09-30", ValidUntil: "2022-12-31"},
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				MustAddAgencies(t, s, regency("m", "91.01", "Kabupaten Merauke", "2000-01-01"))
				MustAddCycle(t, s, "c1", "2023", 2023)
				for _, r := range tc.results {
					r.AgencyID, r.InstrumentID, r.AgencyKind = "m", "x", scoring.Kabupaten
					MustUpdate(t, s, func(tx *store.Tx) error {
						if r.ID == "" {
							r.ID = tx.NewID()
						}
						return tx.InsertResult(r, nil)
					})
				}
				MustView(t, s, func(tx *store.Tx) error {
					if got, err := tx.ValidUntil("m", firstDay); got != tc.want || err != nil {
						t.Errorf("valid until %q, %v; want %q", got, err, tc.want)
					}
					all, err := tx.Participation("c1", firstDay, store.AgencyFilter{Day: firstDay})
					if len(all) != 1 || all[0].ValidUntil != tc.want {
						t.Errorf("participation is %+v, want valid until %q", all, tc.want)
					}
					return err
				})
			})
		})
	}
}

func TestParticipationHasWhoIsAssessedOrHasBegunWithTheNewestAttempt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		part, merged := regency("a", "91.01", "Part of another", "2000-01-01"), regency("b", "91.02", "Merged meanwhile", "2000-01-01")
		part.Assessed, merged.Assessed = false, false
		MustAddAgencies(t, s, part, merged, regency("c", "91.03", "Not begun", "2000-01-01"))
		MustAddCycle(t, s, "c1", "2026", 2026)
		begin := func(id string, attempt int, state workflow.State, answered int) {
			MustUpdate(t, s, func(tx *store.Tx) error {
				_, err := tx.AddAssessment(store.Assessment{
					ID: id, CycleID: "c1", AgencyID: "b", Attempt: attempt, InstrumentID: "x", AgencyKind: scoring.Kabupaten,
					State: state, StartedAt: tx.Now(), Answered: answered, Applicable: 38,
				})
				return err
			})
		}
		begin("s2", 2, workflow.Draft, 19)
		begin("s1", 1, workflow.Determined, 38)
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.Participation("c1", "2026-01-01", store.AgencyFilter{Day: "2026-01-01"})
			if len(all) != 2 || all[0].ID != "b" || all[1].ID != "c" {
				t.Fatalf("participation is %+v, want b and c", all)
			}
			if b := all[0]; b.AssessmentID != "s2" || b.State != workflow.Draft || b.Answered != 19 || b.StartedAs != scoring.Kabupaten {
				t.Errorf("b is %+v, want the second attempt", b)
			}
			if c := all[1]; c.AssessmentID != "" || c.State != "" {
				t.Errorf("c is %+v, want one that has not begun", c)
			}
			return err
		})
	})
}
