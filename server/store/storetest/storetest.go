// Package storetest opens fresh, migrated stores for tests: SQLite files and databases on a PostgreSQL
// server that belongs to the test binary and ends with it.
package storetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/meritindex/merit/server/store"
)

// Option changes how a store is opened, such as its clock.
type Option = func(*store.Options)

// Each runs f once for each engine, as subtests "sqlite" and "postgres", with a fresh store.
func Each(t *testing.T, f func(t *testing.T, s *store.Store), options ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, New(t, options...)) })
	t.Run("postgres", func(t *testing.T) { f(t, NewPostgres(t, options...)) })
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
	file := filepath.Join(tb.TempDir(), "merit.db")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + file
}

// sqliteTemplate is a migrated file, made once: copying it is faster than migrating.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "merit-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})
