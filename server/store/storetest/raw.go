package storetest

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
)

// Raw is a SQLite file with nothing of the store in between: what benchmarks compare with.
type Raw struct{ conn *sql.Conn }

// NewRaw opens a fresh file with the pragmas of the store: WAL and synchronous=FULL.
func NewRaw(tb testing.TB) *Raw {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "raw.db")
	db, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=10000&_journal_mode=WAL&_synchronous=FULL&_stmt_cache_size=16")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	r := &Raw{}
	if r.conn, err = db.Conn(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if _, err := r.conn.ExecContext(tb.Context(), "CREATE TABLE answer (id INTEGER PRIMARY KEY, level INTEGER, at INTEGER)"); err != nil {
		tb.Fatal(err)
	}
	return r
}

// Commit commits one row of its own.
func (r *Raw) Commit(ctx context.Context) error {
	_, err := r.conn.ExecContext(ctx, "INSERT INTO answer (level, at) VALUES (?1, ?2)", 3, 1)
	return err
}

// CommitTogether commits n rows in one transaction.
func (r *Raw) CommitTogether(ctx context.Context, n int) error {
	tx, err := r.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it was committed, or another error is returned
	for range n {
		if _, err := tx.ExecContext(ctx, "INSERT INTO answer (level, at) VALUES (?1, ?2)", 3, 1); err != nil {
			return err
		}
	}
	return tx.Commit()
}
