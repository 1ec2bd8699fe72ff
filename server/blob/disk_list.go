package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"time"
)

// Files implements Store.
func (s *Disk) Files(context.Context) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		err := fs.WalkDir(s.root.FS(), sumDir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			sum := path.Base(name)
			if want, err := sumPath(sum); err != nil || want != name {
				return nil // put there by somebody else
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && !yield(Listed{sum, info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Listed{}, fmt.Errorf("blob: list: %w", err))
		}
	}
}

// Remove implements Store. Nobody of this process, which is the only one to write, keeps a file meanwhile.
func (s *Disk) Remove(ctx context.Context, sum string, before time.Time, unused func(context.Context) (bool, error)) (bool, error) {
	name, err := sumPath(sum)
	if err != nil {
		return false, err
	}
	s.keeping.Lock()
	defer s.keeping.Unlock()
	info, err := s.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("blob: remove: %w", err)
	case !info.ModTime().Before(before):
		return false, nil
	}
	if ok, err := unused(ctx); !ok || err != nil {
		return false, err
	}
	if err := errors.Join(s.root.Remove(name), s.syncDir(path.Dir(name))); err != nil {
		return false, fmt.Errorf("blob: remove: %w", err)
	}
	return true, nil
}
