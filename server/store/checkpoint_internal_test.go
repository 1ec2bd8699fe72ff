package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedPagesAreCopiedBesideTheCommits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "merit.db")
	s := mustOpenFile(t, path)
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
