package inspect_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// file is one of an archive.
type file struct {
	name, content string
}

// MustZip makes a ZIP of files, in their order.
func MustZip(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.name == "mimetype" {
			h.Method = zip.Store
			h.UncompressedSize64, h.CompressedSize64 = uint64(len(f.content)), uint64(len(f.content))
			h.CRC32 = crc32.ChecksumIEEE([]byte(f.content))
			writer, err := w.CreateRaw(h)
			mustWrite(tb, writer, err, f.content)
			continue
		}
		writer, err := w.CreateHeader(h)
		mustWrite(tb, writer, err, f.content)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func mustWrite(tb testing.TB, w io.Writer, err error, content string) {
	tb.Helper()
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// docx, xlsx and odt make documents with parts beside those that every one has.
func docx(tb testing.TB, parts ...file) []byte {
	tb.Helper()
	return MustZip(tb, append([]file{{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w:document/>"}}, parts...)...)
}

func xlsx(tb testing.TB, parts ...file) []byte {
	tb.Helper()
	return MustZip(tb, append([]file{{"[Content_Types].xml", "<Types/>"}, {"xl/workbook.xml", "<workbook/>"}}, parts...)...)
}

func odt(tb testing.TB, parts ...file) []byte {
	tb.Helper()
	return MustZip(tb, append([]file{{"mimetype", "application/vnd.oasis.opendocument.text"}}, parts...)...)
}

// relation is a part that says what a document refers to.
func relation(kind, mode, target string) file {
	return file{"word/_rels/settings.xml.rels", fmt.Sprintf(`<?xml version="1.0"?><Relationships><Relationship Id="r1" `+
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="%s"/></Relationships>`, kind, target, mode)}
}

// nested is a ZIP in a ZIP, so many times.
func nested(tb testing.TB, times int, inner []byte) []byte {
	tb.Helper()
	for range times {
		inner = MustZip(tb, file{"in.zip", string(inner)})
	}
	return inner
}

// handmade is a ZIP with one packed file, which its directory has so many times under the end record's count, each time
// promising a size that is not true.
func handmade(tb testing.TB, content []byte, directory, count int) []byte {
	tb.Helper()
	var packed, b bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	le := binary.LittleEndian
	local := make([]byte, 31)
	copy(local, "PK\x03\x04")
	le.PutUint16(local[8:], 8)
	le.PutUint32(local[18:], uint32(packed.Len()))
	le.PutUint32(local[22:], 10)
	le.PutUint16(local[26:], 1)
	local[30] = 'a'
	b.Write(local)
	b.Write(packed.Bytes())
	entry := make([]byte, 47)
	copy(entry, "PK\x01\x02")
	le.PutUint16(entry[10:], 8)
	le.PutUint32(entry[20:], uint32(packed.Len()))
	le.PutUint32(entry[24:], 10)
	le.PutUint16(entry[28:], 1)
	entry[46] = 'a'
	at := b.Len()
	b.Write(bytes.Repeat(entry, directory))
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	le.PutUint16(end[10:], uint16(count))
	le.PutUint32(end[12:], uint32(47*directory))
	le.PutUint32(end[16:], uint32(at))
	b.Write(end)
	return b.Bytes()
}

// encrypted is a ZIP whose first entry says that it is encrypted.
func encrypted(tb testing.TB) []byte {
	tb.Helper()
	b := MustZip(tb, file{"rahasia.pdf", "%PDF-1.7"})
	b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= 1
	return b
}

// pdf is a document with these objects, numbered from 1.
func pdf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\n%%EOF\n")
	return []byte(b.String())
}

// streamOf is an object with a stream, packed by Deflate.
func streamOf(dictionary, content string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, content) // to memory
	_ = w.Close()
	return fmt.Sprintf("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dictionary, b.Len(), b.String())
}

// objectStream is a stream of objects with these numbers.
func objectStream(objects map[int]string) string {
	var list, all strings.Builder
	for id, o := range objects {
		fmt.Fprintf(&list, "%d %d ", id, all.Len())
		all.WriteString(o + " ")
	}
	return streamOf(fmt.Sprintf("/Type /ObjStm /N %d /First %d", len(objects), list.Len()), list.String()+all.String())
}

// oleObject is a compound file into which a file of that name was put.
func oleObject(name string) string {
	wide := ""
	for _, c := range "\x01Ole10Native" {
		wide += string(c) + "\x00"
	}
	return "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 70_000) + wide + strings.Repeat("\x00", 500) + name + "\x00"
}
