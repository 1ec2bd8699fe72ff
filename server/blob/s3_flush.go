package blob

import (
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"
)

// flushLocked makes the pending bytes durable, as a part or, when they are all, as the object. When it fails they are
// forgotten: the upload goes on where the durable bytes end.
func (f *s3State) flushLocked(ctx context.Context) error {
	err := f.sendLocked(ctx)
	sent := f.pending.size
	f.dropLocked()
	if errors.Is(err, errGone) || errors.Is(err, errThere) {
		// Another process was there first.
		if err := f.lookLocked(ctx); err != nil {
			return err
		}
		return &OffsetError{Next: f.durable}
	}
	if err == nil {
		f.durable += sent
	}
	return err
}

func (f *s3State) sendLocked(ctx context.Context) error {
	if f.size <= partSize {
		if err := f.putLocked(ctx); err != nil {
			return err
		}
		f.whole = true
		return nil
	}
	if f.multipart == "" {
		if err := f.startLocked(ctx); err != nil {
			return err
		}
	}
	number := len(f.parts) + 1
	return f.store.do(ctx, "send a part of "+f.key, func() error {
		p, err := f.store.core.PutObjectPart(ctx, f.store.bucket, f.key, f.multipart, number, &f.pending, f.pending.size, unsigned)
		if err == nil {
			f.parts = append(f.parts, minio.CompletePart{PartNumber: number, ETag: p.ETag})
		}
		return err
	})
}

// unsigned is how parts are sent, as put says.
var unsigned = minio.PutObjectPartOptions{DisableContentSha256: true}

// putLocked writes a small file at once, unless it is there.
func (f *s3State) putLocked(ctx context.Context) error {
	return f.store.do(ctx, "write "+f.key, func() error {
		_, err := f.store.core.PutObject(ctx, f.store.bucket, f.key, &f.pending, f.pending.size, "", "", f.store.put(true))
		return err
	})
}

func (f *s3State) startLocked(ctx context.Context) error {
	return f.store.do(ctx, "begin "+f.key, func() (err error) {
		f.multipart, err = f.store.core.NewMultipartUpload(ctx, f.store.bucket, f.key, f.store.put(false))
		return err
	})
}

// completeLocked makes the object of the parts, unless it is there.
func (f *s3State) completeLocked(ctx context.Context) error {
	if f.whole {
		return nil
	}
	err := f.store.do(ctx, "complete "+f.key, func() error {
		_, err := f.store.core.CompleteMultipartUpload(ctx, f.store.bucket, f.key, f.multipart, f.parts, f.store.put(true))
		return err
	})
	if errors.Is(err, errGone) || errors.Is(err, errThere) {
		if err := f.lookLocked(ctx); err != nil {
			return err
		}
		if !f.whole || f.durable != f.size {
			return &OffsetError{Next: f.durable}
		}
		return nil
	}
	f.whole = err == nil
	return err
}

// findMultipart finds the multipart upload of an object that began first; empty when there is none.
func (s *S3) findMultipart(ctx context.Context, key string) (id string, err error) {
	var oldest minio.ObjectMultipartInfo
	err = s.eachMultipart(ctx, key, func(m minio.ObjectMultipartInfo) error {
		switch {
		case m.Key != key:
			return io.EOF // behind it in the order of names
		case oldest.UploadID == "", m.Initiated.Before(oldest.Initiated),
			m.Initiated.Equal(oldest.Initiated) && m.UploadID < oldest.UploadID:
			oldest = m
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return oldest.UploadID, err
}

// eachMultipart calls fn for the multipart uploads of objects whose names begin so, until it fails.
func (s *S3) eachMultipart(ctx context.Context, prefix string, fn func(minio.ObjectMultipartInfo) error) error {
	for key, id := "", ""; ; {
		var page minio.ListMultipartUploadsResult
		err := s.do(ctx, "list the uploads of "+prefix, func() (err error) {
			page, err = s.core.ListMultipartUploads(ctx, s.bucket, prefix, key, id, "", 1000)
			return err
		})
		if errors.Is(err, errGone) {
			return nil // as some servers say that there is none
		}
		if err != nil {
			return err
		}
		for _, m := range page.Uploads {
			if err := fn(m); err != nil {
				return err
			}
		}
		if !page.IsTruncated {
			return nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}
