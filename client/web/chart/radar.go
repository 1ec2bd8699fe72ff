package chart

import (
	"math"

	"github.com/meritindex/merit/scoring"
)

// Radar compares the aspects of one agency, each against its own maximum, with those of others.
type Radar struct {
	Text
	Own    string // what the full line is: the agency
	Others string // what the dashed line is: the median of its kind; none when empty
	Axes   []RadarAxis
}

// RadarAxis is one aspect.
type RadarAxis struct {
	Name        string
	Own, Others scoring.Points
	Maximum     scoring.Points
}

// The drawing: its size, its middle, and how far the maximum lies from it.
const (
	radarWidth  = 490 * unit
	radarHeight = 400 * unit
	radarX      = 245 * unit
	radarY      = 180 * unit
	radarRadius = 116 * unit
)

// Figure draws the radar. With fewer than three aspects there is nothing to draw.
func (r Radar) Figure() Figure {
	if len(r.Axes) < 3 {
		return Figure{}
	}
	c := &canvas{width: radarWidth, height: radarHeight}
	directions := r.directions()
	r.grid(c, directions)
	if r.Others != "" {
		r.series(c, directions, func(a RadarAxis) scoring.Points { return a.Others },
			`class="chart-others" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="6 4"`,
			func(p point) {
				c.square(p.x, p.y, 35, `class="chart-others" fill="#fff" stroke="currentColor" stroke-width="1.5"`)
			})
	}
	r.series(c, directions, func(a RadarAxis) scoring.Points { return a.Own },
		`class="chart-own" fill="currentColor" fill-opacity=".12" stroke="currentColor" stroke-width="2.5" stroke-linejoin="round"`,
		func(p point) { c.circle(p.x, p.y, 40, `class="chart-own" fill="currentColor"`) })
	r.names(c, directions)
	r.legend(c)
	return r.figure(c, r.head(), r.rows())
}

// directions are unit vectors in ten-thousandths, clockwise from the top. Only here an angle is a float: it is rounded
// before any score meets it.
func (r Radar) directions() []point {
	all := make([]point, len(r.Axes))
	for i := range all {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(r.Axes)))
		all[i] = point{int(math.Round(sin * 1e4)), int(math.Round(-cos * 1e4))}
	}
	return all
}

// at is the place at a distance from the middle.
func at(direction point, distance int) point {
	return point{radarX + rounded(direction.x*distance, 1e4), radarY + rounded(direction.y*distance, 1e4)}
}

// rounded divides, halves away from zero.
func rounded(n, by int) int {
	if n < 0 {
		return -rounded(-n, by)
	}
	return (2*n + by) / (2 * by)
}

func (Radar) grid(c *canvas, directions []point) {
	for percent := 25; percent <= 100; percent += 25 {
		ring := make([]point, len(directions))
		for i, d := range directions {
			ring[i] = at(d, radarRadius*percent/100)
		}
		c.polygon(ring, `fill="none" `+faint)
	}
	for _, d := range directions {
		end := at(d, radarRadius)
		c.line(radarX, radarY, end.x, end.y, faint)
	}
}

func (r Radar) series(c *canvas, directions []point, value func(RadarAxis) scoring.Points, look string, mark func(point)) {
	points := make([]point, len(r.Axes))
	for i, axis := range r.Axes {
		points[i] = at(directions[i], scale(value(axis), axis.Maximum, radarRadius))
	}
	c.polygon(points, look)
	for _, p := range points {
		mark(p)
	}
}

// names writes each aspect outside of the rings, its points under it.
func (r Radar) names(c *canvas, directions []point) {
	for i, axis := range r.Axes {
		d := directions[i]
		place := at(d, radarRadius+12*unit)
		anchor, width := "middle", 24
		switch {
		case d.x > 2000:
			anchor, width = "start", 14
		case d.x < -2000:
			anchor, width = "end", 14
		}
		lines := wrap(axis.Name, width)
		y := place.y + 4*unit - len(lines)*lineHeight/2
		switch {
		case d.y < -8000:
			y = place.y - len(lines)*lineHeight + 2*unit
		case d.y > 8000:
			y = place.y + 10*unit
		}
		c.text(place.x, y, anchor, soft, lines...)
		c.text(place.x, y+len(lines)*lineHeight, anchor, strong, r.num(axis.Own)+" / "+r.num(axis.Maximum))
	}
}

func (r Radar) legend(c *canvas) {
	y := radarHeight - 14*unit
	x := 24 * unit
	c.line(x, y, x+28*unit, y, `class="chart-own" stroke="currentColor" stroke-width="2.5"`)
	c.circle(x+14*unit, y, 40, `class="chart-own" fill="currentColor"`)
	if r.Others == "" {
		c.text(x+34*unit, y+4*unit, "start", "", short(r.Own, 60))
		return
	}
	c.text(x+34*unit, y+4*unit, "start", "", short(r.Own, 26))
	x = radarWidth/2 + 20*unit
	c.line(x, y, x+28*unit, y, `class="chart-others" stroke="currentColor" stroke-width="2" stroke-dasharray="6 4"`)
	c.square(x+14*unit, y, 35, `class="chart-others" fill="#fff" stroke="currentColor" stroke-width="1.5"`)
	c.text(x+34*unit, y+4*unit, "start", "", short(r.Others, 26))
}

// short cuts a name that has no room; the table has it whole.
func short(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length-1]) + "…"
	}
	return text
}

func (r Radar) head() []string {
	head := []string{r.say("Aspect ¦ Aspek"), r.Own}
	if r.Others != "" {
		head = append(head, r.Others)
	}
	return append(head, r.say("Maximum ¦ Maksimum"))
}

func (r Radar) rows() [][]string {
	rows := make([][]string, len(r.Axes))
	for i, axis := range r.Axes {
		rows[i] = []string{axis.Name, r.num(axis.Own)}
		if r.Others != "" {
			rows[i] = append(rows[i], r.num(axis.Others))
		}
		rows[i] = append(rows[i], r.num(axis.Maximum))
	}
	return rows
}
