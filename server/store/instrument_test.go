package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// tryUpdate runs an update as the system and returns its error.
func tryUpdate(tb testing.TB, s *store.Store, fn func(*store.Tx) error) error {
	tb.Helper()
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: audit.System})
	return s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: "test.try"}}, fn(tx)
	})
}

func draft(id, title string) store.Instrument {
	return store.Instrument{ID: id, Title: title, Status: instrument.Official, Source: []byte("title: " + title), Digest: title, SavedBy: "admin"}
}

func TestAPublishedInstrumentNeverChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.SaveDraft(draft("x-1", "first")) })
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.SaveDraft(draft("x-1", "second")) })
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.RetireInstrument("x-1", "admin") }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("retire a draft: %v, want ErrNotFound", err)
		}
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.PublishInstrument("x-1", "admin") })
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.SaveDraft(draft("x-1", "third")) }); !errors.Is(err, store.ErrUnique) {
			t.Errorf("save over a published one: %v, want ErrUnique", err)
		}
		if err := tryUpdate(t, s, func(tx *store.Tx) error { return tx.PublishInstrument("x-1", "admin") }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("publish twice: %v, want ErrNotFound", err)
		}
		MustUpdate(t, s, func(tx *store.Tx) error { return tx.RetireInstrument("x-1", "admin") })
		MustView(t, s, func(tx *store.Tx) error {
			in, err := tx.Instrument("x-1")
			if string(in.Source) != "title: second" || in.Lifecycle != store.Retired || in.PublishedAt.IsZero() || in.Revision != 4 {
				t.Errorf("kept %+v", in)
			}
			return err
		})
	})
}

func TestInstrumentsAreListedByIDAndDraftsOnlyWhenAskedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.SaveDraft(draft("b", "B")), tx.SaveDraft(draft("a", "A")), tx.SaveDraft(draft("c", "C")),
				tx.PublishInstrument("b", "admin"), tx.PublishInstrument("c", "admin"))
		})
		for _, tc := range []struct {
			name   string
			drafts bool
			after  string
			limit  int
			want   []string
		}{
			{"with drafts", true, "", 10, []string{"a", "b", "c"}},
			{"without drafts", false, "", 10, []string{"b", "c"}},
			{"a page", true, "a", 1, []string{"b"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				MustView(t, s, func(tx *store.Tx) error {
					var got []string
					list, err := tx.Instruments(tc.drafts, tc.after, tc.limit)
					for _, in := range list {
						got = append(got, in.ID)
					}
					if !slices.Equal(got, tc.want) {
						t.Errorf("listed %v, want %v", got, tc.want)
					}
					return err
				})
			})
		}
	})
}
