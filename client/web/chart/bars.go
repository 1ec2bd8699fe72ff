package chart

import (
	"strings"

	"github.com/meritindex/merit/scoring"
)

// Bars shows values against a maximum each, one bar under the other.
type Bars struct {
	Text
	Of    string // what a row is: "Aspect"
	Value string // what is shown: "Mean"
	Unit  string // follows the values, whose maximum goes without saying: "%"; none when empty
	Bars  []Bar
	Goal  *Goal // the same for every bar; none when nil
}

// Bar is one value.
type Bar struct {
	Name           string
	Value, Maximum scoring.Points
}

// Goal is a value to reach.
type Goal struct {
	Name  string
	Value scoring.Points
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
		if b.Goal != nil {
			rows[i] = append(rows[i], b.num(b.Goal.Value))
		}
	}
	c.height -= barGap - 2*unit
	head := []string{b.Of, b.Value, b.say("Maximum ¦ Maksimum")}
	if b.Goal != nil {
		head = append(head, b.Goal.Name)
	}
	return b.figure(c, head, rows)
}

// bar writes the name and the value, and draws the bar under them in a frame that is the maximum.
func (b Bars) bar(c *canvas, bar Bar) {
	lines := wrap(bar.Name, 46)
	top := c.height + lineHeight - 2*unit
	c.text(0, top, "start", "", lines...)
	c.text(barsWidth, top, "end", strong, b.written(bar))
	c.height += len(lines)*lineHeight + 5*unit
	c.rect(10, c.height, barsWidth-20, barHeight, `class="chart-track" fill="none" stroke="currentColor" stroke-opacity=".5"`)
	c.rect(10, c.height, scale(bar.Value, bar.Maximum, barsWidth-20), barHeight, `class="chart-own" fill="currentColor"`)
	c.height += barHeight
	if b.Goal != nil {
		b.goal(c, bar.Maximum)
	}
	c.height += barGap
}

func (b Bars) written(bar Bar) string {
	if b.Unit != "" {
		return b.num(bar.Value) + " " + b.Unit
	}
	return b.num(bar.Value) + " / " + b.num(bar.Maximum)
}

// goal marks what is to be reached with a line through the bar, and names it below.
func (b Bars) goal(c *canvas, maximum scoring.Points) {
	x := 10 + scale(b.Goal.Value, maximum, barsWidth-20)
	c.line(x, c.height-barHeight-4*unit, x, c.height+4*unit, `class="chart-others" stroke="currentColor" stroke-width="3" stroke-dasharray="5 2"`)
	text := strings.TrimSpace(b.Goal.Name + " " + b.num(b.Goal.Value) + " " + b.Unit)
	anchor, room := "middle", len([]rune(text))*charWidth/2
	if x < room {
		anchor = "start"
	} else if x+room > barsWidth {
		anchor = "end"
	}
	c.text(x, c.height+18*unit, anchor, soft, text)
	c.height += lineHeight + 4*unit
}
