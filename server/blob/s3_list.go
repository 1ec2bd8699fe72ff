package blob

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/oklog/ulid/v2"
)

// Files implements Store.
func (s *S3) Files(ctx context.Context) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		for o, err := range s.objects(ctx, sumDir) {
			if err != nil {
				yield(Listed{}, err)
				return
			}
			sum := path.Base(o.Key)
			if want, err := sumPath(sum); err != nil || s.key(want) != o.Key {
				continue // put there by somebody else
			}
			if !yield(Listed{sum, o.Size, o.LastModified}, nil) {
				return
			}
		}
	}
}

// objects lists what lies under a folder.
func (s *S3) objects(ctx context.Context, dir string) iter.Seq2[minio.ObjectInfo, error] {
	return func(yield func(minio.ObjectInfo, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.key(dir) + "/", Recursive: true}) {
			if !yield(o, s3Error(ctx, "list "+dir, o.Err)) || o.Err != nil {
				return
			}
		}
	}
}

// Remove implements Store. The file is laid aside first, under the name of an upload, so that a crash leaves it to be swept,
// and put back when a record names it by then. Who records it later finds it gone, and puts it back.
func (s *S3) Remove(ctx context.Context, sum string, before time.Time, unused func(context.Context) (bool, error)) (bool, error) {
	name, err := sumPath(sum)
	if err != nil {
		return false, err
	}
	key := s.key(name)
	info, err := s.stat(ctx, key)
	if errors.Is(err, ErrNotFound) || err == nil && !info.LastModified.Before(before) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	aside := s.key(uploadDir, ulid.Make().String())
	if err := errors.Join(s.copy(ctx, key, "", aside), ctx.Err()); err != nil {
		return false, err
	}
	// From here on it is finished, whoever goes away.
	ctx = context.WithoutCancel(ctx)
	if err := s.remove(ctx, key); err != nil {
		return false, errors.Join(err, s.remove(ctx, aside))
	}
	gone, err := unused(ctx)
	if !gone || err != nil {
		if back := s.copy(ctx, aside, "", key); back != nil {
			return false, errors.Join(err, fmt.Errorf("put back from %s: %w", aside, back))
		}
		gone = false
	}
	return gone, errors.Join(err, s.remove(ctx, aside))
}

// Discard implements Store.
func (s *S3) Discard(ctx context.Context, id string) error {
	if s.used(id) {
		return nil
	}
	key := s.key(uploadDir, id)
	return errors.Join(s.remove(ctx, key), s.abortAll(ctx, key, func(k string) bool { return k == key }))
}

func (s *S3) used(id string) bool {
	used := true
	_ = s.open.unless(id, func() error { used = false; return nil })
	return used
}

// abortAll removes the multipart uploads of objects whose names begin so and are meant.
func (s *S3) abortAll(ctx context.Context, prefix string, meant func(key string) bool) error {
	return s.eachMultipart(ctx, prefix, func(m minio.ObjectMultipartInfo) error {
		if !meant(m.Key) {
			return nil
		}
		err := s.do(ctx, "abort "+m.Key, func() error {
			return s.core.AbortMultipartUpload(ctx, s.bucket, m.Key, m.UploadID)
		})
		if errors.Is(err, errGone) {
			err = nil
		}
		return err
	})
}

// Sweep implements Store.
func (s *S3) Sweep(ctx context.Context, before time.Time) error {
	dir := s.key(uploadDir) + "/"
	old := func(key string) bool {
		id, err := ulid.ParseStrict(strings.TrimPrefix(key, dir))
		return err == nil && id.Timestamp().Before(before) && !s.used(id.String())
	}
	for o, err := range s.objects(ctx, uploadDir) {
		if err == nil && old(o.Key) {
			err = s.remove(ctx, o.Key)
		}
		if err != nil {
			return err
		}
	}
	return s.abortAll(ctx, dir, old)
}
