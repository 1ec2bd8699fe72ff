package store

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/meritindex/merit/server/audit"
)

// LogCheck is what a walk through the whole log found.
type LogCheck struct {
	Size    int64 // entries in the log
	Root    tlog.Hash
	Found   []audit.Discrepancy
	Pending []string // ids of entries that have no place yet: they are not protected
}

// CheckLog walks through the log in one snapshot and computes everything again from the leaves of the entries: leaf
// hashes, stored hashes and the root of every checkpoint. Each checkpoint is also shown to the caller, with the root that
// was computed for its size; what the caller returns is reported about it. The signatures of the keys are the caller's to check
// as well. roots asks for the computed root of more
// sizes, such as those of checkpoints that were kept elsewhere; a size beyond the log is not in the answer. The rows of
// tables are for CheckEntries.
func (s *Store) CheckLog(ctx context.Context, signed func(KeptCheckpoint) error, roots ...int64) (*LogCheck, map[int64]tlog.Hash, error) {
	w := &logWalk{signed: signed, asked: map[int64]bool{}, roots: map[int64]tlog.Hash{}}
	for _, size := range roots {
		w.asked[size] = true
	}
	err := s.View(ctx, func(tx *Tx) error {
		w.tx = tx
		return w.walk()
	})
	return &w.LogCheck, w.roots, err
}

// logWalk is a walk through the log.
type logWalk struct {
	LogCheck
	tx       *Tx
	frontier audit.Frontier
	signed   func(KeptCheckpoint) error
	asked    map[int64]bool
	roots    map[int64]tlog.Hash
	floor    int64
	epoch    int64
	newest   int64 // size of the newest checkpoint seen
}

// report adds a finding.
func (w *logWalk) report(table string, key int64, entry string, problem audit.Problem) {
	w.Found = append(w.Found, audit.Discrepancy{Table: table, Key: strconv.FormatInt(key, 10), Entry: entry, Problem: problem})
}

// walkedAtOnce is how many entries are read at a time.
const walkedAtOnce = 1000

// walk goes through the log from its beginning.
func (w *logWalk) walk() error {
	for {
		places, err := w.places()
		if err != nil {
			return err
		}
		if len(places) == 0 {
			break
		}
		if err := w.take(places); err != nil {
			return err
		}
	}
	w.Size = w.frontier.Size
	var err error
	if w.Root, err = w.frontier.Root(); err != nil {
		return err
	}
	return w.end()
}

// place is a row of log_entry with its entry.
type place struct {
	position, seq  int64
	leafHash, leaf []byte // leaf is nil when the entry is gone
	id             string
}

func (w *logWalk) places() ([]place, error) {
	return All(w.tx, func(row Scanner, p *place) error {
		return row.Scan(&p.position, &p.seq, &p.leafHash, &p.leaf, &p.id)
	}, `SELECT l.position, l.seq, l.leaf_hash, e.leaf, coalesce(e.id, '') FROM log_entry AS l LEFT JOIN audit_entry AS e ON e.seq = l.seq
		WHERE l.position >= $1 ORDER BY l.position LIMIT $2`, w.frontier.Size, walkedAtOnce)
}

// take computes the tree over some more entries and compares what is stored of it.
func (w *logWalk) take(places []place) error {
	from := tlog.StoredHashCount(w.frontier.Size)
	last := places[len(places)-1].position
	checkpoints, err := w.checkpoints(last + 1)
	if err != nil {
		return err
	}
	var computed []tlog.Hash
	for _, p := range places {
		for w.frontier.Size < p.position { // a hole: the tree goes on over what is left
			w.report("log_entry", w.frontier.Size, "", audit.PlaceMissing)
			if computed, err = w.grow(computed, tlog.Hash{}, checkpoints); err != nil {
				return err
			}
		}
		if computed, err = w.grow(computed, w.leaf(p), checkpoints); err != nil {
			return err
		}
	}
	return w.compare(from, computed)
}

// leaf is the hash of an entry as its leaf makes it.
func (w *logWalk) leaf(p place) tlog.Hash {
	hash := tlog.RecordHash(p.leaf)
	switch {
	case p.leaf == nil:
		w.report("audit_entry", p.seq, p.id, audit.EntryMissing)
	case !bytes.Equal(hash[:], p.leafHash):
		w.report("log_entry", p.position, p.id, audit.LeafAltered)
	}
	return hash
}

// grow adds one leaf and looks at the checkpoint of the new size.
func (w *logWalk) grow(computed []tlog.Hash, leaf tlog.Hash, checkpoints map[int64]KeptCheckpoint) ([]tlog.Hash, error) {
	hashes, err := w.frontier.Add(leaf)
	if err != nil {
		return nil, err
	}
	c, ok := checkpoints[w.frontier.Size]
	if ok || w.asked[w.frontier.Size] {
		root, err := w.frontier.Root()
		if err != nil {
			return nil, err
		}
		w.roots[w.frontier.Size] = root
		if ok {
			w.checkpoint(c, root)
		}
	}
	return append(computed, hashes...), nil
}

func (w *logWalk) checkpoint(c KeptCheckpoint, root tlog.Hash) {
	if c.Root != root {
		w.report("log_checkpoint", c.Size, "", audit.RootAltered)
	}
	if c.Epoch < w.epoch || c.Floor < w.floor {
		w.report("log_checkpoint", c.Size, "", audit.CheckpointDisordered)
	}
	if c.Before != w.newest {
		w.report("log_checkpoint", c.Before, "", audit.CheckpointMissing)
	}
	w.epoch, w.floor, w.newest = c.Epoch, c.Floor, c.Size
	if err := w.signed(c); err != nil {
		w.report("log_checkpoint", c.Size, "", audit.Problem(err.Error()))
	}
}

// checkpoints are those of the sizes to come, up to one.
func (w *logWalk) checkpoints(until int64) (map[int64]KeptCheckpoint, error) {
	all, err := All(w.tx, scanCheckpoint, selectCheckpoints+" WHERE size > $1 AND size <= $2", w.frontier.Size, until)
	bySize := make(map[int64]KeptCheckpoint, len(all))
	for _, c := range all {
		bySize[c.Size] = c
	}
	return bySize, err
}

// compare compares stored hashes with those computed, from a place on.
func (w *logWalk) compare(from int64, computed []tlog.Hash) error {
	rows, err := w.tx.Query("SELECT place, hash FROM log_hash WHERE place >= $1 AND place < $2 ORDER BY place", from, from+int64(len(computed)))
	if err != nil {
		return err
	}
	defer rows.Close()
	next := from
	for rows.Next() {
		var place int64
		var hash []byte
		if err := rows.Scan(&place, &hash); err != nil {
			return err
		}
		for ; next < place; next++ {
			w.report("log_hash", next, "", audit.RowMissing)
		}
		if !bytes.Equal(hash, computed[place-from][:]) {
			w.report("log_hash", place, "", audit.HashAltered)
		}
		next++
	}
	for ; next < from+int64(len(computed)); next++ {
		w.report("log_hash", next, "", audit.RowMissing)
	}
	return rows.Err()
}

// end looks at what lies beyond the last entry, and at entries without a place.
func (w *logWalk) end() error {
	for table, beyond := range map[string]string{
		"log_entry":      "SELECT position FROM log_entry WHERE position < 0 AND position < $1",
		"log_hash":       "SELECT place FROM log_hash WHERE place < 0 OR place >= $1",
		"log_checkpoint": "SELECT size FROM log_checkpoint WHERE size <= 0 OR size > $1",
	} {
		limit := w.Size
		if table == "log_hash" {
			limit = tlog.StoredHashCount(w.Size)
		}
		keys, err := All(w.tx, func(row Scanner, key *int64) error { return row.Scan(key) }, beyond, limit)
		if err != nil {
			return err
		}
		for _, key := range keys {
			w.report(table, key, "", audit.RowUnaccounted)
		}
	}
	if w.newest != w.Size {
		w.report("log_checkpoint", w.Size, "", audit.CheckpointMissing)
	}
	if err := w.keys(); err != nil {
		return err
	}
	return w.unnumbered()
}

// keys reports keys that are filed under another size or verifier than their statements say.
func (w *logWalk) keys() error {
	type key struct {
		since          int64
		verifier, note string
	}
	all, err := All(w.tx, func(row Scanner, k *key) error { return row.Scan(&k.since, &k.verifier, &k.note) }, "SELECT since, verifier, note FROM log_key ORDER BY since")
	for _, k := range all {
		lines := strings.Split(k.note, "\n")
		if len(lines) < 4 || lines[2] != strconv.FormatInt(k.since, 10) || lines[3] != k.verifier {
			w.report("log_key", k.since, "", audit.KeyRelabelled)
		}
	}
	return err
}

// unnumbered reports entries that have no place and are too old to get one; younger ones are pending.
func (w *logWalk) unnumbered() error {
	type entry struct {
		seq int64
		id  string
	}
	all, err := All(w.tx, func(row Scanner, e *entry) error { return row.Scan(&e.seq, &e.id) },
		`SELECT e.seq, e.id FROM audit_entry AS e LEFT JOIN log_entry AS l ON l.seq = e.seq WHERE l.seq IS NULL ORDER BY e.seq`)
	for _, e := range all {
		if e.seq <= w.floor {
			w.report("audit_entry", e.seq, e.id, audit.EntryUnnumbered)
		} else {
			w.Pending = append(w.Pending, e.id)
		}
	}
	return err
}
