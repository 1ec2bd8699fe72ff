package blob

import (
	"context"
	"errors"
	"fmt"
	"path"
)

// linkSuffix ends the name of the second link to an upload on its way to the name of the finished file.
const linkSuffix = ".kept"

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
		if err := f.syncAllLocked(ctx); err != nil {
			return err
		}
		return &OffsetError{Next: f.size}
	}
	got, err := f.hashLocked(ctx)
	if err != nil || got == sum {
		return err
	}
	_ = f.settleLocked() // the file goes
	if err := f.store.disk.in(ctx, f.beginAgainLocked); err != nil {
		return err
	}
	return ErrHash
}

// ReadAt implements Verified.
func (v *diskVerified) ReadAt(p []byte, offset int64) (int, error) {
	return v.upload.file.f.ReadAt(p, offset)
}

// Keep implements Verified. The bytes get a second name, so that they are still an upload if nobody lives to record them.
func (v *diskVerified) Keep(ctx context.Context) error {
	f := v.upload.file
	if err := f.syncAllLocked(ctx); err != nil {
		return err
	}
	return f.store.disk.in(ctx, func() error {
		f.store.keeping.RLock()
		defer f.store.keeping.RUnlock()
		err := f.store.link(f.path(), v.target)
		if err == nil {
			err = f.store.syncDir(path.Dir(v.target))
		}
		if err != nil {
			return fmt.Errorf("blob: keep: %w", err)
		}
		return nil
	})
}

// link gives an upload a finished file's name, over a file of the same bytes if there is one: the work is always the
// same. Renaming one of two links to the other does nothing, so what an earlier life left there already is no error, and
// the link between may be left.
func (s *Disk) link(upload, target string) error {
	between := upload + linkSuffix
	if err := s.removeAny(between); err != nil {
		return err
	}
	if err := s.root.Link(upload, between); err != nil {
		return err
	}
	return errors.Join(s.root.Rename(between, target), s.removeAny(between))
}

// Recorded implements Verified.
func (v *diskVerified) Recorded() { v.upload.file.finished = true }

// Close implements Verified.
func (v *diskVerified) Close() (err error) {
	f := v.upload.file
	if f.finished {
		err = f.store.removeAny(f.path())
	}
	f.mu.Unlock()
	return errors.Join(err, v.upload.Close())
}
