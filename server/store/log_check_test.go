package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// mustNumber gives places to all entries that have none, in batches, as the sequencer of the service does, and signs
// with the key.
func mustNumber(tb testing.TB, s *store.Store, key *audit.SigningKey, batch int) {
	tb.Helper()
	lease, err := s.AcquireLease(tb.Context(), "log", "test", time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	for {
		n := &store.Numbered{}
		var head store.LogHead
		MustView(tb, s, func(tx *store.Tx) (err error) {
			if head, err = tx.LogHead(); err != nil {
				return err
			}
			leaves, err := tx.Unnumbered(head.Floor, batch)
			if err != nil || len(leaves) == 0 {
				return err
			}
			frontier, err := audit.ReadFrontier(head.Size, tx)
			if err != nil {
				return err
			}
			var bytes [][]byte
			for _, l := range leaves {
				n.Seqs, bytes, n.Floor = append(n.Seqs, l.Seq), append(bytes, l.Leaf), l.Seq
			}
			n.Growth, err = frontier.Grow(bytes)
			return err
		})
		if len(n.Seqs) == 0 {
			return
		}
		if n.Signing, err = (audit.KeyRing{Current: key}).Sign(n.Growth, head.Verifier); err != nil {
			tb.Fatal(err)
		}
		if err := s.AppendLog(tb.Context(), lease, n); err != nil {
			tb.Fatal(err)
		}
	}
}

func mustKey(tb testing.TB) *audit.SigningKey {
	tb.Helper()
	key, err := audit.NewKey("merit.example.test")
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func anySignature(store.KeptCheckpoint) error { return nil }

func mustCheckLog(tb testing.TB, s *store.Store, sizes ...int64) (*store.LogCheck, map[int64]tlog.Hash) {
	tb.Helper()
	c, roots, err := s.CheckLog(tb.Context(), anySignature, sizes...)
	if err != nil {
		tb.Fatal(err)
	}
	return c, roots
}

// mustFillLog writes rows by some entries and numbers them: seven entries under checkpoints of 3, 6 and 7.
func mustFillLog(tb testing.TB, s *store.Store) {
	tb.Helper()
	mustFillTables(tb, s)
	for i := range 5 {
		MustUpdate(tb, s, func(tx *store.Tx) error { return addAgency(tx, fmt.Sprint("more", i)) })
	}
	mustNumber(tb, s, mustKey(tb), 3)
	if c, _ := mustCheckLog(tb, s); c.Size != 7 || len(c.Found)+len(c.Pending) > 0 {
		tb.Fatalf("before anything was changed: %+v", c)
	}
}

func TestTheLogIsHeldToItsEntries(t *testing.T) {
	const leaf = "(SELECT leaf FROM audit_entry WHERE seq = 4)"
	cases := []struct {
		name, tamper string
		table, key   string
		problem      audit.Problem
	}{
		{"an entry changed", "UPDATE audit_entry SET leaf = '' WHERE seq = 3", "log_entry", "2", audit.LeafAltered},
		{"an entry exchanged", "UPDATE audit_entry SET leaf = " + leaf + " WHERE seq = 3", "log_entry", "2", audit.LeafAltered},
		{"an entry deleted", "DELETE FROM audit_entry WHERE seq = 5", "audit_entry", "5", audit.EntryMissing},
		{"the last entry deleted", "DELETE FROM audit_entry WHERE seq = 7", "audit_entry", "7", audit.EntryMissing},
		{"two entries swapped", swapSeq, "log_entry", "1", audit.LeafAltered},
		{"an entry inserted among the others", insertEntryAt("0"), "audit_entry", "0", audit.EntryUnnumbered},
		{"two places swapped", swapPositions, "log_entry", "1", audit.LeafAltered},
		{"two places with their hashes swapped", swapPositions + "; " + swapLeafHashes, "log_hash", "1", audit.HashAltered},
		{"a place deleted", "DELETE FROM log_entry WHERE position = 2", "log_entry", "2", audit.PlaceMissing},
		{"a place given twice", "INSERT INTO log_entry (position, seq, leaf_hash) VALUES (7, 99, '')", "audit_entry", "99", audit.EntryMissing},
		{"a place before the first", "INSERT INTO log_entry (position, seq, leaf_hash) VALUES (-1, 99, '')", "log_entry", "-1", audit.RowUnaccounted},
		{"a hash changed", "UPDATE log_hash SET hash = '' WHERE place = 2", "log_hash", "2", audit.HashAltered},
		{"a hash deleted", "DELETE FROM log_hash WHERE place = 2", "log_hash", "2", audit.RowMissing},
		{"a hash added", "INSERT INTO log_hash (place, hash) VALUES (1000, '')", "log_hash", "1000", audit.RowUnaccounted},
		{"a root changed", "UPDATE log_checkpoint SET root = '' WHERE size = 6", "log_checkpoint", "6", audit.RootAltered},
		{"a checkpoint deleted", "DELETE FROM log_checkpoint WHERE size = 6", "log_checkpoint", "6", audit.CheckpointMissing},
		{"the newest checkpoint deleted", "DELETE FROM log_checkpoint WHERE size = 7", "log_checkpoint", "7", audit.CheckpointMissing},
		{"a checkpoint of another time", "UPDATE log_checkpoint SET epoch = 0 WHERE size = 6", "log_checkpoint", "6", audit.CheckpointDisordered},
		{"the last entry taken from the log alone", "DELETE FROM log_entry WHERE position = 6; DELETE FROM log_checkpoint WHERE size = 7", "log_hash", "10", audit.RowUnaccounted},
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.MustOpen(t, url)
		mustFillLog(t, s)
		overriding := "" // PostgreSQL does not let everybody choose a number
		if s.Engine() == "postgres" {
			overriding = " OVERRIDING SYSTEM VALUE"
		}
		keep, restore := "", ""
		for _, table := range []string{"audit_entry", "log_entry", "log_hash", "log_checkpoint"} {
			keep += "CREATE TABLE kept_" + table + " AS SELECT * FROM " + table + ";"
			restore += "DELETE FROM " + table + "; INSERT INTO " + table + overriding + " SELECT * FROM kept_" + table + ";"
		}
		storetest.MustTamper(t, url, keep)
		for _, c := range cases {
			storetest.MustTamper(t, url, strings.Replace(c.tamper, "leaf) VALUES", "leaf)"+overriding+" VALUES", 1))
			found, _ := mustCheckLog(t, s)
			if !slices.ContainsFunc(found.Found, func(d audit.Discrepancy) bool {
				return d.Table == c.table && d.Key == c.key && d.Problem == c.problem
			}) {
				t.Errorf("%s: found only %+v", c.name, found.Found)
			}
			storetest.MustTamper(t, url, restore)
			if found, _ := mustCheckLog(t, s); len(found.Found) > 0 {
				t.Fatalf("after %s was put right: %+v", c.name, found.Found)
			}
		}
	})
}

const (
	swapSeq        = "UPDATE audit_entry SET leaf = (SELECT e.leaf FROM audit_entry AS e WHERE e.seq = 5 - audit_entry.seq) WHERE seq IN (2, 3)"
	swapPositions  = "UPDATE log_entry SET seq = -seq WHERE position IN (1, 2); UPDATE log_entry SET seq = 5 + seq WHERE position IN (1, 2)"
	swapLeafHashes = "UPDATE log_entry SET leaf_hash = (SELECT l.leaf_hash FROM log_entry AS l WHERE l.position = 3 - log_entry.position) WHERE position IN (1, 2)"
)

// insertEntryAt is an entry that nobody numbered, with a number of its own.
func insertEntryAt(seq string) string {
	return "INSERT INTO audit_entry (seq, id, at, actor, membership, action, agency_id, subject, leaf) VALUES (" + seq + ", 'forged', 0, 'system', '', 'A.B', '', '', '')"
}

func TestEntriesWithoutAPlaceArePending(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.MustOpen(t, url)
		mustFillLog(t, s)
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "new") })
		if c, _ := mustCheckLog(t, s); len(c.Pending) != 1 || len(c.Found) > 0 || c.Size != 7 {
			t.Errorf("%+v", c)
		}
	})
}

// Whoever takes back the newest entries with all that was stored of them leaves a log that is right in itself: only
// somebody who kept a checkpoint knows better.
func TestARolledBackLogIsNotTheOneThatWasKept(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.MustOpen(t, url)
		key := mustKey(t)
		mustFillTables(t, s)
		mustNumber(t, s, key, 100)
		_, at2 := mustCheckLog(t, s, 2)
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "later") })
		mustNumber(t, s, key, 100)
		_, kept := mustCheckLog(t, s, 2, 3)
		if kept[2] != at2[2] || kept[3] == (tlog.Hash{}) {
			t.Fatalf("roots %v, then %v", at2, kept)
		}
		storetest.MustTamper(t, url, `DELETE FROM audit_entry WHERE seq = 3; DELETE FROM log_entry WHERE position = 2;
			DELETE FROM log_hash WHERE place >= 3; DELETE FROM log_checkpoint WHERE size = 3; DELETE FROM agency WHERE id = 'later'`)
		c, roots := mustCheckLog(t, s, 3)
		if len(c.Found)+len(mustCheck(t, s)) > 0 {
			t.Errorf("the log is not right in itself: %+v", c.Found)
		}
		if _, ok := roots[3]; ok || c.Size != 2 {
			t.Errorf("a log of %d still has the root of 3 entries: %v", c.Size, roots)
		}
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "another") })
		mustNumber(t, s, key, 100)
		if _, roots := mustCheckLog(t, s, 3); roots[3] == kept[3] {
			t.Error("another log of three entries has the same root")
		}
	})
}

func TestEverySignatureIsShown(t *testing.T) {
	s := storetest.New(t)
	mustFillLog(t, s)
	refused := errors.New("not signed")
	c, _, err := s.CheckLog(context.Background(), func(k store.KeptCheckpoint) error {
		if k.Size == 6 {
			return refused
		}
		return nil
	})
	if err != nil || len(c.Found) != 1 || c.Found[0].Key != "6" || c.Found[0].Problem != audit.Problem(refused.Error()) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheLogIsWrittenUnderTheLeaseAndOnlyGrows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustFillLog(t, s)
		before, _ := mustCheckLog(t, s)
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "new") })
		lease, err := s.AcquireLease(t.Context(), "log", "test", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		grow := func(size int64) *store.Numbered {
			n := &store.Numbered{Seqs: []int64{8}}
			n.Growth = &audit.Growth{From: size, Size: size + 1, Leaves: make([]tlog.Hash, 1), Hashes: make([]tlog.Hash, 1)}
			return n
		}
		wantErr(t, "an older end", s.AppendLog(t.Context(), lease, grow(6)), store.ErrLogMoved)
		wantErr(t, "a later end", s.AppendLog(t.Context(), lease, grow(8)), store.ErrLogMoved)
		old := lease
		old.Epoch--
		wantErr(t, "an older lease", s.AppendLog(t.Context(), old, grow(7)), store.ErrLeaseLost)
		if after, _ := mustCheckLog(t, s); after.Root != before.Root || len(after.Found) > 0 {
			t.Errorf("the log is %+v", after)
		}
		for _, change := range []string{"UPDATE log_entry SET seq = 1 WHERE position = 1", "DELETE FROM log_checkpoint WHERE size = 3"} {
			if err := s.Touch(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(change); return err }); err == nil {
				t.Errorf("%s: allowed", change)
			}
		}
	})
}
