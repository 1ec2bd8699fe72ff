package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"sync"
)

// ErrHash says that the bytes of an upload do not have the SHA-256 they should have. They are gone: it starts again at 0.
var ErrHash = errors.New("blob: the bytes do not have this SHA-256")

// bufferSize is how much is read at once.
const bufferSize = 256 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Verified is an upload that is complete and has its SHA-256. Until it is closed, nobody else gets at the upload.
type Verified struct {
	upload *Upload
	target string
}

// Verify hashes the bytes of an upload as they lie on the disk. It returns an *OffsetError when they are not as many as
// size, ErrHash when they do not have the SHA-256 (hex), and ErrFinished when somebody else has just finished the upload.
// The caller looks at what it got, keeps it or not, and closes it.
func (s *Store) Verify(ctx context.Context, id string, size int64, sum string) (*Verified, error) {
	target, err := sumPath(sum)
	if err != nil {
		return nil, err
	}
	u, err := s.Resume(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &Verified{upload: u, target: target}
	u.file.mu.Lock()
	if err := u.file.verifyLocked(ctx, size, sum); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (f *file) verifyLocked(ctx context.Context, size int64, sum string) error {
	if f.finished {
		return ErrFinished
	}
	if f.size != size {
		if err := f.store.disk.in(ctx, f.syncLocked); err != nil {
			return err
		}
		return &OffsetError{Durable: f.durable}
	}
	var got string
	err := f.store.hashing.in(ctx, func() (err error) {
		got, err = f.hashLocked(ctx)
		return err
	})
	if err != nil || got == sum {
		return err
	}
	if err := f.f.Truncate(0); err != nil {
		return fmt.Errorf("blob: hash: %w", err)
	}
	f.size, f.durable = 0, 0
	return ErrHash
}

func (f *file) hashLocked(ctx context.Context) (string, error) {
	h := sha256.New()
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for offset := int64(0); offset < f.size; {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		n, err := f.f.ReadAt(buf[:min(bufferSize, f.size-offset)], offset)
		if err != nil {
			return "", fmt.Errorf("blob: hash: %w", err)
		}
		h.Write(buf[:n])
		offset += int64(n)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ReadAt reads from the bytes of the upload, before Keep.
func (v *Verified) ReadAt(p []byte, offset int64) (int, error) {
	return v.upload.file.f.ReadAt(p, offset)
}

// Keep makes the upload a finished file, durable under its SHA-256 when it returns.
func (v *Verified) Keep(ctx context.Context) error {
	f := v.upload.file
	return f.store.disk.in(ctx, func() error {
		if err := f.syncLocked(); err != nil {
			return err
		}
		f.store.keeping.RLock()
		defer f.store.keeping.RUnlock()
		// Over a file of the same bytes if there is one: the work is always the same.
		if err := f.store.root.Rename(f.path(), v.target); err != nil {
			return fmt.Errorf("blob: keep: %w", err)
		}
		f.finished = true
		if err := f.store.syncDir(path.Dir(v.target)); err != nil {
			return fmt.Errorf("blob: keep: %w", err)
		}
		return nil
	})
}

// Close lets others at the upload again.
func (v *Verified) Close() error {
	v.upload.file.mu.Unlock()
	return v.upload.Close()
}
