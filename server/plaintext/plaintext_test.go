package plaintext_test

import (
	"testing"

	"github.com/meritindex/merit/server/plaintext"
)

func TestTextThatHidesSomething(t *testing.T) {
	for text, want := range map[string]rune{
		"Kota Bukittinggi\tSumatera Barat\r\n":    0,
		"Jln. Teuku Umar № 7 — “kantor lama” 👩‍💼": 0,
		"شؤون":                   0,
		"a\x00b":                 0,
		"bukti\x1b[31mmerah":     0x1b,
		"a\x7fb":                 0x7f,
		"a\u0085b":               0x85,
		"satu\u2028dua":          0x2028,
		"laporan\u202efdp.exe":   0x202e,
		"\u2066nama\u2069":       0x2066,
		"pertama \x01 dan \x02":  0x01,
		"nama\ufeff tanpa akhir": 0,
	} {
		got, found := plaintext.Hidden(text)
		if wantFound := want != 0 || text == "a\x00b"; got != want || found != wantFound {
			t.Errorf("%q hides %U (%v), want %U", text, got, found, want)
		}
	}
}

func TestTextWithNothingToSee(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "   ": true, "\t\n": true, "\u200b": true, "\u00a0\u2003": true, "\ufeff": true,
		"-": false, " a ": false, "\u200bx": false, "7": false,
	} {
		if got := plaintext.Blank(text); got != want {
			t.Errorf("%q blank: %v", text, got)
		}
	}
}
