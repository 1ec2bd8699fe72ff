package answers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/meritindex/merit/scoring/internal/strictyaml"
	"github.com/meritindex/merit/scoring/problem"
)

// Parse reads a file of answers. Names ending in .yaml or .yml are YAML, all others CSV. If anything is wrong the error
// is a problem.Problems with every mistake found. Whether items and levels exist is checked by Fill.
func Parse(name string, data []byte) ([]Row, error) {
	p := &parser{file: name}
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".yaml" || ext == ".yml" {
		return p.yaml(data)
	}
	return p.csv(data)
}

type parser struct {
	file     string
	problems problem.Problems
	rows     []Row
}

// report adds a problem. The format is "English ¦ Indonesia".
func (p *parser) report(line, column int, rule, format string, args ...any) {
	p.problems = append(p.problems, problem.Problem{File: p.file, Line: line, Column: column, Rule: rule, Message: problem.Textf(format, args...)})
}

func (p *parser) yaml(data []byte) ([]Row, error) {
	doc, root := strictyaml.Open(p.file, data, MaxBytes)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	for _, n := range root.List() {
		m := n.Map("item", "level", "note")
		p.rows = append(p.rows, Row{Line: n.Line(), Item: m.Must("item").Scalar(), Level: m.Get("level").Scalar(), Note: m.Get("note").Scalar()})
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return p.finish()
}

func (p *parser) csv(data []byte) ([]Row, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > MaxBytes:
		p.report(1, 0, "size-limit", "the file has %d bytes; at most %d are read ¦ "+
			"berkas berukuran %d bita; paling banyak %d yang dibaca", len(data), MaxBytes)
		return nil, p.problems
	case !utf8.Valid(data):
		p.report(1, 0, "encoding", "the file is not UTF-8; save it as CSV UTF-8 ¦ "+
			"berkas bukan UTF-8; simpan sebagai CSV UTF-8")
		return nil, p.problems
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	if columns := p.header(r); columns != nil {
		for p.record(r, columns) {
		}
	}
	return p.finish()
}

// separator guesses from the first line: spreadsheets in Indonesian write semicolons.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// header returns the name of each column, or nil if the first line is not usable.
func (p *parser) header(r *csv.Reader) []string {
	fields, err := r.Read()
	if err != nil {
		p.syntax(err, "the file is empty; its first line must be item,level,note ¦ "+
			"berkas kosong; baris pertamanya harus item,level,note")
		return nil
	}
	known := []string{"item", "level", "note"}
	for i, f := range fields {
		fields[i] = strings.ToLower(strings.TrimSpace(f))
		line, column := r.FieldPos(i)
		switch {
		case fields[i] == "": // a separator at the end of the line
		case !slices.Contains(known, fields[i]):
			p.report(line, column, "columns", "%.40q is not a column; the columns are item, level and note ¦ "+
				"%.40q bukan kolom; kolomnya item, level dan note", fields[i])
		case slices.Index(fields, fields[i]) != i:
			p.report(line, column, "columns", "the column %s is given twice ¦ kolom %s ditulis dua kali", fields[i])
		}
	}
	for _, must := range known[:2] {
		if !slices.Contains(fields, must) {
			p.report(1, 0, "columns", "the column %s is missing; the first line must be item,level,note ¦ "+
				"kolom %s tidak ada; baris pertama harus item,level,note", must)
		}
	}
	if len(p.problems) > 0 {
		return nil
	}
	return fields
}

// record reads one line and reports whether there may be another.
func (p *parser) record(r *csv.Reader, columns []string) bool {
	fields, err := r.Read()
	if err != nil {
		p.syntax(err, "")
		return false
	}
	line, _ := r.FieldPos(0)
	row := Row{Line: line}
	for i, f := range fields {
		f = strings.TrimSpace(Unguard(strings.TrimSpace(f)))
		switch {
		case i < len(columns) && columns[i] == "item":
			row.Item = f
		case i < len(columns) && columns[i] == "level":
			row.Level = f
		case i < len(columns) && columns[i] == "note":
			row.Note = f
		case f != "":
			l, c := r.FieldPos(i)
			p.report(l, c, "columns", "%.40q stands in a column without a name; quote a note that contains %q ¦ "+
				"%.40q berada di kolom tanpa nama; beri tanda kutip pada catatan yang memuat %q", f, string(r.Comma))
		}
	}
	if row != (Row{Line: line}) {
		p.rows = append(p.rows, row)
	}
	return len(p.rows) <= MaxRows
}

func (p *parser) syntax(err error, empty string) {
	var at *csv.ParseError
	switch {
	case errors.As(err, &at):
		p.report(at.Line, at.Column, "syntax", "this line is not valid CSV: %v; put a text with quotes into quotes and double each quote in it ¦ "+
			"baris ini bukan CSV yang sah: %v; apit teks yang bertanda kutip dengan tanda kutip dan gandakan setiap tanda kutip di dalamnya", at.Err)
	case errors.Is(err, io.EOF) && empty != "":
		p.report(1, 0, "columns", empty)
	}
}

// finish checks what does not depend on the instrument.
func (p *parser) finish() ([]Row, error) {
	if len(p.rows) > MaxRows {
		p.report(p.rows[MaxRows].Line, 0, "size-limit", "the file has more than %d answers; no instrument has so many ¦ "+
			"berkas punya lebih dari %d jawaban; tidak ada instrumen dengan sebanyak itu", MaxRows)
		p.rows = p.rows[:MaxRows]
	}
	first := map[string]int{}
	for _, r := range p.rows {
		p.check(r)
		if line, twice := first[r.Item]; twice && r.Item != "" {
			p.report(r.Line, 0, "duplicate-item", "item %.40s is answered twice, first on line %d; keep one of them (a spreadsheet turns 3.10 into 3.1) ¦ "+
				"butir %.40s dijawab dua kali, pertama pada baris %d; pertahankan salah satu (spreadsheet mengubah 3.10 menjadi 3.1)", r.Item, line)
			continue
		}
		first[r.Item] = r.Line
	}
	if err := p.problems.Err(); err != nil {
		return nil, err
	}
	return p.rows, nil
}

func (p *parser) check(r Row) {
	switch {
	case r.Item == "":
		p.report(r.Line, 0, "item-missing", "this line names no item; fill in the column item or remove the line ¦ "+
			"baris ini tidak menyebut butir; isi kolom item atau hapus barisnya")
	case len(r.Item) > maxField || len(r.Level) > maxField:
		p.report(r.Line, 0, "size-limit", "item and level have at most %d bytes ¦ "+
			"item dan level paling panjang %d bita", maxField)
	case len(r.Note) > MaxNote:
		p.report(r.Line, 0, "size-limit", "the note has %d bytes; at most %d are allowed ¦ "+
			"catatan berukuran %d bita; paling banyak %d", len(r.Note), MaxNote)
	case strings.ContainsFunc(r.Item+r.Level, unicode.IsControl) || strings.ContainsFunc(r.Note, forbidden):
		p.report(r.Line, 0, "text", "this line contains control characters; remove them ¦ "+
			"baris ini memuat karakter kendali; hapus")
	}
}

func forbidden(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
}
