package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// postgresEngine is a pool of connections. Updates are serializable and repeated when PostgreSQL ends them
// because of others running beside them.
type postgresEngine struct {
	db  *sql.DB
	log *slog.Logger
	sessions
	*servers
	*notices
}

// An update is tried this often, with pauses that double from the first to the longest, before it fails.
const (
	maxAttempts  = 24
	firstPause   = time.Millisecond
	longestPause = 200 * time.Millisecond
)

// connectWithin is how long one server may take to begin a session, unless the address says otherwise.
const connectWithin = 5 * time.Second

func openPostgres(ctx context.Context, o Options, log *slog.Logger) (*postgresEngine, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectWithin)
	e := &postgresEngine{log: log, servers: newServers(config)}
	e.db = sql.OpenDB(e.connector(stdlib.OptionBeforeConnect(e.mark), stdlib.OptionResetSession(e.reuse)))
	conns := orDefault(o.MaxConns, 16)
	e.db.SetMaxOpenConns(conns)
	e.db.SetMaxIdleConns(conns)
	e.db.SetConnMaxIdleTime(5 * time.Minute)
	e.db.SetConnMaxLifetime(time.Hour)
	if err := e.checkCollation(ctx); err != nil {
		return nil, errors.Join(err, e.db.Close())
	}
	e.notices = newNotices(e.servers, e.db, log, e.giveUp)
	return e, nil
}

// checkCollation refuses a database that would sort and compare texts otherwise than SQLite does: byte by
// byte, in UTF-8.
func (e *postgresEngine) checkCollation(ctx context.Context) error {
	var encoding, collation string
	var bytewise bool
	err := e.db.QueryRowContext(ctx, `SELECT pg_encoding_to_char(encoding), datcollate, 'a'::text > 'B'::text
		FROM pg_database WHERE datname = current_database()`).Scan(&encoding, &collation, &bytewise)
	if err != nil {
		return fmt.Errorf("store: open PostgreSQL: %w", err)
	}
	if encoding == "UTF8" && (collation == "C" || collation == "POSIX") && bytewise {
		return nil
	}
	return fmt.Errorf("store: the PostgreSQL database has encoding %s and collation %s, but merit needs UTF8 and C; create one with: "+
		"CREATE DATABASE merit TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'", encoding, collation)
}

func (e *postgresEngine) dialect() dialect { return postgresDialect }

func (e *postgresEngine) alone() bool { return false }

func (e *postgresEngine) serve(context.Context) error { return nil }

func (e *postgresEngine) view(ctx context.Context, fn func(context.Context, conn) error) error {
	return e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

func (e *postgresEngine) peek(ctx context.Context, fn func(context.Context, conn) error) error {
	c, err := e.db.Conn(ctx)
	if err != nil {
		return poolError(err)
	}
	defer c.Close() //nolint:errcheck // it only goes back to the pool
	err = fn(ctx, sqlConn{c})
	e.learn(ctx, err)
	return err
}

func (e *postgresEngine) update(ctx context.Context, fn func(context.Context, conn) error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := e.transact(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, fn)
		outdated := isReadOnly(err) && attempt == 1 // the session may have begun before the database could be written to
		if !isRetryable(err) && !outdated {
			return err
		}
		if attempt == maxAttempts {
			return fmt.Errorf("store: gave up after %d attempts: %w", attempt, err)
		}
		e.log.DebugContext(ctx, "transaction repeated", "attempt", attempt, "cause", err)
		select {
		case <-time.After(rand.N(pause)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, longestPause)
	}
}

// transact runs fn in one transaction. It also rolls back when fn ends its goroutine.
func (e *postgresEngine) transact(ctx context.Context, o *sql.TxOptions, fn func(context.Context, conn) error) (err error) {
	defer func() { e.learn(ctx, err) }()
	tx, err := e.db.BeginTx(ctx, o)
	if err != nil {
		return poolError(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := fn(ctx, sqlConn{tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", mapError(err))
	}
	return nil
}

// sqlConn is a conn of database/sql: an *sql.Conn or *sql.Tx.
type sqlConn struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (c sqlConn) exec(ctx context.Context, text string, args []any) (int64, error) {
	result, err := c.on.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c sqlConn) query(ctx context.Context, text string, args []any) (rows, error) {
	found, err := c.on.QueryContext(ctx, text, args...) //nolint:rowserrcheck // it is for the caller to check
	if err != nil {
		return nil, err
	}
	return &sqlRows{Rows: found}, nil
}

// sqlRows are the rows of a query of database/sql, whose Close alone tells of an error that came after the last row read.
type sqlRows struct {
	*sql.Rows
	ended error
}

func (r *sqlRows) Close() { r.ended = cmp.Or(r.ended, r.Rows.Close()) }

func (r *sqlRows) Err() error { return cmp.Or(r.Rows.Err(), r.ended) }

// poolError says in the store's words that a pool of connections was closed; database/sql exports no error
// for it.
func poolError(err error) error {
	if err.Error() == "sql: database is closed" {
		return ErrClosed
	}
	return err
}

// migrate takes a lock, so that replicas that start together migrate one after the other.
func (e *postgresEngine) migrate(ctx context.Context, m migrationFS, version int64) ([]*goose.MigrationResult, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600)) // asks every second, for ten minutes
	if err != nil {
		return nil, err
	}
	results, err := gooseUp(ctx, goose.DialectPostgres, e.db, m, version, goose.WithSessionLocker(locker))
	if len(results) > 0 {
		err = errors.Join(err, e.tellSchema(ctx))
	}
	return results, err
}

// giveUp ends the sessions of a server that says nothing any more, also those at work, so that others begin: with the server
// that has taken over, if there is one.
func (e *postgresEngine) giveUp() {
	e.log.Warn("the database does not answer; its connections are cut")
	e.failures.Add(1)
	e.cut()
}

func (e *postgresEngine) close() error {
	e.notices.close()
	if err := e.db.Close(); !errors.Is(err, net.ErrClosed) { // one that was cut
		return err
	}
	return nil
}
