package store_test

import (
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
