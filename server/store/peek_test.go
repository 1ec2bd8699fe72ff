package store_test

import (
	"testing"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestPeekRunsOneQueryAndWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAccount(t, s, "demo")
		read := func(tx *store.Tx) error {
			_, err := tx.Account("demo")
			return err
		}
		if err := s.Peek(t.Context(), read); err != nil {
			t.Errorf("one query: %v", err)
		}
		err := s.Peek(t.Context(), func(tx *store.Tx) error {
			if err := read(tx); err != nil {
				t.Errorf("the first of two queries: %v", err)
			}
			return read(tx)
		})
		if err == nil {
			t.Error("a second query was run")
		}
		err = s.Peek(t.Context(), func(tx *store.Tx) error { return tx.EndSession("demo") })
		if err == nil {
			t.Error("a Peek wrote")
		}
	})
}
