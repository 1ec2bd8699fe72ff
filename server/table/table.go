// Package table reads the CSV files that people upload: with or without a byte order mark, with commas,
// semicolons or tabs, with any line ends, columns in any order. It finds every mistake of a file at once,
// each with its row and column, because people correct files in one go.
//
//	t := table.Read(req.GetCsv(), "name", "email", "role", "region?")
//	for _, row := range t.Rows {
//		if !known(row.Get("role")) {
//			t.Problem(row, "role", "Peran %q tidak dikenal.", "There is no role %q.", row.Get("role"))
//		}
//	}
//	if err := t.Err(); err != nil {
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/plaintext"
)

// MaxProblems is how many mistakes Err lists; it says how many more there are.
const MaxProblems = 200

// Table is a file that was read, and what is wrong with it.
type Table struct {
	Rows []Row // without the header and without empty rows

	columns  map[string]int // name → place in the file
	problems []fault.Violation
	more     int
}

// Row is one row of a file.
type Row struct {
	Number int // as a spreadsheet shows it: the header is row 1

	table *Table
	cells []string
}

// Get returns the cell of the column without the spaces around it; empty when the row or the file has none.
func (r Row) Get(column string) string {
	i, ok := r.table.columns[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// Has reports whether the file has the column at all.
func (t *Table) Has(column string) bool {
	_, ok := t.columns[column]
	return ok
}

// Read reads a file whose first row names its columns, in any order. A column whose name ends in "?" may be
// left out; the others must be there, and each row must have something in them. What is wrong with the file
// is kept for Err, beside what the caller adds with Problem; rows that could be read are in Rows in any case.
func Read(data []byte, columns ...string) *Table {
	t := &Table{columns: map[string]int{}}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		t.add("", "Berkas bukan UTF-8. Simpan sebagai \"CSV UTF-8\".", "The file is not UTF-8. Save it as \"CSV UTF-8\".")
		return t
	}
	// Old spreadsheets end lines with a lone CR, which encoding/csv does not know.
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.FieldsPerRecord = -1
	t.read(r, columns)
	return t
}

// separator guesses from the first line, because spreadsheets write what their country uses.
func separator(data []byte) rune {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func (t *Table) read(r *csv.Reader, columns []string) {
	inCells := 0 // line ends inside cells so far: a spreadsheet does not count them as rows
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			t.add(place(bad.Line-inCells, ""), "Tanda kutip tidak berpasangan.", "A quotation mark is not closed or stands inside a cell.")
			return
		}
		line, _ := r.FieldPos(0)
		row := Row{Number: line - inCells, table: t, cells: cells}
		for i, c := range cells {
			inCells += strings.Count(c, "\n")
			cells[i] = strings.TrimSpace(c)
			if hidden, found := plaintext.Hidden(c); found {
				t.add(place(row.Number, ""), "Sel ke-%d berisi karakter %U yang tidak terlihat. Hapuslah.",
					"Cell %d has the character %U, which nobody sees. Remove it.", i+1, hidden)
			}
		}
		if len(t.columns) == 0 {
			if !t.header(row, columns) {
				return
			}
		} else if slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
			t.row(row, columns)
		}
	}
	if len(t.Rows) == 0 && len(t.problems) == 0 {
		t.add("", "Berkas tidak berisi baris.", "The file has no rows.")
	}
}

// header reads the names of the columns and reports whether the rows below make sense.
func (t *Table) header(row Row, columns []string) bool {
	for i, name := range row.cells {
		name = strings.ToLower(name)
		_, twice := t.columns[name]
		switch {
		case name == "":
			continue
		case twice:
			t.add(place(row.Number, name), "Kolom ini ada dua kali.", "This column stands twice.")
		case !slices.Contains(columns, name) && !slices.Contains(columns, name+"?"):
			t.add(place(row.Number, name), "Kolom ini tidak dikenal; kolom yang ada: %s.",
				"This column is not known; the columns are %s.", names(columns))
		}
		t.columns[name] = i
	}
	for _, name := range columns {
		if !strings.HasSuffix(name, "?") && !t.Has(name) {
			t.add(place(row.Number, name), "Kolom ini tidak ada; baris pertama harus menyebut %s.",
				"This column is missing; the first row must name %s.", names(columns))
		}
	}
	return len(t.problems) == 0
}

func names(columns []string) string {
	return strings.ReplaceAll(strings.Join(columns, ", "), "?", "")
}

func (t *Table) row(row Row, columns []string) {
	t.Rows = append(t.Rows, row)
	for i := len(row.cells) - 1; i >= 0 && i > t.last(); i-- {
		if row.cells[i] != "" {
			t.add(place(row.Number, ""), "Baris punya %d sel, lebih banyak dari kolom di baris pertama.",
				"The row has %d cells, more than there are columns in the first row.", len(row.cells))
			break
		}
	}
	for _, name := range columns {
		if !strings.HasSuffix(name, "?") && row.Get(name) == "" {
			t.Problem(row, name, "Sel ini wajib diisi.", "This cell must not be empty.")
		}
	}
}

// last is the place of the last column that has a name.
func (t *Table) last() int {
	last := 0
	for _, i := range t.columns {
		last = max(last, i)
	}
	return last
}

// Problem notes a mistake in a cell; with an empty column, in the whole row. The texts say what is wrong and
// what would be right, without naming the place again.
func (t *Table) Problem(row Row, column, id, en string, args ...any) {
	t.add(place(row.Number, column), id, en, args...)
}

func (t *Table) add(where, id, en string, args ...any) {
	if len(t.problems) == MaxProblems {
		t.more++
		return
	}
	t.problems = append(t.problems, fault.Violation{Field: where, Reason: meritv1.Reason_REASON_IMPORT_INVALID, Text: fault.T(id, en, args...)})
}

// place names a cell the way a program can take apart and a person can read: "row 3, column email".
func place(row int, column string) string {
	if column == "" {
		return fmt.Sprintf("row %d", row)
	}
	return fmt.Sprintf("row %d, column %s", row, column)
}

// Clone returns a copy to which problems can be added without touching t: for a closure that may run again.
func (t *Table) Clone() *Table {
	c := *t
	c.problems = slices.Clone(t.problems)
	return &c
}

// Err returns REASON_IMPORT_INVALID with every mistake, or nil when there is none.
func (t *Table) Err() error {
	if len(t.problems) == 0 {
		return nil
	}
	return fault.New(meritv1.Reason_REASON_IMPORT_INVALID,
		"Tidak ada yang disimpan karena berkas punya %s. Perbaiki, lalu kirim lagi berkasnya.",
		"Nothing was stored because the file has %s. Correct the file and send it again.",
		fault.Count(len(t.problems)+t.more, "kesalahan", "mistake", "mistakes")).Add(t.problems...)
}
