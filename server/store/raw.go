package store

import (
	"context"
	"database/sql"
	"errors"
)

// Raw is a SQLite file with nothing of the store in between, but its pragmas: what the machine itself can commit, for
// measurements to compare with.
type Raw struct {
	db   *sql.DB
	conn *sql.Conn
}

// OpenRaw opens a new file.
func OpenRaw(ctx context.Context, file string) (*Raw, error) {
	r := &Raw{db: sql.OpenDB(newSQLiteConnector(file, append(busyPragma(0), writerPragmas...)))}
	var err error
	if r.conn, err = r.db.Conn(ctx); err != nil {
		return nil, errors.Join(err, r.db.Close())
	}
	if _, err := r.conn.ExecContext(ctx, "CREATE TABLE answer (id INTEGER PRIMARY KEY, level INTEGER, at INTEGER)"); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close closes the file.
func (r *Raw) Close() error { return errors.Join(r.conn.Close(), r.db.Close()) }

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
