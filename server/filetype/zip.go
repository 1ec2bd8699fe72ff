package filetype

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	maxEntries  = 10_000 // of a ZIP
	maxNameSize = 1024   // of an entry, in bytes
	endSize     = 22     // of the record at the end of a ZIP, without its comment
	entrySize   = 46     // of an entry in the directory, without its name
)

// archive is what the directory of a ZIP says is in it.
type archive struct {
	contentTypes, word, xl, ppt bool // parts of an Office Open XML document
	macros                      bool
	program                     bool // of Java or Android
}

// zipped tells office documents from other ZIP files. It reads names only and unpacks nothing, so no content can blow
// up; archive/zip would read a directory of any length into memory.
func zipped(r io.ReaderAt, size int64) (*Type, error) {
	a, err := readDirectory(r, size)
	if err != nil {
		return nil, err
	}
	odf, err := openDocument(r)
	if err != nil {
		return nil, err
	}
	switch {
	case a.program:
		return program(r, size)
	case a.macros:
		return nil, macros()
	case odf != nil:
		return odf, nil
	case a.contentTypes && a.word:
		return DOCX, nil
	case a.contentTypes && a.xl:
		return XLSX, nil
	case a.contentTypes && a.ppt:
		return PPTX, nil
	}
	return ZIP, nil
}

// readDirectory reads what is in a ZIP by its names.
func readDirectory(r io.ReaderAt, size int64) (*archive, error) {
	a := &archive{}
	err := Entries(r, size, func(e Entry) error {
		a.add(strings.ToLower(e.Name))
		return nil
	})
	return a, err
}

// Entry is a file in a ZIP, as its directory has it.
type Entry struct {
	Name      string
	Encrypted bool
	Method    uint16 // 0 is stored, 8 is Deflate
	Packed    int64  // bytes in the ZIP
	Unpacked  int64  // bytes that it promises
	Offset    int64  // of its own header, which its bytes follow
}

// Entries calls see for every entry of a ZIP that ends where the file ends, and holds one of them at a time. It returns
// the error of see, REASON_FILE_TYPE_REFUSED for a damaged directory or one of more than 10,000, or the error of reading.
func Entries(r io.ReaderAt, size int64, see func(Entry) error) error {
	tail := make([]byte, min(size, endSize+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("filetype: %w", err)
	}
	end := endRecord(tail)
	if end == nil {
		return damaged()
	}
	entries := int(binary.LittleEndian.Uint16(end[10:]))
	length := int64(binary.LittleEndian.Uint32(end[12:]))
	offset := int64(binary.LittleEndian.Uint32(end[16:]))
	switch {
	case entries > maxEntries:
		return refused("ZIP ini berisi terlalu banyak berkas (paling banyak 10.000).", "This ZIP holds too many files (at most 10,000).")
	case offset+length > size-int64(len(end)):
		return damaged()
	}
	return walkDirectory(bufio.NewReader(io.NewSectionReader(r, offset, length)), entries, see)
}

// endRecord finds the record that must end exactly where the file does.
func endRecord(tail []byte) []byte {
	for i := len(tail) - endSize; i >= 0; i-- {
		if string(tail[i:i+4]) == "PK\x05\x06" && i+endSize+int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail) {
			return tail[i:]
		}
	}
	return nil
}

func walkDirectory(r *bufio.Reader, entries int, see func(Entry) error) error {
	var head [entrySize]byte
	name := make([]byte, maxNameSize)
	for range entries {
		if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "PK\x01\x02" {
			return damagedOr(err)
		}
		n := int(binary.LittleEndian.Uint16(head[28:]))
		if n > maxNameSize {
			return damaged()
		}
		if _, err := io.ReadFull(r, name[:n]); err != nil {
			return damagedOr(err)
		}
		extra := make([]byte, binary.LittleEndian.Uint16(head[30:]))
		if _, err := io.ReadFull(r, extra); err != nil {
			return damagedOr(err)
		}
		if _, err := r.Discard(int(binary.LittleEndian.Uint16(head[32:]))); err != nil {
			return damagedOr(err)
		}
		if err := see(newEntry(head[:], string(name[:n]), extra)); err != nil {
			return err
		}
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return damagedOr(err) // more entries than it says
	}
	return nil
}

func newEntry(head []byte, name string, extra []byte) Entry {
	e := Entry{
		Name: name, Encrypted: head[8]&1 != 0, Method: binary.LittleEndian.Uint16(head[10:]),
		Packed:   int64(binary.LittleEndian.Uint32(head[20:])),
		Unpacked: int64(binary.LittleEndian.Uint32(head[24:])),
		Offset:   int64(binary.LittleEndian.Uint32(head[42:])),
	}
	e.readWide(extra)
	return e
}

// readWide takes numbers that do not fit the directory from the extra field for them (ZIP64), as far as it has them.
func (e *Entry) readWide(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return
		}
		if id == 1 {
			wide := extra[:n]
			for _, number := range []*int64{&e.Unpacked, &e.Packed, &e.Offset} {
				if *number == 0xffffffff && len(wide) >= 8 {
					*number = int64(min(binary.LittleEndian.Uint64(wide), 1<<62))
					wide = wide[8:]
				}
			}
		}
		extra = extra[n:]
	}
}

// damagedOr tells a directory that ends early from a disk that does not answer.
func damagedOr(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged()
	}
	return fmt.Errorf("filetype: %w", err)
}

func (a *archive) add(name string) {
	a.contentTypes = a.contentTypes || name == "[content_types].xml"
	a.word = a.word || strings.HasPrefix(name, "word/")
	a.xl = a.xl || strings.HasPrefix(name, "xl/")
	a.ppt = a.ppt || strings.HasPrefix(name, "ppt/")
	a.macros = a.macros || path.Base(name) == "vbaproject.bin" || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/")
	a.program = a.program || name == "meta-inf/manifest.mf" || name == "androidmanifest.xml"
}

// openDocument reads the first entry of an OpenDocument file, which is its media type, stored as it is. It returns nil
// for any other file.
func openDocument(r io.ReaderAt) (*Type, error) {
	head := make([]byte, 256)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("filetype: %w", err)
	}
	head = head[:n]
	if n < 38 || string(head[30:38]) != "mimetype" || binary.LittleEndian.Uint16(head[26:]) != 8 || binary.LittleEndian.Uint16(head[8:]) != 0 {
		return nil, nil
	}
	from := 38 + int(binary.LittleEndian.Uint16(head[28:]))
	length := int(binary.LittleEndian.Uint32(head[18:]))
	for _, t := range []*Type{ODT, ODS, ODP} {
		if length == len(t.MediaType) && from <= n && bytes.HasPrefix(head[from:], []byte(t.MediaType)) {
			return t, nil
		}
	}
	return nil, nil
}
