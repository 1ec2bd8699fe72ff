package audit_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/meritindex/merit/server/audit"
)

// column is one column of a row under test.
type column struct {
	name  string
	value any
}

func mustRow(tb testing.TB, table string, columns ...column) string {
	tb.Helper()
	row := audit.AppendTable(nil, table)
	for _, c := range columns {
		var err error
		if row, err = audit.AppendColumn(row, c.name, c.value); err != nil {
			tb.Fatal(err)
		}
	}
	return string(row)
}

// Hashes that are kept must stay what they are.
func TestHashOfARowNeverChanges(t *testing.T) {
	row := mustRow(t, "agency", column{"id", "a"}, column{"note", nil}, column{"revision", int64(-2)}, column{"source", []byte{0}})
	const wantRow = "06" + "6167656e6379" + "02" + "6964" + "74" + "01" + "61" +
		"08" + "7265766973696f6e" + "69" + "fffffffffffffffe" + "06" + "736f75726365" + "62" + "01" + "00"
	if got := hex.EncodeToString([]byte(row)); got != wantRow {
		t.Errorf("row %s, want %s", got, wantRow)
	}
	const wantHash = "f07a8388750044a8ac8083239c3ba99494694a2988fb852977a62efa2df744e3"
	sum := audit.HashRow([16]byte{1}, []byte(row))
	if got := hex.EncodeToString(sum[:]); got != wantHash {
		t.Errorf("hash %s, want %s", got, wantHash)
	}
}

func TestDifferentRowsHaveDifferentBytes(t *testing.T) {
	rows := map[string]string{
		"a text":              mustRow(t, "t", column{"a", "12"}),
		"in another table":    mustRow(t, "u", column{"a", "12"}),
		"in another column":   mustRow(t, "t", column{"b", "12"}),
		"the same as bytes":   mustRow(t, "t", column{"a", []byte("12")}),
		"the same as integer": mustRow(t, "t", column{"a", int64(12)}),
		"an empty text":       mustRow(t, "t", column{"a", ""}),
		"no value":            mustRow(t, "t", column{"a", nil}),
		"two columns":         mustRow(t, "t", column{"a", "1"}, column{"b", "2"}),
		"their border moved":  mustRow(t, "t", column{"a", "1\x01bt\x012"}),
	}
	seen := map[string]string{}
	for name, row := range rows {
		if other, ok := seen[row]; ok {
			t.Errorf("%s and %s have the same bytes %q", name, other, row)
		}
		seen[row] = name
	}
}

func TestColumnAddedLaterDoesNotChangeRowsThatHaveNoValueInIt(t *testing.T) {
	if mustRow(t, "t", column{"a", "1"}) != mustRow(t, "t", column{"a", "1"}, column{"b", nil}) {
		t.Error("a NULL has bytes")
	}
}

func TestTruthIsKeptAsItsInteger(t *testing.T) {
	if mustRow(t, "t", column{"a", true}, column{"b", false}) != mustRow(t, "t", column{"a", int64(1)}, column{"b", int64(0)}) {
		t.Error("true is not 1 or false is not 0")
	}
}

func TestFloatsHaveNoCanonicalForm(t *testing.T) {
	if _, err := audit.AppendColumn(nil, "total", 0.5); err == nil || !strings.Contains(err.Error(), "total") {
		t.Errorf("got %v", err)
	}
}

func TestKeysAreOneWordAndDistinct(t *testing.T) {
	cases := []struct {
		columns []any
		want    string
	}{
		{[]any{"01KAJ3Y1W0"}, "01KAJ3Y1W0"},
		{[]any{"a", "1.1", int64(3)}, "a/1.1/3"},
		{[]any{"a/1.1", int64(3)}, "a%2F1.1/3"},
		{[]any{"", "100% ya"}, "/100%25%20ya"},
		{[]any{"kota✓\n"}, "kota✓%0A"},
	}
	for _, c := range cases {
		if got, err := audit.Key(c.columns...); got != c.want || err != nil {
			t.Errorf("%q: %q, %v; want %q", c.columns, got, err, c.want)
		}
	}
	if _, err := audit.Key(0.5); err == nil {
		t.Error("a key of a float was written")
	}
}

func TestATextColumnIsFoundInTheBytesOfARow(t *testing.T) {
	row := []byte(mustRow(t, "t", column{"a", int64(1)}, column{"b", []byte("c")}, column{"c", "found"}, column{"d", nil}, column{"e", ""}))
	for name, want := range map[string]string{"a": "", "b": "", "c": "found", "d": "", "e": "", "t": ""} {
		if got := audit.TextColumn(row, name); got != want {
			t.Errorf("column %s is %q, want %q", name, got, want)
		}
	}
	for n := range row {
		if got := audit.TextColumn(row[:n], "c"); got != "" && got != "found" {
			t.Errorf("%q in the first %d bytes", got, n)
		}
	}
}
