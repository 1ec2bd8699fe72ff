package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/meritindex/merit/server/audit"
)

// LogHead is where the log ends.
type LogHead struct {
	Size     int64  // entries under the newest checkpoint; 0 before the first
	Floor    int64  // no entry with a Seq up to here will ever be without a place
	Verifier string // of the newest key; empty before the first checkpoint
}

// LogHead reads where the log ends.
func (tx *Tx) LogHead() (h LogHead, err error) {
	err = tx.QueryRow("SELECT size, floor_seq FROM log_checkpoint ORDER BY size DESC LIMIT 1").Scan(&h.Size, &h.Floor)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return h, err
	}
	err = tx.QueryRow("SELECT verifier FROM log_key ORDER BY since DESC LIMIT 1").Scan(&h.Verifier)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return h, err
}

// Leaf is an entry as the log takes it.
type Leaf struct {
	Seq  int64
	Leaf []byte
}

// Unnumbered lists entries above the floor that have no place in the log, in the order of Seq.
func (tx *Tx) Unnumbered(floor int64, limit int) ([]Leaf, error) {
	return All(tx, func(row Scanner, l *Leaf) error { return row.Scan(&l.Seq, &l.Leaf) },
		`SELECT e.seq, e.leaf FROM audit_entry AS e
		WHERE e.seq > $1 AND NOT EXISTS (SELECT 1 FROM log_entry AS l WHERE l.seq = e.seq) ORDER BY e.seq LIMIT $2`, floor, limit)
}

// NewestSeq is the highest Seq that is seen, 0 when there are no entries.
func (tx *Tx) NewestSeq() (seq int64, err error) {
	return seq, tx.QueryRow("SELECT coalesce(max(seq), 0) FROM audit_entry").Scan(&seq)
}

// WritingEntries names the transactions that may be writing audit entries at this moment: what is seen of them is not
// that of a snapshot. None on SQLite, which has one writer.
func (s *Store) WritingEntries(ctx context.Context) (names []string, err error) {
	err = s.Peek(ctx, func(tx *Tx) (err error) {
		names, err = All(tx, func(row Scanner, name *string) error { return row.Scan(name) }, s.engine.dialect().writing)
		return err
	})
	return names, err
}

// ReadHashes reads stored hashes of the log, so that a Tx is a tlog.HashReader.
func (tx *Tx) ReadHashes(places []int64) ([]tlog.Hash, error) {
	if len(places) == 0 {
		return nil, nil
	}
	args := make([]any, len(places))
	for i, place := range places {
		args[i] = place
	}
	found := make(map[int64]tlog.Hash, len(places))
	rows, err := tx.Query("SELECT place, hash FROM log_hash WHERE place IN "+In(1, len(places)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var place int64
		var hash []byte
		if err := rows.Scan(&place, &hash); err != nil {
			return nil, err
		}
		if found[place], err = logHash(hash); err != nil {
			return nil, err
		}
	}
	hashes := make([]tlog.Hash, len(places))
	for i, place := range places {
		hash, ok := found[place]
		if !ok && rows.Err() == nil {
			return nil, fmt.Errorf("store: hash %d of the log is missing", place)
		}
		hashes[i] = hash
	}
	return hashes, rows.Err()
}

func logHash(b []byte) (hash tlog.Hash, err error) {
	if copy(hash[:], b) != len(hash) || len(b) != len(hash) {
		return hash, fmt.Errorf("store: a hash of the log has %d bytes", len(b))
	}
	return hash, nil
}

// ErrLogMoved says that the log grew since its head was read: somebody else numbers entries.
var ErrLogMoved = errors.New("store: the log grew meanwhile")

// Numbered is a growth of the log with all that is written with it.
type Numbered struct {
	*audit.Growth
	audit.Signing
	Seqs  []int64 // of the entries, in the order of the log
	Floor int64
}

// AppendLog writes a growth of the log, its hashes and its checkpoint in one transaction, if the lease is still held and
// the log still ends where the growth begins. Otherwise nothing is written: ErrLeaseLost, ErrLogMoved.
func (s *Store) AppendLog(ctx context.Context, lease Lease, n *Numbered) error {
	err := s.Touch(ctx, func(tx *Tx) error {
		if err := tx.CheckLease(lease); err != nil {
			return err
		}
		head, err := tx.LogHead()
		if err != nil {
			return err
		}
		if head.Size != n.From || n.Size <= n.From {
			return fmt.Errorf("%w: it has %d entries, not %d", ErrLogMoved, head.Size, n.From)
		}
		return tx.appendLog(lease, n)
	})
	if errors.Is(err, ErrUnique) { // PostgreSQL waited for somebody who was about to commit the same places
		return fmt.Errorf("%w: %w", ErrLogMoved, err)
	}
	return err
}

func (tx *Tx) appendLog(lease Lease, n *Numbered) error {
	entries := make([][]any, len(n.Seqs))
	for i, seq := range n.Seqs {
		entries[i] = []any{n.From + int64(i), seq, n.Leaves[i][:]}
	}
	hashes := make([][]any, len(n.Hashes))
	for i := range n.Hashes {
		hashes[i] = []any{tlog.StoredHashCount(n.From) + int64(i), n.Hashes[i][:]}
	}
	if err := tx.insertMany("INSERT INTO log_entry (position, seq, leaf_hash) VALUES ", entries); err != nil {
		return err
	}
	if err := tx.insertMany("INSERT INTO log_hash (place, hash) VALUES ", hashes); err != nil {
		return err
	}
	if n.Verifier != "" {
		if _, err := tx.Exec("INSERT INTO log_key (since, verifier, note) VALUES ($1, $2, $3)", n.Since, n.Verifier, n.Statement); err != nil {
			return err
		}
	}
	_, err := tx.Exec("INSERT INTO log_checkpoint (size, before, root, note, at, epoch, floor_seq) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		n.Size, n.From, n.Root[:], n.Checkpoint, Micros(tx.Now()), lease.Epoch, n.Floor)
	return err
}

// insertMany adds rows, many in one statement. There are only three different statements, so they stay prepared.
func (tx *Tx) insertMany(insert string, rows [][]any) error {
	for _, n := range []int{64, 8, 1} {
		for ; len(rows) >= n; rows = rows[n:] {
			if _, err := tx.Exec(insert+values(n, len(rows[0])), slices.Concat(rows[:n]...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// values writes placeholders for rows of so many columns: values(2, 1) is "($1), ($2)".
func values(rows, columns int) string {
	all := make([]string, rows)
	for i := range all {
		all[i] = In(1+i*columns, columns)
	}
	return strings.Join(all, ", ")
}

// KeptCheckpoint is a checkpoint of the log.
type KeptCheckpoint struct {
	Size   int64
	Before int64 // size of the checkpoint before
	Root   tlog.Hash
	Note   []byte
	At     int64 // microseconds
	Epoch  int64
	Floor  int64
}

const selectCheckpoints = "SELECT size, before, root, note, at, epoch, floor_seq FROM log_checkpoint"

func (c *KeptCheckpoint) scan(row Scanner) error {
	var root []byte
	if err := row.Scan(&c.Size, &c.Before, &root, &c.Note, &c.At, &c.Epoch, &c.Floor); err != nil {
		return err
	}
	if len(root) == len(c.Root) { // one of another length is none: zeros, to which no log comes
		c.Root = tlog.Hash(root)
	}
	return nil
}

func scanCheckpoint(row Scanner, c *KeptCheckpoint) error { return c.scan(row) }

// NewestCheckpoint reads the newest checkpoint, or ErrNotFound.
func (tx *Tx) NewestCheckpoint() (KeptCheckpoint, error) {
	return One(tx, "checkpoint", scanCheckpoint, selectCheckpoints+" ORDER BY size DESC LIMIT 1")
}

// Checkpoint reads the checkpoint of a size, or ErrNotFound.
func (tx *Tx) Checkpoint(size int64) (KeptCheckpoint, error) {
	return One(tx, "checkpoint "+strconv.FormatInt(size, 10), scanCheckpoint, selectCheckpoints+" WHERE size = $1", size)
}

// LogKeys are the signed statements about the keys of the log, the first key first.
func (tx *Tx) LogKeys() ([][]byte, error) {
	return All(tx, func(row Scanner, note *[]byte) error { return row.Scan(note) }, "SELECT note FROM log_key ORDER BY since")
}
