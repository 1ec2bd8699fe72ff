package instrument_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring/instrument"
)

var update = flag.Bool("update", false, "write the golden file of the diff")

// MustParseFile reads an instrument of testdata.
func MustParseFile(tb testing.TB, file string) *instrument.Instrument {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := instrument.Parse(filepath.Base(file), data)
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

// say writes changes one per line.
func say(changes []instrument.Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%-10s %s: %q -> %q\n", c.Kind, c.Subject, c.Before, c.After)
	}
	return b.String()
}

// The new version renumbers items, so items are told apart by their predecessors and not by their codes.
func TestDiffOfANewVersion(t *testing.T) {
	const golden = "testdata/diff/want.txt"
	got := say(instrument.Diff(MustParseFile(t, "testdata/diff/before.yaml"), MustParseFile(t, "testdata/diff/after.yaml")))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestAnInstrumentDoesNotDifferFromItself(t *testing.T) {
	for _, in := range instrument.Embedded() {
		if changes := instrument.Diff(in, in); len(changes) > 0 {
			t.Errorf("%s differs from itself:\n%s", in.ID, say(changes))
		}
	}
}

// Diffing the other way round finds the same subjects with the sides swapped.
func TestDiffOfUnrelatedInstrumentsIsByCode(t *testing.T) {
	old, recent := MustLookup(t, "kasn-2019"), MustLookup(t, "panrb-2026")
	there, back := instrument.Diff(old, recent), instrument.Diff(recent, old)
	swapped := map[string]instrument.Change{}
	for _, c := range back {
		swapped[c.Subject] = c
	}
	for _, c := range there {
		if b := swapped[c.Subject]; b.Before != c.After || b.After != c.Before {
			t.Errorf("%s: %q -> %q there, %q -> %q back", c.Subject, c.Before, c.After, b.Before, b.After)
		}
	}
	if len(there) != len(back) {
		t.Errorf("%d changes there, %d back", len(there), len(back))
	}
}
