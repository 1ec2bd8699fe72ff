package chart

import (
	"fmt"

	"github.com/meritindex/merit/scoring"
)

// Distribution shows how totals spread: how many lie in each range, and where the middle half lies.
type Distribution struct {
	Text
	Thresholds []Threshold
	Buckets    []Bucket // adjoining, ascending
	Quartiles  *Quartiles
}

// Bucket counts the totals from one number up to another.
type Bucket struct{ From, Below, Count int }

// Quartiles sum up the totals.
type Quartiles struct{ Least, Lower, Median, Upper, Greatest scoring.Points }

// The drawing: the box of the quartiles lies under the columns.
const (
	spreadLeft   = 8 * unit
	spreadRight  = 452 * unit
	spreadBottom = 170 * unit
	boxTop       = 212 * unit
	boxHeight    = 18 * unit
)

// Figure draws the columns, the thresholds among them and the quartiles.
func (d Distribution) Figure() Figure {
	if len(d.Buckets) == 0 {
		return Figure{}
	}
	c := &canvas{width: plotWidth, height: boxTop + boxHeight + 24*unit}
	d.thresholds(c)
	d.columns(c)
	c.line(spreadLeft, spreadBottom, spreadRight, spreadBottom, `stroke="currentColor"`)
	c.text(spreadLeft, spreadBottom+16*unit, "start", soft, d.count(d.first()))
	c.text(spreadRight, spreadBottom+16*unit, "end", soft, d.count(d.last()))
	if d.Quartiles != nil {
		d.box(c)
	} else {
		c.height = boxTop
	}
	return d.figure(c, []string{d.say("Total ¦ Nilai"), d.say("Results ¦ Hasil")}, d.rows())
}

func (d Distribution) first() int { return d.Buckets[0].From }

func (d Distribution) last() int { return d.Buckets[len(d.Buckets)-1].Below }

// x is where a total lies.
func (d Distribution) x(total scoring.Points) int {
	first, last := scoring.Points(d.first())*scoring.Point, scoring.Points(d.last())*scoring.Point
	return spreadLeft + scale(total-first, last-first, spreadRight-spreadLeft)
}

func (d Distribution) columns(c *canvas) {
	highest := 0
	for _, b := range d.Buckets {
		highest = max(highest, b.Count)
	}
	for _, b := range d.Buckets {
		if b.Count == 0 {
			continue
		}
		left, right := d.x(scoring.Points(b.From)*scoring.Point), d.x(scoring.Points(b.Below)*scoring.Point)
		height := max(scale(scoring.Points(b.Count), scoring.Points(highest), spreadBottom-50*unit), 2*unit)
		c.rect(left+unit/2, spreadBottom-height, max(right-left-unit, unit), height, `class="chart-own" fill="currentColor" fill-opacity=".8"`)
		if right-left >= len(fmt.Sprint(b.Count))*charWidth {
			c.text((left+right)/2, spreadBottom-height-4*unit, "middle", strong, d.count(b.Count))
		}
	}
}

// thresholds marks where categories begin, their names in two rows so that neighbours leave each other room.
func (d Distribution) thresholds(c *canvas) {
	row := 0
	for _, t := range d.Thresholds {
		x := d.x(t.Min)
		if t.Min <= scoring.Points(d.first())*scoring.Point || t.Min >= scoring.Points(d.last())*scoring.Point {
			continue
		}
		y := (12 + 15*(row%2)) * unit
		row++
		c.line(x, y+3*unit, x, spreadBottom, `class="chart-soft" stroke="currentColor" stroke-dasharray="2 3"`)
		anchor := "middle"
		if room := len([]rune(t.Name+" 250")) * charWidth / 2; x-room < spreadLeft {
			anchor = "start"
		} else if x+room > spreadRight {
			anchor = "end"
		}
		c.text(x, y, anchor, soft, t.Name+" "+d.num(t.Min))
	}
}

// box draws least to greatest as a line, the middle half as a box, the median as a bar in it.
func (d Distribution) box(c *canvas) {
	q, middle := d.Quartiles, boxTop+boxHeight/2
	look := `class="chart-own" stroke="currentColor" stroke-width="2"`
	c.line(d.x(q.Least), middle, d.x(q.Greatest), middle, look)
	c.line(d.x(q.Least), boxTop+4*unit, d.x(q.Least), boxTop+boxHeight-4*unit, look)
	c.line(d.x(q.Greatest), boxTop+4*unit, d.x(q.Greatest), boxTop+boxHeight-4*unit, look)
	c.rect(d.x(q.Lower), boxTop, max(d.x(q.Upper)-d.x(q.Lower), unit), boxHeight, `fill="#fff" `+look)
	c.line(d.x(q.Median), boxTop-3*unit, d.x(q.Median), boxTop+boxHeight+3*unit, `class="chart-own" stroke="currentColor" stroke-width="4"`)
	anchor := "middle"
	if d.x(q.Median) < 120*unit {
		anchor = "start"
	} else if d.x(q.Median) > plotWidth-120*unit {
		anchor = "end"
	}
	c.text(d.x(q.Median), boxTop+boxHeight+18*unit, anchor, strong, d.say("Median ¦ Median")+" "+d.num(q.Median))
}

func (d Distribution) rows() (rows [][]string) {
	for _, b := range d.Buckets {
		rows = append(rows, []string{fmt.Sprintf(d.say("%s to below %s ¦ %s sampai di bawah %s"), d.count(b.From), d.count(b.Below)), d.count(b.Count)})
	}
	if q := d.Quartiles; q != nil {
		rows = append(rows,
			[]string{d.say("Least ¦ Terendah"), d.num(q.Least)}, []string{d.say("First quartile ¦ Kuartil pertama"), d.num(q.Lower)},
			[]string{d.say("Median ¦ Median"), d.num(q.Median)}, []string{d.say("Third quartile ¦ Kuartil ketiga"), d.num(q.Upper)},
			[]string{d.say("Greatest ¦ Tertinggi"), d.num(q.Greatest)})
	}
	return rows
}
