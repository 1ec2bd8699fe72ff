// Package answers reads and writes the answers of one agency as a file: CSV or YAML with the columns item, level and
// note. CSV may come from a spreadsheet: a byte order mark, semicolons and Windows line ends are accepted. Each mistake
// is reported with its line.
//
//	item,level,note
//	1.1,3,Keputusan PPK 12/2021
//	6.3.0,ya,
//
//	- {item: "1.1", level: 3, note: Keputusan PPK 12/2021}
//	- {item: "6.3.0", level: ya}
//
// The level of a scored item is a level of the scale, that of a choice the value of one of its options; NotProven marks
// an item as decided but not proven. An empty level says nothing about the item.
package answers

import (
	"errors"
	"strconv"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/problem"
)

// NotProven stands in the level column for an item that is decided but not proven.
const NotProven = "NOT_PROVEN"

// Limits of what is read.
const (
	MaxBytes = 1 << 20
	MaxRows  = 1000
	MaxNote  = 8000 // bytes
	maxField = 64   // bytes of an item code or a level
)

// Row is one line of answers.
type Row struct {
	Line  int    // where it stands in its file, from 1
	Item  string // code
	Level string // a level, an option, NotProven or empty
	Note  string
}

// rules names the mistakes of package scoring as they stand in problems.
var rules = map[error]string{
	scoring.ErrUnknownItem:   "unknown-item",
	scoring.ErrNotForKind:    "not-for-kind",
	scoring.ErrOffScale:      "off-scale",
	scoring.ErrUnknownOption: "unknown-option",
	scoring.ErrNotAChoice:    "level-needed",
	scoring.ErrNotScored:     "option-needed",
}

// Fill puts rows on a sheet. If any row is wrong, nothing is put and the error is a problem.Problems with every wrong
// row; the name is that of the file. Rows with an empty level leave the sheet as it is.
func Fill(name string, rows []Row, sheet *scoring.Sheet) error {
	var problems problem.Problems
	for _, try := range []*scoring.Sheet{sheet.Clone(), sheet} {
		for _, row := range rows {
			if err := row.put(try); err != nil {
				problems = append(problems, problem.Problem{File: name, Line: row.Line, Rule: rule(err), Message: problem.Textf("%v", err)})
			}
		}
		if err := problems.Err(); err != nil {
			return err
		}
	}
	return nil
}

func rule(err error) string {
	var wrong *scoring.AnswerError
	if errors.As(err, &wrong) {
		return rules[wrong.Err]
	}
	return "answer"
}

// put sets the answer of one row.
func (r Row) put(sheet *scoring.Sheet) error {
	in := sheet.Instrument()
	i, known := in.ItemIndex(r.Item)
	switch {
	case known && r.Level == "":
		return nil
	case r.Level == NotProven:
		return sheet.SetNotProven(r.Item)
	case known && in.Item(i).Kind == scoring.Choice:
		return sheet.SetChoice(r.Item, r.Level)
	}
	level, err := strconv.Atoi(r.Level)
	if err != nil {
		return sheet.SetChoice(r.Item, r.Level) // says that the item is scored, or unknown
	}
	return sheet.SetLevel(r.Item, level)
}

// Rows returns the answers of a sheet, one row for every item that can apply to its kind of agency; the level is empty
// where there is no answer yet. Written to a file, they are a form to fill in.
func Rows(sheet *scoring.Sheet) []Row {
	var rows []Row
	for i, item := range sheet.Instrument().Items() {
		if sheet.Instrument().AppliesToKind(i, sheet.Kind()) {
			rows = append(rows, Row{Line: len(rows) + 2, Item: item.Code, Level: level(item, sheet.Answer(i))})
		}
	}
	return rows
}

func level(item scoring.Item, a scoring.Answer) string {
	v, ok := a.Value()
	switch {
	case a == scoring.NotProven:
		return NotProven
	case !ok:
		return ""
	case item.Kind == scoring.Choice:
		return item.Options[v]
	default:
		return strconv.Itoa(v)
	}
}
