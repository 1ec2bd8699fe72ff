package store_test

import (
	"errors"
	"testing"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestIdentitiesAreKeptWhereNobodyElseWritesAndUntilOneMayHaveChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before, known := s.IdentityVersion()
		if want := s.Engine() == "sqlite"; known != want {
			t.Fatalf("known = %v, want %v: on PostgreSQL other processes write too", known, want)
		}
		change := func(err error) int64 {
			got := s.Touch(t.Context(), func(tx *store.Tx) error { return errors.Join(tx.EndSession("nobody's"), err) })
			if !errors.Is(got, err) {
				t.Fatal(got)
			}
			version, _ := s.IdentityVersion()
			return version
		}
		after := change(nil)
		if after <= before {
			t.Errorf("version %d after a session was ended, %d before", after, before)
		}
		if again := change(errors.New("given up")); again <= after {
			t.Errorf("version %d after an update of which it might not be known what it left, %d before", again, after)
		}
	})
}
