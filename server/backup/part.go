package backup

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// ErrDamaged says that a part is not what the manifest says, or a file of evidence not what its name says.
var ErrDamaged = errors.New("backup: damaged")

const partSuffix = ".jsonl.gz.age"

// partWriter writes rows through JSON, gzip and age into a file, and hashes what goes into the file.
type partWriter struct {
	part   Part
	file   *os.File
	hash   hash.Hash
	sealed io.WriteCloser
	packed *gzip.Writer
	lines  *bufio.Writer
	line   []byte
}

func (w *writer) newPart(name string, columns []string) (*partWriter, error) {
	p := &partWriter{part: Part{Name: name, File: name + partSuffix}, hash: sha256.New()}
	var err error
	if p.file, err = os.OpenFile(filepath.Join(w.dir, p.part.File), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	if p.sealed, err = age.Encrypt(io.MultiWriter(p.file, p.hash), w.lock.recipients...); err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	p.packed, _ = gzip.NewWriterLevel(p.sealed, gzip.BestSpeed) // a level that exists
	p.lines = bufio.NewWriterSize(p.packed, 64<<10)
	return p, p.head(name, columns)
}

// head writes the first line.
func (p *partWriter) head(name string, columns []string) error {
	line, err := appendHead(nil, name, columns)
	if err != nil {
		return err
	}
	_, err = p.lines.Write(line)
	return err
}

// row writes the values of one row.
func (p *partWriter) row(values []any) (err error) {
	if p.line, err = appendRow(p.line[:0], values); err != nil {
		return err
	}
	p.part.Rows++
	_, err = p.lines.Write(p.line)
	return err
}

// close makes the part durable and returns what the manifest says of it.
func (p *partWriter) close() (Part, error) {
	err := errors.Join(p.lines.Flush(), p.packed.Close(), p.sealed.Close(), p.file.Sync())
	info, failed := p.file.Stat()
	if err := errors.Join(err, failed, p.file.Close()); err != nil {
		return p.part, err
	}
	p.part.Size, p.part.SHA256 = info.Size(), hex.EncodeToString(p.hash.Sum(nil))
	return p.part, nil
}

func (p *partWriter) abandon() error { return p.file.Close() }

// reader is a backup being read.
type reader struct {
	Options
	manifest *Manifest
	keys     []age.Identity
}

func newReader(o Options, name string, k Key) (*reader, error) {
	m, err := o.open(name)
	if err != nil {
		return nil, err
	}
	keys, err := o.openKey(k)
	return &reader{o, m, keys}, err
}

// decrypt opens an encrypted stream.
func (r *reader) decrypt(from io.Reader) (io.Reader, error) {
	plain, err := age.Decrypt(from, r.keys...)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, fmt.Errorf("%w: %w", ErrWrongKey, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return damaged{plain}, nil
}

// damaged is a stream whose errors are damage: age checks every 64 KiB.
type damaged struct{ io.Reader }

// Read implements io.Reader.
func (d damaged) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader promises io.EOF itself
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}

// rows reads the rows of a part. The last yield is an error when the part was not what the manifest says.
func (r *reader) rows(p Part) (columns []string, rows iter.Seq2[[]any, error], close func() error, err error) {
	f, err := os.Open(filepath.Join(r.Dir, r.manifest.Name, p.File))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	part := &partReader{part: p, file: f, hash: sha256.New()}
	if err := part.open(r); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("%s: %w", p.File, err), f.Close())
	}
	return part.lines.columns, part.rows, f.Close, nil
}

// partReader reads what partWriter wrote.
type partReader struct {
	part  Part
	file  *os.File
	hash  hash.Hash
	lines *lineReader
}

func (p *partReader) open(r *reader) error {
	plain, err := r.decrypt(io.TeeReader(p.file, p.hash))
	if err != nil {
		return err
	}
	unpacked, err := gzip.NewReader(plain)
	if err == nil {
		p.lines, err = newLineReader(unpacked, p.part.Name)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (p *partReader) rows(yield func([]any, error) bool) {
	n := int64(0)
	for {
		row, err := p.lines.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			yield(nil, fmt.Errorf("%w: %s: %w", ErrDamaged, p.part.File, err))
			return
		}
		n++
		if !yield(row, nil) {
			return
		}
	}
	if err := p.check(n); err != nil {
		yield(nil, fmt.Errorf("%w: %s: %w", ErrDamaged, p.part.File, err))
	}
}

// check compares what was read with the manifest.
func (p *partReader) check(rows int64) error {
	if _, err := io.Copy(p.hash, p.file); err != nil {
		return err
	}
	if got := hex.EncodeToString(p.hash.Sum(nil)); got != p.part.SHA256 {
		return fmt.Errorf("it has SHA-256 %s, the manifest says %s", got, p.part.SHA256)
	}
	if rows != p.part.Rows {
		return fmt.Errorf("it has %d rows, the manifest says %d", rows, p.part.Rows)
	}
	return nil
}
