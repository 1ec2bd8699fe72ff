package inspect

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// seen is what was noticed in a PDF: by skimming it in pieces of so many bytes, or by reading every word of it when 0.
func seen(tb testing.TB, content string, piece int) string {
	tb.Helper()
	l := &look{ctx: tb.Context(), limits: Default, size: int64(len(content)), left: Default.Unpacked}
	p := &pdf{look: l, r: disk{strings.NewReader(content)}, size: l.size, opened: map[int64]bool{}, actions: map[int64]bool{}}
	o := &objects{pdf: p, raw: true}
	var err error
	if piece > 0 {
		err = o.skim(make([]byte, piece))
	} else {
		err = o.scan(io.NewSectionReader(p.r, 0, p.size))
	}
	slices.Sort(l.flags)
	return fmt.Sprint(l.flags, slices.Sorted(maps.Keys(p.opened)), slices.Sorted(maps.Keys(p.actions)), p.streams, p.stream, err)
}

// phrases are what PDFs are made of, and what looks like it.
var phrases = []string{
	"1 0 obj", "12 0 obj", "/7 0 obj", "1234567890 0 obj", "3 0(obj", "4 obj", "endobj", "/obj", "object", "xendobj", "endobject", "j",
	"stream", "endstream", "xstream", "/stream", "stream\n", "streams", "m", "endstrea", "endob",
	"/OpenAction", "<<", ">>", "[", "5 0 R", "6 0 R", "R", "/S", "/URI", "/S/URI", "/S /URI", "/A", "/Launch", "/J#61vaScript", "/JavaScript", "/Foo",
	"/First 12", "/First", "/ObjStm", "/EmbeddedFile", "/Filter", "/FlateDecode", "/A85", "/", "#", "(", ")", "%",
	" ", "\n", "\r\n", "\x00", "9", "0", "x", "\xff\xfe", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"                                                                                                    ",
}

func TestSkimmingAPDFSeesWhatReadingEveryWordSees(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		for range 1 + random.IntN(40) {
			b.WriteString(phrases[random.IntN(len(phrases))])
			b.WriteString([]string{"", " ", "\n"}[random.IntN(3)])
		}
		want := seen(t, b.String(), 0)
		for _, piece := range []int{skimBehind + 7, skimBehind + 30, skimSize} {
			if got := seen(t, b.String(), piece); got != want {
				t.Fatalf("%q in pieces of %d: saw %s, want %s", b.String(), piece, got, want)
			}
		}
	}
}

func TestANumberFarBeforeItsObjectCounts(t *testing.T) {
	gap := strings.Repeat(" ", 3*skimSize)
	content := "%PDF-1.7\n1 0 obj <</OpenAction 7 0 R>> endobj 7" + gap + "0" + gap + "obj <</S/URI>>"
	if got, want := seen(t, content, skimSize), seen(t, content, 0); got != want || !strings.Contains(got, "[7] [7]") {
		t.Errorf("saw %s, want %s", got, want)
	}
}

func FuzzSkim(f *testing.F) {
	f.Add("1 0 obj<</S/URI>>endobj 2 0 obj<</OpenAction 1 0 R/S/Launch>>stream\nx\nendstream", 13)
	f.Add(strings.Join(phrases, " "), 1)
	f.Fuzz(func(t *testing.T, content string, more int) {
		piece := skimBehind + 7 + int(uint(more)%200)
		if got, want := seen(t, content, piece), seen(t, content, 0); got != want {
			t.Errorf("in pieces of %d: saw %s, want %s", piece, got, want)
		}
	})
}
