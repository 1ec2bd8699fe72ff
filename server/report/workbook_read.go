package report

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring/answers"

	"github.com/xuri/excelize/v2"

	"github.com/meritindex/merit/server/fault"
)

// Filled is a workbook that came back.
type Filled struct {
	Assessment       string // id of the assessment it was exported from
	Instrument       string // id
	InstrumentDigest string // hex SHA-256 of the instrument's file
	Revision         int64  // of the assessment then
	ExportedAt       time.Time
	Base             map[string]Answered // how each item stood then, by code
	Cells            []Cell              // in the order of the sheets
	Mistakes         []Mistake
}

// Cell is what a workbook says of one item.
type Cell struct {
	Item      string
	Sheet     string
	ValueCell string // D7
	NoteCell  string
	Value     string
	Note      string
}

// Mistake is one cell that cannot be read.
type Mistake struct {
	Sheet, Cell, Item string
	Text              fault.Text
}

// What ReadWorkbook refuses altogether.
var (
	ErrNotWorkbook = errors.New("not an XLSX file")
	ErrTooLarge    = errors.New("an XLSX file that unpacks to more than a questionnaire")
	ErrForeign     = errors.New("not a workbook of a questionnaire")
)

// ReadWorkbook reads a workbook that Bytes made and people filled in. It bounds what the file unpacks to before anything
// is unpacked for good. Cells that cannot be read are Mistakes, not errors.
func ReadWorkbook(data []byte) (*Filled, error) {
	if err := bounded(data); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	if err != nil {
		return nil, errors.Join(ErrNotWorkbook, err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	r := &reader{File: f, Filled: &Filled{Base: map[string]Answered{}}, found: map[string]string{}}
	if err := r.recall(); err != nil {
		return nil, err
	}
	for _, sheet := range f.GetSheetList() {
		if sheet != memory {
			if err := r.page(sheet); err != nil {
				return nil, err
			}
		}
	}
	return r.Filled, nil
}

type reader struct {
	*excelize.File
	*Filled
	found map[string]string // where each item was found first
}

// recall reads the hidden sheet.
func (r *reader) recall() error {
	if !slices.Contains(r.GetSheetList(), memory) {
		return ErrForeign
	}
	rows, err := r.GetRows(memory)
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	at := func(row, column int) string {
		if row < len(rows) && column < len(rows[row]) {
			return answers.Unguard(rows[row][column])
		}
		return ""
	}
	if at(0, 0) != memoryFormat {
		return ErrForeign
	}
	r.Assessment, r.Instrument, r.InstrumentDigest = at(1, 0), at(2, 0), at(3, 0)
	if r.Revision, err = strconv.ParseInt(at(4, 0), 10, 64); err != nil {
		return ErrForeign
	}
	if r.ExportedAt, err = time.Parse(time.RFC3339, at(5, 0)); err != nil {
		return ErrForeign
	}
	for row := memoryItems - 1; row < len(rows); row++ {
		sequence, err := strconv.Atoi(at(row, 1))
		if err != nil || at(row, 0) == "" {
			return ErrForeign
		}
		r.Base[at(row, 0)] = Answered{Sequence: sequence, Value: at(row, 2), Note: at(row, 3)}
	}
	return nil
}

// page reads the questions of one sheet. A sheet without codes in its first column, such as the instructions, has none.
func (r *reader) page(sheet string) error {
	rows, err := r.GetRows(sheet)
	if err != nil {
		return errors.Join(ErrNotWorkbook, err)
	}
	for i := firstRow - 1; i < len(rows); i++ {
		code := ""
		if len(rows[i]) > 0 {
			code = strings.TrimSpace(rows[i][0])
		}
		c := Cell{Item: code, Sheet: sheet, ValueCell: cell(columnValue, i+1), NoteCell: cell(columnNote, i+1)}
		if len(rows[i]) > 3 {
			c.Value = strings.TrimSpace(answers.Unguard(rows[i][3]))
		}
		if len(rows[i]) > 4 {
			c.Note = InCell(answers.Unguard(rows[i][4]))
		}
		if err := r.take(c, i+1); err != nil {
			return err
		}
	}
	return nil
}

// InCell is a note as a cell keeps it and people see it there: line ends are one character, and space around it is none.
func InCell(note string) string { return strings.TrimSpace(strings.ReplaceAll(note, "\r\n", "\n")) }

// take keeps what a row says, or what is wrong with it.
func (r *reader) take(c Cell, row int) error {
	codeCell := cell(columnCode, row)
	_, known := r.Base[c.Item]
	switch {
	case c.Item == "" && c.Value == "" && c.Note == "":
		return nil
	case c.Item == "":
		r.mistake(c, codeCell, "Baris ini tidak punya kode butir. Kembalikan kodenya atau kosongkan barisnya.",
			"This row has no item code. Put the code back or empty the row.")
		return nil
	case !known:
		r.mistake(c, codeCell, "Kode butir %q tidak ada dalam kuesioner ini. Kembalikan kode semula.",
			"There is no item %q in this questionnaire. Put the original code back.", c.Item)
		return nil
	case r.found[c.Item] != "":
		r.mistake(c, codeCell, "Butir %s sudah ada di %s. Hapus salah satunya.", "Item %s stands in %s already. Remove one of them.",
			c.Item, r.found[c.Item])
		return nil
	}
	r.found[c.Item] = c.Sheet + "!" + codeCell
	plain := true
	for _, at := range []string{c.ValueCell, c.NoteCell} {
		formula, err := r.GetCellFormula(c.Sheet, at)
		if err != nil {
			return errors.Join(ErrNotWorkbook, err)
		}
		if formula != "" {
			plain = false
			r.mistake(c, at, "Sel ini berisi rumus. Tulislah jawabannya sendiri, bukan rumus.",
				"This cell holds a formula. Write the answer itself, no formula.")
		}
	}
	if plain {
		r.Cells = append(r.Cells, c)
	}
	return nil
}

func (r *reader) mistake(c Cell, at, id, en string, args ...any) {
	r.Mistakes = append(r.Mistakes, Mistake{Sheet: c.Sheet, Cell: at, Item: c.Item, Text: fault.T(id, en, args...)})
}
