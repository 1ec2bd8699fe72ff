package chart

import (
	"fmt"
	"html"

	"github.com/meritindex/merit/scoring"
)

// Shares divides each of several wholes into the same parts, such as the results of each kind of agency into categories.
type Shares struct {
	Text
	Of    string   // what a row is: "Kind"
	Parts []string // ascending: the last is drawn darkest
	Rows  []ShareRow
}

// ShareRow is one whole: how many fall to each part.
type ShareRow struct {
	Name   string
	Counts []int
}

func (r ShareRow) total() (n int) {
	for _, count := range r.Counts {
		n += count
	}
	return n
}

// fills are how parts are drawn, the highest first: solid, then ever sparser, so that they differ in black and white.
var fills = []struct{ class, pattern string }{
	{"chart-p1", ""},
	{"chart-p2", `<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6" stroke="currentColor" stroke-width="3"/>`},
	{"chart-p3", `<path d="M0 4H8" stroke="currentColor" stroke-width="1.5"/>`},
	{"chart-p4", `<circle cx="4" cy="4" r="1.3" fill="currentColor"/>`},
	{"chart-p5", `<path d="M4 0V8" stroke="currentColor"/>`},
	{"chart-p6", `<path d="M0 0H8V8" fill="none" stroke="currentColor"/>`},
}

// fill is the look of a part, by its place from the highest.
func (s Shares) fill(part int) int { return (len(s.Parts) - 1 - part) % len(fills) }

// Figure draws one bar for each whole that is not empty.
func (s Shares) Figure() Figure {
	c := &canvas{width: barsWidth}
	s.patterns(c)
	s.legend(c)
	drawn := false
	for _, row := range s.Rows {
		if row.total() > 0 {
			s.row(c, row)
			drawn = true
		}
	}
	if !drawn {
		return Figure{}
	}
	c.height -= barGap - 2*unit
	return s.figure(c, s.head(), s.rows())
}

// patterns defines a pattern for each part, under ids of this chart.
func (s Shares) patterns(c *canvas) {
	c.WriteString("<defs>")
	for part := range s.Parts {
		f := fills[s.fill(part)]
		fmt.Fprintf(c, `<pattern id="%s-part%d" width="8" height="8" patternUnits="userSpaceOnUse" class="%s">`, html.EscapeString(s.ID), part, f.class)
		if f.pattern == "" {
			c.WriteString(`<rect width="8" height="8" fill="currentColor"/>`)
		} else {
			c.WriteString(`<rect width="8" height="8" fill="#fff"/>` + f.pattern)
		}
		c.WriteString("</pattern>")
	}
	c.WriteString("</defs>")
}

// look fills a shape with the pattern of a part.
func (s Shares) look(part int) string {
	return fmt.Sprintf(`class="%s" fill="url(#%s-part%d)" stroke="currentColor"`, fills[s.fill(part)].class, html.EscapeString(s.ID), part)
}

func (s Shares) legend(c *canvas) {
	x, y := 10, unit
	for part, name := range s.Parts {
		width := 20*unit + len([]rune(name))*charWidth + 14*unit
		if x > 10 && x+width > barsWidth {
			x, y = 10, y+20*unit
		}
		c.rect(x, y, 14*unit, 14*unit, s.look(part))
		c.text(x+20*unit, y+12*unit, "start", "", name)
		x += width
	}
	c.height = y + 30*unit
}

// row writes the name and the number, and draws the bar under them; a part says its count where there is room.
func (s Shares) row(c *canvas, row ShareRow) {
	c.text(0, c.height+lineHeight-2*unit, "start", "", row.Name)
	c.text(barsWidth, c.height+lineHeight-2*unit, "end", strong, s.count(row.total()))
	c.height += lineHeight + 5*unit
	passed, from := 0, 0
	for part, n := range row.Counts {
		passed += n
		to := scale(scoring.Points(passed), scoring.Points(row.total()), barsWidth-20)
		if n > 0 {
			c.rect(10+from, c.height, to-from, barHeight+6*unit, s.look(part))
			s.label(c, 10+from, to-from, n)
		}
		from = to
	}
	c.height += barHeight + 6*unit + barGap
}

// label writes a count on a patch of white, so that it reads on every pattern.
func (s Shares) label(c *canvas, x, width, n int) {
	text := s.count(n)
	patch := len(text)*charWidth + 8*unit
	if width < patch+6*unit {
		return
	}
	c.rect(x+(width-patch)/2, c.height+3*unit, patch, barHeight, `fill="#fff" rx="3"`)
	c.text(x+width/2, c.height+155, "middle", strong, text)
}

func (s Shares) head() []string {
	return append(append([]string{s.Of}, s.Parts...), s.say("All ¦ Semua"))
}

func (s Shares) rows() [][]string {
	rows := make([][]string, len(s.Rows))
	for i, row := range s.Rows {
		rows[i] = []string{row.Name}
		for _, n := range row.Counts {
			rows[i] = append(rows[i], s.count(n))
		}
		rows[i] = append(rows[i], s.count(row.total()))
	}
	return rows
}
