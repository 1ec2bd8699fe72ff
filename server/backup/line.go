package backup

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// longestLine bounds what one row may take up when it is read: far more than any row has.
const longestLine = 256 << 20

type head struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// cell is a value that JSON has no form for.
type cell struct {
	Bytes []byte `json:"bytes,omitempty"`
	Text  []byte `json:"text,omitempty"` // not UTF-8: only in a SQLite file that something else wrote to
}

func appendHead(line []byte, table string, columns []string) ([]byte, error) {
	text, err := json.Marshal(head{table, columns})
	return append(append(line, text...), '\n'), err
}

func appendRow(line []byte, values []any) ([]byte, error) {
	line = append(line, '[')
	for i, v := range values {
		if i > 0 {
			line = append(line, ',')
		}
		var err error
		if line, err = appendValue(line, v); err != nil {
			return nil, err
		}
	}
	return append(line, ']', '\n'), nil
}

func appendValue(line []byte, v any) ([]byte, error) {
	var simple any
	switch v := v.(type) {
	case nil:
		return append(line, "null"...), nil
	case int64:
		return strconv.AppendInt(line, v, 10), nil
	case string:
		simple = v
		if !utf8.ValidString(v) {
			simple = cell{Text: []byte(v)}
		}
	case []byte:
		simple = struct {
			Bytes []byte `json:"bytes"`
		}{v}
	default:
		return nil, fmt.Errorf("a value of type %T", v)
	}
	text, err := json.Marshal(simple)
	return append(line, text...), err
}

// lineReader reads what appendHead and appendRow wrote.
type lineReader struct {
	lines   *bufio.Scanner
	columns []string
	raw     []json.RawMessage
	values  []any
}

func newLineReader(r io.Reader, table string) (*lineReader, error) {
	l := &lineReader{lines: bufio.NewScanner(r)}
	l.lines.Buffer(make([]byte, 64<<10), longestLine)
	if !l.lines.Scan() {
		return nil, errors.Join(errors.New("it has no first line"), l.lines.Err())
	}
	var h head
	if err := json.Unmarshal(l.lines.Bytes(), &h); err != nil {
		return nil, err
	}
	if h.Table != table || len(h.Columns) == 0 {
		return nil, fmt.Errorf("its first line names table %q with %d columns, the manifest %q", h.Table, len(h.Columns), table)
	}
	for _, column := range h.Columns {
		if !isName(column) {
			return nil, fmt.Errorf("%q is not the name of a column", column)
		}
	}
	l.columns, l.values = h.Columns, make([]any, len(h.Columns))
	return l, nil
}

// isName reports whether a text can stand in SQL as the name of a column.
func isName(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// row returns the values of the next row, or io.EOF. They are good until the next call.
func (l *lineReader) row() ([]any, error) {
	if !l.lines.Scan() {
		if err := l.lines.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	l.raw = l.raw[:0]
	if err := json.Unmarshal(l.lines.Bytes(), &l.raw); err != nil {
		return nil, err
	}
	if len(l.raw) != len(l.columns) {
		return nil, fmt.Errorf("a row has %d values for %d columns", len(l.raw), len(l.columns))
	}
	for i, raw := range l.raw {
		var err error
		if l.values[i], err = parseValue(raw); err != nil {
			return nil, err
		}
	}
	return l.values, nil
}

func parseValue(raw json.RawMessage) (any, error) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] { // json.Unmarshal has seen that there is a value
	case 'n':
		return nil, nil //nolint:nilnil // null is a value
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case '{':
		var c cell
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, err
		}
		if c.Text != nil {
			return string(c.Text), nil
		}
		return append([]byte{}, c.Bytes...), nil
	}
	return strconv.ParseInt(string(raw), 10, 64)
}
