package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

var (
	// ErrNotFound says that no row answers the question.
	ErrNotFound = errors.New("not found")
	// ErrUnique is a broken primary key or unique constraint; see ConstraintError for which.
	ErrUnique = errors.New("already exists")
	// ErrForeignKey is a reference to a row that does not exist, or the removal of one that is referred to.
	ErrForeignKey = errors.New("reference to a row that does not exist")
	// ErrCheck is a broken check or a NULL where none may be.
	ErrCheck = errors.New("value not allowed")
	// ErrStale says that somebody changed the record since the caller read it.
	ErrStale = errors.New("changed by somebody else meanwhile")
	// ErrNoEntry says that an audited table was changed without an audit entry. It is a mistake in the program.
	ErrNoEntry = errors.New("store: an audited table was changed without an audit entry")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("store: closed")
	// ErrSchemaNewer says that a newer program has migrated the database: this one must not touch it.
	ErrSchemaNewer = errors.New("store: the database was made by a newer version of merit; install that version")
	// ErrSchemaOlder says that migrations are missing.
	ErrSchemaOlder = errors.New("store: the database is of an older version of merit; run merit migrate")
	// ErrSchemaEmpty says that no migration was ever applied.
	ErrSchemaEmpty = errors.New("store: the database has no tables of merit yet; make them with merit migrate")
)

// ConstraintError is a broken constraint. It is one of ErrUnique, ErrForeignKey and ErrCheck for errors.Is.
type ConstraintError struct {
	Kind    error
	Table   string   // of a unique constraint; empty when the engine does not tell
	Columns []string // of a unique constraint, in its order
	Name    string   // of the constraint; SQLite tells it only for checks
	cause   error
}

// Error says what kind of constraint was broken and where, without values.
func (e *ConstraintError) Error() string {
	if len(e.Columns) > 0 {
		return fmt.Sprintf("%v: %s (%s)", e.Kind, e.Table, strings.Join(e.Columns, ", "))
	}
	if e.Name != "" {
		return fmt.Sprintf("%v: %s", e.Kind, e.Name)
	}
	return e.Kind.Error()
}

// Unwrap gives the kind and the driver's error.
func (e *ConstraintError) Unwrap() []error { return []error{e.Kind, e.cause} }

// mapError turns what the drivers say about constraints into one engine-neutral form.
func mapError(err error) error {
	var pg *pgconn.PgError
	var lite sqlite3.Error
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &pg):
		return mapPostgres(pg, err)
	case errors.As(err, &lite):
		return mapSQLite(lite, err)
	}
	return err
}

func mapPostgres(pg *pgconn.PgError, err error) error {
	e := &ConstraintError{Table: pg.TableName, Name: pg.ConstraintName, cause: err}
	switch pg.Code {
	case "23505":
		e.Kind = ErrUnique
		e.Columns = keyColumns(pg.Detail)
	case "23503":
		e.Kind = ErrForeignKey
	case "23514", "23502":
		e.Kind = ErrCheck
	default:
		return err
	}
	return e
}

// keyColumns finds the columns in PostgreSQL's detail of a duplicate: Key (a, b)=(1, 2) already exists.
func keyColumns(detail string) []string {
	list, _, ok := strings.Cut(strings.TrimPrefix(detail, "Key ("), ")=(")
	if !ok {
		return nil
	}
	return strings.Split(list, ", ")
}

func mapSQLite(lite sqlite3.Error, err error) error {
	e := &ConstraintError{cause: err}
	_, where, _ := strings.Cut(lite.Error(), " constraint failed: ")
	switch lite.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		e.Kind = ErrUnique
		for _, column := range strings.Split(where, ", ") {
			e.Table, column, _ = strings.Cut(column, ".")
			e.Columns = append(e.Columns, column)
		}
	case sqlite3.ErrConstraintForeignKey:
		e.Kind = ErrForeignKey
	case sqlite3.ErrConstraintCheck, sqlite3.ErrConstraintNotNull:
		e.Kind, e.Name = ErrCheck, where
	default:
		return err
	}
	return e
}

// isRetryable reports whether PostgreSQL ended the transaction only because of others running beside it:
// serialization_failure or deadlock_detected.
func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
