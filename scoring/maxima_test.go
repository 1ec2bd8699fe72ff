package scoring_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

var update = flag.Bool("update", false, "rewrite the golden file of maxima")

// What the published instruments can give to each kind of agency: the maximum of every aspect, the number of scored items
// and what does not apply.
func TestMaximaOfPublishedInstruments(t *testing.T) {
	const file = "testdata/maxima.txt"
	var b strings.Builder
	for _, doc := range instrument.Embedded() {
		for _, kind := range scoring.AgencyKinds() {
			describeMaxima(t, &b, doc.ID, doc.Scoring(), kind)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func describeMaxima(tb testing.TB, b *strings.Builder, id string, in *scoring.Instrument, kind scoring.AgencyKind) {
	r, items := score(in, MustSheet(tb, in, kind)), 0
	fmt.Fprintf(b, "%s %s:", id, kind)
	for _, a := range r.Aspects {
		fmt.Fprintf(b, " %s", a.Maximum)
		items += a.Applicable
	}
	if r.HasTotal {
		fmt.Fprintf(b, " = %s", r.Maximum)
	}
	fmt.Fprintf(b, ", %d scored items", items)
	for _, i := range r.LeftOut() {
		fmt.Fprintf(b, ", not %s", in.Item(i).Code)
	}
	fmt.Fprintln(b)
}
