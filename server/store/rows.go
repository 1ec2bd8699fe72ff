package store

import (
	"cmp"
	"fmt"
)

// Scanner is a row to be scanned: a *Rows at a row, or a Row.
type Scanner interface {
	Scan(dest ...any) error
}

// Rows are the rows of a query, used as those of database/sql.
type Rows struct {
	tx   *Tx
	rows rows
	st   *statement
}

// Next goes to the next row; it reports false after the last one, when the context of the transaction has ended, and on
// an error, which Err returns.
func (r *Rows) Next() bool { return r.tx.ctx.Err() == nil && r.rows.Next() }

// Scan reads the columns of the current row.
func (r *Rows) Scan(dest ...any) error {
	if err := r.rows.Scan(dest...); err != nil {
		return r.tx.fail(r.st, err)
	}
	return nil
}

// Err returns the error that ended the rows early, if any.
func (r *Rows) Err() error {
	if err := cmp.Or(r.rows.Err(), r.tx.ctx.Err()); err != nil {
		return r.tx.fail(r.st, err)
	}
	return nil
}

// Close ends the query, so that the next statement can run. Closing twice does no harm. What went wrong is
// for Err to say.
func (r *Rows) Close() {
	if r.tx.open == r {
		r.tx.open = nil
	}
	r.rows.Close()
}

// Row is the one row that QueryRow looks for.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the columns of the row and ends the query. It returns ErrNotFound when there is no row. What PostgreSQL says
// after the row counts too: it may have ended the transaction while it looked for a second one.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNotFound
	}
	err := r.rows.Scan(dest...)
	r.rows.Close()
	return cmp.Or(err, r.rows.Err())
}

// All runs a query and returns what scan made of each row. It returns nil when there are none.
func All[T any](tx *Tx, scan func(Scanner, *T) error, query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One runs a query and returns what scan made of its first row, or ErrNotFound, with what names what was
// looked for.
func One[T any](tx *Tx, what string, scan func(Scanner, *T) error, query string, args ...any) (T, error) {
	var v T
	if err := scan(tx.QueryRow(query, args...), &v); err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}

// anys turns ids into the arguments of a query.
func anys(ids []string) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}
