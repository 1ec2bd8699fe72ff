package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// outputJSON is the value of --output for programs.
const outputJSON = "json"

// show writes an answer: as JSON when asked for, else by the function, which writes for people.
func (c *Context) show(message proto.Message, people func(w io.Writer)) error {
	if c.Output == outputJSON {
		return writeJSON(c.Out, message)
	}
	people(c.Out)
	return nil
}

// writeJSON writes messages as protojson, one after the other, indented evenly: protojson's own spacing is random on
// purpose.
func writeJSON(w io.Writer, messages ...proto.Message) error {
	var out bytes.Buffer
	for _, message := range messages {
		raw, err := protojson.Marshal(message)
		if err != nil {
			return err
		}
		if err := json.Indent(&out, raw, "", "  "); err != nil {
			return err
		}
		out.WriteByte('\n')
	}
	_, err := w.Write(out.Bytes())
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

// clean keeps a text from others on one line, and from steering the terminal or turning the direction of what is
// beside it: control characters and invisible ones go, and what ends a line becomes a space.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// cleanLines is clean for each line of a text of ours that others' texts were put into.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}
