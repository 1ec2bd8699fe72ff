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
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// DiskOptions say where bytes are kept and how much is done at once.
type DiskOptions struct {
	// Dir is the folder; it is made when missing.
	Dir string
	// SyncEvery is after how many bytes of an upload they are made durable, besides at its end; 8 MiB when zero.
	SyncEvery int64
	// DiskOps is how many reads, writes and syncs run at once; 16 when zero. Each holds a thread while the disk works.
	DiskOps int
	// Hashes is how many files are hashed at once; the number of processors when zero.
	Hashes int
}

// Disk keeps bytes in a folder, whose file system has hard links. Offsets are told only after fsync; a finished file is
// synced, linked to its name, and its folder synced. One process at a time writes to a folder.
type Disk struct {
	root      *os.Root
	syncEvery int64
	disk      slots
	hashing   slots

	keeping sync.RWMutex // held to keep files, locked to remove one

	open  inUse[diskState]
	known known
}

// OpenDisk opens the folder and makes what is missing in it.
func OpenDisk(o DiskOptions) (*Disk, error) {
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
	s := &Disk{root: root, syncEvery: o.SyncEvery, disk: make(slots, o.DiskOps), hashing: make(slots, o.Hashes)}
	if err := s.makeFolders(); err != nil {
		return nil, errors.Join(fmt.Errorf("blob: %w", err), root.Close())
	}
	return s, nil
}

// makeFolders makes all folders at once, so that no later upload has to make one durable.
func (s *Disk) makeFolders() error {
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

// Ping implements Store.
func (s *Disk) Ping(ctx context.Context) error {
	return s.disk.in(ctx, func() error {
		if _, err := s.root.Stat(uploadDir); err != nil {
			return fmt.Errorf("blob: %w", err)
		}
		return nil
	})
}

// Close implements Store.
func (s *Disk) Close() error { return s.root.Close() }

// Sweep implements Store.
func (s *Disk) Sweep(ctx context.Context, before time.Time) error {
	entries, err := fs.ReadDir(s.root.FS(), uploadDir)
	if err != nil {
		return fmt.Errorf("blob: sweep: %w", err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), linkSuffix)
		id, err := ulid.ParseStrict(name)
		if err != nil || !id.Timestamp().Before(before) {
			continue
		}
		if err := s.Discard(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Discard implements Store.
func (s *Disk) Discard(_ context.Context, id string) error {
	return s.open.unless(id, func() error {
		name := path.Join(uploadDir, id)
		if err := errors.Join(s.removeAny(name), s.removeAny(name+linkSuffix)); err != nil {
			return fmt.Errorf("blob: discard: %w", err)
		}
		return nil
	})
}

// removeAny removes a name, if it is there.
func (s *Disk) removeAny(name string) error {
	if err := s.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Disk) syncDir(name string) error {
	d, err := s.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
