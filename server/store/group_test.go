package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// A group is several updates of a SQLite store that wait while another one has the connection, so that they
// will share a transaction. Made inside a synctest bubble, where it is known when everyone waits.
type group struct {
	tb      testing.TB
	s       *store.Store
	release chan struct{}
	results map[string]chan error
	runs    map[string]*atomic.Int64
	errs    map[string]error // set by outcome
}

func mustHold(tb testing.TB, s *store.Store) *group {
	tb.Helper()
	g := &group{
		tb: tb, s: s, release: make(chan struct{}),
		results: map[string]chan error{}, runs: map[string]*atomic.Int64{}, errs: map[string]error{},
	}
	g.join(tb.Context(), "holder", func(*store.Tx) error { <-g.release; return nil })
	return g
}

// join lets an update wait for its turn: it adds an agency with the name as id and then does more.
func (g *group) join(ctx context.Context, name string, more func(*store.Tx) error) {
	result, runs := make(chan error, 1), new(atomic.Int64)
	g.results[name], g.runs[name] = result, runs
	go func() {
		err := errEnded
		defer func() { result <- err }()
		err = g.s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
			runs.Add(1)
			if err := addAgency(tx, name); err != nil {
				return nil, err
			}
			return []audit.Entry{{Action: "Test.Add", Actor: "tester"}}, more(tx)
		})
	}()
	synctest.Wait()
}

// outcome lets everyone go and returns who succeeded, after checking that exactly those left an agency.
func (g *group) outcome() (succeeded []string) {
	g.tb.Helper()
	close(g.release)
	for name, result := range g.results {
		if g.errs[name] = <-result; g.errs[name] == nil {
			succeeded = append(succeeded, name)
		}
	}
	slices.Sort(succeeded)
	if kept := agencies(g.tb, g.s); !slices.Equal(kept, succeeded) {
		g.tb.Errorf("kept %v, but %v were told that they succeeded", kept, succeeded)
	}
	return succeeded
}

func addAgency(tx *store.Tx, id string) error {
	_, err := tx.Exec("INSERT INTO agency (id, created_at, created_by, revision) VALUES ($1, $2, 'tester', 1)", id, store.Micros(tx.Now()))
	return err
}

func agencies(tb testing.TB, s *store.Store) (ids []string) {
	tb.Helper()
	MustView(tb, s, func(tx *store.Tx) (err error) {
		ids, err = store.All(tx, func(row store.Scanner, id *string) error { return row.Scan(id) }, "SELECT id FROM agency ORDER BY id")
		return err
	})
	return ids
}

func nothingMore(*store.Tx) error { return nil }

// What one member of a group does harms nobody but itself.
func TestGroupMembersDoNotHarmEachOther(t *testing.T) {
	cases := []struct {
		name string
		bad  func(tx *store.Tx, cancel context.CancelFunc) error
		want func(error) bool
	}{
		{"its closure returns an error", func(*store.Tx, context.CancelFunc) error { return errTest }, is(errTest)},
		{"its closure panics", func(*store.Tx, context.CancelFunc) error { panic(errTest) }, isPanic},
		{"its goroutine ends", func(*store.Tx, context.CancelFunc) error { runtime.Goexit(); return nil }, is(errEnded)},
		{"it breaks a constraint", func(tx *store.Tx, _ context.CancelFunc) error { return addAgency(tx, "bad") }, is(store.ErrUnique)},
		{"it goes on after a failed statement", func(tx *store.Tx, _ context.CancelFunc) error {
			_ = addAgency(tx, "bad")
			_ = addAgency(tx, "never")
			return nil
		}, is(store.ErrUnique)},
		{"its caller gives up while it runs", func(tx *store.Tx, cancel context.CancelFunc) error {
			cancel()
			_, err := tx.Exec("UPDATE agency SET revision = revision + 1 WHERE id = 'bad'")
			return err
		}, is(nil)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				g := mustHold(t, storetest.New(t))
				g.join(t.Context(), "a", nothingMore)
				g.join(ctx, "bad", func(tx *store.Tx) error { return c.bad(tx, cancel) })
				g.join(t.Context(), "b", nothingMore)
				if got := g.outcome(); !slices.Contains(got, "a") || !slices.Contains(got, "b") {
					t.Errorf("only %v succeeded", got)
				}
				if err := g.errs["bad"]; !c.want(err) {
					t.Errorf("the caller itself got %v", err)
				}
				if n := g.runs["a"].Load(); n != 1 {
					t.Errorf("the neighbour ran %d times", n)
				}
			})
		})
	}
}

var (
	errTest  = errors.New("test error")
	errEnded = errors.New("the goroutine ended in the closure")
)

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func isPanic(err error) bool {
	p, ok := errors.AsType[*store.PanicError](err)
	return ok && p.Value == any(errTest) && len(p.Stack) > 0
}

func TestCallerCancelledBeforeItsTurnIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		g := mustHold(t, storetest.New(t))
		g.join(ctx, "late", nothingMore)
		g.join(t.Context(), "patient", nothingMore)
		cancel()
		if err := <-g.results["late"]; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled caller got %v while it waited", err)
		}
		delete(g.results, "late")
		if got := g.outcome(); !slices.Equal(got, []string{"holder", "patient"}) {
			t.Errorf("%v succeeded", got)
		}
		if n := g.runs["late"].Load(); n != 0 {
			t.Errorf("the closure of the cancelled caller ran %d times", n)
		}
	})
}

// An error that ends the shared transaction, here by a trigger or a constraint checked at the commit, is the
// error of the closure that caused it only: all others are run again.
func TestGroupIsRepeatedOneByOneAfterItsTransactionIsLost(t *testing.T) {
	cases := []struct{ name, trap string }{
		{"a statement rolls back", `CREATE TRIGGER trap BEFORE UPDATE ON agency BEGIN SELECT RAISE(ROLLBACK, 'trapped'); END`},
		{"the commit fails", `CREATE TABLE trapped (id TEXT PRIMARY KEY REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED);
			CREATE TRIGGER trap BEFORE UPDATE ON agency BEGIN INSERT INTO trapped VALUES ('nobody'); END`},
	}
	for _, c := range cases {
		for limit, runs := range map[int]int64{32: 2, 1: 1} {
			t.Run(fmt.Sprintf("%s, groups of %d", c.name, limit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					url := storetest.SQLiteURL(t)
					storetest.MustTamper(t, url, c.trap)
					g := mustHold(t, storetest.MustOpen(t, url, func(o *store.Options) { o.GroupLimit = limit }))
					g.join(t.Context(), "a", nothingMore)
					g.join(t.Context(), "bad", func(tx *store.Tx) error {
						_, err := tx.Exec("UPDATE agency SET revision = 2 WHERE id = 'bad'")
						return err
					})
					g.join(t.Context(), "b", nothingMore)
					if got := g.outcome(); !slices.Equal(got, []string{"a", "b", "holder"}) {
						t.Errorf("%v succeeded", got)
					}
					if n := g.runs["a"].Load(); n != runs {
						t.Errorf("the neighbour ran %d times, want %d", n, runs)
					}
				})
			})
		}
	}
}

func TestCloseLetsWaitingUpdatesFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := storetest.SQLiteURL(t)
		s := storetest.MustOpen(t, url)
		g := mustHold(t, s)
		g.join(t.Context(), "waiting", nothingMore)
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		close(g.release)
		if err := errors.Join(<-g.results["holder"], <-g.results["waiting"], <-closed); err != nil {
			t.Error(err)
		}
		if got := agencies(t, storetest.MustOpen(t, url)); !slices.Equal(got, []string{"holder", "waiting"}) {
			t.Errorf("kept %v", got)
		}
	})
}
