package inspect_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/blob/inspect"
	"github.com/meritindex/merit/server/fault"
)

const (
	macros      = meritv1.EvidenceFlag_EVIDENCE_FLAG_MACROS
	external    = meritv1.EvidenceFlag_EVIDENCE_FLAG_EXTERNAL_CONTENT
	program     = meritv1.EvidenceFlag_EVIDENCE_FLAG_PROGRAM
	script      = meritv1.EvidenceFlag_EVIDENCE_FLAG_SCRIPT
	launch      = meritv1.EvidenceFlag_EVIDENCE_FLAG_LAUNCH
	opens       = meritv1.EvidenceFlag_EVIDENCE_FLAG_OPENS_ADDRESS
	twoKinds    = meritv1.EvidenceFlag_EVIDENCE_FLAG_TWO_KINDS
	password    = meritv1.EvidenceFlag_EVIDENCE_FLAG_PASSWORD
	notExamined = meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED
)

func look(ctx context.Context, content []byte) ([]meritv1.EvidenceFlag, error) {
	v, err := inspect.File(ctx, bytes.NewReader(content), int64(len(content)), "x.txt", inspect.Default)
	return v.Flags, err
}

const goTo = "<< /S /GoTo /D [2 0 R /Fit] >>"

func TestWhatIsInAFileIsFlagged(t *testing.T) {
	uri := "<< /S /URI /URI (https://evil.example/) >>"
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55"
	flags := func(f ...meritv1.EvidenceFlag) []meritv1.EvidenceFlag { return f }
	for _, tc := range []struct {
		name    string
		content []byte
		want    []meritv1.EvidenceFlag
	}{
		{"a plain PDF", pdf("<< /Type /Catalog >>"), nil},
		{"a PDF that opens at a page", pdf("<< /OpenAction [2 0 R /Fit] >>", "<< /A "+uri+" >>"), nil},
		{"a PDF with links that people follow", pdf("<< /OpenAction 3 0 R >>", uri, goTo), nil},
		{"the same in a stream of objects", pdf("<< /OpenAction 11 0 R >>", objectStream(map[int]string{10: uri, 11: goTo, 12: uri})), nil},
		{"a PDF with JavaScript", pdf("<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"), flags(script)},
		{"with JavaScript in numbers", pdf("<< /AA << /S /J#61v#61Script >> >>"), flags(script)},
		{"with JavaScript in a stream of objects", pdf("<< >>", objectStream(map[int]string{4: "<< /S /JavaScript >>"})), flags(script)},
		{"with a form that has scripts", pdf("<< /AcroForm << /XFA 4 0 R >> >>"), flags(script)},
		{"with a launch action", pdf("<< /OpenAction << /S /Launch /F (cmd.exe) >> >>"), flags(launch)},
		{"with a launch action in a stream of objects", pdf("<< >>", objectStream(map[int]string{4: "<< /S /Launch >>"})), flags(launch)},
		{"with a launch action in a stream that hides what it is", pdf("<< >>", streamOf("/X (endobj)", "4 0 5 30 << /S /Launch >>")), flags(launch)},
		{"with objects packed otherwise", pdf("<< /Type /ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode /FlateDecode] >>\nstream\n789c>\nendstream"), flags(notExamined)},
		{"with objects whose names are somewhere else", pdf("<< /Type /ObjStm >>\nstream\n???\nendstream"), flags(notExamined)},
		{"that goes to an address", pdf("<< /OpenAction " + uri + " >>"), flags(opens)},
		{"that goes to an address by another object", pdf("<< /OpenAction 2 0 R >>", uri), flags(opens)},
		{"that goes to an address by an object before", pdf(uri, "<< /OpenAction 1 0 R >>"), flags(opens)},
		{"that goes to an address by an object in a stream", pdf("<< /OpenAction 11 0 R >>", objectStream(map[int]string{10: goTo, 11: uri})), flags(opens)},
		{"with a program in it", pdf("<< >>", streamOf("/Type /EmbeddedFile", "\x7fELF\x02")), flags(program)},
		{"with a program that is not packed", pdf("<< >>", "<< /Type /EmbeddedFile >>\nstream\nMZ\x90\x00\nendstream"), flags(program)},
		{"with a program in what is no file", pdf("<< >>", streamOf("", "MZ\x90\x00"+strings.Repeat("\x00", 60)+"PE\x00\x00")), flags(program)},
		{"with a picture that begins like a program", pdf("<< >>", streamOf("/Subtype /Image", "MZ"+strings.Repeat("\x01", 90))), nil},
		{"with a table in it", pdf("<< >>", streamOf("/Type /EmbeddedFile", "kode;nilai")), nil},
		{"under a password", pdf("<< /Encrypt 4 0 R >>"), flags(password)},
		{"with a ZIP behind it", append(pdf("<< >>"), MustZip(t, file{"a", "b"})...), flags(twoKinds)},
		{"with a page before it", []byte("%PDF-1.7\n<html><script>alert(1)</script>"), flags(twoKinds)},

		{"a picture", []byte(png), nil},
		{"a picture with a ZIP behind it", append([]byte(png), MustZip(t, file{"a", "b"})...), flags(twoKinds)},
		{"a picture with a page behind it", append([]byte(png), "<script>alert(1)</script>"...), flags(twoKinds)},
		{"a picture with a PDF in it", append([]byte(png), "%PDF-1.7"...), flags(twoKinds)},
		{"text that says it is a PDF", []byte("note\n%PDF-1.7\n"), flags(twoKinds)},

		{"a document", docx(t, relation("hyperlink", "External", "https://example.go.id/")), nil},
		{"a document with a template elsewhere", docx(t, relation("attachedTemplate", "External", "https://evil.example/t.dotm")), flags(external)},
		{"a document with a part that is no XML", docx(t, file{"word/_rels/x.rels", "<a b=<>"}), flags(notExamined)},
		{"a workbook that reads another", xlsx(t, file{"xl/externalLinks/externalLink1.xml", "<externalLink/>"}), flags(external)},
		{"a workbook with old macros", xlsx(t, file{"xl/macrosheets/sheet1.xml", "<x/>"}), flags(macros)},
		{"a document with controls", docx(t, file{"word/activeX/activeX1.bin", "x"}), flags(macros)},
		{"a document with a program in it", docx(t, file{"word/embeddings/oleObject1.bin", oleObject("gaji.exe")}), flags(program)},
		{"a document with another file in it", docx(t, file{"word/embeddings/oleObject1.bin", oleObject("gaji.txt")}), nil},
		{"a document with a workbook in it", docx(t, file{"word/embeddings/sheet.xlsx", string(xlsx(t))}), nil},
		{"a document with a workbook with macros in it", docx(t, file{"word/embeddings/sheet.xlsx", string(xlsx(t, file{"xl/vbaProject.bin", "x"}))}), flags(macros)},
		{"an OpenDocument", odt(t, file{"content.xml", `<x><text:a xlink:href="https://example.go.id/"/><draw:object xlink:href="./Object 1"/></x>`}), nil},
		{"an OpenDocument that loads an object", odt(t, file{"content.xml", `<x><draw:object xlink:href="https://evil.example/o"/></x>`}), flags(external)},
		{"an OpenDocument with a template elsewhere", odt(t, file{"meta.xml", `<m><meta:template xlink:href="file://host/share/t.ott"/></m>`}), flags(external)},

		{"a ZIP", MustZip(t, file{"sk.pdf", string(pdf("<< >>"))}, file{"foto/1.jpg", "\xff\xd8\xff"}), nil},
		{"a ZIP with a PDF with JavaScript", MustZip(t, file{"sk.pdf", string(pdf("<< /S /JavaScript >>"))}), flags(script)},
		{"a ZIP with a program", MustZip(t, file{"sk.pdf", "MZ\x90"}), flags(program)},
		{"a ZIP with a script by its name", MustZip(t, file{"sk.pdf.js", "x"}), flags(program)},
		{"a ZIP with macros", MustZip(t, file{"sk.docm", string(docx(t, file{"word/vbaProject.bin", "x"}))}), flags(macros)},
		{"a ZIP in a ZIP in a ZIP", nested(t, 2, MustZip(t, file{"a.txt", "a"})), nil},
		{"a ZIP with a password", encrypted(t), flags(password)},
		{"a ZIP with an archive of another kind", MustZip(t, file{"a.7z", "7z\xbc\xaf\x27\x1c...."}), flags(notExamined)},
		{"a ZIP with a ZIP that is damaged", MustZip(t, file{"a.zip", "PK\x03\x04...."}), flags(notExamined)},
		{"a ZIP that calls a file by two names", bytes.Replace(MustZip(t, file{"sk.txt", "x"}), []byte("sk.txt"), []byte("sk.exe"), 1), flags(twoKinds)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := look(t.Context(), tc.content)
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("found %v, %v, want %v", got, err, tc.want)
			}
		})
	}
}

func TestWhatWouldHarmAtOnceIsRefused(t *testing.T) {
	limits := inspect.Default
	limits.Free = 4 << 20 // so that bombs are quickly made
	zeros := make([]byte, 5<<20)
	for _, tc := range []struct {
		name    string
		content []byte
		reason  meritv1.Reason
		says    string
	}{
		{"a bomb", MustZip(t, file{"a", string(zeros)}), meritv1.Reason_REASON_FILE_UNSAFE, "unpacks to far more"},
		{"a bomb in a document", docx(t, file{"word/media/a", string(zeros)}), meritv1.Reason_REASON_FILE_UNSAFE, "unpacks to far more"},
		{"a bomb in a ZIP", nested(t, 1, MustZip(t, file{"a", string(zeros)})), meritv1.Reason_REASON_FILE_UNSAFE, "unpacks to far more"},
		{"a bomb whose files are one", handmade(t, zeros[:1<<20], 1000, 1000), meritv1.Reason_REASON_FILE_UNSAFE, "unpacks to far more"},
		{"a bomb in a PDF", pdf(streamOf("/Type /ObjStm /N 1 /First 4", "1 0 "+string(zeros))), meritv1.Reason_REASON_FILE_UNSAFE, "unpacks to far more"},
		{"archives without end", nested(t, 20, MustZip(t, file{"a", "b"})), meritv1.Reason_REASON_FILE_UNSAFE, "archives within archives"},
		{"a million files", handmade(t, nil, 1_000_000, 1_000_000%65536), meritv1.Reason_REASON_FILE_TYPE_REFUSED, "too many"},
		{"a million files that say they are few", handmade(t, nil, 1_000_000, 9), meritv1.Reason_REASON_FILE_TYPE_REFUSED, "damaged"},
		{"many files in many archives", MustZip(t,
			file{"1.zip", string(handmade(t, nil, 9000, 9000))}, file{"2.zip", string(handmade(t, nil, 9000, 9000))},
			file{"3.zip", string(handmade(t, nil, 9000, 9000))}), meritv1.Reason_REASON_FILE_UNSAFE, "too many"},
		{"a name that leads out", MustZip(t, file{"../../etc/cron.d/x", "x"}), meritv1.Reason_REASON_FILE_UNSAFE, "out of its folder"},
		{"a name that leads out in Windows", MustZip(t, file{`a\..\..\x`, "x"}), meritv1.Reason_REASON_FILE_UNSAFE, "out of its folder"},
		{"a name from the root", MustZip(t, file{"/etc/passwd", "x"}), meritv1.Reason_REASON_FILE_UNSAFE, "out of its folder"},
		{"a name with a drive", MustZip(t, file{"C:x", "x"}), meritv1.Reason_REASON_FILE_UNSAFE, "out of its folder"},
		{"a name that leads out, further in", nested(t, 1, MustZip(t, file{"../x", "x"})), meritv1.Reason_REASON_FILE_UNSAFE, "out of its folder"},
		{"a page named as a document", []byte("<!DOCTYPE html><html>"), meritv1.Reason_REASON_FILE_TYPE_REFUSED, "web page"},
		{"a page before a document", []byte("<html>%PDF-1.7"), meritv1.Reason_REASON_FILE_TYPE_REFUSED, "web page"},
		{"a document with macros", docx(t, file{"word/vbaProject.bin", "x"}), meritv1.Reason_REASON_FILE_TYPE_REFUSED, "macros"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := inspect.File(t.Context(), bytes.NewReader(tc.content), int64(len(tc.content)), "x.txt", limits)
			var f *fault.Error
			if !errors.As(err, &f) || f.Reason != tc.reason || !strings.Contains(f.Text.EN, tc.says) {
				t.Errorf("got %v, want %s saying %q", err, tc.reason, tc.says)
			}
		})
	}
}

func TestTheEvidenceOfTheDemoHasNoFlags(t *testing.T) {
	files, err := filepath.Glob("../../../client/demo/data/evidence/*.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".md") {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if flags, err := look(t.Context(), content); err != nil || flags != nil {
			t.Errorf("%s: %v, %v", name, flags, err)
		}
	}
}

func TestAFileTooLargeToHoldIsNotExamined(t *testing.T) {
	limits := inspect.Default
	limits.Held = 100
	content := MustZip(t, file{"sk.pdf", string(pdf("<< /S /JavaScript >>", strings.Repeat("x", 200)))})
	v, err := inspect.File(t.Context(), bytes.NewReader(content), int64(len(content)), "x", limits)
	if err != nil || !slices.Equal(v.Flags, []meritv1.EvidenceFlag{notExamined}) {
		t.Errorf("found %v, %v", v.Flags, err)
	}
}

func TestWhatTimeDoesNotSufficeForIsNotExamined(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for name, content := range map[string][]byte{
		"a PDF": pdf("<< >>"), "a ZIP": MustZip(t, file{"a", "b"}), "a ZIP in a ZIP": nested(t, 1, MustZip(t, file{"a", "b"})),
	} {
		flags, err := look(late, content)
		if err != nil || !slices.Equal(flags, []meritv1.EvidenceFlag{notExamined}) {
			t.Errorf("%s: %v, %v", name, flags, err)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := look(gone, pdf("<< >>")); !errors.Is(err, context.Canceled) {
		t.Errorf("after its caller has gone: %v", err)
	}
}

// failing reads so many times before its disk fails.
type failing struct {
	io.ReaderAt
	times int
}

var errDisk = errors.New("the disk does not answer")

func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	if f.times--; f.times < 0 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, at)
}

func TestAFailingDiskIsNotTheFilesFault(t *testing.T) {
	for name, content := range map[string][]byte{
		"a PDF": pdf("<< >>", objectStream(map[int]string{4: "<< >>"})), "a ZIP": nested(t, 1, MustZip(t, file{"a", "b"})),
	} {
		for times := 0; ; times++ {
			_, err := inspect.File(t.Context(), &failing{bytes.NewReader(content), times}, int64(len(content)), "x", inspect.Default)
			if err == nil {
				break
			}
			if !errors.Is(err, errDisk) {
				t.Errorf("%s after %d reads: %v", name, times, err)
			}
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(pdf("<< /OpenAction 11 0 R >>", objectStream(map[int]string{10: goTo, 11: "<< /S /URI >>"})))
	f.Add(pdf("<< >>", streamOf("/Type /EmbeddedFile", "MZ")))
	f.Add(docx(f, relation("attachedTemplate", "External", "https://evil.example/"), file{"word/embeddings/o.bin", oleObject("a.exe")[70_000:]}))
	f.Add(odt(f, file{"content.xml", `<draw:object xlink:href="https://evil.example/"/>`}))
	f.Add(nested(f, 4, MustZip(f, file{"a", "b"})))
	f.Add(handmade(f, []byte("abc"), 3, 3))
	f.Add(encrypted(f))
	limits := inspect.Limits{Entries: 100, Depth: 3, Unpacked: 4 << 20, Ratio: 100, Free: 1 << 20, Held: 1 << 20}
	f.Fuzz(func(t *testing.T, content []byte) {
		v, err := inspect.File(t.Context(), bytes.NewReader(content), int64(len(content)), "x.txt", limits)
		var refused *fault.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("neither a verdict nor a refusal: %v", err)
		}
		if !slices.IsSorted(v.Flags) || err == nil && v.Type == nil {
			t.Errorf("found %v", v)
		}
		if err == nil && bytes.HasPrefix(content, []byte("%PDF-")) && bytes.Contains(content, []byte("/S /JavaScript ")) && !slices.Contains(v.Flags, script) {
			t.Error("a script that stands in the open was not seen")
		}
	})
}
