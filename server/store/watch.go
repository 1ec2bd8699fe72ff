package store

import (
	"context"
	"database/sql"
)

// String is the name of the Store's method that makes a transaction of the mode.
func (m mode) String() string {
	return [...]string{modeView: "View", modePeek: "Peek", modePeeked: "Peek", modeTouch: "Touch", modeUpdate: "Update"}[m]
}

// watched is a connection that tells of its statements before they run.
type watched struct {
	conn
	tell func(statement string)
}

func (w watched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	w.tell(query)
	return w.conn.ExecContext(ctx, query, args...)
}

func (w watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	w.tell(query)
	return w.conn.QueryContext(ctx, query, args...)
}

// tellEnd tells how a transaction ended.
func (tx *Tx) tellEnd(err error) {
	switch {
	case tx.store.watch == nil:
	case err != nil:
		tx.store.watch(tx.mode.String() + " refused")
	default:
		tx.store.watch(tx.mode.String() + " done")
	}
}
