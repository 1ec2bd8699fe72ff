package filetype_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"testing"
	"unicode/utf16"
)

// MustEncode makes a small image.
func MustEncode(tb testing.TB, encode func(io.Writer, image.Image) error) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
func asGIF(w io.Writer, m image.Image) error  { return gif.Encode(w, m, nil) }
func asPNG(w io.Writer, m image.Image) error  { return png.Encode(w, m) }

// MustZip makes a ZIP with files of these names, each with a line in it.
func MustZip(tb testing.TB, names ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte("content of " + name))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// MustOpenDocument makes a ZIP whose first file is the media type, stored as it is.
func MustOpenDocument(tb testing.TB, mediaType string, names ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: "mimetype", Method: zip.Store, CompressedSize64: uint64(len(mediaType)), UncompressedSize64: uint64(len(mediaType)),
	})
	if err == nil {
		_, err = f.Write([]byte(mediaType))
	}
	for _, name := range names {
		if err == nil {
			_, err = w.Create(name)
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// compoundFile makes a compound file with streams of these names at its top level: a header, a sector of FAT, and as
// many of directory as it takes. The entries are a list, each linked to the next, with one more below the first.
func compoundFile(names ...string) []byte {
	const sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
	le := binary.LittleEndian
	entries := append([]string{"Root Entry"}, names...)
	dirs := (len(entries) + 1 + 3) / 4
	b := make([]byte, sector*(2+dirs))
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(b[30:], 9)    // sectors of 512 bytes
	le.PutUint32(b[44:], 1)    // one sector of FAT
	le.PutUint32(b[48:], 1)    // the directory begins in sector 1
	le.PutUint32(b[68:], free) // no further lists of FAT sectors
	for i := range 109 {
		le.PutUint32(b[76+4*i:], free)
	}
	le.PutUint32(b[76:], 0) // the FAT is sector 0
	fat := b[sector:]
	for i := range sector / 4 {
		le.PutUint32(fat[4*i:], free)
	}
	le.PutUint32(fat, 0xFFFFFFFD)
	for i := 1; i <= dirs; i++ {
		le.PutUint32(fat[4*i:], uint32(i+1))
	}
	le.PutUint32(fat[4*dirs:], end)
	put := func(i int, name string, left, right, child uint32) {
		e := b[2*sector+128*i:]
		for j, unit := range utf16.Encode([]rune(name)) {
			le.PutUint16(e[2*j:], unit)
		}
		le.PutUint16(e[64:], uint16(2*len(name)+2))
		le.PutUint32(e[68:], left)
		le.PutUint32(e[72:], right)
		le.PutUint32(e[76:], child)
	}
	for i, name := range entries {
		left, right, child := uint32(free), uint32(free), uint32(free)
		switch {
		case i == 0 && len(names) > 0:
			child = 1
		case i > 0 && i < len(names):
			right = uint32(i + 1)
		}
		if i == 1 {
			child = uint32(len(entries)) // what lies deeper does not count
		}
		put(i, name, left, right, child)
	}
	put(len(entries), "Workbook", free, free, free)
	return b
}

func utf16Text(order binary.AppendByteOrder, text string) (b []byte) {
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}
