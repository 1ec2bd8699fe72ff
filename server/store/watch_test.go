package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestAWatcherIsToldOfEveryStatementAndHowItEnded(t *testing.T) {
	var told []string
	watch := func(o *store.Options) { o.Watch = func(what string) { told = append(told, what) } }
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		refused := errors.New("refused")
		told = nil
		look := func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM agency").Scan(new(int)) }
		if err := errors.Join(s.View(t.Context(), look), s.Peek(t.Context(), look)); err != nil {
			t.Fatal(err)
		}
		if err := s.Touch(t.Context(), func(*store.Tx) error { return refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		const count = "SELECT count(*) FROM agency"
		want := []string{count, "View done", count, "Peek done", "Touch refused"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	}, watch)
}
