// Package store keeps everything the service knows, on SQLite or on PostgreSQL. It is the only package
// that knows SQL: one text for both engines, with $N placeholders and named columns.
//
// Work happens in closures: View reads one snapshot, Update changes audited tables and says why, Touch
// changes the few tables that need no audit entry. A closure may be run again, so it keeps no state
// across calls, and it holds others up, so it does no hashing of files, blob or network work.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/meritindex/merit/server/audit"
)

// Options say what to open and how.
type Options struct {
	// URL is postgres://… (any form that pgx reads), or sqlite:PATH, or the plain path of a SQLite file,
	// which is created when missing.
	URL string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Logger is told of migrations and of transactions that had to be repeated; slog.Default() when nil.
	Logger *slog.Logger
	// GroupLimit is the largest number of updates that share one commit on SQLite; 32 when zero.
	GroupLimit int
	// BusyTimeout is how long SQLite waits for a lock of another process; 10 s when zero.
	BusyTimeout time.Duration
	// MaxConns bounds the connections to PostgreSQL (16 when zero) or the readers of SQLite (8 when zero).
	MaxConns int
	// Watch is told of every statement of a transaction before it runs, without its arguments, and then of how the
	// transaction ended. It must not wait. Tests compare with it what two requests cost; nobody is told when nil.
	Watch func(what string)
}

// Store is an open database. It is safe for use by many goroutines.
type Store struct {
	engine  engine
	now     func() time.Time
	log     *slog.Logger
	tables  atomic.Pointer[tables] // nil until the schema is known to be current
	empty   bool                   // no migration was applied when the store was opened
	changed atomic.Pointer[func([]string)]
	hearing sync.Once
	watch   func(string) // Options.Watch

	publicChanges   atomic.Int64 // how often this process has changed a public table
	identityChanges atomic.Int64 // how often this process may have changed who somebody is
	refused         atomic.Bool  // the last update failed because the database could not be written to

	assessmentChanges assessmentChanges
}

// engine is what SQLite and PostgreSQL do differently.
type engine interface {
	dialect() dialect
	// alone reports whether no other process serves from the database.
	alone() bool
	// serve makes this process the one that serves, where there is one: see Store.Serve.
	serve(ctx context.Context) error
	// view runs fn in a read-only transaction that sees one snapshot.
	view(ctx context.Context, fn func(context.Context, conn) error) error
	// peek runs fn outside of any transaction; its one statement cannot write.
	peek(ctx context.Context, fn func(context.Context, conn) error) error
	// update runs fn in a transaction of its own and returns when it is durable or has left no trace. It may
	// run fn more than once, and in another context than the caller's.
	update(ctx context.Context, fn func(context.Context, conn) error) error
	// tell lets the other processes on the database know of records by their ids, soon. It does not wait.
	tell(ids []string)
	// hear has fn called with what other processes tell, until close. When they did something that was not heard of, or the
	// schema is another, it calls relearn, which may take its time, and then fn with nil. It is called once.
	hear(fn func(ids []string), relearn func(context.Context) error)
	// migrate applies the migrations up to a version that the database has not had.
	migrate(ctx context.Context, m migrationFS, version int64) ([]*goose.MigrationResult, error)
	close() error
}

// Open opens the database at the URL and checks that it is one the store can trust: pragmas in force on
// SQLite, C collation and UTF-8 on PostgreSQL, and a schema that is not newer than this program
// (ErrSchemaNewer). A database whose schema is older, or that has none, opens too, but nothing can be read or written
// (ErrSchemaOlder, ErrSchemaEmpty) before Migrate.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{now: o.Now, log: o.Logger, watch: o.Watch}
	if s.now == nil {
		s.now = time.Now //nolint:forbidigo // what Options say a nil clock means
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		s.engine, err = openPostgres(ctx, o, s.log)
	} else {
		s.engine, err = openSQLite(ctx, o, s.log)
	}
	if err != nil {
		return nil, err
	}
	err = s.loadSchema(ctx)
	s.empty = errors.Is(err, ErrSchemaEmpty)
	if err != nil && !s.empty && !errors.Is(err, ErrSchemaOlder) {
		return nil, errors.Join(err, s.engine.close())
	}
	return s, nil
}

// behind is why nothing can be read or written before Migrate.
func (s *Store) behind() error {
	if s.empty {
		return ErrSchemaEmpty
	}
	return ErrSchemaOlder
}

// Close waits for updates that have begun or are queued, and closes the database. Later calls return
// ErrClosed.
func (s *Store) Close() error { return s.engine.close() }

// Engine says which engine the store runs on: "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.dialect().name }

// Alone reports whether no other process serves from the database.
func (s *Store) Alone() bool { return s.engine.alone() }

// View runs fn on one snapshot of the database; nothing can be written. An error of fn is returned as it is.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	if s.tables.Load() == nil {
		return s.behind()
	}
	return s.engine.view(ctx, func(ctx context.Context, c conn) error {
		return s.newTx(ctx, c, modeView).run(fn)
	})
}

// Peek is View for a closure that runs one query: a statement is a snapshot by itself, and beginning and ending a
// transaction cost more than the query. A second query is an error.
func (s *Store) Peek(ctx context.Context, fn func(*Tx) error) error {
	if s.tables.Load() == nil {
		return s.behind()
	}
	return s.engine.peek(ctx, func(ctx context.Context, c conn) error {
		return s.newTx(ctx, c, modePeek).run(fn)
	})
}

// Update runs fn in a serializable transaction and returns when its effects are durable. fn returns the
// audit entries of what it did; they land in the same transaction. An update that changed an audited table
// and returns no entry is an error (ErrNoEntry). When fn fails or panics nothing of it remains: its error
// is returned as it is, a panic as a *PanicError.
//
// Rows that fn changed are recorded by the store; those that no Tx.Entry claimed belong to the last entry
// returned. A caller whose context ends before its turn gets the context's error; once fn has begun on
// SQLite it is finished and its true outcome returned. fn must not call Update or Touch.
func (s *Store) Update(ctx context.Context, fn func(*Tx) ([]audit.Entry, error)) error {
	actor := audit.ActorFrom(ctx)
	var assessments []string
	var changesPublic bool
	err := s.write(ctx, modeUpdate, func(tx *Tx) error {
		entries, err := fn(tx)
		if err != nil {
			return err
		}
		assessments, changesPublic = tx.changedAssessments(), tx.changesPublic()
		if err := tx.countPublic(); err != nil {
			return err
		}
		return tx.writeEntries(actor, entries)
	})
	if err == nil && changesPublic {
		s.publicChanges.Add(1)
	}
	if err == nil && len(assessments) > 0 {
		s.tell(assessments)
	}
	return err
}

// Touch is Update for the closed list of unaudited tables (sessions, counters, leases, uploads, remembered
// requests): fn returns no entries and may write to no other table.
func (s *Store) Touch(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, modeTouch, fn)
}

func (s *Store) write(ctx context.Context, m mode, fn func(*Tx) error) error {
	if s.tables.Load() == nil {
		return s.behind()
	}
	var identifies bool
	var concerned []string
	err := s.engine.update(ctx, func(ctx context.Context, c conn) error {
		tx := s.newTx(ctx, c, m)
		defer func() { identifies, concerned = tx.identifies, tx.concerned() }()
		return tx.run(fn)
	})
	// What changed is counted after an error too: of some it is not known what they left.
	if identifies {
		s.identityChanges.Add(1)
	}
	for _, id := range concerned {
		s.assessmentChanges.of(id).Add(1)
	}
	s.notice(err)
	return err
}

// notice takes in whether the database could be written to.
func (s *Store) notice(err error) {
	switch {
	case err == nil && s.refused.Load():
		s.refused.Store(false)
	case IsOutage(err), IsFull(err):
		s.refused.Store(true)
	}
}

func (s *Store) newTx(ctx context.Context, c conn, m mode) *Tx {
	if s.watch != nil {
		c = watched{c, s.watch}
	}
	return &Tx{ctx: ctx, conn: c, store: s, mode: m, now: s.now().UTC().Truncate(time.Microsecond)}
}

// PanicError is a panic of a closure, caught so that its transaction could be rolled back.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine at the panic
}

// Error says what the panic said; the stack is for the log.
func (e *PanicError) Error() string { return fmt.Sprintf("store: panic in a transaction: %v", e.Value) }

// run calls fn and makes sure that a transaction in which a statement failed is not committed, whatever fn
// made of that failure: PostgreSQL would refuse it and SQLite would not.
func (tx *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		tx.closeRows()
		tx.tellEnd(err)
	}()
	err = fn(tx)
	if tx.failed != nil && (err == nil || isRetryable(tx.failed)) {
		return tx.failed
	}
	return err
}
