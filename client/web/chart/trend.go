package chart

import "github.com/meritindex/merit/scoring"

// Trend shows a total year by year. Years that cannot be compared are not joined.
type Trend struct {
	Text
	Maximum    scoring.Points // of the scale; the largest value when 0
	Thresholds []Threshold
	Points     []TrendPoint
}

// Threshold is the least total of a category.
type Threshold struct {
	Name string
	Min  scoring.Points
}

// TrendPoint is one year.
type TrendPoint struct {
	Name   string // the year
	Total  scoring.Points
	Joined bool   // comparable with the point before
	Open   bool   // drawn as an open square: not determined here
	Note   string // what the table says of it
}

// The drawing: its size, and where the plot lies in it.
const (
	plotWidth  = 460 * unit
	plotLeft   = 34 * unit
	plotRight  = 366 * unit // names of thresholds stand right of it
	plotTop    = 22 * unit
	plotBottom = 222 * unit
)

// Figure draws the trend.
func (t Trend) Figure() Figure {
	if len(t.Points) == 0 {
		return Figure{}
	}
	c := &canvas{width: plotWidth, height: plotBottom + 26*unit}
	top := t.top()
	c.line(plotLeft, plotBottom, plotRight, plotBottom, `stroke="currentColor"`)
	c.text(plotLeft-6*unit, plotBottom+4*unit, "end", soft, t.num(0))
	t.thresholds(c, top)
	t.lines(c, top)
	t.marks(c, top)
	return t.figure(c, t.head(), t.rows())
}

func (t Trend) top() scoring.Points {
	top := t.Maximum
	for _, p := range t.Points {
		top = max(top, p.Total)
	}
	return max(top, scoring.Point)
}

func (t Trend) at(i int, top scoring.Points) point {
	step := (plotRight - plotLeft) / len(t.Points)
	return point{plotLeft + step/2 + i*step, plotBottom - scale(t.Points[i].Total, top, plotBottom-plotTop)}
}

func (t Trend) thresholds(c *canvas, top scoring.Points) {
	for _, threshold := range t.Thresholds {
		if threshold.Min <= 0 || threshold.Min > top {
			continue
		}
		y := plotBottom - scale(threshold.Min, top, plotBottom-plotTop)
		c.line(plotLeft, y, plotRight, y, faint+` stroke-dasharray="2 3"`)
		c.text(plotLeft-6*unit, y+4*unit, "end", soft, t.num(threshold.Min))
		c.text(plotRight+6*unit, y+4*unit, "start", soft, short(threshold.Name, 13))
	}
}

func (t Trend) lines(c *canvas, top scoring.Points) {
	for i, p := range t.Points {
		if i > 0 && p.Joined {
			from, to := t.at(i-1, top), t.at(i, top)
			c.line(from.x, from.y, to.x, to.y, `class="chart-own" stroke="currentColor" stroke-width="2.5"`)
		}
	}
}

// marks draws every year with its total above it and its name below the plot.
func (t Trend) marks(c *canvas, top scoring.Points) {
	for i, p := range t.Points {
		place := t.at(i, top)
		if p.Open {
			c.square(place.x, place.y, 45, `class="chart-own" fill="#fff" stroke="currentColor" stroke-width="2"`)
		} else {
			c.circle(place.x, place.y, 50, `class="chart-own" fill="currentColor"`)
		}
		c.text(place.x, place.y-10*unit, "middle", strong+` class="chart-halo"`, t.num(p.Total))
		c.text(place.x, plotBottom+18*unit, "middle", "", p.Name)
	}
}

func (t Trend) head() []string {
	return []string{t.say("Year ¦ Tahun"), t.say("Total ¦ Nilai"), t.say("Note ¦ Keterangan")}
}

func (t Trend) rows() [][]string {
	rows := make([][]string, len(t.Points))
	for i, p := range t.Points {
		rows[i] = []string{p.Name, t.num(p.Total), p.Note}
	}
	return rows
}
