package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"sync"
)

// contents is how many different files are uploaded: a store that keeps equal bytes once does not fill the disk, and does
// the same work for each.
const contents = 256

func newContent(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content) // never fails
	copy(content, "%PDF-1.7\n")
	return content
}

// files are the contents that are uploaded, each once in memory but for the stamp at its end. Their hashes are kept: many
// callers share this process and its processors, and each would have hashed on a machine of its own.
type files struct {
	content []byte
	hashes  [contents]func() string
}

func newFiles(size int) *files {
	f := &files{content: newContent(size)}
	for n := range f.hashes {
		f.hashes[n] = sync.OnceValue(func() string {
			h := sha256.New()
			_, _ = io.Copy(h, io.NewSectionReader(f.file(n), 0, int64(size))) // neither fails
			return hex.EncodeToString(h.Sum(nil))
		})
	}
	return f
}

func (f *files) file(n int) stamped {
	return stamped{f.content, [4]byte{3: byte(n)}}
}

// stamped is content with other bytes at its end.
type stamped struct {
	content []byte
	stamp   [4]byte
}

// ReadAt reads the content and then the stamp, as io.ReaderAt says.
func (s stamped) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	if offset < int64(len(s.content)) {
		n = copy(p, s.content[offset:])
	}
	for i, b := range s.stamp {
		if at := int64(len(s.content)-len(s.stamp)+i) - offset; at >= 0 && at < int64(n) {
			p[at] = b
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
