// Package inspect looks into a file that strangers made: of what type it is, what in it those who open it should know of,
// and whether it would harm them at once. It reads and unpacks within limits, runs nothing and keeps nothing.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/filetype"
)

// Limits bound what looking into one file may cost.
type Limits struct {
	Entries  int   // files in all archives within it together
	Depth    int   // archives within archives; an office document counts as one
	Unpacked int64 // bytes that all of it may unpack to
	Ratio    int64 // how many times its size that may be, once it is more than Free
	Free     int64 // bytes that any file may unpack to
	Held     int64 // bytes of one file within it that are held in memory, once for each level
}

// Default are the limits for evidence. Who looks into several files at once multiplies Held.
var Default = Limits{Entries: 20_000, Depth: 3, Unpacked: 512 << 20, Ratio: 100, Free: 64 << 20, Held: 32 << 20}

// Verdict is what was found.
type Verdict struct {
	Type  *filetype.Type
	Flags []meritv1.EvidenceFlag // in ascending order
}

// File looks into a file. The name, as filetype.CleanName left it, only tells CSV from other plain text. A file that is not
// accepted is REASON_FILE_TYPE_REFUSED or REASON_FILE_UNSAFE; any other error is one of reading. When the context's time is
// over, what is left stays EVIDENCE_FLAG_NOT_EXAMINED.
func File(ctx context.Context, r io.ReaderAt, size int64, name string, limits Limits) (Verdict, error) {
	kind, err := filetype.Detect(r, size, name)
	if err != nil {
		return Verdict{}, err
	}
	l := &look{ctx: ctx, limits: limits, size: size, left: limits.Unpacked, entries: limits.Entries}
	err = l.top(r, kind)
	if errors.Is(err, context.DeadlineExceeded) {
		l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		err = nil
	}
	slices.Sort(l.flags)
	return Verdict{Type: kind, Flags: l.flags}, err
}

// look is one look into a file and everything within it.
type look struct {
	ctx     context.Context
	limits  Limits
	size    int64 // of the whole file
	left    int64 // bytes that may still be unpacked
	entries int   // files within archives that may still come
	flags   []meritv1.EvidenceFlag
}

func (l *look) flag(f meritv1.EvidenceFlag) {
	if !slices.Contains(l.flags, f) {
		l.flags = append(l.flags, f)
	}
}

// top looks into the file itself.
func (l *look) top(r io.ReaderAt, kind *filetype.Type) error {
	if err := l.twoKinds(r, kind); err != nil {
		return err
	}
	switch kind {
	case filetype.PDF:
		return l.pdf(r, l.size)
	case filetype.DOC, filetype.XLS, filetype.PPT:
		return l.compound(io.NewSectionReader(r, 0, l.size))
	case filetype.ZIP, filetype.DOCX, filetype.XLSX, filetype.PPTX, filetype.ODT, filetype.ODS, filetype.ODP:
		return l.archive(r, l.size, 1)
	}
	return nil
}

// metered is unpacked content: every byte counts against the limits, and no promise of a size is believed.
type metered struct {
	*look
	r io.Reader
}

// Read returns REASON_FILE_UNSAFE beyond the limits.
func (m metered) Read(p []byte) (int, error) {
	if err := context.Cause(m.ctx); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	if spent := m.spend(int64(n)); spent != nil {
		return 0, spent
	}
	return n, err
}

// spend counts bytes that were unpacked.
func (l *look) spend(n int64) error {
	l.left -= n
	unpacked := l.limits.Unpacked - l.left
	if l.left < 0 || unpacked > l.limits.Free && unpacked/l.limits.Ratio > l.size {
		return unsafe("Berkas ini membengkak jauh melebihi ukurannya saat dibuka. Kirim isinya sebagai berkas biasa.",
			"This file unpacks to far more than it is. Send what is in it as it is.")
	}
	return nil
}

// unsafe is REASON_FILE_UNSAFE: what the file would do, and what to do instead.
func unsafe(id, en string) *fault.Error {
	return fault.New(meritv1.Reason_REASON_FILE_UNSAFE, "%s", "%s", fault.Text{ID: id, EN: en})
}

// broken reports whether content within the file could not be read because of itself: not because it is refused, the time
// is over, or the disk does not answer.
func (l *look) broken(err error) bool {
	var refused *fault.Error
	var disk diskError
	return err != nil && !errors.As(err, &refused) && !errors.As(err, &disk) && l.ctx.Err() == nil
}

// diskError is an error of reading the file itself.
type diskError struct{ error }

// Unwrap is what the disk said.
func (e diskError) Unwrap() error { return e.error }

// disk marks the errors of reading the file itself.
type disk struct{ r io.ReaderAt }

// ReadAt reads; the end of the file is no fault of the disk.
func (d disk) ReadAt(p []byte, at int64) (int, error) {
	n, err := d.r.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		err = diskError{fmt.Errorf("inspect: %w", err)}
	}
	return n, err
}

// readUpTo reads into p what there is from a place on.
func readUpTo(r io.ReaderAt, p []byte, at int64) ([]byte, error) {
	n, err := r.ReadAt(p, at)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return p[:n], err
}
