package store

import (
	"database/sql"
	"log/slog"
	"strings"
	"testing"
)

// mustOpenFile opens a new SQLite file until the test ends, for tests that look into the engine.
func mustOpenFile(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// mustExplain returns the plan of a query that has one step.
func mustExplain(t *testing.T, db *sql.DB, query string, args ...any) (plan string) {
	t.Helper()
	row := db.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+sqliteDialect.bind(query), args...)
	if err := row.Scan(new(int), new(int), new(int), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// go-sqlite3 ignores keys it does not know, and SQLite pragmas it cannot grant.
func TestConnectionWithoutItsPragmasIsRefused(t *testing.T) {
	cases := []struct {
		name   string
		pragma pragma
		want   string
	}{
		{"a key that go-sqlite3 does not know", pragma{"_foreign_key", "on", "foreign_keys", "1"}, "foreign_keys = 0"},
		{"a value that SQLite does not grant", pragma{"_journal_mode", "WAL", "journal_mode", "wal"}, "journal_mode = memory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			connector := newSQLiteConnector(":memory:", []pragma{c.pragma})
			db := sql.OpenDB(connector)
			defer db.Close()
			err := db.PingContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %s", err, c.want)
			}
		})
	}
}

// Were plans chosen by values, SQLite would make a prefix search of this pattern.
func TestPlansDoNotDependOnValues(t *testing.T) {
	db := sql.OpenDB(newSQLiteConnector(t.TempDir()+"/plans.db", readerPragmas[:0]))
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE agency (code TEXT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"SELECT code FROM agency WHERE code GLOB '11.*'": "SEARCH",
		"SELECT code FROM agency WHERE code GLOB $1":     "SCAN",
	} {
		plan := mustExplain(t, db, query, []any{"11.*"}[:strings.Count(query, "$")]...)
		if !strings.HasPrefix(plan, want) {
			t.Errorf("%s: %s, want %s", query, plan, want)
		}
	}
}
