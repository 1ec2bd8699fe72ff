package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// sqliteEngine is one file: one connection that writes, in groups, and a few that read.
type sqliteEngine struct {
	path         string
	readers      *pool
	writer       *groupWriter
	checkpointer *checkpointer
	serving      *session // holds the lock of who serves; nil for others

	closing chan struct{} // closed by close
	once    sync.Once
	looking sync.WaitGroup
}

// pragma is a setting of a connection: how the DSN asks for it and what SQLite answers when it is in force.
type pragma struct{ key, value, name, answer string }

// commonPragmas hold on every connection. go-sqlite3 takes them from the DSN and ignores keys that it does
// not know, so each is read back.
var commonPragmas = []pragma{
	{"_journal_mode", "WAL", "journal_mode", "wal"},
	{"_synchronous", "FULL", "synchronous", "2"},
	{"_foreign_keys", "on", "foreign_keys", "1"},
	{"", "", "wal_autocheckpoint", checkpointInline},
}

// The caches are given in KiB, as negative numbers. They are small: the kernel has the file in its own, and larger ones made no
// call cheaper on a database of 380 MB, but held 192 MB.
var (
	writerPragmas = slices.Concat(commonPragmas, []pragma{
		{"_cache_size", "-16384", "cache_size", "-16384"},
	})
	readerPragmas = slices.Concat(commonPragmas, []pragma{
		{"_cache_size", "-2048", "cache_size", "-2048"},
		{"_query_only", "on", "query_only", "1"},
	})
)

// sqliteConnector opens connections to one file and checks the pragmas of each.
type sqliteConnector struct {
	dsn     string
	pragmas []pragma
}

func newSQLiteConnector(path string, pragmas []pragma) *sqliteConnector {
	keys := make([]string, 0, len(pragmas)+2)
	for _, p := range pragmas {
		if p.key != "" {
			keys = append(keys, p.key+"="+p.value)
		}
	}
	keys = append(keys, "_txlock=immediate", "_stmt_cache_size=256")
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: strings.Join(keys, "&")}
	return &sqliteConnector{dsn: file.String(), pragmas: pragmas}
}

// Driver implements driver.Connector.
func (c *sqliteConnector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Connect implements driver.Connector.
func (c *sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	// go-sqlite3 has no key for this one.
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA wal_autocheckpoint = "+checkpointInline, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	for _, p := range c.pragmas {
		if err := checkPragma(ctx, conn.(driver.QueryerContext), p); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

func checkPragma(ctx context.Context, q driver.QueryerContext, p pragma) error {
	rows, err := q.QueryContext(ctx, "PRAGMA "+p.name, nil)
	if err != nil {
		return fmt.Errorf("store: read pragma %s: %w", p.name, err)
	}
	defer rows.Close()
	answer := make([]driver.Value, 1)
	if err := rows.Next(answer); err != nil {
		return fmt.Errorf("store: read pragma %s: %w", p.name, err)
	}
	if got := fmt.Sprint(answer[0]); got != p.answer {
		return fmt.Errorf("store: SQLite has %s = %s where %s is needed", p.name, got, p.answer)
	}
	return nil
}

func openSQLite(ctx context.Context, o Options, log *slog.Logger) (*sqliteEngine, error) {
	path := strings.TrimPrefix(o.URL, "sqlite:")
	if path == "" || strings.Contains(path, "://") {
		return nil, fmt.Errorf("store: %q is neither postgres://…, sqlite:PATH nor the path of a file", o.URL)
	}
	busy := busyPragma(o.BusyTimeout)
	writing := newSQLiteConnector(path, append(busy, writerPragmas...))
	writer, err := openSession(ctx, writing)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	copying, err := openSession(ctx, writing)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), writer.close())
	}
	e := &sqliteEngine{path: path, checkpointer: newCheckpointer(copying, log), closing: make(chan struct{})}
	e.readers = newPool(newSQLiteConnector(path, append(busy, readerPragmas...)), orDefault(o.MaxConns, 8))
	e.writer = newGroupWriter(writer, orDefault(o.GroupLimit, 32), e.checkpointer.committed)
	return e, nil
}

// busyPragma says how long to wait for a lock of another process; it comes first, as setting others may have to wait.
func busyPragma(timeout time.Duration) []pragma {
	ms := strconv.FormatInt(cmp.Or(timeout, 10*time.Second).Milliseconds(), 10)
	return []pragma{{"_busy_timeout", ms, "busy_timeout", ms}}
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

func (e *sqliteEngine) dialect() dialect { return sqliteDialect }

func (e *sqliteEngine) alone() bool { return true }

// tell does nothing: there is nobody to tell.
func (e *sqliteEngine) tell([]string) {}

func (e *sqliteEngine) update(ctx context.Context, fn func(context.Context, conn) error) error {
	return e.writer.do(ctx, fn)
}

func (e *sqliteEngine) view(ctx context.Context, fn func(context.Context, conn) error) error {
	return e.readers.with(ctx, func(s *session) error {
		if err := s.do("BEGIN"); err != nil {
			return fmt.Errorf("store: begin: %w", err)
		}
		defer s.do("ROLLBACK") //nolint:errcheck // nothing was written
		return fn(ctx, s)
	})
}

func (e *sqliteEngine) peek(ctx context.Context, fn func(context.Context, conn) error) error {
	return e.readers.with(ctx, func(s *session) error { return fn(ctx, s) })
}

// migrate works on a connection of its own: the writing one belongs to the group writer.
func (e *sqliteEngine) migrate(ctx context.Context, m migrationFS, version int64) ([]*goose.MigrationResult, error) {
	db := sql.OpenDB(newSQLiteConnector(e.path, append(busyPragma(0), writerPragmas...)))
	defer db.Close() //nolint:errcheck // everything was committed
	return gooseUp(ctx, goose.DialectSQLite3, db, m, version)
}

func (e *sqliteEngine) close() error {
	e.once.Do(func() { close(e.closing) })
	e.looking.Wait()
	serving := e.serving
	e.serving = nil
	err := errors.Join(e.writer.close(), e.checkpointer.close(), e.readers.close())
	if serving != nil {
		err = errors.Join(err, serving.close())
	}
	return err
}
