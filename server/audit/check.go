package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
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

// Checker compares tables with the entries about them. It works in rounds, so that it never holds the states of more than
// some rows at once, however many there are: while Next, it is shown every entry in the order in which they were kept, then
// every row; in the end it tells what was not as it should be. The zero Checker is ready.
type Checker struct {
	Most int // rows whose states are held at once; 0 for two million, which takes half a gigabyte

	round, rounds uint64 // each row belongs to one of them
	newest        map[rowDigest]state
	found         []finding
}

// rowDigest stands for the table and the key of a row: names of millions of rows would take more memory than all else.
type rowDigest [16]byte

func digest(table, key string) rowDigest {
	sum := sha256.Sum256([]byte(table + "\x00" + key))
	return rowDigest(sum[:16])
}

// state is what the newest entry says of a row that was not shown yet. Half of the hash is enough: whoever alters a row
// would need another with the same 128 bits.
type state struct {
	number int64 // of the entry; less than 0 when it deleted the row
	salt   [16]byte
	hash   [16]byte
}

func stateOf(number int64, salt [16]byte, r *Row) state {
	if r.Deleted {
		number = -number
	}
	return state{number, salt, [16]byte(r.Hash[:16])}
}

// is reports whether a row is as the entry left it.
func (s *state) is(row []byte) bool {
	hash := HashRow(s.salt, row)
	return s.hash == [16]byte(hash[:16])
}

// finding is a discrepancy whose entry, and for a missing row whose name, are still to be looked up.
type finding struct {
	Discrepancy
	number int64 // of the entry; 0 for none
	row    rowDigest
}

// mostStates is how many states are held when nothing else was asked for.
const mostStates = 2_000_000

// Next begins the next round; false when there is none left.
func (c *Checker) Next() bool {
	if c.rounds == 0 {
		c.Most, c.rounds, c.newest = cmp.Or(c.Most, mostStates), 1, map[rowDigest]state{}
		return true
	}
	for row, s := range c.newest { // those that were not shown
		if s.number > 0 {
			c.found = append(c.found, finding{Discrepancy{Problem: RowMissing}, s.number, row})
		}
	}
	clear(c.newest)
	c.round++
	return c.round < c.rounds
}

// First reports whether this is the first round, in which what is wrong with entries themselves is to be reported.
func (c *Checker) First() bool { return c.round == 0 }

// Entry takes in the next entry, under a number that is more than 0 and its own.
func (c *Checker) Entry(number int64, e *Entry) {
	for i := range e.Rows {
		r := &e.Rows[i]
		if row := digest(r.Table, r.Key); c.mine(row) {
			c.newest[row] = stateOf(number, e.Salt, r)
		}
	}
	for c.First() && len(c.newest) > c.Most {
		c.rounds *= 2
		maps.DeleteFunc(c.newest, func(row rowDigest, _ state) bool { return !c.mine(row) })
	}
}

// mine reports whether a row belongs to this round.
func (c *Checker) mine(row rowDigest) bool {
	return binary.LittleEndian.Uint64(row[:])%c.rounds == c.round
}

// Report adds what the caller found wrong.
func (c *Checker) Report(d Discrepancy) { c.found = append(c.found, finding{Discrepancy: d}) }

// Row compares a row, given by its key and canonical bytes, with the newest entry about it.
func (c *Checker) Row(table, key string, row []byte) {
	name := digest(table, key)
	if !c.mine(name) {
		return
	}
	s, known := c.newest[name]
	delete(c.newest, name)
	d := Discrepancy{Table: table, Key: key}
	switch {
	case !known:
		d.Problem = RowUnaccounted
	case s.number < 0:
		d.Problem = RowResurrected
	case !s.is(row):
		d.Problem = RowAltered
	default:
		return
	}
	c.found = append(c.found, finding{d, max(s.number, -s.number), name})
}

// Discrepancies returns all that is wrong, ordered by table and key, after the last round. It asks for entries by their
// numbers.
func (c *Checker) Discrepancies(entry func(number int64) (*Entry, error)) ([]Discrepancy, error) {
	var all []Discrepancy
	for _, f := range c.found {
		if f.number > 0 {
			e, err := entry(f.number)
			if err != nil {
				return nil, err
			}
			f.name(e)
		}
		all = append(all, f.Discrepancy)
	}
	slices.SortFunc(all, func(a, b Discrepancy) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key))
	})
	return all, nil
}

// name takes from the entry what the finding does not know.
func (f *finding) name(e *Entry) {
	f.Entry = e.ID
	if f.Problem != RowMissing {
		return
	}
	for _, r := range e.Rows {
		if digest(r.Table, r.Key) == f.row {
			f.Table, f.Key = r.Table, r.Key
		}
	}
}
