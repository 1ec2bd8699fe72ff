package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

type diskFile struct {
	store *Disk
	f     *os.File
	size  int64
}

// OpenFile implements Store.
func (s *Disk) OpenFile(_ context.Context, sum string) (File, error) {
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
	return &diskFile{store: s, f: f, size: info.Size()}, nil
}

// Size implements File.
func (f *diskFile) Size() int64 { return f.size }

// ReadAt implements File.
func (f *diskFile) ReadAt(ctx context.Context, p []byte, offset int64) error {
	return f.store.disk.in(ctx, func() error {
		if _, err := f.f.ReadAt(p, offset); err != nil {
			return fmt.Errorf("blob: read: %w", err)
		}
		return nil
	})
}

// Close implements File.
func (f *diskFile) Close() error { return f.f.Close() }
