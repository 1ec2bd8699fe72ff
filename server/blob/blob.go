// Package blob keeps the bytes of evidence on disk under their SHA-256, and files on their way in.
//
//	DIR/upload/<id>            bytes of an upload as far as they have come
//	DIR/sha256/ab/abcdef…      finished files; equal bytes are one file
//
// Bytes are durable when an offset says so: an offset is told only after fsync. A finished file was hashed as it lies
// on the disk, synced, renamed, and its folder synced, before anybody is told. Finishing does the same work whether the
// same bytes are there already or not, so neither answers nor timing tell what others keep.
//
// One process at a time writes to a folder.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// ErrNotFound says that no finished file has the SHA-256.
var ErrNotFound = errors.New("blob: no file with this SHA-256")

const (
	uploadDir = "upload"
	sumDir    = "sha256"
)

// Options say where bytes are kept and how much is done at once.
type Options struct {
	// Dir is the folder; it is made when missing.
	Dir string
	// SyncEvery is after how many bytes of an upload they are made durable, besides at its end; 8 MiB when zero.
	SyncEvery int64
	// DiskOps is how many reads, writes and syncs run at once; 16 when zero. Each holds a thread while the disk works.
	DiskOps int
	// Hashes is how many files are hashed at once; the number of processors when zero.
	Hashes int
}

// Store keeps bytes in a folder. It is safe for use by many goroutines.
type Store struct {
	root      *os.Root
	syncEvery int64
	disk      slots
	hashing   slots

	keeping sync.RWMutex // held to keep files, locked to remove one

	mu   sync.Mutex
	open map[string]*file // uploads in use, by id
}

// Open opens the folder and makes what is missing in it.
func Open(o Options) (*Store, error) {
	if o.SyncEvery == 0 {
		o.SyncEvery = 8 << 20
	}
	if o.DiskOps == 0 {
		o.DiskOps = 16
	}
	if o.Hashes == 0 {
		o.Hashes = runtime.GOMAXPROCS(0)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	s := &Store{root: root, syncEvery: o.SyncEvery, disk: make(slots, o.DiskOps), hashing: make(slots, o.Hashes), open: map[string]*file{}}
	if err := s.makeFolders(); err != nil {
		return nil, errors.Join(fmt.Errorf("blob: %w", err), root.Close())
	}
	return s, nil
}

// makeFolders makes all folders at once, so that no later upload has to make one durable.
func (s *Store) makeFolders() error {
	for _, dir := range []string{uploadDir, sumDir} {
		if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for i := range 256 {
		if err := s.root.Mkdir(path.Join(sumDir, hex.EncodeToString([]byte{byte(i)})), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return errors.Join(s.syncDir(sumDir), s.syncDir("."))
}

// Close ends the use of the folder. Uploads still open keep their files until they are closed.
func (s *Store) Close() error { return s.root.Close() }

// Sweep removes uploads that were started before the instant, which their ids tell, and are not in use.
func (s *Store) Sweep(before time.Time) error {
	entries, err := fs.ReadDir(s.root.FS(), uploadDir)
	if err != nil {
		return fmt.Errorf("blob: sweep: %w", err)
	}
	for _, e := range entries {
		id, err := ulid.ParseStrict(e.Name())
		if err != nil || !id.Timestamp().Before(before) {
			continue
		}
		if err := s.Discard(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// Discard removes what has come of an upload, unless it is in use. It does no harm when nothing has.
func (s *Store) Discard(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] != nil {
		return nil
	}
	if err := s.root.Remove(path.Join(uploadDir, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: discard: %w", err)
	}
	return nil
}

func sumPath(sum string) (string, error) {
	if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 || hex.EncodeToString(b) != sum {
		return "", fmt.Errorf("blob: %q is not a SHA-256 in lower-case hex", sum)
	}
	return path.Join(sumDir, sum[:2], sum), nil
}

func (s *Store) syncDir(name string) error {
	d, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// slots bound how many do something at once.
type slots chan struct{}

// in runs fn when a slot is free, or returns the context's error when that ends first.
func (s slots) in(ctx context.Context, fn func() error) error {
	select {
	case s <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s }()
	return fn()
}
