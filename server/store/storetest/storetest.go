// Package storetest opens fresh, migrated stores for tests: SQLite files and databases on a PostgreSQL
// server that belongs to the test binary and ends with it.
package storetest

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/meritindex/merit/server/store"
)

// Option changes how a store is opened, such as its clock.
type Option = func(*store.Options)

// Each runs f once for each engine, as subtests "sqlite" and "postgres", with a fresh store.
func Each(t *testing.T, f func(t *testing.T, s *store.Store), options ...Option) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { f(t, MustOpen(t, url, options...)) })
}

// EachURL is Each for tests that open the store themselves or reach behind its back: f gets the URL of a
// fresh, migrated database.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, PostgresURL(t)) })
}

// EachEmptyURL is EachURL with a database that has no schema yet.
func EachEmptyURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite:"+filepath.Join(Folder(t), "merit.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, createdURL(t, "template0 LC_COLLATE 'C' LC_CTYPE 'C'")) })
}

// MustConnect opens the database itself, behind the store's back, until the test ends.
func MustConnect(tb testing.TB, url string) *sql.DB {
	tb.Helper()
	driver, source := "pgx", url
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite3", file
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// MustTamper runs SQL on the database behind the store's back.
func MustTamper(tb testing.TB, url, statements string) {
	tb.Helper()
	db := MustConnect(tb, url)
	if _, err := db.ExecContext(tb.Context(), statements); err != nil {
		tb.Fatalf("%s: %v", statements, err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}

// MustLock locks a SQLite file for writing, as another process does, until it is unlocked or the test ends.
func MustLock(tb testing.TB, url string) (unlock func()) {
	tb.Helper()
	db := MustConnect(tb, url)
	lock, err := db.Conn(tb.Context())
	if err == nil {
		_, err = lock.ExecContext(tb.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		tb.Fatal(err)
	}
	return func() {
		tb.Helper()
		_, err := lock.ExecContext(tb.Context(), "ROLLBACK")
		if err := errors.Join(err, lock.Close(), db.Close()); err != nil {
			tb.Fatal(err)
		}
	}
}

// New opens a fresh SQLite store that is closed at the end of the test.
func New(tb testing.TB, options ...Option) *store.Store {
	tb.Helper()
	return MustOpen(tb, SQLiteURL(tb), options...)
}

// NewPostgres opens a fresh PostgreSQL store that is closed and dropped at the end of the test. It fails the
// test when PostgreSQL is not installed.
func NewPostgres(tb testing.TB, options ...Option) *store.Store {
	tb.Helper()
	return MustOpen(tb, PostgresURL(tb), options...)
}

// MustOpen opens the store at the URL and closes it at the end of the test.
func MustOpen(tb testing.TB, url string, options ...Option) *store.Store {
	tb.Helper()
	o := store.Options{URL: url}
	for _, option := range options {
		option(&o)
	}
	s, err := store.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	return s
}

// SQLiteURL returns the URL of a fresh, migrated SQLite file.
func SQLiteURL(tb testing.TB) string {
	tb.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(Folder(tb), "merit.db")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + file
}

// Folder is a fresh folder, removed at the end of the test: in memory for tests, where nobody pulls the plug, and on the disk for benchmarks, which are
// about the disk.
func Folder(tb testing.TB) string {
	tb.Helper()
	if _, ok := tb.(*testing.B); ok || parent() == "" {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(parent(), "merit-") //nolint:usetesting // TempDir lies on the disk
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// sqliteTemplate is a migrated file, made once: copying it is faster than migrating.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "merit-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	file := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})
