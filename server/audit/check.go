package audit

import (
	"cmp"
	"slices"
)

// Problem says how a row differs from the newest entry about it.
type Problem string

// What can be wrong with a row or an entry.
const (
	RowAltered      Problem = "the row is not as its newest entry left it"
	RowMissing      Problem = "the row is gone, and no entry deleted it"
	RowUnaccounted  Problem = "no entry knows the row"
	RowResurrected  Problem = "the row exists, but its newest entry deleted it"
	CountWrong      Problem = "the count is not what the rows come to"
	EntryMalformed  Problem = "the bytes of the entry are not those of an entry"
	EntryRelabelled Problem = "the entry is filed under other values than its bytes say"

	EntryMissing         Problem = "the entry has a place in the log, but is gone"
	EntryUnnumbered      Problem = "the entry has no place in the log, and is older than entries that have"
	PlaceMissing         Problem = "the log has a hole here"
	LeafAltered          Problem = "the entry at this place of the log is not the one that was put there"
	HashAltered          Problem = "the hash is not what the entries come to"
	RootAltered          Problem = "the entries under the checkpoint do not come to its root"
	CheckpointMissing    Problem = "the checkpoint of this size is gone"
	CheckpointDisordered Problem = "the checkpoint is out of order"
	KeyRelabelled        Problem = "the key is filed under another size or verifier than its statement says"
)

// Discrepancy is one place where the tables and the entries tell different stories.
type Discrepancy struct {
	Table   string // audit_entry when the entry itself is wrong
	Key     string // of the row; the entry's id when the entry itself is wrong
	Entry   string // id of the newest entry about the row; empty when there is none
	Problem Problem
}

// Checker compares tables with the entries about them: first it is shown every entry in the order in which
// they were kept, then every row, then it tells what was not as it should be. The zero Checker is ready.
type Checker struct {
	newest map[rowName]*state
	found  []Discrepancy
}

type rowName struct{ table, key string }

// state is what the newest entry says of a row.
type state struct {
	entry string
	salt  [16]byte
	row   Row
	seen  bool
}

// Entry takes in the next entry.
func (c *Checker) Entry(e *Entry) {
	if c.newest == nil {
		c.newest = make(map[rowName]*state)
	}
	for _, r := range e.Rows {
		c.newest[rowName{r.Table, r.Key}] = &state{entry: e.ID, salt: e.Salt, row: r}
	}
}

// Report adds what the caller found wrong.
func (c *Checker) Report(d Discrepancy) { c.found = append(c.found, d) }

// Row compares a row, given by its key and canonical bytes, with the newest entry about it.
func (c *Checker) Row(table, key string, row []byte) {
	s := c.newest[rowName{table, key}]
	if s == nil {
		c.Report(Discrepancy{Table: table, Key: key, Problem: RowUnaccounted})
		return
	}
	s.seen = true
	d := Discrepancy{Table: table, Key: key, Entry: s.entry}
	switch {
	case s.row.Deleted:
		d.Problem = RowResurrected
	case HashRow(s.salt, row) != s.row.Hash:
		d.Problem = RowAltered
	default:
		return
	}
	c.Report(d)
}

// Discrepancies returns all that is wrong, ordered by table and key, after every entry and row was shown.
func (c *Checker) Discrepancies() []Discrepancy {
	for name, s := range c.newest {
		if !s.seen && !s.row.Deleted {
			c.Report(Discrepancy{Table: name.table, Key: name.key, Entry: s.entry, Problem: RowMissing})
			s.seen = true
		}
	}
	slices.SortFunc(c.found, func(a, b Discrepancy) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key))
	})
	return c.found
}
