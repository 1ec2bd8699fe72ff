package table_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/table"
)

func TestTheSameTableWrittenByDifferentProgrammes(t *testing.T) {
	want := []string{"2: Kota Demo | a, b; c", "4: Kabupaten Demo | "}
	for name, file := range map[string]string{
		"commas":                       "name,note\nKota Demo,\"a, b; c\"\n,\nKabupaten Demo,\n",
		"semicolons":                   "name;note\nKota Demo;\"a, b; c\"\n;\nKabupaten Demo;\n",
		"tabs":                         "name\tnote\nKota Demo\ta, b; c\n\t\nKabupaten Demo\t\n",
		"a byte order mark":            "\ufeffname,note\nKota Demo,\"a, b; c\"\n,\nKabupaten Demo,\n",
		"Windows line ends":            "name,note\r\nKota Demo,\"a, b; c\"\r\n,\r\nKabupaten Demo,\r\n",
		"old Macintosh line ends":      "name,note\rKota Demo,\"a, b; c\"\r,\rKabupaten Demo,\r",
		"no end of the last line":      "name,note\nKota Demo,\"a, b; c\"\n,\nKabupaten Demo,",
		"an empty line":                "name,note\nKota Demo,\"a, b; c\"\n\nKabupaten Demo,\n",
		"columns in another order":     "note,name\n\"a, b; c\",Kota Demo\n,\n,Kabupaten Demo\n",
		"spaces and capitals":          " Name , NOTE\n Kota Demo ,\"a, b; c\"\n,\n  Kabupaten Demo,\n",
		"empty columns at the end":     "name,note,,\nKota Demo,\"a, b; c\",,\n,,,\nKabupaten Demo,,,\n",
		"short rows":                   "name,note\nKota Demo,\"a, b; c\"\n,\nKabupaten Demo\n",
		"everything in quotation mark": "\"name\",\"note\"\n\"Kota Demo\",\"a, b; c\"\n\"\",\"\"\n\"Kabupaten Demo\",\"\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := table.Read([]byte(file), "name", "note?")
			if err := file.Err(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, row := range file.Rows {
				got = append(got, fmt.Sprintf("%d: %s | %s", row.Number, row.Get("name"), row.Get("note")))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowsAreNumberedAsASpreadsheetShowsThem(t *testing.T) {
	file := table.Read([]byte("name,note\n\"one\ncell\",\"of three\nlines\n\"\n\nlast,\n"), "name", "note?")
	if len(file.Rows) != 2 || file.Rows[0].Number != 2 || file.Rows[1].Number != 4 {
		t.Errorf("rows %+v", file.Rows)
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	for _, test := range []struct {
		name string
		file string
		want []string
	}{
		{"an empty file", "", []string{""}},
		{"a header alone", "name,note\n", []string{""}},
		{"not UTF-8", "name,note\nKota \xe9,\n", []string{""}},
		{"a missing column", "note\nx\n", []string{"row 1, column name"}},
		{"an unknown column", "name,nama\nx,y\n", []string{"row 1, column nama"}},
		{"a column twice", "name,note,Note\nx,y,z\n", []string{"row 1, column note"}},
		{"mandatory cells that are empty", "name,note\n,x\ny,\n,z\n", []string{"row 2, column name", "row 4, column name"}},
		{"more cells than columns", "name,note\na,b,c\n", []string{"row 2"}},
		{"a character that nobody sees", "name,note\na,b\nc\x00,d\n", []string{"row 3"}},
		{"a quotation mark that is not closed", "name,note\na,\"b\n", []string{"row 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := table.Read([]byte(test.file), "name", "note?").Err()
			var f *fault.Error
			if !errors.As(err, &f) || f.Reason != meritv1.Reason_REASON_IMPORT_INVALID {
				t.Fatalf("error %v", err)
			}
			var got []string
			for _, v := range f.Violations {
				got = append(got, v.Field)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesOfTheCallerJoinThoseOfTheFile(t *testing.T) {
	file := table.Read([]byte("name\nx\n"), "name")
	first := file.Clone()
	first.Problem(first.Rows[0], "name", "%q salah.", "%q is wrong.", "x")
	var f *fault.Error
	if !errors.As(first.Err(), &f) || f.Violations[0].Field != "row 2, column name" || f.Violations[0].Text.EN != `"x" is wrong.` {
		t.Errorf("error %v", first.Err())
	}
	if err := file.Err(); err != nil {
		t.Errorf("the clone changed the original: %v", err)
	}
}

func TestALongListOfMistakesIsCutAndCounted(t *testing.T) {
	err := table.Read([]byte("name,note\n"+strings.Repeat(",x\n", 300)), "name", "note?").Err()
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Violations) != table.MaxProblems || !strings.Contains(f.Text.EN, "300 mistakes") {
		t.Errorf("%d violations, %q", len(f.Violations), f.Text.EN)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("name,note\nKota Demo,\"a, b\"\n"))
	f.Add([]byte("\ufeffnote;name\r\n\"a\"\"b\";x\r\n"))
	f.Add([]byte("name\r\"a\rb\"\r\r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := table.Read(data, "name", "note?")
		if file.Err() == nil && len(file.Rows) == 0 {
			t.Error("neither rows nor mistakes")
		}
		last := 1
		for _, row := range file.Rows {
			if row.Number <= last {
				t.Errorf("row %d after row %d", row.Number, last)
			}
			last = row.Number
			if file.Err() == nil && row.Get("name") == "" {
				t.Errorf("row %d has no name", row.Number)
			}
		}
	})
}
