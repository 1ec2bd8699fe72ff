package store

import (
	"context"
	"strings"

	"github.com/meritindex/merit/server/audit"
)

// CheckEntries reads every audit entry and every row of every audited table and returns where they differ:
// a row altered, removed or added behind the service's back, or an entry that was tampered with. It holds
// one snapshot while it reads, and half a gigabyte at most: what has more than two million rows is read several times.
func (s *Store) CheckEntries(ctx context.Context) (found []audit.Discrepancy, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		c := audit.Checker{}
		for c.Next() {
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
		}
		if err := tx.showCounts(&c); err != nil {
			return err
		}
		found, err = c.Discrepancies(tx.numberedEntry)
		return err
	})
	return found, err
}

// numberedEntry reads an entry that can be read.
func (tx *Tx) numberedEntry(seq int64) (*audit.Entry, error) {
	var leaf []byte
	if err := tx.QueryRow("SELECT leaf FROM audit_entry WHERE seq = $1", seq).Scan(&leaf); err != nil {
		return nil, err
	}
	return audit.ParseLeaf(leaf)
}

// showEntries shows the checker all entries, and reports those whose columns do not repeat their leaf.
func (tx *Tx) showEntries(c *audit.Checker) error {
	rows, err := tx.Query("SELECT seq, id, at, actor, membership, action, agency_id, subject, leaf FROM audit_entry ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var label audit.Entry
		var seq, at int64
		var leaf []byte
		if err := rows.Scan(&seq, &label.ID, &at, &label.Actor, &label.Membership, &label.Action, &label.Agency, &label.Subject, &leaf); err != nil {
			return err
		}
		e, err := audit.ParseLeaf(leaf)
		switch {
		case err != nil && c.First():
			c.Report(audit.Discrepancy{Table: "audit_entry", Key: label.ID, Problem: audit.EntryMalformed})
		case err != nil: // reported
		default:
			if c.First() && !labelled(e, &label, at) {
				c.Report(audit.Discrepancy{Table: "audit_entry", Key: label.ID, Problem: audit.EntryRelabelled})
			}
			c.Entry(seq, e)
		}
	}
	return rows.Err()
}

// labelled reports whether an entry is filed under what its leaf says.
func labelled(e, label *audit.Entry, at int64) bool {
	return e.ID == label.ID && Micros(e.At) == at && e.Actor == label.Actor && e.Membership == label.Membership &&
		e.Action == label.Action && e.Agency == label.Agency && e.Subject == label.Subject
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
