package filetype_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/filetype"
)

func detect(content []byte, name string) (*filetype.Type, error) {
	return filetype.Detect(bytes.NewReader(content), int64(len(content)), name)
}

func TestTheContentTellsTheType(t *testing.T) {
	pdf := []byte("%PDF-1.7\n1 0 obj\n")
	png := MustEncode(t, asPNG)
	for _, tc := range []struct {
		name    string
		content []byte
		want    *filetype.Type
	}{
		{"sk.pdf", pdf, filetype.PDF},
		{"foto.png", png, filetype.PNG},
		{"foto.jpg", MustEncode(t, asJPEG), filetype.JPEG},
		{"foto.gif", MustEncode(t, asGIF), filetype.GIF},
		{"foto.webp", []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07"), filetype.WebP},
		{"pindaian.tif", []byte("II*\x00\x08\x00\x00\x00"), filetype.TIFF},
		{"pindaian.tif", []byte("MM\x00*\x00\x00\x00\x08"), filetype.TIFF},
		{"laporan.docx", MustZip(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml"), filetype.DOCX},
		{"data.xlsx", MustZip(t, "_rels/.rels", "xl/workbook.xml", "[Content_Types].xml"), filetype.XLSX},
		{"paparan.pptx", MustZip(t, "[Content_Types].xml", "ppt/presentation.xml"), filetype.PPTX},
		{"laporan.odt", MustOpenDocument(t, "application/vnd.oasis.opendocument.text", "content.xml"), filetype.ODT},
		{"data.ods", MustOpenDocument(t, "application/vnd.oasis.opendocument.spreadsheet", "content.xml"), filetype.ODS},
		{"paparan.odp", MustOpenDocument(t, "application/vnd.oasis.opendocument.presentation", "content.xml"), filetype.ODP},
		{"laporan.doc", compoundFile("1Table", "WordDocument", "\x05SummaryInformation", "CompObj", "Data"), filetype.DOC},
		{"data.xls", compoundFile("Workbook"), filetype.XLS},
		{"data lama.xls", compoundFile("Book"), filetype.XLS},
		{"paparan.ppt", compoundFile("Current User", "PowerPoint Document"), filetype.PPT},
		{"data.csv", []byte("kode,nilai\r\n1.1,3\r\n"), filetype.CSV},
		{"DATA.CSV", []byte("\xef\xbb\xbfkode;nilai\n"), filetype.CSV},
		{"catatan.txt", []byte("Nilai < 5 dan > 3\n"), filetype.Text},
		{"catatan.txt", []byte("<5 tahun"), filetype.Text},
		{"catatan.txt", []byte("caf\xe9 \x96 surat lama\n"), filetype.Text},
		{"catatan.txt", utf16Text(binary.LittleEndian, "jabatan pimpinan tinggi 🙂"), filetype.Text},
		{"catatan.txt", utf16Text(binary.BigEndian, "jabatan pimpinan tinggi"), filetype.Text},
		{"lampiran.zip", MustZip(t, "sk.pdf", "foto/1.jpg"), filetype.ZIP},

		{"a document of a kind we do not name is a ZIP.vsdx", MustZip(t, "[Content_Types].xml", "visio/document.xml"), filetype.ZIP},
		{"parts of a document without its list of types.docx", MustZip(t, "word/document.xml"), filetype.ZIP},
		{"a book is a ZIP.epub", MustOpenDocument(t, "application/epub+zip"), filetype.ZIP},
		{"a picture named as a document.pdf", png, filetype.PNG},
		{"a document named as a page.html", pdf, filetype.PDF},
		{"a document named as a program.exe", pdf, filetype.PDF},
		{"a document with a ZIP behind it.pdf", append(bytes.Clone(pdf), MustZip(t, "x")...), filetype.PDF},
		{"a picture with a page behind it.png", append(bytes.Clone(png), "<script>alert(1)</script>"...), filetype.PNG},
		{"a picture that is a script too.js", []byte("GIF89a=1;alert(1)"), filetype.GIF},
		{"text in Indonesian that spans pieces.txt", []byte(strings.Repeat("é", 50_000) + "x" + strings.Repeat("–", 50_000)), filetype.Text},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := detect(tc.content, tc.name)
			if err != nil || got != tc.want {
				t.Errorf("Detect = %v, %v, want %s", got, err, tc.want.MediaType)
			}
		})
	}
}

func TestWhatIsNotEvidenceIsRefused(t *testing.T) {
	many := MustZip(t, make([]string, 10_001)...)
	docx := MustZip(t, "[Content_Types].xml", "word/document.xml")
	circle := compoundFile("A", "B", "C", "D", "E", "F")
	binary.LittleEndian.PutUint32(circle[2*512+128*6+72:], 1) // the last entry leads back to the first
	chain := compoundFile("A")
	binary.LittleEndian.PutUint32(chain[512+4:], 1) // the directory's sector follows itself
	far := compoundFile("A")
	binary.LittleEndian.PutUint32(far[48:], 0xFFFFFF00) // the directory lies far outside the file
	for _, tc := range []struct {
		name    string
		content []byte
		says    string // part of the message
	}{
		{"page.html", []byte("<!DOCTYPE html><html>"), "web page"},
		{"page with space before it.txt", []byte(" \n\t<HTML>"), "web page"},
		{"page with a mark before it.txt", []byte("\ufeff<p>Nilai"), "web page"},
		{"page behind words.txt", []byte("Laporan <script src=x>"), "web page"},
		{"page in UTF-16.txt", utf16Text(binary.LittleEndian, "<script>alert(1)</script>"), "web page"},
		{"comment.txt", []byte("<!-- x --><b>"), "web page"},
		{"gambar.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "web page"},
		{"gambar.svg", []byte(`<?xml version="1.0"?><svg/>`), "web page"},
		{"program.exe", []byte("MZ\x90\x00\x03"), "program"},
		{"program named as a document.pdf", []byte("MZ\x90\x00%PDF-1.7"), "program"},
		{"program for Linux", []byte("\x7fELF\x02\x01\x01"), "program"},
		{"program for macOS", []byte("\xcf\xfa\xed\xfe\x07"), "program"},
		{"pintasan.lnk", []byte("L\x00\x00\x00\x01\x14\x02\x00\x00"), "program"},
		{"script.sh", []byte("#!/bin/sh\nrm -rf /\n"), "program"},
		{"program.jar", MustZip(t, "META-INF/MANIFEST.MF", "Main.class"), "program"},
		{"aplikasi.apk", MustZip(t, "AndroidManifest.xml", "classes.dex"), "program"},
		{"makro.docm", MustZip(t, "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"},
		{"makro named as without.xlsx", MustZip(t, "[Content_Types].xml", "xl/workbook.xml", "xl/VBAPROJECT.BIN"), "macros"},
		{"makro.odt", MustOpenDocument(t, "application/vnd.oasis.opendocument.text", "Basic/Standard/Module1.xml"), "macros"},
		{"makro.doc", compoundFile("WordDocument", "Macros"), "macros"},
		{"makro.xls", compoundFile("Workbook", "_VBA_PROJECT_CUR"), "macros"},
		{"sandi.docx", compoundFile("EncryptionInfo", "EncryptedPackage"), "password"},
		{"installer.msi", compoundFile("\u4840\u3f3f\u4577"), "no accepted kind"},
		{"mail.msg", compoundFile("__properties_version1.0"), "no accepted kind"},
		{"empty compound file.doc", compoundFile(), "no accepted kind"},
		{"compound file in a circle.doc", circle, "damaged"},
		{"directory in a circle.doc", chain, "damaged"},
		{"directory outside the file.doc", far, "damaged"},
		{"half a compound file.doc", compoundFile("WordDocument")[:700], "damaged"},
		{"too many files.zip", many, "too many"},
		{"half a document.docx", docx[:len(docx)/2], "damaged"},
		{"document with something behind it.docx", append(bytes.Clone(docx), "x"...), "damaged"},
		{"signature of a picture only.png", []byte("\x89PNG\r\n\x1a\n<script>"), "damaged"},
		{"signature of a picture only.gif", []byte("GIF89a=1;"), "damaged"},
		{"sound.wav", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), "no accepted kind"},
		{"surat.rtf", []byte(`{\rtf1\ansi}`), "no accepted kind"},
		{"surat.ps", []byte("%!PS-Adobe-3.0"), "no accepted kind"},
		{"document not at the start.pdf", []byte("\x00%PDF-1.7"), "no accepted kind"},
		{"control characters.txt", []byte("teks\x00biner"), "no accepted kind"},
		{"neither UTF-8 nor Windows-1252.txt", []byte("teks \x81\x8d"), "no accepted kind"},
		{"half a character in UTF-16.txt", utf16Text(binary.LittleEndian, "abc")[:7], "no accepted kind"},
		{"lone surrogate in UTF-16.txt", append(utf16Text(binary.LittleEndian, "abc"), 0x00, 0xd8), "no accepted kind"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := detect(tc.content, tc.name)
			var f *fault.Error
			if !errors.As(err, &f) || f.Reason != meritv1.Reason_REASON_FILE_TYPE_REFUSED {
				t.Fatalf("Detect = %v, want FILE_TYPE_REFUSED", err)
			}
			if !strings.Contains(f.Text.EN, tc.says) || !strings.Contains(f.Text.EN, "Accepted are PDF") {
				t.Errorf("the message does not say %q and what is accepted: %s", tc.says, f.Text.EN)
			}
		})
	}
}

// failing is a disk that does not answer.
type failing struct{}

var errDisk = errors.New("the disk does not answer")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestAFailingDiskIsNotTheFilesFault(t *testing.T) {
	for name, head := range map[string]string{
		"text": "abc", "zip": "PK\x03\x04", "office": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "webp": "RIFF",
	} {
		t.Run(name, func(t *testing.T) {
			first := io.NewSectionReader(strings.NewReader(head), 0, int64(len(head)))
			_, err := filetype.Detect(&onceThen{first, failing{}}, 1000, "x.txt")
			if !errors.Is(err, errDisk) {
				t.Errorf("Detect = %v, want the error of the disk", err)
			}
		})
	}
}

// onceThen reads once from the first and then from the second.
type onceThen struct{ first, second io.ReaderAt }

func (o *onceThen) ReadAt(p []byte, offset int64) (int, error) {
	r := o.first
	o.first = o.second
	return r.ReadAt(p, offset)
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("%PDF-1.7"))
	f.Add(MustZip(f, "[Content_Types].xml", "word/document.xml"))
	f.Add(MustOpenDocument(f, "application/vnd.oasis.opendocument.text"))
	f.Add(compoundFile("WordDocument", "1Table"))
	f.Add(MustEncode(f, asPNG))
	f.Add(MustEncode(f, asJPEG))
	f.Add([]byte("kode;nilai\n"))
	f.Add(utf16Text(binary.BigEndian, "teks"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := detect(content, "x.txt")
		var refused *fault.Error
		if (got == nil) == (err == nil) || err != nil && !errors.As(err, &refused) {
			t.Fatalf("Detect = %v, %v: want a type or a refusal", got, err)
		}
		head := bytes.ToLower(content[:min(len(content), 4096)])
		if got == filetype.Text && (bytes.Contains(head, []byte("<script")) || bytes.IndexByte(content, 0) >= 0 && content[0] < 0xfe) {
			t.Errorf("taken for text: %q", content)
		}
	})
}
