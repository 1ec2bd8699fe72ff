package report

import (
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

const (
	lineHigh = 15  // of a row with one line, in points
	mostHigh = 409 // that a row may be
)

// fitRows makes every row as high as its wrapped texts need: not every program does that by itself when it opens a file.
// Who fills it in may still change the heights.
func (b *book) fitRows(sheet string) {
	rows, err := b.GetRows(sheet)
	b.note(err)
	for i, row := range rows {
		lines := 1
		for j, text := range row {
			column, err := excelize.ColumnNumberToName(j + 1)
			b.note(err)
			lines = max(lines, b.wrappedLines(sheet, column, i+1, text))
		}
		if lines > 1 {
			b.note(b.SetRowHeight(sheet, i+1, float64(min(lines*lineHigh, mostHigh))))
		}
	}
}

// wrappedLines is how many lines a text takes in its column, a little more rather than less; 1 where it does not wrap.
func (b *book) wrappedLines(sheet, column string, row int, text string) (lines int) {
	id, err := b.GetCellStyle(sheet, cell(column, row))
	b.note(err)
	style, err := b.GetStyle(id)
	b.note(err)
	if text == "" || b.err != nil || style.Alignment == nil || !style.Alignment.WrapText {
		return 1
	}
	width, err := b.GetColWidth(sheet, column)
	b.note(err)
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines += 1 + utf8.RuneCountInString(paragraph)/max(int(width)-2, 1)
	}
	return lines
}
