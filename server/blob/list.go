package blob

import (
	"fmt"
	"io/fs"
	"iter"
	"path"
)

// Listed is a finished file.
type Listed struct {
	SHA256 string // hex
	Size   int64
}

// Files lists the finished files in the order of their SHA-256. Of files that come or go meanwhile some may be listed.
func (s *Store) Files() iter.Seq2[Listed, error] {
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
			if err == nil && !yield(Listed{sum, info.Size()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Listed{}, fmt.Errorf("blob: list: %w", err))
		}
	}
}
