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

// diskState is the state of an upload that is in use. All users of one upload share it.
type diskState struct {
	store *Disk
	id    string
	limit int64 // bytes announced

	mu       sync.Mutex
	f        *os.File
	fresh    bool  // the folder does not durably name the file yet
	size     int64 // bytes written
	durable  int64 // bytes synced
	finished bool  // recorded
}

// diskUpload is one user's hold.
type diskUpload struct {
	file   *diskState
	closed bool
}

// Resume implements Store. What an earlier process left is made durable first.
func (s *Disk) Resume(ctx context.Context, id string, size int64) (Upload, error) {
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return nil, err
	}
	return u, nil
}

func (s *Disk) resume(ctx context.Context, id string, size int64) (*diskUpload, error) {
	f := s.open.acquire(id, func() *diskState { return &diskState{store: s, id: id, limit: size} })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil && !f.finished {
		if err := s.disk.in(ctx, f.openLocked); err != nil {
			s.open.release(id, f.endLocked)
			return nil, err
		}
	}
	return &diskUpload{file: f}, nil
}

// Durable implements Store: bytes that came before are made durable first.
func (s *Disk) Durable(ctx context.Context, id string, size int64) (int64, error) {
	if _, err := s.root.Stat(path.Join(uploadDir, id)); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return 0, err
	}
	durable, err := u.Sync(ctx)
	return durable, errors.Join(err, u.Close())
}

// endLocked closes the file when nobody uses it any more.
func (f *diskState) endLocked() {
	if f.f != nil {
		_ = f.f.Close() // everything that counts was synced
		f.f = nil
	}
}

// beginAgainLocked drops the bytes. They get another file: this one may have a finished file's name as well.
func (f *diskState) beginAgainLocked() error {
	if err := f.store.removeAny(f.path()); err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	f.endLocked()
	f.size, f.durable = 0, 0
	return f.openLocked()
}

func (f *diskState) path() string { return path.Join(uploadDir, f.id) }

func (f *diskState) openLocked() (err error) {
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

// Next implements Upload.
func (u *diskUpload) Next() int64 {
	u.file.mu.Lock()
	defer u.file.mu.Unlock()
	return u.file.size
}

// Durable implements Upload.
func (u *diskUpload) Durable() int64 {
	u.file.mu.Lock()
	defer u.file.mu.Unlock()
	return u.file.durable
}

// Append implements Upload. Nothing of data remains when it fails.
func (u *diskUpload) Append(ctx context.Context, offset int64, data []byte) error {
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
		return &OffsetError{Next: f.size}
	case offset+int64(len(data)) > f.limit:
		return ErrTooLong
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

// Sync implements Upload.
func (u *diskUpload) Sync(ctx context.Context) (int64, error) {
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return f.size, nil
	}
	err := f.store.disk.in(ctx, f.syncLocked)
	return f.durable, err
}

// Close implements Upload.
func (u *diskUpload) Close() error {
	if u.closed {
		return nil
	}
	u.closed = true
	_, err := u.Sync(context.Background())
	u.file.mu.Lock()
	defer u.file.mu.Unlock()
	u.file.store.open.release(u.file.id, u.file.endLocked)
	return err
}

func (f *diskState) syncLocked() error {
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
