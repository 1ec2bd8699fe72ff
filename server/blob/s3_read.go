package blob

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/minio/minio-go/v7"
)

// s3File reads an object. Who reads on from where the last read ended gets one request for all; who jumps gets a request
// of bufferSize for each jump out of the last. It holds a buffer only for reads that are smaller.
type s3File struct {
	store *S3
	key   string
	size  int64
	etag  string // of the object that the first request found; all are for that one

	mu     sync.Mutex
	body   io.ReadCloser // of the request that is open
	at     int64         // where body goes on
	until  int64         // where it ends
	next   int64         // where the last read ended
	buf    *[bufferSize]byte
	bufAt  int64
	bufLen int64
}

// OpenFile implements Store.
func (s *S3) OpenFile(ctx context.Context, sum string) (File, error) {
	name, err := sumPath(sum)
	if err != nil {
		return nil, err
	}
	info, err := s.stat(ctx, s.key(name))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, sum)
	}
	return &s3File{store: s, key: s.key(name), size: info.Size, etag: info.ETag}, nil
}

// Size implements File.
func (f *s3File) Size() int64 { return f.size }

// ReadAt implements File.
func (f *s3File) ReadAt(ctx context.Context, p []byte, offset int64) error {
	if offset < 0 || offset+int64(len(p)) > f.size {
		return fmt.Errorf("blob: read %s from %d to %d: %w", f.key, offset, offset+int64(len(p)), io.ErrUnexpectedEOF)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(p) > 0 {
		n, err := f.readLocked(ctx, p, offset)
		if err != nil {
			return err
		}
		p, offset = p[n:], offset+n
	}
	return nil
}

// readLocked reads some: from the buffer, straight into p, or by filling the buffer.
func (f *s3File) readLocked(ctx context.Context, p []byte, offset int64) (n int64, err error) {
	switch {
	case offset >= f.bufAt && offset < f.bufAt+f.bufLen:
		n = int64(copy(p, f.buf[offset-f.bufAt:f.bufLen]))
	case len(p) >= bufferSize:
		n = bufferSize
		err = f.fetchLocked(ctx, p[:n], offset)
	default:
		if f.buf == nil {
			f.buf = buffers.Get().(*[bufferSize]byte)
		}
		f.bufAt, f.bufLen = offset, 0
		fill := min(bufferSize, f.size-offset)
		if err = f.fetchLocked(ctx, f.buf[:fill], offset); err == nil {
			f.bufLen = fill
		}
	}
	return n, err
}

// fetchLocked fills p from S3. A request that was open and breaks is made once more.
func (f *s3File) fetchLocked(ctx context.Context, p []byte, offset int64) error {
	return f.store.do(ctx, "read "+f.key, func() error {
		if f.body != nil && f.at == offset && f.until >= offset+int64(len(p)) {
			if f.takeLocked(p) == nil {
				return nil
			}
		}
		if err := f.requestLocked(ctx, offset, int64(len(p))); err != nil {
			return err
		}
		return f.takeLocked(p)
	})
}

func (f *s3File) takeLocked(p []byte) error {
	n, err := io.ReadFull(f.body, p)
	f.at += int64(n)
	f.next = f.at
	if err != nil || f.at == f.until {
		f.endLocked()
	}
	return err
}

// requestLocked asks for n bytes, or for all that follow when it goes on from the last.
func (f *s3File) requestLocked(ctx context.Context, offset, n int64) error {
	f.endLocked()
	until := offset + n
	if offset == f.next {
		until = f.size
	}
	o := minio.GetObjectOptions{}
	if err := o.SetRange(offset, until-1); err != nil {
		return err
	}
	if f.etag != "" {
		if err := o.SetMatchETag(f.etag); err != nil {
			return err
		}
	}
	body, info, _, err := f.store.core.GetObject(ctx, f.store.bucket, f.key, o)
	if err != nil {
		return err
	}
	f.body, f.at, f.until, f.etag = body, offset, until, info.ETag
	return nil
}

func (f *s3File) endLocked() {
	if f.body != nil {
		_ = f.body.Close() // it was only read
		f.body = nil
	}
}

// Close implements File.
func (f *s3File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.endLocked()
	if f.buf != nil {
		buffers.Put(f.buf)
		f.buf, f.bufLen = nil, 0
	}
	return nil
}
