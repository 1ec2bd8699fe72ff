package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

type s3Verified struct {
	upload *s3Upload
	ctx    context.Context // of Verify: io.ReaderAt takes none
	object *s3File
	target string
	kept   bool
}

// Verify implements Store.
func (s *S3) Verify(ctx context.Context, id string, size int64, sum string) (Verified, error) {
	target, err := sumPath(sum)
	if err != nil {
		return nil, err
	}
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return nil, err
	}
	v := &s3Verified{upload: u, ctx: ctx, target: s.key(target)}
	u.state.mu.Lock()
	if v.object, err = u.state.verifyLocked(ctx, size, sum); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (f *s3State) verifyLocked(ctx context.Context, size int64, sum string) (*s3File, error) {
	if f.finished {
		return nil, ErrFinished
	}
	if f.durable != size {
		return nil, &OffsetError{Next: f.next()}
	}
	if err := f.completeLocked(ctx); err != nil {
		return nil, err
	}
	object := &s3File{store: f.store, key: f.key, size: size}
	var got string
	err := f.store.hashing.in(ctx, func() (err error) {
		got, err = object.hash(ctx)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound): // somebody else has kept it meanwhile
		return nil, ErrFinished
	case err != nil || got == sum:
		return object, err
	}
	if err := f.store.remove(ctx, f.key); err != nil {
		return nil, err
	}
	f.whole, f.multipart, f.parts, f.durable = false, "", nil, 0
	return nil, ErrHash
}

// hash reads the object as it lies there.
func (f *s3File) hash(ctx context.Context) (string, error) {
	h := sha256.New()
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for offset := int64(0); offset < f.size; {
		n := min(bufferSize, f.size-offset)
		if err := f.ReadAt(ctx, buf[:n], offset); err != nil {
			return "", fmt.Errorf("hash: %w", err)
		}
		h.Write(buf[:n])
		offset += n
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ReadAt implements Verified.
func (v *s3Verified) ReadAt(p []byte, offset int64) (int, error) {
	return readerAt{v.ctx, v.object}.ReadAt(p, offset)
}

// Keep implements Verified. Over an object of the same bytes if there is one: the work is always the same.
func (v *s3Verified) Keep(ctx context.Context) error {
	f := v.upload.state
	if err := f.store.copy(ctx, f.key, v.object.etag, v.target); err != nil {
		return err
	}
	v.kept = true
	return nil
}

// Recorded implements Verified.
func (v *s3Verified) Recorded() { v.upload.state.finished = true }

// Close implements Verified. Who removes files nobody names may have removed this one before it was recorded, but asks
// again after; so one of both puts it back.
func (v *s3Verified) Close() (err error) {
	if v.object != nil {
		err = v.object.Close()
	}
	if v.kept {
		err = errors.Join(err, v.settle())
	}
	v.upload.state.mu.Unlock()
	return errors.Join(err, v.upload.Close())
}

func (v *s3Verified) settle() error {
	ctx, cancel := context.WithTimeout(context.Background(), s3Close)
	defer cancel()
	f := v.upload.state
	_, err := f.store.stat(ctx, v.target)
	if errors.Is(err, ErrNotFound) {
		err = f.store.copy(ctx, f.key, v.object.etag, v.target)
	}
	if err != nil || !f.finished {
		return err
	}
	return f.store.remove(ctx, f.key)
}
