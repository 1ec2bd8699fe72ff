package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// show writes an answer: as JSON when asked for, else by the function, which writes for people.
func (c *Context) show(message proto.Message, people func(w io.Writer)) error {
	if c.Output != "json" {
		people(c.Out)
		return nil
	}
	return c.json(message)
}

// json writes a message as protojson, indented evenly: protojson's own spacing is random on purpose.
func (c *Context) json(message proto.Message) error {
	raw, err := protojson.Marshal(message)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = c.Out.Write(out.Bytes())
	return err
}

// table is rows of cells in columns; columns whose heading begins with ">" are set to the right, as numbers are.
type table struct {
	headings []string
	rows     [][]string
}

// newTable starts a table with the headings, in the caller's language.
func (c *Context) newTable(headings ...string) *table {
	t := &table{}
	for _, heading := range headings {
		t.headings = append(t.headings, strings.ToUpper(c.Say(heading)))
	}
	return t
}

func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = clean(fmt.Sprint(cell))
	}
	t.rows = append(t.rows, row)
}

// write sets the table with its headings.
func (t *table) write(w io.Writer) {
	headings, _ := t.columns()
	t.set(w, append([][]string{headings}, t.rows...))
}

// writeRows sets the rows alone, for output that comes bit by bit.
func (t *table) writeRows(w io.Writer) { t.set(w, t.rows) }

// columns are the headings without their mark, and which columns are set to the right.
func (t *table) columns() (headings []string, right []bool) {
	headings, right = make([]string, len(t.headings)), make([]bool, len(t.headings))
	for i, heading := range t.headings {
		headings[i], right[i] = strings.CutPrefix(heading, ">")
	}
	return headings, right
}

// set sets lines with two spaces between columns and no spaces at their ends.
func (t *table) set(w io.Writer, lines [][]string) {
	_, right := t.columns()
	widths := make([]int, len(right))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				b.WriteString(pad + cell + "  ")
			} else {
				b.WriteString(cell + pad + "  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// clean keeps a text from others on one line and from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			return -1
		}
		return r
	}, s)
}
