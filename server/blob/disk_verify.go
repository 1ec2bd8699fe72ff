package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
)

type diskVerified struct {
	upload *diskUpload
	target string
}

// Verify implements Store.
func (s *Disk) Verify(ctx context.Context, id string, size int64, sum string) (Verified, error) {
	target, err := sumPath(sum)
	if err != nil {
		return nil, err
	}
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return nil, err
	}
	v := &diskVerified{upload: u, target: target}
	u.file.mu.Lock()
	if err := u.file.verifyLocked(ctx, size, sum); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (f *diskState) verifyLocked(ctx context.Context, size int64, sum string) error {
	if f.finished {
		return ErrFinished
	}
	if f.size != size {
		if err := f.store.disk.in(ctx, f.syncLocked); err != nil {
			return err
		}
		return &OffsetError{Next: f.size}
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

func (f *diskState) hashLocked(ctx context.Context) (string, error) {
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

// ReadAt implements Verified.
func (v *diskVerified) ReadAt(p []byte, offset int64) (int, error) {
	return v.upload.file.f.ReadAt(p, offset)
}

// Keep implements Verified.
func (v *diskVerified) Keep(ctx context.Context) error {
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

// Close implements Verified.
func (v *diskVerified) Close() error {
	v.upload.file.mu.Unlock()
	return v.upload.Close()
}
