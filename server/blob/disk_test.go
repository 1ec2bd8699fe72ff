package blob_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

func TestOnDiskTheDurableOffsetIsWhatWasSynced(t *testing.T) {
	s, err := blob.OpenDisk(blob.DiskOptions{Dir: t.TempDir(), SyncEvery: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u := MustResume(t, s, id, 100)
	MustAppend(t, u, 0, []byte("123456"))
	if got := u.Durable(); got != 0 {
		t.Errorf("durable after 6 of 10 bytes: %d, want 0", got)
	}
	MustAppend(t, u, 6, []byte("789012"))
	MustAppend(t, u, 12, []byte("34567890123"))
	if got := u.Durable(); got != 12 {
		t.Errorf("durable after 23 bytes, with the sync before behind it: %d, want 12", got)
	}
	if got, err := u.Sync(t.Context()); err != nil || got != 23 {
		t.Errorf("Sync = %d, %v, want 23", got, err)
	}
	MustAppend(t, u, 23, []byte("4"))
	if got, err := s.Durable(t.Context(), id, 100); err != nil || got != 24 || u.Durable() != 24 {
		t.Errorf("Durable = %d, %v, want 24, also for who is uploading", got, err)
	}
}

func TestOnDiskOnlyUploadsAreSweptFromTheirFolder(t *testing.T) {
	dir := t.TempDir()
	s := blobtest.MustOpenDisk(t, dir)
	MustUpload(t, s, ulid.MustNew(0, rand.Reader).String(), []byte("x"))
	if err := os.WriteFile(filepath.Join(dir, "upload", "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context(), time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 1 || got[0] != "upload/README" {
		t.Errorf("left: %v", got)
	}
}

// What was hashed on the way counts only for the file that it was hashed of.
func TestOnDiskBytesAlteredBetweenTheLastChunkAndTheFinishAreFound(t *testing.T) {
	data := []byte(strings.Repeat("SK Bupati ", 300_000)) // enough to be hashed on the way
	for how, alter := range map[string]func(f *os.File) error{
		"a byte":      func(f *os.File) error { _, err := f.WriteAt([]byte("X"), 5); return err },
		"cut short":   func(f *os.File) error { return f.Truncate(int64(len(data)) - 1) },
		"made longer": func(f *os.File) error { return f.Truncate(int64(len(data)) + 1) },
	} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			s := blobtest.MustOpenDisk(t, dir)
			MustUpload(t, s, id, data)
			before := time.Now().Add(-time.Hour) // however coarse the clock of the file system is
			path := filepath.Join(dir, "upload", id)
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err == nil {
				err = errors.Join(alter(f), f.Close(), os.Chtimes(path, before, before))
			}
			if err != nil {
				t.Fatal(err)
			}
			if v, err := s.Verify(t.Context(), id, int64(len(data)), sumOf(data)); err == nil {
				_ = v.Close()
				t.Error("an altered upload is verified")
			}
		})
	}
}
