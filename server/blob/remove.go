package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"
)

// Each calls fn with the SHA-256 of every finished file whose bytes came before the instant, until fn fails.
func (s *Store) Each(before time.Time, fn func(sum string) error) error {
	return fs.WalkDir(s.root.FS(), sumDir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if _, wrong := sumPath(d.Name()); err != nil || wrong != nil || !info.ModTime().Before(before) {
			return err
		}
		return fn(d.Name())
	})
}

// Remove removes a finished file unless its bytes came after the instant, also just now once more, and reports whether it
// did. The caller knows that no record names it; who is about to write one has sent the bytes after the instant.
func (s *Store) Remove(sum string, before time.Time) (bool, error) {
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
	if err := errors.Join(s.root.Remove(name), s.syncDir(path.Dir(name))); err != nil {
		return false, fmt.Errorf("blob: remove: %w", err)
	}
	return true, nil
}

// Within is the file as an io.ReaderAt, for as long as the context says.
func (f *File) Within(ctx context.Context) io.ReaderAt { return readerAt{ctx, f} }

type readerAt struct {
	ctx context.Context
	f   *File
}

// ReadAt reads what there is: at the end of the file, less than asked for.
func (r readerAt) ReadAt(p []byte, offset int64) (int, error) {
	n := max(0, min(int64(len(p)), r.f.Size-offset))
	if err := r.f.ReadAt(r.ctx, p[:n], offset); err != nil {
		return 0, err
	}
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}
