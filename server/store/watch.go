package store

import "context"

// String is the name of the Store's method that makes a transaction of the mode.
func (m mode) String() string {
	return [...]string{modeView: "View", modePeek: "Peek", modePeeked: "Peek", modeTouch: "Touch", modeUpdate: "Update"}[m]
}

// watched is a connection that tells of its statements before they run.
type watched struct {
	conn
	tell func(statement string)
}

func (w watched) exec(ctx context.Context, text string, args []any) (int64, error) {
	w.tell(text)
	return w.conn.exec(ctx, text, args)
}

func (w watched) query(ctx context.Context, text string, args []any) (rows, error) {
	w.tell(text)
	return w.conn.query(ctx, text, args)
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
