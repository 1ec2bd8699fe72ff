package answers

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteCSV writes rows with the header item,level,note, in a form that Parse reads back unchanged. A text that a
// spreadsheet would take for a formula gets an apostrophe in front, which Parse takes away again.
func WriteCSV(w io.Writer, rows []Row) error {
	records := [][]string{{"item", "level", "note"}}
	for _, r := range rows {
		records = append(records, []string{Guard(r.Item), Guard(r.Level), Guard(r.Note)})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// WriteYAML writes rows as a list, in a form that Parse reads back unchanged.
func WriteYAML(w io.Writer, rows []Row) error {
	b := bufio.NewWriter(w)
	for _, r := range rows {
		fmt.Fprintf(b, "- {item: %s, level: %s", quote(r.Item), quote(r.Level))
		if r.Note != "" {
			fmt.Fprintf(b, ", note: %s", quote(r.Note))
		}
		fmt.Fprintln(b, "}")
	}
	return b.Flush() // also reports what went wrong before
}

// quote gives a JSON string, which is YAML too, but an empty value for an empty text.
func quote(s string) string {
	if s == "" {
		return "null"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
