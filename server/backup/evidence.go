package backup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
)

// evidencePart is the name of the part that lists the files of evidence.
const evidencePart = "evidence_files"

var evidenceColumns = []string{"sha256", "size"}

// chunk is how much of a file is in memory at once.
const chunk = 256 << 10

// evidence lists all files of evidence and copies those that the folder does not have.
func (w *writer) evidence(ctx context.Context, blobs blob.Store) error {
	p, err := w.newPart(evidencePart, evidenceColumns)
	if err != nil {
		return err
	}
	copied, err := w.copyFiles(ctx, blobs, p)
	if err != nil {
		return errors.Join(err, p.abandon())
	}
	w.manifest.Evidence, err = p.close()
	w.progress("evidence", copied)
	return err
}

func (w *writer) copyFiles(ctx context.Context, blobs blob.Store, p *partWriter) (copied int64, err error) {
	for f, err := range blobs.Files(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return copied, err
		}
		fresh, err := w.copyFile(ctx, blobs, f)
		if errors.Is(err, blob.ErrNotFound) {
			continue // removed since it was listed: nobody cites it
		}
		if err != nil {
			return copied, err
		}
		if fresh {
			copied++
		}
		if fresh && copied%tellAfterFiles == 0 {
			w.progress("evidence …", copied)
		}
		w.manifest.Bytes += f.Size
		if err := p.row([]any{f.SHA256, f.Size}); err != nil {
			return copied, err
		}
	}
	return copied, nil
}

func evidenceFile(dir, sum string) string {
	return filepath.Join(dir, evidenceDir, sum[:2], sum+".age")
}

// copyFile copies a file unless the folder has it.
func (w *writer) copyFile(ctx context.Context, blobs blob.Store, f blob.Listed) (fresh bool, err error) {
	name := evidenceFile(w.Dir, f.SHA256)
	// A file gets its name when it is whole and durable; encrypted it is always larger.
	if info, err := os.Stat(name); err == nil && info.Size() > f.Size {
		return false, nil
	}
	from, err := blobs.OpenFile(ctx, f.SHA256)
	if err != nil {
		return false, err
	}
	defer from.Close() //nolint:errcheck // it was only read
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return false, err
	}
	to, err := os.CreateTemp(w.dir, "evidence-*")
	if err != nil {
		return false, err
	}
	err = w.seal(to, &fileReader{ctx: ctx, file: from})
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return false, err
	}
	if err := os.Rename(to.Name(), name); err != nil {
		return false, err
	}
	return true, errors.Join(syncDir(filepath.Dir(name)), syncDir(filepath.Join(w.Dir, evidenceDir)))
}

func (w *writer) seal(to io.Writer, from io.Reader) error {
	sealed, err := age.Encrypt(to, w.lock.recipients...)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(sealed, from, make([]byte, chunk)); err != nil {
		return err
	}
	return sealed.Close()
}

// fileReader reads a file of evidence from its beginning.
type fileReader struct {
	ctx    context.Context
	file   blob.File
	offset int64
}

// Read implements io.Reader.
func (r *fileReader) Read(p []byte) (int, error) {
	n := min(int64(len(p)), r.file.Size()-r.offset)
	if n == 0 {
		return 0, io.EOF
	}
	if err := r.file.ReadAt(r.ctx, p[:n], r.offset); err != nil {
		return 0, err
	}
	r.offset += n
	return int(n), nil
}

// eachFile calls do for every file of evidence of the backup.
func (r *reader) eachFile(ctx context.Context, do func(blob.Listed) error) error {
	_, rows, done, err := r.rows(r.manifest.Evidence)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // it was only read
	for row, err := range r.told("evidence", tellAfterFiles, rows) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		sum, _ := row[0].(string)
		size, _ := row[1].(int64)
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size || sum != strings.ToLower(sum) || size < 0 {
			return fmt.Errorf("%w: %s lists a file %q", ErrDamaged, r.manifest.Evidence.File, sum)
		}
		if err := do(blob.Listed{SHA256: sum, Size: size}); err != nil {
			return err
		}
	}
	return nil
}

// openFile opens a file of evidence for reading.
func (r *reader) openFile(sum string) (plain io.Reader, done func() error, err error) {
	f, err := os.Open(evidenceFile(r.Dir, sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w: the file of evidence %s is missing", ErrDamaged, sum)
	}
	if err != nil {
		return nil, nil, err
	}
	if plain, err = r.decrypt(f); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("file of evidence %s: %w", sum, err), f.Close())
	}
	return plain, f.Close, nil
}

// putFile brings a file of evidence into a deployment, unless it is there with the right bytes.
func (r *reader) putFile(ctx context.Context, blobs blob.Store, f blob.Listed) error {
	if there, err := hasFile(ctx, blobs, f); there || err != nil {
		return err
	}
	plain, done, err := r.openFile(f.SHA256)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // it was only read
	id := ulid.MustNew(ulid.Timestamp(time.UnixMilli(0)), rand.Reader).String()
	err = appendAll(ctx, blobs, id, f.Size, plain)
	if err == nil {
		err = keep(ctx, blobs, id, f)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("file of evidence %s: %w", f.SHA256, err), blobs.Discard(ctx, id))
	}
	return nil
}

func appendAll(ctx context.Context, blobs blob.Store, id string, size int64, from io.Reader) error {
	u, err := blobs.Resume(ctx, id, size)
	if err != nil {
		return err
	}
	buf := make([]byte, chunk)
	for offset := int64(0); err == nil; {
		var n int
		if n, err = io.ReadFull(from, buf); n > 0 {
			if failed := u.Append(ctx, offset, buf[:n]); failed != nil {
				err = failed
			}
			offset += int64(n)
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if errors.Is(err, blob.ErrTooLong) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return errors.Join(err, u.Close())
}

func keep(ctx context.Context, blobs blob.Store, id string, f blob.Listed) error {
	v, err := blobs.Verify(ctx, id, f.Size, f.SHA256)
	if errors.Is(err, blob.ErrHash) || errors.As(err, new(*blob.OffsetError)) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	if err := v.Keep(ctx); err != nil {
		return errors.Join(err, v.Close())
	}
	v.Recorded() // its name is all there is to record
	return v.Close()
}

// hasFile reports whether a deployment has a file with the bytes that its name says.
func hasFile(ctx context.Context, blobs blob.Store, f blob.Listed) (bool, error) {
	there, err := blobs.OpenFile(ctx, f.SHA256)
	if errors.Is(err, blob.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer there.Close() //nolint:errcheck // it was only read
	sum, size, err := hashOf(&fileReader{ctx: ctx, file: there})
	return sum == f.SHA256 && size == f.Size, err
}

func hashOf(r io.Reader) (sum string, size int64, err error) {
	h := sha256.New()
	size, err = io.CopyBuffer(h, r, make([]byte, chunk))
	return hex.EncodeToString(h.Sum(nil)), size, err
}
