// Package filetype says what is in a file by looking at its content, never by believing its name, and makes names fit
// to be shown, kept and saved by others.
//
// The kinds on its list are those that evidence comes in. Everything else is refused, with what to do instead:
// pages and drawings that could run scripts in a browser, programs, documents with macros. Nothing is unpacked here:
// blob/inspect looks further into what is accepted.
package filetype

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// Type is an accepted kind of content.
type Type struct {
	MediaType  string
	extensions []string // that a name of it may end in; the first is added to a name that ends otherwise
}

// The accepted kinds.
var (
	PDF  = &Type{"application/pdf", []string{".pdf"}}
	PNG  = &Type{"image/png", []string{".png"}}
	JPEG = &Type{"image/jpeg", []string{".jpg", ".jpeg"}}
	GIF  = &Type{"image/gif", []string{".gif"}}
	WebP = &Type{"image/webp", []string{".webp"}}
	TIFF = &Type{"image/tiff", []string{".tif", ".tiff"}}
	DOCX = &Type{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}}
	XLSX = &Type{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}}
	PPTX = &Type{"application/vnd.openxmlformats-officedocument.presentationml.presentation", []string{".pptx"}}
	ODT  = &Type{"application/vnd.oasis.opendocument.text", []string{".odt"}}
	ODS  = &Type{"application/vnd.oasis.opendocument.spreadsheet", []string{".ods"}}
	ODP  = &Type{"application/vnd.oasis.opendocument.presentation", []string{".odp"}}
	DOC  = &Type{"application/msword", []string{".doc"}}
	XLS  = &Type{"application/vnd.ms-excel", []string{".xls"}}
	PPT  = &Type{"application/vnd.ms-powerpoint", []string{".ppt"}}
	CSV  = &Type{"text/csv", []string{".csv", ".tsv"}}
	Text = &Type{"text/plain", []string{".txt", ".md"}}
	ZIP  = &Type{"application/zip", []string{".zip"}}
)

// headSize is how much of a file is looked at for its signature.
const headSize = 4 << 10

// signature is how files of a kind begin, and the closer look at those that begin so.
type signature struct {
	prefix string
	look   func(r io.ReaderAt, size int64) (*Type, error)
}

// signatures are tried in this order. Text has none and comes last.
var signatures = []signature{
	{"%PDF-", is(PDF)},
	{"\x89PNG\r\n\x1a\n", picture(PNG, png.DecodeConfig)},
	{"\xff\xd8\xff", picture(JPEG, jpeg.DecodeConfig)},
	{"GIF87a", picture(GIF, gif.DecodeConfig)},
	{"GIF89a", picture(GIF, gif.DecodeConfig)},
	{"RIFF", webp},
	{"II*\x00", is(TIFF)},
	{"MM\x00*", is(TIFF)},
	{"PK\x03\x04", zipped},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", compound},
	{`{\rtf`, unknown},
	{"%!PS", unknown},
}

// programs are how programs, and scripts that say so, begin on some system.
var programs = []string{
	"MZ", "\x7fELF", "\xfe\xed\xfa", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "#!",
	"L\x00\x00\x00\x01\x14\x02\x00", // a Windows shortcut
}

// Detect says of which kind the content is. The name, as CleanName left it, only tells CSV from other plain text. What
// is not accepted is REASON_FILE_TYPE_REFUSED; any other error is one of reading.
func Detect(r io.ReaderAt, size int64, name string) (*Type, error) {
	head := make([]byte, min(size, headSize))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("filetype: %w", err)
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.prefix)) {
			return s.look(r, size)
		}
	}
	if IsProgram(head) {
		return program(r, size)
	}
	return plain(r, size, head, name)
}

func is(t *Type) func(io.ReaderAt, int64) (*Type, error) {
	return func(io.ReaderAt, int64) (*Type, error) { return t, nil }
}

// picture reads the header of an image: its signature alone would let anything in.
func picture(t *Type, decode func(io.Reader) (image.Config, error)) func(io.ReaderAt, int64) (*Type, error) {
	return func(r io.ReaderAt, size int64) (*Type, error) {
		_, err := decode(io.NewSectionReader(r, 0, size))
		if err != nil && !errors.As(err, new(jpeg.UnsupportedError)) && !errors.As(err, new(png.UnsupportedError)) {
			return nil, damaged()
		}
		return t, nil
	}
}

func webp(r io.ReaderAt, size int64) (*Type, error) {
	var head [15]byte
	if _, err := r.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("filetype: %w", err)
	}
	if string(head[8:]) != "WEBPVP8" {
		return unknown(r, size)
	}
	return WebP, nil
}

// IsProgram reports whether content that begins so is a program of some system, or a script that says so.
func IsProgram(head []byte) bool {
	return slices.ContainsFunc(programs, func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) })
}

func program(io.ReaderAt, int64) (*Type, error) {
	return nil, refused("Berkas ini program, bukan dokumen.", "This file is a program, not a document.")
}

func unknown(io.ReaderAt, int64) (*Type, error) {
	return nil, refused("Isi berkas ini bukan jenis yang diterima.", "The content of this file is of no accepted kind.")
}

func damaged() error {
	return refused("Berkas ini rusak: isinya tidak sesuai dengan jenisnya. Buka, periksa, lalu simpan lagi.",
		"This file is damaged: its content does not hold what its kind promises. Open it, check it and save it again.")
}

func macros() error {
	return refused("Dokumen ini berisi makro. Simpan tanpa makro (.docx, .xlsx, .pptx) atau sebagai PDF.",
		"This document has macros. Save it without (.docx, .xlsx, .pptx) or as PDF.")
}

// refused is REASON_FILE_TYPE_REFUSED: what is wrong, and what is accepted.
func refused(id, en string) error {
	return fault.New(meritv1.Reason_REASON_FILE_TYPE_REFUSED,
		"%s Yang diterima: PDF, gambar (PNG, JPEG, GIF, WebP, TIFF), dokumen Word, Excel, PowerPoint dan OpenDocument, CSV, teks biasa, ZIP.",
		"%s Accepted are PDF, images (PNG, JPEG, GIF, WebP, TIFF), documents of Word, Excel, PowerPoint and OpenDocument, CSV, plain text, ZIP.",
		fault.Text{ID: id, EN: en})
}
