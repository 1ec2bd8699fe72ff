package report_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/report"
)

func sampleWorkbook(tb testing.TB, id string, l report.Language) *report.Workbook {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("there is no instrument %s", id)
	}
	w := &report.Workbook{
		Assessment: "01F00000000000000000000000", Agency: "=Kota Demo", Cycle: "Penilaian 2021", Kind: scoring.Kota, Instrument: in, Revision: 3,
		ExportedAt: time.Date(2021, 2, 1, 3, 0, 0, 0, time.UTC), Language: l, Items: map[string]report.Answered{},
	}
	for _, item := range in.Scoring().Items() {
		w.Items[item.Code] = report.Answered{Open: true}
	}
	for _, f := range in.Profile {
		w.Items[report.ProfilePrefix+f.Code] = report.Answered{Open: true}
	}
	w.Items["1.1"] = report.Answered{Sequence: 2, Value: "3", Note: "=cmd|' /C calc'!A0", Open: true}
	w.Items["1.2"] = report.Answered{Sequence: 1, Value: "2", Note: "- satu\n- dua"}
	return w
}

// cellsOf writes every cell of a workbook as text: sheet, cell, whether it can be edited, and what stands in it.
func cellsOf(tb testing.TB, data []byte) string {
	tb.Helper()
	f := must(excelize.OpenReader(bytes.NewReader(data)))(tb)
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		fmt.Fprintf(&b, "== %s visible=%t\n", sheet, must(f.GetSheetVisible(sheet))(tb))
		for r, row := range must(f.GetRows(sheet))(tb) {
			for c, text := range row {
				at := must(excelize.CoordinatesToCellName(c+1, r+1))(tb)
				style := must(f.GetStyle(must(f.GetCellStyle(sheet, at))(tb)))(tb)
				open := style.Protection != nil && !style.Protection.Locked
				if text != "" || open {
					fmt.Fprintf(&b, "%s %s %q\n", at, map[bool]string{true: "open", false: "locked"}[open], text)
				}
			}
		}
		for _, v := range must(f.GetDataValidations(sheet))(tb) {
			fmt.Fprintf(&b, "list %s %s\n", v.Sqref, v.Formula1)
		}
	}
	return b.String()
}

func TestWorkbooksHoldTheWholeQuestionnaire(t *testing.T) {
	for _, c := range []struct {
		instrument string
		language   report.Language
	}{{"kasn-2019", "id"}, {"panrb-2026", "en"}} {
		t.Run(c.instrument, func(t *testing.T) {
			data := must(sampleWorkbook(t, c.instrument, c.language).Bytes())(t)
			if !bytes.Equal(data, must(sampleWorkbook(t, c.instrument, c.language).Bytes())(t)) {
				t.Error("the same workbook differs when made again")
			}
			wantText(t, "workbook."+c.instrument+".txt", cellsOf(t, data))
		})
	}
}

func wantText(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		must(0, os.WriteFile(file, []byte(got), 0o644))(t)
		return
	}
	if diff := cmp.Diff(string(must(os.ReadFile(file))(t)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestAResultAsAWorkbookExplainsEveryItem(t *testing.T) {
	r := sampleResult(t, "id")
	data := must(r.XLSX())(t)
	if !bytes.Equal(data, must(r.XLSX())(t)) {
		t.Error("it differs when made again")
	}
	wantText(t, "result.txt", cellsOf(t, data))
}

func TestAWorkbookComesBackAsItWent(t *testing.T) {
	for _, id := range []string{"kasn-2019", "panrb-2026"} {
		w := sampleWorkbook(t, id, "id")
		got := must(report.ReadWorkbook(must(w.Bytes())(t)))(t)
		if len(got.Mistakes) > 0 {
			t.Errorf("%s: mistakes %v", id, got.Mistakes)
		}
		if got.Assessment != w.Assessment || got.Instrument != id || got.Revision != 3 || !got.ExportedAt.Equal(w.ExportedAt) {
			t.Errorf("%s: read %s, %s, revision %d, %s", id, got.Assessment, got.Instrument, got.Revision, got.ExportedAt)
		}
		for _, c := range got.Cells {
			if was := w.Items[c.Item]; c.Value != was.Value || c.Note != was.Note {
				t.Errorf("%s: item %s comes back as %q, %q; want %q, %q", id, c.Item, c.Value, c.Note, was.Value, was.Note)
			}
		}
	}
}

func TestTextOfPeopleNeverBecomesAFormula(t *testing.T) {
	for _, note := range []string{"=1+1", "+62", "-5", "@SUM(A1)", " =1", "\t=1", "＝1", "'=1", "''=1", "'biasa", "biasa"} {
		w := sampleWorkbook(t, "kasn-2019", "id")
		w.Items["1.1"] = report.Answered{Sequence: 1, Value: "3", Note: note, Open: true}
		data := must(w.Bytes())(t)
		f := must(excelize.OpenReader(bytes.NewReader(data)))(t)
		if formula := must(f.GetCellFormula("Aspek 1", "E3"))(t); formula != "" {
			t.Errorf("%q became the formula %q", note, formula)
		}
		if text := must(f.GetCellValue("Aspek 1", "E3"))(t); strings.ContainsAny(strings.TrimSpace(text)[:1], "=+-@＝") {
			t.Errorf("%q stands in the cell as %q, which is a formula once it is copied", note, text)
		}
		for _, c := range must(report.ReadWorkbook(data))(t).Cells {
			if c.Item == "1.1" && c.Note != strings.TrimSpace(note) {
				t.Errorf("%q comes back as %q", note, c.Note)
			}
		}
	}
}

// zipped makes a ZIP of one part.
func zipped(tb testing.TB, name string, write func(part *bytes.Buffer)) []byte {
	tb.Helper()
	var part, buf bytes.Buffer
	write(&part)
	z := zip.NewWriter(&buf)
	f := must(z.Create(name))(tb)
	must(f.Write(part.Bytes()))(tb)
	must(0, z.Close())(tb)
	return buf.Bytes()
}

// withPart adds a part to a ZIP.
func withPart(tb testing.TB, data []byte, name, content string) []byte {
	tb.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range must(zip.NewReader(bytes.NewReader(data), int64(len(data))))(tb).File {
		must(0, z.Copy(f))(tb)
	}
	must(io.WriteString(must(z.Create(name))(tb), content))(tb)
	must(0, z.Close())(tb)
	return buf.Bytes()
}

func TestWhatUnpacksToTooMuchIsRefused(t *testing.T) {
	sheet := "xl/worksheets/sheet1.xml"
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"a bomb", zipped(t, sheet, func(b *bytes.Buffer) { b.Write(make([]byte, 20<<20)) }), report.ErrNotWorkbook},
		{"a picture that is a bomb", zipped(t, "xl/media/image1.png", func(b *bytes.Buffer) { b.Write(make([]byte, 20<<20)) }), report.ErrTooLarge},
		{"blanks without end", zipped(t, sheet, func(b *bytes.Buffer) { b.WriteString("<a>" + strings.Repeat(" ", 20<<20)) }), report.ErrTooLarge},
		{"a far row", zipped(t, sheet, func(b *bytes.Buffer) { b.WriteString(`<sheetData><row r="1048576"/></sheetData>`) }), report.ErrTooLarge},
		{"a far column", zipped(t, sheet, func(b *bytes.Buffer) { b.WriteString(`<row r="1"><c r="XFD1"/></row>`) }), report.ErrTooLarge},
		{"many rows", zipped(t, sheet, func(b *bytes.Buffer) { b.WriteString(strings.Repeat("<row/>", 3000)) }), report.ErrTooLarge},
		{"many elements", zipped(t, sheet, func(b *bytes.Buffer) { b.WriteString(strings.Repeat("<x/>", 500_000)) }), report.ErrTooLarge},
		{"a sheet that is called a picture", zipped(t, "xl/media/image1.png", func(b *bytes.Buffer) { b.WriteString(`x<row r="1048576"/>`) }), report.ErrTooLarge},
		{"a sheet in another encoding", withPart(t, must(sampleWorkbook(t, "kasn-2019", "id").Bytes())(t), "xl/media/image1.png",
			`<?xml version="1.0" encoding="utf-16"?>`+"<\x00r\x00o\x00w\x00/\x00>\x00"), report.ErrNotWorkbook},
		{"no ZIP", []byte("kode;tingkat"), report.ErrNotWorkbook},
		{"a ZIP of something else", zipped(t, "a.txt", func(b *bytes.Buffer) { b.WriteString("demo") }), report.ErrNotWorkbook},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.data) > 3_000_000 {
				t.Fatalf("the request itself would be refused: %d bytes", len(c.data))
			}
			if _, err := report.ReadWorkbook(c.data); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func FuzzReadWorkbook(f *testing.F) {
	f.Add(must(sampleWorkbook(f, "kasn-2019", "id").Bytes())(f))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		filled, err := report.ReadWorkbook(data)
		if (filled == nil) == (err == nil) {
			t.Errorf("workbook %v with error %v", filled, err)
		}
	})
}

func TestFileNamesAreSafe(t *testing.T) {
	for parts, want := range map[[2]string]string{
		{"berita-acara", "Kabupaten Né/../x"}: "berita-acara_Kabupaten-Ne-..-x.pdf",
		{"..", "CON: a\\b\x00c"}:              "CON-a-b-c.pdf",
		{strings.Repeat("a", 200), "日本"}:      strings.Repeat("a", 80) + ".pdf",
	} {
		if got := report.FileName(".pdf", parts[0], parts[1]); got != want {
			t.Errorf("%q is named %q, want %q", parts, got, want)
		}
	}
}
