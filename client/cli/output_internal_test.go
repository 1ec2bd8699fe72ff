package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTextsOfOthersCannotSteerTheTerminal(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Kabupaten Pañia → 4 ≥ 3", "Kabupaten Pañia → 4 ≥ 3"},
		{"colour", "a\x1b[31mb", "a[31mb"},
		{"C1 control sequence", "a\u009b31mb", "a31mb"},
		{"title of the window", "a\x1b]0;evil\x07b", "a]0;evilb"},
		{"back over what stands there", "327\b\b\b410", "327410"},
		{"line of its own", "Baik\r\n410  Sangat Baik", "Baik  410  Sangat Baik"},
		{"Unicode line ends", "a\u2028b\u2029c\u0085d", "a b c d"},
		{"tab", "a\tb", "a b"},
		{"right to left", "a\u202e014\u202c", "a014"},
		{"isolate", "a\u2067b\u2069", "ab"},
		{"invisible", "a\u200b\u00ad\ufeffb", "ab"},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
		{"delete", "a\x7fb", "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"Baik", "a\x1b[2Jb", "\u202e410", "\xff\xfe", "a\r\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) && !unicode.In(r, unicode.Co, unicode.Cn, unicode.Zs) { // Cn has no meaning in this version of Unicode
				t.Errorf("%q has %U", got, r)
			}
		}
		if clean(got) != got {
			t.Errorf("cleaning %q again changes it", got)
		}
	})
}

func TestATableSetsColumnsWithoutSpacesAtLineEnds(t *testing.T) {
	c := &Context{Globals: Globals{Lang: "en"}}
	table := c.newTable("Agency ¦ Instansi", ">Total ¦ >Nilai", "Mark ¦ Tanda")
	table.row("Kabupaten Pañia", "37.5", "")
	table.row("Kota\nBatu", 410, "*")
	var out bytes.Buffer
	table.write(&out)
	want := "AGENCY           TOTAL  MARK\n" +
		"Kabupaten Pañia   37.5\n" +
		"Kota Batu          410  *\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestATableIsOneLineForEachRowWhateverTheCellsHold(t *testing.T) {
	c := &Context{Globals: Globals{Lang: "id"}}
	table := c.newTable("Item ¦ Butir", "Note ¦ Catatan")
	table.row("1.1", "satu\ndua\r\n\x1b[1;1Htiga")
	var out bytes.Buffer
	table.write(&out)
	if lines := strings.Count(out.String(), "\n"); lines != 2 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("got %q", out.String())
	}
}
