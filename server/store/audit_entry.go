package store

import (
	"context"
	"strings"

	"github.com/meritindex/merit/server/audit"
)

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
		if err := tx.showCounts(&c); err != nil {
			return err
		}
		found = c.Discrepancies()
		return nil
	})
	return found, err
}

// showEntries shows the checker all entries, and reports those whose columns do not repeat their leaf.
func (tx *Tx) showEntries(c *audit.Checker) error {
	rows, err := tx.Query("SELECT id, at, actor, membership, action, agency_id, subject, leaf FROM audit_entry ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var label audit.Entry
		var at int64
		var leaf []byte
		if err := rows.Scan(&label.ID, &at, &label.Actor, &label.Membership, &label.Action, &label.Agency, &label.Subject, &leaf); err != nil {
			return err
		}
		e, err := audit.ParseLeaf(leaf)
		if err != nil {
			c.Report(audit.Discrepancy{Table: "audit_entry", Key: label.ID, Problem: audit.EntryMalformed})
			continue
		}
		if e.ID != label.ID || Micros(e.At) != at || e.Actor != label.Actor || e.Membership != label.Membership ||
			e.Action != label.Action || e.Agency != label.Agency || e.Subject != label.Subject {
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
