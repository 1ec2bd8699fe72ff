// Package chart draws charts as SVG: radar, bars, shares, trend and distribution. A chart is a pure function of its
// values: the same values in the same language are the same bytes. Values are whole thousandths (scoring.Points) and
// coordinates are computed in whole numbers.
//
// Every chart has a title and a description for readers who hear it, its numbers written beside the shapes, and series
// told apart by patterns, dashes and marks, so that it reads in black and white. It holds no style of its own: colours
// come from classes (static/css/20-chart.css), without which it is drawn in black. A Figure carries the same numbers as
// a table.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/meritindex/merit/client/bilingual"
	"github.com/meritindex/merit/scoring"
)

// Text is what a chart says besides its numbers.
type Text struct {
	ID          string // Unique in the page: ids inside of the chart begin with it.
	Title       string
	Description string // What there is to see, in one sentence.
	Lang        string // id or en
}

// Figure is a chart and the same numbers as a table, as pages/parts/chart.html shows them. A Figure without SVG has
// nothing to show.
type Figure struct {
	ID, Title string
	SVG       template.HTML
	Head      []string // of the columns; the first column heads the rows
	Rows      [][]string
}

func (t Text) say(text string) string { return bilingual.Pick(t.Lang, text) }

// num is a value as the reader writes it.
func (t Text) num(p scoring.Points) string { return bilingual.Number(t.Lang, p.String()) }

func (t Text) count(n int) string { return bilingual.Number(t.Lang, fmt.Sprint(n)) }

// figure closes a canvas and puts its table beside it.
func (t Text) figure(c *canvas, head []string, rows [][]string) Figure {
	return Figure{ID: t.ID, Title: t.Title, SVG: c.close(t), Head: head, Rows: rows}
}

// canvas collects the shapes of a chart. Coordinates are whole tenths of a unit of the drawing.
type canvas struct {
	strings.Builder
	width, height int
}

const unit = 10 // tenths

// close wraps the shapes into a whole image. Its text is that of html.EscapeString or a number, so it is safe HTML.
func (c *canvas) close(t Text) template.HTML {
	id := html.EscapeString(t.ID)
	return template.HTML(fmt.Sprintf( // every text in it is escaped
		`<svg xmlns="http://www.w3.org/2000/svg" class="chart-image" role="img" aria-labelledby="%s-title %s-desc" viewBox="0 0 %s %s" font-size="13">`+
			`<title id="%s-title">%s</title><desc id="%s-desc">%s</desc>%s</svg>`,
		id, id, tenths(c.width), tenths(c.height), id, html.EscapeString(t.Title), id, html.EscapeString(t.Description), c.String()))
}

// tenths writes a coordinate: 125 is 12.5.
func tenths(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	if n%unit == 0 {
		return fmt.Sprintf("%s%d", sign, n/unit)
	}
	return fmt.Sprintf("%s%d.%d", sign, n/unit, n%unit)
}

// line draws a straight line; attributes say how.
func (c *canvas) line(x1, y1, x2, y2 int, attributes string) {
	fmt.Fprintf(c, `<line x1="%s" y1="%s" x2="%s" y2="%s" %s/>`, tenths(x1), tenths(y1), tenths(x2), tenths(y2), attributes)
}

func (c *canvas) rect(x, y, w, h int, attributes string) {
	fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" %s/>`, tenths(x), tenths(y), tenths(w), tenths(h), attributes)
}

func (c *canvas) circle(x, y, r int, attributes string) {
	fmt.Fprintf(c, `<circle cx="%s" cy="%s" r="%s" %s/>`, tenths(x), tenths(y), tenths(r), attributes)
}

// square draws a mark around a point.
func (c *canvas) square(x, y, half int, attributes string) {
	c.rect(x-half, y-half, 2*half, 2*half, attributes)
}

// point is a place on the canvas.
type point struct{ x, y int }

func (c *canvas) polygon(points []point, attributes string) {
	all := make([]string, len(points))
	for i, p := range points {
		all[i] = tenths(p.x) + "," + tenths(p.y)
	}
	fmt.Fprintf(c, `<polygon points="%s" %s/>`, strings.Join(all, " "), attributes)
}

// text writes lines under each other; anchor is start, middle or end.
func (c *canvas) text(x, y int, anchor, attributes string, lines ...string) {
	if attributes != "" {
		attributes = " " + attributes
	}
	for i, line := range lines {
		fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="%s"%s>%s</text>`,
			tenths(x), tenths(y+i*lineHeight), anchor, attributes, html.EscapeString(line))
	}
}

// lineHeight of text, and the width of its mean character.
const (
	lineHeight = 15 * unit
	charWidth  = 7 * unit
)

// Looks of what is not data.
const (
	faint  = `class="chart-grid" stroke="currentColor" stroke-opacity=".25"`
	soft   = `class="chart-soft"`
	strong = `font-weight="650"`
)

// wrap breaks a text into lines of about so many characters, between words.
func wrap(text string, width int) (lines []string) {
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// scale maps 0 … maximum to 0 … length, rounded to the nearest whole number; nothing lies outside.
func scale(value, maximum scoring.Points, length int) int {
	if maximum <= 0 || value <= 0 {
		return 0
	}
	value = min(value, maximum)
	return int((int64(value)*int64(length)*2 + int64(maximum)) / (int64(maximum) * 2))
}
