package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// A questionnaire unpacks to less than a megabyte and has a few hundred rows; what is far from that is an attack or a
// mistake. Rows and columns are bounded too, because whoever reads a sheet makes room for every cell up to the last one.
const (
	maxUnpacked = 16 << 20
	maxParts    = 200
	maxRow      = 2_000   // the last row, and how many there are on all sheets
	maxColumn   = 64      // the last column
	maxElements = 400_000 // of all parts
	maxCells    = 60_000  // of all sheets
	maxMerged   = 1_000
)

// bounded reads every part of an XLSX file once, counting, and returns ErrNotWorkbook or ErrTooLarge. What the file says of
// its own sizes is not believed.
func bounded(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	if len(z.File) > maxParts {
		return ErrTooLarge
	}
	c := &counter{left: maxUnpacked}
	for _, part := range z.File {
		if err := c.part(part); err != nil {
			return err
		}
	}
	return nil
}

type counter struct {
	left                          int64 // bytes that may still come
	elements, rows, cells, merged int
}

// countingReader takes what is read off what may still come.
type countingReader struct {
	io.Reader
	c *counter
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.c.left -= int64(n); r.c.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}

func (c *counter) part(part *zip.File) error {
	f, err := part.Open()
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := countingReader{f, c}
	err = c.scan(in)
	if err != nil && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrNotWorkbook) && path.Ext(part.Name) != ".xml" {
		err = nil // a picture
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		err = errors.Join(ErrNotWorkbook, err)
	}
	return err
}

// scan counts the elements of a part. Every part is looked at, because the workbook says which of them are sheets and
// may call a sheet what it likes; and more lightly than by whoever reads the sheet, so that it sees no less. A part in
// another encoding than UTF-8, in which no spreadsheet is saved, would look otherwise to the reader.
func (c *counter) scan(in io.Reader) error {
	d := xml.NewDecoder(in)
	foreign := false
	d.Strict = false
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		foreign = true
		return nil, ErrNotWorkbook
	}
	for {
		token, err := d.RawToken()
		switch {
		case foreign:
			return ErrNotWorkbook
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if start, ok := token.(xml.StartElement); ok && !c.admits(start) {
			return ErrTooLarge
		}
	}
}

func (c *counter) admits(e xml.StartElement) bool {
	c.elements++
	switch e.Name.Local {
	case "row":
		c.rows++
		if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > maxRow {
			return false
		}
	case "mergeCell":
		c.merged++
	case "c":
		c.cells++
		if column, row, _ := position(attribute(e, "r")); column > maxColumn || row > maxRow {
			return false
		}
	}
	return c.elements <= maxElements && c.rows <= maxRow && c.cells <= maxCells && c.merged <= maxMerged
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// position reads a reference such as AB12; ok is false for anything else.
func position(ref string) (column, row int, ok bool) {
	letters := strings.TrimRight(ref, "0123456789")
	for _, r := range strings.ToUpper(letters) {
		if r < 'A' || r > 'Z' || column > 1<<20 {
			return 0, 0, false
		}
		column = column*26 + int(r-'A') + 1
	}
	row, err := strconv.Atoi(ref[len(letters):])
	return column, row, err == nil && column > 0
}
