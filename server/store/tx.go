package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/audit"
)

// conn is what a transaction needs of a connection. A statement does not begin when the context has ended.
type conn interface {
	// exec runs a statement that returns no rows, and reports how many it changed.
	exec(ctx context.Context, text string, args []any) (changed int64, err error)
	// query runs a statement that returns rows. They are closed before the next statement.
	query(ctx context.Context, text string, args []any) (rows, error)
}

// rows are the rows of a query, used as those of database/sql. What went wrong is for Err to say.
type rows interface {
	Next() bool
	Scan(to ...any) error
	Err() error
	Close()
}

type mode int

const (
	modeView mode = iota
	modePeek      // a view of one query, after which it is modePeeked
	modePeeked
	modeTouch
	modeUpdate
)

// Tx is a transaction inside View, Update or Touch. It is used by one goroutine and ends with its closure.
// After a statement failed every later one fails too, on both engines. Rows of a query are closed before
// the next statement.
type Tx struct {
	ctx    context.Context // on SQLite the writer's, never a caller's: see groupWriter
	conn   conn
	store  *Store
	mode   mode
	now    time.Time
	lastID ulid.ULID
	open   *Rows
	failed error

	identifies bool // it ran a statement that may change who somebody is

	changes   []change        // rows of audited tables changed so far, in the order of their first change
	unclaimed int             // changes before this index belong to an entry already
	index     map[rowName]int // where in changes a row of changes[unclaimed:] stands
	values    []any           // scratch for one row as returned by a recorded statement
	targets   []any           // pointers into values
}

// Now is the instant of the transaction, in UTC to the microsecond: the same throughout, and a later one
// when the closure is run again.
func (tx *Tx) Now() time.Time { return tx.now }

// NewID returns a new ULID. Ids of one transaction sort in the order they were asked for.
func (tx *Tx) NewID() string {
	if tx.lastID == (ulid.ULID{}) {
		var random [10]byte
		_, _ = rand.Read(random[:]) // never fails
		random[0] &= 0x7f           // leaves room to count up
		_ = tx.lastID.SetTime(uint64(max(tx.now.UnixMilli(), 0)))
		_ = tx.lastID.SetEntropy(random[:])
		return tx.lastID.String()
	}
	for i := len(tx.lastID) - 1; i >= 0; i-- {
		if tx.lastID[i]++; tx.lastID[i] != 0 {
			break
		}
	}
	return tx.lastID.String()
}

// Exec runs an INSERT INTO, UPDATE or DELETE FROM with its $N arguments and returns how many rows it
// changed. Rows of audited tables are recorded for the audit entry, so the statement has no alias for its
// table and no RETURNING. Broken constraints are a *ConstraintError.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	st, err := tx.prepare(query)
	if err != nil {
		return 0, err
	}
	if err := tx.mayWrite(st); err != nil {
		return 0, tx.fail(st, err)
	}
	tx.identifies = tx.identifies || st.identifies
	if st.audited != nil {
		n, err := tx.execRecorded(st, args)
		if err != nil {
			return 0, tx.fail(st, err)
		}
		return n, nil
	}
	n, err := tx.conn.exec(tx.ctx, st.sql, args)
	if err != nil {
		return 0, tx.fail(st, err)
	}
	return n, nil
}

func (tx *Tx) mayWrite(st *statement) error {
	switch {
	case st.table == "":
		return errors.New("Exec takes INSERT INTO, UPDATE or DELETE FROM")
	case tx.mode <= modePeeked:
		return errors.New("a View writes nothing")
	case tx.mode == modeTouch && st.audited != nil:
		return fmt.Errorf("%w: table %s is audited, use Update", ErrNoEntry, st.table)
	}
	return nil
}

// Query runs a SELECT with its $N arguments. The caller closes the rows before the next statement; All does.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	st, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	if st.table != "" {
		return nil, tx.fail(st, errors.New("Query takes SELECT, use Exec to write"))
	}
	rows, err := tx.conn.query(tx.ctx, st.sql, args)
	if err != nil {
		return nil, tx.fail(st, err)
	}
	tx.open = &Rows{tx: tx, rows: rows, st: st}
	return tx.open, nil
}

// QueryRow runs a SELECT that is expected to find one row; Scan returns ErrNotFound when it finds none.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	rows, err := tx.Query(query, args...)
	return Row{rows: rows, err: err}
}

func (tx *Tx) prepare(query string) (*statement, error) {
	if tx.failed != nil {
		return nil, tx.failed
	}
	st, err := tx.store.statement(query)
	if err != nil {
		return nil, tx.fail(&statement{text: query}, err)
	}
	if tx.open != nil {
		return nil, tx.fail(st, errors.New("the rows of the previous query are still open"))
	}
	switch tx.mode {
	case modePeek:
		tx.mode = modePeeked
	case modePeeked:
		return nil, tx.fail(st, errors.New("a Peek runs one query, use View for more"))
	}
	return st, nil
}

// fail maps an error of a statement, remembers it, and lets no further statement run.
func (tx *Tx) fail(st *statement, err error) error {
	tx.failed = fmt.Errorf("%w (in %s)", mapError(err), st.summary())
	return tx.failed
}

func (tx *Tx) closeRows() {
	if tx.open != nil {
		tx.open.Close()
	}
}

// Micros is an instant as the tables keep it: microseconds since 1970 in UTC, and 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Instant is the inverse of Micros.
func Instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// In writes n placeholders for an IN list, beginning with $first: In(3, 2) is "($3, $4)". n is at least 1.
func In(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i == 0 {
			b.WriteString("($")
		} else {
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(first + i))
	}
	b.WriteByte(')')
	return b.String()
}

// Entry returns e with the rows of audited tables that were changed since the last call: for an update
// that makes several entries, one after each step. The closure returns what Entry returned.
func (tx *Tx) Entry(e audit.Entry) audit.Entry {
	e.Rows = tx.claim()
	return e
}
