package answers_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/answers"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/scoring/problem"
)

func TestParseReadsWhatSpreadsheetsAndPeopleWrite(t *testing.T) {
	want := []answers.Row{
		{Line: 2, Item: "1.1", Level: "3", Note: "Keputusan PPK; 12/2021"},
		{Line: 3, Item: "6.3.0", Level: "ya"},
		{Line: 4, Item: "3.10", Level: "NOT_PROVEN"},
	}
	tests := []struct{ name, file, data string }{
		{"commas", "a.csv", "item,level,note\n1.1,3,Keputusan PPK; 12/2021\n6.3.0,ya,\n3.10,NOT_PROVEN\n"},
		{"semicolons", "a.csv", "item;level;note\n1.1;3;\"Keputusan PPK; 12/2021\"\n6.3.0;ya;\n3.10;NOT_PROVEN;\n"},
		{"byte order mark", "a.csv", "\ufeffitem,level,note\n1.1,3,Keputusan PPK; 12/2021\n6.3.0,ya,\n3.10,NOT_PROVEN,\n"},
		{"Windows line ends", "a.csv", "item,level,note\r\n1.1,3,Keputusan PPK; 12/2021\r\n6.3.0,ya,\r\n3.10,NOT_PROVEN,\r\n"},
		{"all of these at once", "a.csv", "\ufeffItem;Level;Note\r\n1.1;3;\"Keputusan PPK; 12/2021\"\r\n6.3.0;ya;\r\n3.10;NOT_PROVEN;\r\n;;\r\n"},
		{"other order of columns", "a.csv", "note,item,level\nKeputusan PPK; 12/2021,1.1,3\n,6.3.0,ya\n,3.10,NOT_PROVEN\n"},
		{"spaces and no line end", "a.csv", "item, level, note\n 1.1 , 3 , Keputusan PPK; 12/2021\n6.3.0,ya,\n3.10,NOT_PROVEN,"},
		{"no name", "", "item,level,note\n1.1,3,Keputusan PPK; 12/2021\n6.3.0,ya,\n3.10,NOT_PROVEN,\n"},
		{"YAML", "a.yaml", "# answers\n- {item: \"1.1\", level: 3, note: Keputusan PPK; 12/2021}\n- {item: 6.3.0, level: ya}\n- {item: 3.10, level: NOT_PROVEN}\n"},
		{"YAML from Windows", "A.YML", "\ufeff#\r\n- {item: \"1.1\", level: \"3\", note: Keputusan PPK; 12/2021}\r\n- {item: 6.3.0, level: ya, note: \"\"}\r\n- {item: 3.10, level: NOT_PROVEN}\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := answers.Parse(tt.file, []byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestANoteMayHaveSeveralLines(t *testing.T) {
	rows, err := answers.Parse("a.csv", []byte("item,level,note\r\n1.1,3,\"satu\r\ndua \"\"tiga\"\"\"\r\n1.2,,\r\n"))
	want := []answers.Row{{Line: 2, Item: "1.1", Level: "3", Note: "satu\ndua \"tiga\""}, {Line: 4, Item: "1.2"}}
	if diff := cmp.Diff(want, rows); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestParseReportsEachMistakeWithItsLine(t *testing.T) {
	many := "item,level\n"
	for i := range answers.MaxRows + 1 {
		many += fmt.Sprintf("%d,1\n", i)
	}
	tests := []struct {
		name, file, data string
		want             []string // line:column: rule
	}{
		{"empty file", "a.csv", "", []string{"1:0: columns"}},
		{"no header", "a.csv", "1.1,3\n", []string{"1:0: columns", "1:0: columns", "1:1: columns", "1:5: columns"}},
		{"misspelt column", "a.csv", "item,levle,note\n1.1,3,\n", []string{"1:0: columns", "1:6: columns"}},
		{"column twice", "a.csv", "item,level,level\n", []string{"1:12: columns"}},
		{"note with a comma, not quoted", "a.csv", "item,level,note\n1.1,3,satu, dua\n", []string{"2:13: columns"}},
		{"no item", "a.csv", "item,level,note\n,3,\n1.1,3,\n,,lupa\n", []string{"2:0: item-missing", "4:0: item-missing"}},
		{"item twice, as spreadsheets do to 3.10", "a.csv", "item,level\n3.1,3\n3.1,4\n", []string{"3:0: duplicate-item"}},
		{"quote inside a text", "a.csv", "item,level,note\n1.1,3,\"a\" b\n", []string{"2:9: syntax"}},
		{"quote that never ends", "a.csv", "item,level,note\n1.1,3,\"a\n", []string{"2:10: syntax"}},
		{"not UTF-8", "a.csv", "item,level,note\n1.1,3,\xe9\n", []string{"1:0: encoding"}},
		{"UTF-16", "a.csv", "\xff\xfei\x00t\x00e\x00m\x00", []string{"1:0: encoding"}},
		{"control character", "a.csv", "item,level,note\n1.1,3,a\x00b\n", []string{"2:0: text"}},
		{"line end in a level", "a.csv", "item,level\n1.1,\"3\n4\"\n", []string{"2:0: text"}},
		{"long item", "a.csv", "item,level\n" + strings.Repeat("1", 65) + ",3\n", []string{"2:0: size-limit"}},
		{"long note", "a.csv", "item,level,note\n1.1,3," + strings.Repeat("a", answers.MaxNote+1) + "\n", []string{"2:0: size-limit"}},
		{"too many rows", "a.csv", many, []string{"1002:0: size-limit"}},
		{"large file", "a.csv", strings.Repeat("a", answers.MaxBytes+1), []string{"1:0: size-limit"}},
		{"YAML: unknown key", "a.yaml", "- {item: \"1.1\", levle: 3}\n", []string{"1:17: unknown-key"}},
		{"YAML: no item", "a.yaml", "- {item: \"1.1\", level: 3}\n- {level: 3}\n", []string{"2:3: required"}},
		{"YAML: item twice", "a.yaml", "- {item: \"1.1\", level: 3}\n- {item: \"1.1\", level: 3}\n", []string{"2:0: duplicate-item"}},
		{"YAML: a mapping", "a.yaml", "\"1.1\": 3\n", []string{"1:1: type"}},
		{"YAML: an alias", "a.yaml", "- &a {item: \"1.1\"}\n- *a\n", []string{"1:3: plain-yaml", "2:3: plain-yaml"}},
		{"YAML: no YAML", "a.yaml", "- {item: \"1.1\n", []string{"1:10: syntax"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := answers.Parse(tt.file, []byte(tt.data))
			if diff := cmp.Diff(tt.want, reported(t, tt.file, err)); diff != "" || rows != nil {
				t.Errorf("%s\n%v", diff, err)
			}
		})
	}
}

// checkText wants both languages, each with every value put in.
func checkText(t *testing.T, text problem.Text) {
	t.Helper()
	if text.English == "" || text.Indonesian == "" || text.English == text.Indonesian {
		t.Errorf("one language is missing: %+v", text)
	}
	if strings.Contains(text.English+text.Indonesian, "%!") || strings.Contains(text.Indonesian, "¦") {
		t.Errorf("a format does not fit its values: %+v", text)
	}
}

// reported turns problems into the form line:column: rule.
func reported(t *testing.T, file string, err error) []string {
	t.Helper()
	var problems problem.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	var all []string
	for _, p := range problems {
		if p.File != file {
			t.Errorf("problem without file: %q", p)
		}
		checkText(t, p.Message)
		all = append(all, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Rule))
	}
	return all
}

func MustSheet(tb testing.TB, id string, kind scoring.AgencyKind) *scoring.Sheet {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("no instrument %s", id)
	}
	sheet, err := in.Scoring().NewSheet(kind)
	if err != nil {
		tb.Fatal(err)
	}
	return sheet
}

func TestFillPutsEveryAnswerOnTheSheet(t *testing.T) {
	sheet := MustSheet(t, "panrb-2026", scoring.Kota)
	rows := []answers.Row{
		{Line: 2, Item: "1.1", Level: "3"}, {Line: 3, Item: "6.3.0", Level: "ya"}, {Line: 4, Item: "1.2", Level: "NOT_PROVEN"},
	}
	if err := answers.Fill("a.csv", rows, sheet); err != nil {
		t.Fatal(err)
	}
	// An empty level leaves what stands there.
	if err := answers.Fill("b.csv", []answers.Row{{Line: 2, Item: "1.1", Note: "nanti"}}, sheet); err != nil {
		t.Fatal(err)
	}
	in := sheet.Instrument()
	for code, want := range map[string]scoring.Answer{
		"1.1": scoring.Level(3), "6.3.0": scoring.Option(0), "1.2": scoring.NotProven, "1.3": scoring.Unanswered,
	} {
		i, _ := in.ItemIndex(code)
		if got := sheet.Answer(i); got != want {
			t.Errorf("item %s has %d, want %d", code, got, want)
		}
	}
}

func TestFillPutsNothingIfAnythingIsWrong(t *testing.T) {
	sheet := MustSheet(t, "panrb-2026", scoring.Kementerian)
	err := answers.Fill("a.csv", []answers.Row{
		{Line: 2, Item: "1.1", Level: "3"},
		{Line: 3, Item: "1.2", Level: "5"},
		{Line: 4, Item: "6.3", Level: "2"},
		{Line: 5, Item: "6.4.2.0", Level: "2"},
		{Line: 6, Item: "1.3", Level: "tinggi"},
		{Line: 7, Item: "9.9", Level: ""},
		{Line: 8, Item: "9.8", Level: "NOT_PROVEN"},
	}, sheet)
	want := []string{
		"3:0: off-scale", "4:0: not-for-kind", "5:0: unknown-option", "6:0: level-needed", "7:0: unknown-item", "8:0: unknown-item",
	}
	if diff := cmp.Diff(want, reported(t, "a.csv", err)); diff != "" {
		t.Error(diff)
	}
	const first = "a.csv:3: off-scale: level 5 of item 1.2 is off the scale; answer a level from 0 to 4"
	if text, _, _ := strings.Cut(err.Error(), "\n"); text != first {
		t.Errorf("got %q, want %q", text, first)
	}
	if i, _ := sheet.Instrument().ItemIndex("1.1"); sheet.Answer(i) != scoring.Unanswered {
		t.Error("a row was put although another is wrong")
	}
}

func TestRowsOfAnEmptySheetAreAFormToFillIn(t *testing.T) {
	rows := answers.Rows(MustSheet(t, "panrb-2026", scoring.Kementerian))
	var codes []string
	for _, r := range rows {
		if r.Level != "" {
			t.Errorf("row %+v is filled in", r)
		}
		codes = append(codes, r.Item)
	}
	if got := strings.Join(codes, " "); len(rows) != 31 || strings.Contains(got, "6.3") || !strings.Contains(got, "4.1a 4.2") {
		t.Errorf("%d rows: %s", len(rows), got)
	}
}

func TestWrittenAnswersAreReadBack(t *testing.T) {
	sheet := MustSheet(t, "panrb-2026", scoring.Provinsi)
	rows := []answers.Row{{Item: "1.1", Level: "3"}, {Item: "6.3.0", Level: "tidak"}, {Item: "8.2", Level: "NOT_PROVEN"}}
	if err := answers.Fill("a.csv", rows, sheet); err != nil {
		t.Fatal(err)
	}
	rows = answers.Rows(sheet)
	rows[0].Note = "baris satu\n\"baris\" dua; tiga, empat: lima # enam"
	rows[1].Note = "=HYPERLINK(\"http://example.org\")"
	rows[2].Note = "'-2"
	for _, name := range []string{"a.csv", "a.yaml"} {
		t.Run(name, func(t *testing.T) { roundTrip(t, name, rows) })
	}
}

func roundTrip(t *testing.T, name string, rows []answers.Row) {
	t.Helper()
	var b bytes.Buffer
	write := answers.WriteCSV
	if strings.HasSuffix(name, ".yaml") {
		write = answers.WriteYAML
	}
	if err := write(&b, rows); err != nil {
		t.Fatal(err)
	}
	again, err := answers.Parse(name, b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	for i := range again {
		again[i].Line = rows[i].Line
	}
	if diff := cmp.Diff(rows, again); diff != "" {
		t.Fatalf("%s\n%s", diff, b.String())
	}
}

func TestNoWrittenCellIsAFormula(t *testing.T) {
	var b strings.Builder
	for _, note := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", " =1", "\u00a0+1", "＝1", "\ta"} {
		b.Reset()
		if err := answers.WriteCSV(&b, []answers.Row{{Item: "1.1", Level: "3", Note: note}}); err != nil {
			t.Fatal(err)
		}
		if cell := strings.Trim(strings.Split(b.String(), ",")[4], "\"\n"); cell[0] != '\'' {
			t.Errorf("note %q is written as %q", note, cell)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"item,level,note\n1.1,3,a\n", "\ufeffitem;level;note\r\n1.1;3;\"a;b\"\r\n", "item,level,note\n1.1,3,\"a\nb\"\"\"\n",
		"item,level,note\n1.1,,'=1\n", "- {item: \"1.1\", level: 3, note: a}\n", "- item: 1.1\n  note: |\n    a\n    b\n", "- &a {item: x}\n- *a",
	} {
		f.Add([]byte(seed), strings.HasPrefix(seed, "-"))
	}
	f.Fuzz(func(t *testing.T, data []byte, yaml bool) {
		name := "a.csv"
		if yaml {
			name = "a.yaml"
		}
		rows, err := answers.Parse(name, data)
		if err != nil {
			var problems problem.Problems
			if !errors.As(err, &problems) || len(problems) == 0 || problems[0].Line < 1 {
				t.Fatalf("error without a line: %v", err)
			}
			return
		}
		if len(rows) > 0 {
			roundTrip(t, "a.csv", rows)
			roundTrip(t, "a.yaml", rows)
		}
	})
}
