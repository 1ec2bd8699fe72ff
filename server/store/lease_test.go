package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func mustAcquire(tb testing.TB, s *store.Store, holder string, epoch int64) store.Lease {
	tb.Helper()
	l, err := s.AcquireLease(tb.Context(), "sequencer", holder, time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	if want := (store.Lease{Name: "sequencer", Holder: holder, Epoch: epoch}); l != want {
		tb.Fatalf("got %+v, want %+v", l, want)
	}
	return l
}

func wantErr(tb testing.TB, what string, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestLeaseHasOneHolderAndAGrowingEpoch(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		check := func(l store.Lease) error {
			return s.View(ctx, func(tx *store.Tx) error { return tx.CheckLease(l) })
		}
		one := mustAcquire(t, s, "one", 1)
		_, err := s.AcquireLease(ctx, "sequencer", "two", time.Minute)
		wantErr(t, "acquire while another holds it", err, store.ErrLeaseHeld)
		wantErr(t, "acquire another lease", errOf(s.AcquireLease(ctx, "janitor", "two", time.Minute)), nil)

		now = now.Add(50 * time.Second)
		wantErr(t, "renew", s.RenewLease(ctx, one, time.Minute), nil)
		now = now.Add(50 * time.Second)
		wantErr(t, "acquire after a renewal", errOf(s.AcquireLease(ctx, "sequencer", "two", time.Minute)), store.ErrLeaseHeld)

		now = now.Add(10 * time.Second)
		two := mustAcquire(t, s, "two", 2)
		wantErr(t, "renew what another took", s.RenewLease(ctx, one, time.Minute), store.ErrLeaseLost)
		wantErr(t, "release what another took", s.ReleaseLease(ctx, one), store.ErrLeaseLost)
		wantErr(t, "work under an old epoch", check(one), store.ErrLeaseLost)
		wantErr(t, "work under the newest epoch", check(two), nil)

		again := mustAcquire(t, s, "two", 3)
		wantErr(t, "work of an earlier life of the holder", check(two), store.ErrLeaseLost)
		wantErr(t, "release", s.ReleaseLease(ctx, again), nil)
		wantErr(t, "work after the release", check(again), store.ErrLeaseLost)
		four := mustAcquire(t, s, "one", 4)
		wantErr(t, "free all", s.FreeLeases(ctx), nil)
		wantErr(t, "work after all were freed", check(four), store.ErrLeaseLost)
		mustAcquire(t, s, "two", 5)
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}

func errOf(_ store.Lease, err error) error { return err }
