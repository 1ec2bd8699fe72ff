package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// plain takes the accents off letters: é is e.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// western writes a text in Windows-1252, which the fonts of every PDF reader have. It holds all of Bahasa Indonesia and
// English and nearly every name; a character that it does not hold is shown as "?", never left out.
func western(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch c, ok := charmap.Windows1252.EncodeRune(r); {
		case r == '\n':
			b.WriteByte('\n')
		case r == '\r':
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Cf, r): // joins and directions, which nobody sees
		case !ok || unicode.IsControl(r):
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
