package report

// column is a column of a table.
type column struct {
	title string
	width float64 // share of the width between the margins
	align string  // L, C, R
}

// row is a row of a table.
type row struct {
	cells  []string
	strong bool // set in bold on a shade: sums and headings within the table
}

// table draws a table that reads in black and white: lines, a shaded heading that comes again on every page, rows as high
// as their longest cell. A row that does not fit on a page goes on on the next.
func (d *document) table(columns []column, rows []row) {
	t := &tableDrawing{document: d, columns: columns}
	sum := 0.0
	for _, c := range columns {
		sum += c.width
	}
	for _, c := range columns {
		t.widths = append(t.widths, c.width/sum*d.inner())
	}
	auto, margin := d.GetAutoPageBreak()
	d.SetAutoPageBreak(false, margin)
	d.SetDrawColor(90, 90, 90)
	d.SetLineWidth(0.2)
	t.heading()
	for _, r := range rows {
		t.row(r)
	}
	d.SetAutoPageBreak(auto, margin)
	d.Ln(4)
}

type tableDrawing struct {
	*document
	columns []column
	widths  []float64
}

// left is how many lines still fit on the page.
func (t *tableDrawing) left() int {
	_, page := t.GetPageSize()
	return int((page - marginBottom - t.GetY() - 2) / tableHeight)
}

func (t *tableDrawing) heading() {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	lines, most := t.lines(row{cells: titles, strong: true})
	if t.left() < most+3 {
		t.AddPage()
	}
	t.draw(lines, most, true, true)
}

// lines breaks the cells of a row.
func (t *tableDrawing) lines(r row) (cells [][][]byte, most int) {
	t.style(r.strong)
	most = 1
	for i := range t.columns {
		var lines [][]byte
		if i < len(r.cells) {
			lines = t.SplitLines([]byte(western(r.cells[i])), t.widths[i])
		}
		cells, most = append(cells, lines), max(most, len(lines))
	}
	return cells, most
}

func (t *tableDrawing) style(strong bool) {
	if strong {
		t.font("B", 9)
	} else {
		t.font("", 9)
	}
}

func (t *tableDrawing) row(r row) {
	cells, most := t.lines(r)
	for most > 0 {
		if fits := t.left(); fits < min(most, 4) {
			t.AddPage()
			t.heading()
		}
		n := min(most, t.left())
		t.style(r.strong)
		part := make([][][]byte, len(cells))
		for i := range cells {
			k := min(n, len(cells[i]))
			part[i], cells[i] = cells[i][:k], cells[i][k:]
		}
		t.draw(part, n, r.strong, false)
		most -= n
	}
}

// draw draws one row, or the part of it that is on this page.
func (t *tableDrawing) draw(cells [][][]byte, most int, strong, heading bool) {
	x, y, high := marginSide, t.GetY(), float64(most)*tableHeight+1.6
	for i, c := range t.columns {
		if strong {
			t.SetFillColor(226, 226, 226)
			t.Rect(x, y, t.widths[i], high, "FD")
		} else {
			t.Rect(x, y, t.widths[i], high, "D")
		}
		align := c.align
		if heading {
			align = "C"
		}
		for n, line := range cells[i] {
			t.SetXY(x, y+0.8+float64(n)*tableHeight)
			t.CellFormat(t.widths[i], tableHeight, string(line), "", 0, align, false, 0, "")
		}
		x += t.widths[i]
	}
	t.SetXY(marginSide, y+high)
}
