package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/meritindex/merit/server/audit"
)

// EntryFilter says which audit entries to list. Empty fields do not narrow the list.
type EntryFilter struct {
	Agency  string
	Actor   string
	Actions []string  // the action begins with one of these
	From    time.Time // entries at or after
	Until   time.Time // entries before
	Before  int64     // Seq of the last entry of the page before; 0 for the newest
	Limit   int       // at least 1
}

// KeptEntry is an audit entry as it is kept.
type KeptEntry struct {
	Seq   int64 // grows with every entry; says which of two is newer
	Leaf  []byte
	Entry *audit.Entry // parsed from Leaf
}

// AuditEntries lists entries, newest first.
func (tx *Tx) AuditEntries(f EntryFilter) ([]KeptEntry, error) {
	args := []any{f.Limit}
	where := "seq > 0"
	narrow := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.Agency != "" {
		narrow("agency_id = $%d", f.Agency)
	}
	if f.Actor != "" {
		narrow("actor = $%d", f.Actor)
	}
	if !f.From.IsZero() {
		narrow("at >= $%d", Micros(f.From))
	}
	if !f.Until.IsZero() {
		narrow("at < $%d", Micros(f.Until))
	}
	if f.Before > 0 {
		narrow("seq < $%d", f.Before)
	}
	if len(f.Actions) > 0 {
		var any []string
		for _, prefix := range f.Actions {
			args = append(args, prefix)
			any = append(any, fmt.Sprintf("substr(action, 1, length($%[1]d)) = $%[1]d", len(args)))
		}
		where += " AND (" + strings.Join(any, " OR ") + ")"
	}
	return All(tx, scanEntry, "SELECT seq, leaf FROM audit_entry WHERE "+where+" ORDER BY seq DESC LIMIT $1", args...)
}

func scanEntry(row Scanner, k *KeptEntry) (err error) {
	if err := row.Scan(&k.Seq, &k.Leaf); err != nil {
		return err
	}
	k.Entry, err = audit.ParseLeaf(k.Leaf)
	return err
}

// CheckEntries reads every audit entry and every row of every audited table and returns where they differ:
// a row altered, removed or added behind the service's back, or an entry that was tampered with. It holds
// one snapshot while it reads, and about 200 bytes of memory for each row.
func (s *Store) CheckEntries(ctx context.Context) ([]audit.Discrepancy, error) {
	var found []audit.Discrepancy
	err := s.View(ctx, func(tx *Tx) error {
		var c audit.Checker
		if err := tx.showEntries(&c); err != nil {
			return err
		}
		for _, t := range s.tables.Load().byName {
			if t.unaudited {
				continue
			}
			if err := tx.showRows(&c, t); err != nil {
				return err
			}
		}
		found = c.Discrepancies()
		return nil
	})
	return found, err
}

// showEntries shows the checker all entries, and reports those whose columns do not repeat their leaf.
func (tx *Tx) showEntries(c *audit.Checker) error {
	rows, err := tx.Query("SELECT id, at, actor, membership, action, agency_id, leaf FROM audit_entry ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var label audit.Entry
		var at int64
		var leaf []byte
		if err := rows.Scan(&label.ID, &at, &label.Actor, &label.Membership, &label.Action, &label.Agency, &leaf); err != nil {
			return err
		}
		e, err := audit.ParseLeaf(leaf)
		if err != nil {
			c.Report(audit.Discrepancy{Table: "audit_entry", Key: label.ID, Problem: audit.EntryMalformed})
			continue
		}
		if e.ID != label.ID || Micros(e.At) != at || e.Actor != label.Actor || e.Membership != label.Membership ||
			e.Action != label.Action || e.Agency != label.Agency {
			c.Report(audit.Discrepancy{Table: "audit_entry", Key: label.ID, Problem: audit.EntryRelabelled})
		}
		c.Entry(e)
	}
	return rows.Err()
}

func (tx *Tx) showRows(c *audit.Checker, t *table) error {
	rows, err := tx.Query("SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values, err := tx.scanRow(rows.rows, t)
		if err != nil {
			return err
		}
		row, err := t.describe(values)
		if err != nil {
			return err
		}
		c.Row(t.name, row.key, row.row)
	}
	return rows.Err()
}
