package plaintext_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/meritindex/merit/server/plaintext"
)

// FuzzHidden looks for something hidden in any text: what is found stands there, and a text without it has only what can be
// seen or moves on to the next word or line.
func FuzzHidden(f *testing.F) {
	for _, seed := range []string{"", "a", "a\tb\r\n", "\u202egnp.exe", "a\x00", "\u2028", "\x7f", "\u0085", "\xff", "\ufffd", " \u00a0\u3000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, found := plaintext.Hidden(s)
		if found && !strings.ContainsRune(s, r) {
			t.Errorf("%q has no %U", s, r)
		}
		if found {
			return
		}
		for _, r := range s {
			if unicode.Is(unicode.Cc, r) && !strings.ContainsRune("\t\r\n", r) || unicode.Is(unicode.Bidi_Control, r) && r != '\u200e' && r != '\u200f' && r != '\u061c' {
				t.Errorf("%q has %U", s, r)
			}
		}
		if plaintext.Blank(s) != plaintext.Blank(s+" \t\n") || plaintext.Blank(s+"x") {
			t.Errorf("whether %q is blank changes with spaces behind it", s)
		}
	})
}
