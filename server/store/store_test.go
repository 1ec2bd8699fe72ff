package store_test

import (
	"errors"
	"testing"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestUpdateIsSeenByView(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := audit.WithActor(t.Context(), audit.Actor{Account: audit.System})
		err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
			_, err := tx.Exec("INSERT INTO agency (id, created_at, created_by, revision) VALUES ($1, $3, $2, 1)", "a1", "me", store.Micros(tx.Now()))
			return []audit.Entry{{Action: "agency.create", Agency: "a1"}}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(ctx, func(tx *store.Tx) error {
			var by string
			if err := tx.QueryRow("SELECT created_by FROM agency WHERE id = $1", "a1").Scan(&by); err != nil {
				return err
			}
			if by != "me" {
				t.Errorf("created_by = %q", by)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.AcquireLease(ctx, "x", "me", 1e9)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.AcquireLease(ctx, "x", "you", 1e9)
		if !errors.Is(err, store.ErrLeaseHeld) {
			t.Fatal(err)
		}
	})
}
