package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// File is a finished file, open for reading.
type File struct {
	Size int64

	store *Store
	f     *os.File
}

// OpenFile opens the finished file with the SHA-256 (hex), or returns ErrNotFound. The caller closes it.
func (s *Store) OpenFile(sum string) (*File, error) {
	name, err := sumPath(sum)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, sum)
	}
	if err != nil {
		return nil, fmt.Errorf("blob: read: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("blob: read: %w", err), f.Close())
	}
	return &File{Size: info.Size(), store: s, f: f}, nil
}

// ReadAt fills p with the bytes at the offset; fewer than len(p) are an error.
func (f *File) ReadAt(ctx context.Context, p []byte, offset int64) error {
	return f.store.disk.in(ctx, func() error {
		if _, err := f.f.ReadAt(p, offset); err != nil {
			return fmt.Errorf("blob: read: %w", err)
		}
		return nil
	})
}

// Close ends reading.
func (f *File) Close() error { return f.f.Close() }
