package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
)

// ErrFinished says that the upload has become a finished file meanwhile and takes no more bytes.
var ErrFinished = errors.New("blob: the upload is finished")

// OffsetError says that bytes do not start where the upload ends, or that bytes are missing at its finish.
type OffsetError struct {
	Durable int64 // where to go on
}

// Error tells the offset.
func (e *OffsetError) Error() string {
	return fmt.Sprintf("blob: the upload is durable up to byte %d", e.Durable)
}

// file is the state of an upload that is in use. All users of one upload share it.
type file struct {
	store *Store
	id    string
	users int // guarded by store.mu

	mu       sync.Mutex
	f        *os.File
	fresh    bool  // the folder does not durably name the file yet
	size     int64 // bytes written
	durable  int64 // bytes synced
	finished bool
}

// Upload is one user's hold on an upload. Others may hold the same: whoever appends at the end wins, the rest get an
// *OffsetError.
type Upload struct {
	file   *file
	closed bool
}

// Resume opens the upload with the id, a ULID, for more bytes; with no bytes yet, it starts at 0. What an earlier process
// left is made durable first. The caller closes it.
func (s *Store) Resume(ctx context.Context, id string) (*Upload, error) {
	f := s.acquire(id)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil && !f.finished {
		if err := s.disk.in(ctx, f.openLocked); err != nil {
			s.release(f)
			return nil, err
		}
	}
	return &Upload{file: f}, nil
}

// Durable is how many bytes of the upload survive a power cut: those that came before are made durable first. It is 0 for
// an upload without bytes.
func (s *Store) Durable(ctx context.Context, id string) (int64, error) {
	if _, err := s.root.Stat(path.Join(uploadDir, id)); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	u, err := s.Resume(ctx, id)
	if err != nil {
		return 0, err
	}
	durable, err := u.Sync(ctx)
	return durable, errors.Join(err, u.Close())
}

func (s *Store) acquire(id string) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.open[id]
	if f == nil {
		f = &file{store: s, id: id}
		s.open[id] = f
	}
	f.users++
	return f
}

// release drops one user; the last one closes the file. The caller holds f.mu.
func (s *Store) release(f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.users--; f.users > 0 {
		return
	}
	delete(s.open, f.id)
	if f.f != nil {
		_ = f.f.Close() // everything that counts was synced
		f.f = nil
	}
}

func (f *file) path() string { return path.Join(uploadDir, f.id) }

func (f *file) openLocked() (err error) {
	f.f, err = f.store.root.OpenFile(f.path(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f.fresh = true
		f.f, err = f.store.root.OpenFile(f.path(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	info, err := f.f.Stat()
	if err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	if f.size = info.Size(); f.size > 0 {
		// Who wrote these may not have lived to sync them.
		return f.syncLocked()
	}
	return nil
}

// Durable is how many bytes survive a power cut.
func (u *Upload) Durable() int64 {
	u.file.mu.Lock()
	defer u.file.mu.Unlock()
	return u.file.durable
}

// Append writes data at the offset, which must be where the upload ends: it returns an *OffsetError with the durable
// offset otherwise, and ErrFinished after Finish. The bytes are durable when Durable says so. Nothing of data remains
// when it fails.
func (u *Upload) Append(ctx context.Context, offset int64, data []byte) error {
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.finished:
		return ErrFinished
	case offset != f.size:
		if err := f.store.disk.in(ctx, f.syncLocked); err != nil {
			return err
		}
		return &OffsetError{Durable: f.durable}
	}
	return f.store.disk.in(ctx, func() error {
		if _, err := f.f.WriteAt(data, offset); err != nil {
			return errors.Join(fmt.Errorf("blob: upload: %w", err), f.f.Truncate(offset))
		}
		if f.size += int64(len(data)); f.size-f.durable < f.store.syncEvery {
			return nil
		}
		return f.syncLocked()
	})
}

// Sync makes what was appended durable and returns the durable offset.
func (u *Upload) Sync(ctx context.Context) (int64, error) {
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return f.size, nil
	}
	err := f.store.disk.in(ctx, f.syncLocked)
	return f.durable, err
}

// Close makes what was appended durable and ends the hold. Closing twice does no harm.
func (u *Upload) Close() error {
	if u.closed {
		return nil
	}
	u.closed = true
	_, err := u.Sync(context.Background())
	u.file.mu.Lock()
	defer u.file.mu.Unlock()
	u.file.store.release(u.file)
	return err
}

func (f *file) syncLocked() error {
	if f.durable == f.size && !f.fresh {
		return nil
	}
	if err := f.f.Sync(); err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	if f.fresh {
		if err := f.store.syncDir(uploadDir); err != nil {
			return fmt.Errorf("blob: upload: %w", err)
		}
	}
	f.fresh, f.durable = false, f.size
	return nil
}
