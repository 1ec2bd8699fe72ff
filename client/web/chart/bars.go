package chart

import "github.com/meritindex/merit/scoring"

// Bars shows values against a maximum each, one bar under the other.
type Bars struct {
	Text
	Of    string // what a row is: "Aspect"
	Value string // what is shown: "Mean"
	Bars  []Bar
}

// Bar is one value.
type Bar struct {
	Name           string
	Value, Maximum scoring.Points
}

// The drawing of bars and shares: its width, the height of a bar, the space under it.
const (
	barsWidth = 460 * unit
	barHeight = 16 * unit
	barGap    = 16 * unit
)

// Figure draws the bars.
func (b Bars) Figure() Figure {
	if len(b.Bars) == 0 {
		return Figure{}
	}
	c := &canvas{width: barsWidth}
	rows := make([][]string, len(b.Bars))
	for i, bar := range b.Bars {
		b.bar(c, bar)
		rows[i] = []string{bar.Name, b.num(bar.Value), b.num(bar.Maximum)}
	}
	c.height -= barGap - 2*unit
	return b.figure(c, []string{b.Of, b.Value, b.say("Maximum ¦ Maksimum")}, rows)
}

// bar writes the name and the value, and draws the bar under them in a frame that is the maximum.
func (b Bars) bar(c *canvas, bar Bar) {
	lines := wrap(bar.Name, 46)
	top := c.height + lineHeight - 2*unit
	c.text(0, top, "start", "", lines...)
	c.text(barsWidth, top, "end", strong, b.num(bar.Value)+" / "+b.num(bar.Maximum))
	c.height += len(lines)*lineHeight + 5*unit
	c.rect(10, c.height, barsWidth-20, barHeight, `class="chart-track" fill="none" stroke="currentColor" stroke-opacity=".5"`)
	c.rect(10, c.height, scale(bar.Value, bar.Maximum, barsWidth-20), barHeight, `class="chart-own" fill="currentColor"`)
	c.height += barHeight + barGap
}
