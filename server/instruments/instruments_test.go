package instruments_test

import (
	"encoding/hex"
	"errors"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/instruments"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustUpdate runs an update as the system under one audit entry.
func MustUpdate(tb testing.TB, s *store.Store, fn func(*store.Tx) error) {
	tb.Helper()
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: audit.System})
	err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) { return []audit.Entry{{Action: "test.prepare"}}, fn(tx) })
	if err != nil {
		tb.Fatal(err)
	}
}

// row is an embedded instrument as a draft.
func row(tb testing.TB, id string) store.Instrument {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("no embedded instrument %s", id)
	}
	digest := in.Digest()
	return store.Instrument{ID: id, Title: in.Title, Status: in.Status, Source: in.Source(), Digest: hex.EncodeToString(digest[:]), SavedBy: "admin"}
}

func TestOnlyPublishedInstrumentsAreGivenAndKept(t *testing.T) {
	s := storetest.New(t)
	var cache instruments.Cache
	published := func() (in *instrument.Instrument, err error) {
		_ = s.View(t.Context(), func(tx *store.Tx) error { in, err = cache.Published(tx, "kasn-2019"); return err })
		return in, err
	}
	expect := func(when string, reason meritv1.Reason) {
		t.Helper()
		if _, err := published(); !errors.Is(err, &fault.Error{Reason: reason}) {
			t.Errorf("%s: %v, want %s", when, err, fault.Name(reason))
		}
	}
	expect("before it is saved", meritv1.Reason_REASON_NOT_FOUND)
	MustUpdate(t, s, func(tx *store.Tx) error { return tx.SaveDraft(row(t, "kasn-2019")) })
	expect("while it is a draft", meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED)

	MustUpdate(t, s, func(tx *store.Tx) error { return tx.PublishInstrument("kasn-2019", "admin") })
	first, err := published()
	if err != nil || first.Scoring().NumItems() != 38 {
		t.Fatalf("published: %v, %v", first, err)
	}
	MustUpdate(t, s, func(tx *store.Tx) error { return tx.RetireInstrument("kasn-2019", "admin") })
	if again, err := published(); again != first || err != nil {
		t.Errorf("after it was retired: %p, %v; want the same compiled instrument %p", again, err, first)
	}
}
