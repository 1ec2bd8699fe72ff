package server

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestAStreamEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(s *Server, tx *store.Tx) error
		want meritv1.Reason
	}{
		{"within 30 seconds after its session", func(_ *Server, tx *store.Tx) error {
			_, err := tx.EndSessionsOf("account", "")
			return err
		}, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"within 30 seconds after its session acts in another membership", func(_ *Server, tx *store.Tx) error {
			return tx.SetSessionMembership("hash", "")
		}, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"at shutdown", func(s *Server, _ *store.Tx) error {
			close(s.stopping)
			return nil
		}, meritv1.Reason_REASON_UNAVAILABLE},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := watcher(MustSession(t))
				began := make(chan struct{})
				ended := make(chan error)
				go func() {
					ended <- s.watch(t.Context(), signedIn, func(ctx context.Context) error {
						close(began)
						<-ctx.Done()
						return ctx.Err()
					})
				}()
				<-began
				<-time.After(5 * recheckEvery) // nothing happens while all is well
				synctest.Wait()
				if err := s.store.Touch(t.Context(), func(tx *store.Tx) error { return test.end(s, tx) }); err != nil {
					t.Fatal(err)
				}
				at := time.Now()
				err := <-ended
				if !errors.Is(err, &fault.Error{Reason: test.want}) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(at); took > recheckEvery {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestAStreamThatGoesWellReturnsWhatItsHandlerReturns(t *testing.T) {
	s := watcher(MustSession(t))
	for _, want := range []error{nil, store.ErrNotFound} {
		if err := s.watch(t.Context(), signedIn, func(context.Context) error { return want }); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
}

var signedIn = &call{method: "/merit.v1.AssessmentService/WatchAssessment", caller: &access.Caller{
	AccountID: "account", MembershipID: "membership", Credential: "hash",
}}

// MustSession is a store with the session of signedIn, which lasts for ever.
func MustSession(tb testing.TB) *store.Store {
	tb.Helper()
	st := storetest.New(tb)
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: audit.System})
	err := st.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: "Test.Prepare"}}, errors.Join(
			tx.InsertAccount(store.Account{ID: "account", Email: "demo@example.test", State: store.AccountActive}),
			tx.InsertMembership(store.Membership{ID: "membership", AccountID: "account", Role: "OPERATOR", ValidFrom: "1999-01-01"}),
			tx.InsertSession(store.Session{
				TokenHash: "hash", AccountID: "account", MembershipID: "membership", ExpiresAt: time.Now().AddDate(1000, 0, 0),
			}))
	})
	if err != nil {
		tb.Fatal(err)
	}
	return st
}

// watcher is as much of a server as watching a stream takes. Its channel belongs to the bubble that makes it.
func watcher(st *store.Store) *Server {
	return &Server{
		core:       &core{store: st, now: time.Now, log: slog.New(slog.DiscardHandler)},
		identities: newIdentities(st),
		stopping:   make(chan struct{}),
	}
}
