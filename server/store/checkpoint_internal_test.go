package store

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedPagesAreCopiedBesideTheCommits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "merit.db")
	s, err := Open(t.Context(), Options{URL: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const subject = "account:in the database"
	for range checkpointAfter {
		if err := s.Touch(t.Context(), func(tx *Tx) error { return tx.AddSignInFailure(subject, tx.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	e := s.engine.(*sqliteEngine)
	if err := errors.Join(e.writer.close(), e.checkpointer.close()); err != nil { // who reads keeps the log from being copied at the end
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte(subject)) {
		t.Errorf("after %d updates what they wrote is only in the log (%v): nobody copied it", checkpointAfter, err)
	}
}
