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
	fresh    bool       // the folder does not durably name the file yet
	size     int64      // bytes written
	durable  int64      // bytes synced
	finished bool       // recorded
	syncing  chan error // what comes of the sync under way; nil when there is none
	syncTo   int64      // what is durable when it succeeds
	sum      diskSum
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
	f.sum.ahead.Wait()
	if f.f != nil {
		f.rememberLocked()
		_ = f.f.Close() // everything that counts was synced
		f.f = nil
	}
}

// beginAgainLocked drops the bytes. They get another file: this one may have a finished file's name as well. No sync is
// under way.
func (f *diskState) beginAgainLocked() error {
	if err := f.store.removeAny(f.path()); err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	_ = f.f.Close() // nothing of it counts
	f.f, f.size, f.durable, f.sum.hash, f.sum.upTo = nil, 0, 0, nil, 0
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
	f.size = info.Size()
	if u, ok := f.store.known.take(f.id, info); ok {
		f.durable, f.sum.hash, f.sum.upTo = f.size, u.hash, u.upTo
	} else if f.size > 0 {
		return f.syncLocked() // who wrote these may not have lived to sync them
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

// Append implements Upload. Nothing of data remains when it fails before it is written.
func (u *diskUpload) Append(ctx context.Context, offset int64, data []byte) error {
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.finished:
		return ErrFinished
	case offset != f.size:
		if err := f.syncAllLocked(ctx); err != nil {
			return err
		}
		return &OffsetError{Next: f.size}
	case offset+int64(len(data)) > f.limit:
		return ErrTooLong
	}
	if err := f.store.disk.in(ctx, func() error { return f.writeLocked(data) }); err != nil {
		return err
	}
	f.hashAheadLocked(hashAhead)
	return f.syncBesideLocked()
}

func (f *diskState) writeLocked(data []byte) error {
	if _, err := f.f.WriteAt(data, f.size); err != nil {
		return errors.Join(fmt.Errorf("blob: upload: %w", err), f.f.Truncate(f.size))
	}
	f.size += int64(len(data))
	return nil
}

// Sync implements Upload.
func (u *diskUpload) Sync(ctx context.Context) (int64, error) {
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return f.size, nil
	}
	err := f.syncAllLocked(ctx)
	return f.durable, err
}

// Close implements Upload.
func (u *diskUpload) Close() error {
	if u.closed {
		return nil
	}
	u.closed = true
	f := u.file
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if !f.finished {
		f.hashAheadLocked(1)
		err = f.syncAllLocked(context.Background())
	}
	f.store.open.release(f.id, f.endLocked)
	return err
}
