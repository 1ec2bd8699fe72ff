package store_test

import (
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestCallsAddUpOverReplicasAndAreToBeHadAgainInTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	begin := now
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now = begin
		for _, test := range []struct {
			pass, took, full time.Duration // full: after the beginning
		}{
			{0, 3 * time.Second, 3 * time.Second},
			{0, 2 * time.Second, 5 * time.Second}, // another replica
			{4 * time.Second, time.Second, 6 * time.Second},
			{time.Minute, time.Second, 65 * time.Second}, // what was used is to be had again
		} {
			now = now.Add(test.pass)
			MustTouch(t, s, func(tx *store.Tx) error {
				full, err := tx.UseRate("account:a", test.took)
				if got := full.Sub(begin); err == nil && got != test.full {
					t.Errorf("after %v: full at %v, want %v", now.Sub(begin), got, test.full)
				}
				return err
			})
		}
		now = now.Add(time.Minute)
		MustTouch(t, s, func(tx *store.Tx) error { return tx.ForgetOld(now.Add(-time.Hour)) })
		MustView(t, s, func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow("SELECT count(*) FROM call_rate").Scan(&n)
			if n != 0 {
				t.Error("what has no effect any more is kept")
			}
			return err
		})
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}
