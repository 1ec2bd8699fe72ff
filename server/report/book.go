package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring/answers"

	"github.com/xuri/excelize/v2"
)

// book is an XLSX file in the making. The first error is kept and returned by bytes.
type book struct {
	*excelize.File
	lang   Language
	styles bookStyles
	sheets int
	err    error
}

// bookStyles are the styles of cells. They say everything by weight, frame and shade, so that a print in black and white
// reads the same.
type bookStyles struct {
	title, label, heading, code, wrapped, value, lockedValue, note, number, strong, strongNumber, notice int
}

// newBook begins a file whose properties are told, so that the same content is the same file.
func newBook(lang Language, made time.Time, title string) (*book, error) {
	b := &book{File: excelize.NewFile(), lang: lang}
	stamp := made.UTC().Format(time.RFC3339)
	b.note(b.SetDocProps(&excelize.DocProperties{
		Creator: "Merit", LastModifiedBy: "Merit", Title: title, Created: stamp, Modified: stamp, Language: string(lang.known()),
	}))
	b.styles = bookStyles{
		title:        b.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}),
		label:        b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top("left")}),
		heading:      b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: middle(), Border: frame(), Fill: shade("D9D9D9")}),
		code:         b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top("left"), Border: frame(), Fill: shade("F2F2F2")}),
		wrapped:      b.style(&excelize.Style{Alignment: top("left"), Border: frame(), Fill: shade("F2F2F2")}),
		value:        b.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}, Alignment: middle(), Border: frame(), Protection: unlocked()}),
		lockedValue:  b.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}, Alignment: middle(), Border: frame(), Fill: shade("F2F2F2")}),
		note:         b.style(&excelize.Style{Alignment: top("left"), Border: frame(), Protection: unlocked(), NumFmt: asText}),
		number:       b.style(&excelize.Style{Alignment: top("right"), Border: frame(), NumFmt: asGeneral}),
		strong:       b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top("left"), Border: frame(), Fill: shade("D9D9D9")}),
		strongNumber: b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top("right"), Border: frame(), Fill: shade("D9D9D9")}),
		notice:       b.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top("left"), Border: frame()}),
	}
	return b, b.err
}

// The number formats of XLSX: a text stays a text whatever is typed.
const (
	asGeneral = 0
	asText    = 49
)

func top(horizontal string) *excelize.Alignment {
	return &excelize.Alignment{Horizontal: horizontal, Vertical: "top", WrapText: true}
}

func middle() *excelize.Alignment {
	return &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
}

func frame() (all []excelize.Border) {
	for _, side := range []string{"left", "top", "right", "bottom"} {
		all = append(all, excelize.Border{Type: side, Color: "7F7F7F", Style: 1})
	}
	return all
}

func shade(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

func unlocked() *excelize.Protection { return &excelize.Protection{Locked: false} }

func cell(column string, row int) string { return column + strconv.Itoa(row) }

func (b *book) note(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) style(s *excelize.Style) int {
	id, err := b.NewStyle(s)
	b.note(err)
	return id
}

// sheet adds a sheet behind the others and returns its name.
func (b *book) sheet(name string) string {
	if b.sheets++; b.sheets == 1 {
		b.note(b.SetSheetName("Sheet1", name))
		return name
	}
	_, err := b.NewSheet(name)
	b.note(err)
	return name
}

// text writes a text, never a formula: see answers.Guard.
func (b *book) text(sheet, at, text string, style int) {
	b.note(b.SetCellStr(sheet, at, answers.Guard(text)))
	b.note(b.SetCellStyle(sheet, at, at, style))
}

// number writes a decimal as a number, digit by digit: no float comes near it.
func (b *book) number(sheet, at, decimal string, style int) {
	b.note(b.SetCellDefault(sheet, at, decimal))
	b.note(b.SetCellStyle(sheet, at, at, style))
}

func (b *book) width(sheet, column string, width float64) {
	b.note(b.SetColWidth(sheet, column, column, width))
}

// protect locks a sheet but for the cells that are unlocked. There is no password: the lock is against mistakes, and what
// comes back is checked all the same.
func (b *book) protect(sheet string) {
	b.note(b.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true,
	}))
}

// freeze keeps the rows above one, and the columns of code and question, in sight.
func (b *book) freeze(sheet string, row int) {
	b.note(b.SetPanes(sheet, &excelize.Panes{
		Freeze: true, XSplit: 2, YSplit: row - 1, TopLeftCell: cell("C", row), ActivePane: "bottomRight",
	}))
}

// landscape prints a sheet across, as wide as the paper, with its headings on every page. It comes when all is written.
func (b *book) landscape(sheet string) {
	b.fitRows(sheet)
	orientation, paper, wide, high, fit := "landscape", 9, 1, 0, true
	b.note(b.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &paper, FitToWidth: &wide, FitToHeight: &high}))
	b.note(b.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	b.note(b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"}))
	b.note(b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$2", sheet), Scope: sheet}))
}

// list puts what may be chosen into a column of the hidden sheet, once, and keeps where.
func (b *book) list(lists map[string]string, options []string) {
	key := strings.Join(options, "\n")
	if key == "" || lists[key] != "" {
		return
	}
	column, err := excelize.ColumnNumberToName(8 + len(lists))
	b.note(err)
	for i, o := range options {
		if _, err := strconv.Atoi(o); err == nil {
			b.number(memory, cell(column, i+1), o, 0)
		} else {
			b.text(memory, cell(column, i+1), o, 0)
		}
	}
	lists[key] = fmt.Sprintf("'%s'!$%s$1:$%s$%d", memory, column, column, len(options))
}

// choose lets a cell take what stands in a list only.
func (b *book) choose(sheet, at, list, hint string) {
	v := excelize.NewDataValidation(true)
	v.SetSqref(at)
	v.SetSqrefDropList(list)
	v.SetError(excelize.DataValidationErrorStyleStop, b.lang.say("Tidak ada dalam daftar", "Not in the list"), hint)
	b.note(b.AddDataValidation(sheet, v))
}

func (b *book) bytes() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	b.SetActiveSheet(0)
	var buf bytes.Buffer
	if err := b.Write(&buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), b.Close()
}
