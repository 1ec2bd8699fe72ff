package blob

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/minio/minio-go/v7"
	"github.com/oklog/ulid/v2"
)

// s3State is the state of an upload that is in use.
type s3State struct {
	store *S3
	key   string // of the object
	size  int64  // bytes announced

	mu        sync.Mutex
	whole     bool                 // the object is there
	multipart string               // the multipart upload that becomes it; empty before its first part
	parts     []minio.CompletePart // of it, without a gap
	durable   int64                // bytes of the object or of the parts
	pending   part                 // bytes behind the durable ones
	reserved  int64                // of the memory, for pending
	finished  bool
}

// s3Upload is one user's hold.
type s3Upload struct {
	id     string
	state  *s3State
	closed bool
}

// Resume implements Store. It waits for the memory of the next part: bytes that come before there is room for them would
// fill the memory elsewhere.
func (s *S3) Resume(ctx context.Context, id string, size int64) (Upload, error) {
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return nil, err
	}
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	if err := u.state.reserveLocked(ctx); err != nil {
		return nil, errors.Join(err, u.closeLocked())
	}
	return u, nil
}

// resume takes hold of an upload as it is in S3 now: another process may have gone on with it.
func (s *S3) resume(ctx context.Context, id string, size int64) (*s3Upload, error) {
	if _, err := ulid.ParseStrict(id); err != nil {
		return nil, fmt.Errorf("blob: %q is not the id of an upload", id)
	}
	if size < 1 || size > MaxS3Size {
		return nil, fmt.Errorf("blob: a file in S3 has from 1 to %d bytes, not %d", int64(MaxS3Size), size)
	}
	state := s.open.acquire(id, func() *s3State { return &s3State{store: s, key: s.key(uploadDir, id), size: size} })
	u := &s3Upload{id: id, state: state}
	state.mu.Lock()
	defer state.mu.Unlock()
	if err := state.lookLocked(ctx); err != nil {
		return nil, errors.Join(err, u.closeLocked())
	}
	return u, nil
}

// Durable implements Store.
func (s *S3) Durable(ctx context.Context, id string, size int64) (int64, error) {
	u, err := s.resume(ctx, id, size)
	if err != nil {
		return 0, err
	}
	return u.Durable(), u.Close()
}

// lookLocked takes up what is in S3 unless that is what we know.
func (f *s3State) lookLocked(ctx context.Context) error {
	if f.finished {
		return nil
	}
	now := s3State{store: f.store, key: f.key, size: f.size}
	if err := now.find(ctx); err != nil {
		return err
	}
	if now.whole != f.whole || now.durable != f.durable {
		f.dropLocked()
		f.whole, f.multipart, f.parts, f.durable = now.whole, now.multipart, now.parts, now.durable
	}
	return nil
}

// find finds what is in S3 of an upload.
func (f *s3State) find(ctx context.Context) error {
	info, err := f.store.stat(ctx, f.key)
	switch {
	case err == nil:
		f.whole, f.durable = true, info.Size
		return nil
	case !errors.Is(err, ErrNotFound):
		return err
	case f.size <= partSize:
		return nil
	}
	if f.multipart, err = f.store.findMultipart(ctx, f.key); err != nil || f.multipart == "" {
		return err
	}
	return f.findParts(ctx)
}

// findParts finds the parts that follow each other from the first.
func (f *s3State) findParts(ctx context.Context) error {
	for after := 0; ; {
		var page minio.ListObjectPartsResult
		err := f.store.do(ctx, "list the parts of "+f.key, func() (err error) {
			page, err = f.store.core.ListObjectParts(ctx, f.store.bucket, f.key, f.multipart, after, 1000)
			return err
		})
		if errors.Is(err, errGone) {
			f.multipart, f.parts, f.durable = "", nil, 0
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range page.ObjectParts {
			if p.PartNumber != len(f.parts)+1 || p.Size != f.nextSize() {
				return nil
			}
			f.parts = append(f.parts, minio.CompletePart{PartNumber: p.PartNumber, ETag: p.ETag})
			f.durable += p.Size
		}
		if !page.IsTruncated || len(page.ObjectParts) == 0 {
			return nil
		}
		after = page.ObjectParts[len(page.ObjectParts)-1].PartNumber
	}
}

// nextSize is how large the part behind the durable bytes is to be.
func (f *s3State) nextSize() int64 { return min(partSize, f.size-f.durable) }

// Next implements Upload.
func (u *s3Upload) Next() int64 {
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	return u.state.next()
}

func (f *s3State) next() int64 { return f.durable + f.pending.size }

// Durable implements Upload.
func (u *s3Upload) Durable() int64 {
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	return u.state.durable
}

// Append implements Upload. It waits at the beginning of a part for memory, and at its end until S3 has it.
func (u *s3Upload) Append(ctx context.Context, offset int64, data []byte) error {
	f := u.state
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.finished:
		return ErrFinished
	case offset != f.next():
		return &OffsetError{Next: f.next()}
	case offset+int64(len(data)) > f.size:
		return ErrTooLong
	}
	for len(data) > 0 {
		if err := f.reserveLocked(ctx); err != nil {
			return err
		}
		n := min(int64(len(data)), f.reserved-f.pending.size)
		f.pending.add(data[:n])
		data = data[n:]
		if f.pending.size < f.reserved {
			continue
		}
		if err := f.flushLocked(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reserveLocked makes sure of the memory for a whole part: two that each wait for half of one would wait for ever.
func (f *s3State) reserveLocked(ctx context.Context) error {
	need := f.nextSize()
	if f.reserved > 0 || need == 0 || f.finished {
		return nil
	}
	if err := f.store.memory.Acquire(ctx, need); err != nil {
		return context.Cause(ctx)
	}
	f.reserved = need
	return nil
}

// dropLocked forgets the bytes that are not durable.
func (f *s3State) dropLocked() {
	f.pending.free()
	f.store.memory.Release(f.reserved)
	f.reserved = 0
}

// Sync implements Upload: nothing can be done for less than a part.
func (u *s3Upload) Sync(context.Context) (int64, error) { return u.Durable(), nil }

// Close implements Upload. Bytes that are not durable are forgotten with the last user.
func (u *s3Upload) Close() error {
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	return u.closeLocked()
}

func (u *s3Upload) closeLocked() error {
	if !u.closed {
		u.closed = true
		u.state.store.open.release(u.id, u.state.dropLocked)
	}
	return nil
}
