package store

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/meritindex/merit/server/audit"
)

// rowName names a row of an audited table.
type rowName struct{ table, key string }

// change is a changed row as the table has it after the change.
type change struct {
	rowName
	revision int64
	row      []byte // canonical bytes; nil when the row was deleted
}

// execRecorded runs a statement that returns every column of the rows it changed and records them. The
// columns come back with the statement itself, so auditing costs no further round trip and can never
// differ from what the table holds.
func (tx *Tx) execRecorded(st *statement, args []any) (n int64, err error) {
	rows, err := tx.conn.query(tx.ctx, st.sql, args)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		values, err := tx.scanRow(rows, st.audited)
		if err != nil {
			return 0, err
		}
		if err := tx.record(st, values); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// scanRow reads all columns of a row into the scratch of the transaction.
func (tx *Tx) scanRow(rows rows, t *table) ([]any, error) {
	for len(tx.values) < len(t.columns) {
		tx.values = append(tx.values, nil)
		tx.targets = tx.targets[:0]
	}
	for i := len(tx.targets); i < len(tx.values); i++ {
		tx.targets = append(tx.targets, &tx.values[i])
	}
	return tx.values[:len(t.columns)], rows.Scan(tx.targets[:len(t.columns)]...)
}

func (tx *Tx) record(st *statement, values []any) error {
	c, err := st.audited.describe(values)
	if err != nil {
		return err
	}
	if st.deletes {
		c.row = nil
	}
	if tx.index == nil {
		tx.index = make(map[rowName]int)
	}
	if i, ok := tx.index[c.rowName]; ok {
		tx.changes[i] = c
		return nil
	}
	tx.index[c.rowName] = len(tx.changes)
	tx.changes = append(tx.changes, c)
	return nil
}

// describe makes the key, revision and canonical bytes of a row from all its columns.
func (t *table) describe(values []any) (c change, err error) {
	key := make([]any, len(t.key))
	for i, column := range t.key {
		key[i] = values[column]
	}
	c.table = t.name
	if c.key, err = audit.Key(key...); err != nil {
		return c, fmt.Errorf("table %s: %w", t.name, err)
	}
	if t.revision >= 0 {
		c.revision, _ = values[t.revision].(int64)
	}
	c.row = audit.AppendTable(make([]byte, 0, 32*len(values)), t.name)
	for i, v := range values {
		if c.row, err = audit.AppendColumn(c.row, t.columns[i], v); err != nil {
			return c, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return c, nil
}

// claim takes the rows changed since the last claim; the store fills in their hashes when it knows the salt.
func (tx *Tx) claim() []audit.Row {
	rows := make([]audit.Row, 0, len(tx.changes)-tx.unclaimed)
	for _, c := range tx.changes[tx.unclaimed:] {
		rows = append(rows, audit.Row{Table: c.table, Key: c.key, Revision: c.revision, Deleted: c.row == nil})
	}
	tx.unclaimed = len(tx.changes)
	clear(tx.index)
	return rows
}

const insertEntry = `INSERT INTO audit_entry (id, at, actor, membership, action, agency_id, subject, leaf)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// writeEntries completes the entries of an update and keeps them. Entries come in the order in which
// Tx.Entry was called, so each has the next len(Rows) changes.
func (tx *Tx) writeEntries(actor audit.Actor, entries []audit.Entry) error {
	if len(entries) == 0 {
		if len(tx.changes) > 0 {
			return fmt.Errorf("%w: %s", ErrNoEntry, tx.changes[0].table)
		}
		return nil
	}
	entries = slices.Clone(entries) // they are the closure's
	if last := &entries[len(entries)-1]; tx.unclaimed < len(tx.changes) {
		if last.Rows != nil {
			return fmt.Errorf("%w: %s, changed after the last Tx.Entry", ErrNoEntry, tx.changes[tx.unclaimed].table)
		}
		last.Rows = tx.claim()
	}
	rest := tx.changes
	for i := range entries {
		n := len(entries[i].Rows)
		if n > len(rest) {
			return fmt.Errorf("store: entry %s has rows that Tx.Entry did not give it", entries[i].Action)
		}
		if err := tx.writeEntry(actor, entries[i], rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: %s, whose Tx.Entry was not returned", ErrNoEntry, rest[0].table)
	}
	return nil
}

func (tx *Tx) writeEntry(actor audit.Actor, e audit.Entry, changes []change) error {
	if e.Actor == "" {
		e.Actor, e.Membership = actor.Account, actor.Membership
	}
	e.ID, e.At = tx.NewID(), tx.now
	_, _ = rand.Read(e.Salt[:]) // never fails
	for i, c := range changes {
		r := &e.Rows[i]
		if r.Table != c.table || r.Key != c.key {
			return fmt.Errorf("store: entry %s has rows that Tx.Entry did not give it", e.Action)
		}
		if !r.Deleted {
			r.Hash = audit.HashRow(e.Salt, c.row)
		}
	}
	leaf, err := e.Leaf()
	if err != nil {
		return err
	}
	st := tx.store.own(insertEntry)
	if _, err = tx.conn.exec(tx.ctx, st.sql, []any{
		e.ID, Micros(e.At), e.Actor, e.Membership,
		string(e.Action), e.Agency, e.Subject, leaf,
	}); err != nil {
		return tx.fail(st, err)
	}
	return nil
}
