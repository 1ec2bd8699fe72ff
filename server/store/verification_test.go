package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestLoadOfAVerifierIsCountedByState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		states := map[string]string{"a": "SUBMITTED", "b": "IN_VERIFICATION", "c": "IN_REPAIR", "d": "VERIFIED", "e": "DETERMINED", "f": "DRAFT"}
		for id, state := range states {
			MustSeedAssessment(t, s, id)
			MustUpdate(t, s, func(tx *store.Tx) error {
				_, err := tx.Exec("UPDATE assessment SET state = $2, verifier_id = 'v' WHERE id = $1", id, state)
				return err
			})
		}
		MustView(t, s, func(tx *store.Tx) error {
			for cycle, want := range map[string]store.VerifierLoad{
				"":  {AccountID: "v", Waiting: 1, InVerification: 2, Verified: 2},
				"c": {AccountID: "v", InVerification: 1},
			} {
				loads, err := tx.VerifierLoads(cycle)
				if diff := cmp.Diff(map[string]store.VerifierLoad{"v": want}, loads); diff != "" || err != nil {
					t.Errorf("cycle %q (-want +got):\n%s %v", cycle, diff, err)
				}
			}
			return nil
		})
	})
}

func TestVerifiersAreActiveAndHoldAMembershipInForce(t *testing.T) {
	const day = "2026-03-10"
	memberships := []struct{ account, role, agency, region, from, until, state string }{
		{"current", "VERIFIER", "", "I", "2026-01-01", "", "ACTIVE"},
		{"last-day", "VERIFIER", "", "", "2026-01-01", day, "ACTIVE"},
		{"over", "VERIFIER", "", "I", "2026-01-01", "2026-03-09", "ACTIVE"},
		{"not-yet", "VERIFIER", "", "I", "2026-03-11", "", "ACTIVE"},
		{"lead", "LEAD_VERIFIER", "", "I", "2026-01-01", "", "ACTIVE"},
		{"left", "VERIFIER", "", "I", "2026-01-01", "", "DEACTIVATED"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error {
			for _, m := range memberships {
				err := tx.InsertAccount(store.Account{ID: m.account, Email: m.account, Name: m.account, Language: "id", State: m.state})
				if err := errors.Join(err, tx.InsertMembership(store.Membership{
					ID: m.account, AccountID: m.account, Role: m.role,
					AgencyID: m.agency, Region: m.region, ValidFrom: m.from, ValidUntil: m.until,
				})); err != nil {
					return err
				}
			}
			return nil
		})
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.Verifiers(day)
			want := []store.Verifier{{AccountID: "current", Region: "I"}, {AccountID: "last-day"}}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("verifiers (-want +got):\n%s %v", diff, err)
			}
			return nil
		})
	})
}
