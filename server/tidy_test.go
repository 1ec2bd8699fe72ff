package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/meritindex/merit/server/store"
)

func TestTidyRemovesWhatHasNoEffectAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := watcher(MustSession(t))
		err := s.store.Touch(t.Context(), func(tx *store.Tx) error {
			if err := tx.InsertSession(store.Session{TokenHash: "short", AccountID: "account", ExpiresAt: time.Now().Add(90 * time.Minute)}); err != nil {
				return err
			}
			return tx.AddSignInFailure("account:demo", time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Tidy(ctx, time.Hour); close(done) }()
		for _, want := range []struct {
			after              time.Duration
			sessions, failures int
		}{{time.Minute, 2, 1}, {2 * time.Hour, 1, 1}, {24 * time.Hour, 1, 0}} {
			<-time.After(want.after)
			synctest.Wait()
			if sessions, failures := left(t, s); sessions != want.sessions || failures != want.failures {
				t.Errorf("%v later there are %d sessions and %d failures", want.after, sessions, failures)
			}
		}
		stop()
		<-done
	})
}

func left(tb testing.TB, s *Server) (sessions, failures int) {
	tb.Helper()
	err := s.store.View(tb.Context(), func(tx *store.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM session").Scan(&sessions); err != nil {
			return err
		}
		return tx.QueryRow("SELECT count(*) FROM sign_in_failure").Scan(&failures)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return sessions, failures
}
