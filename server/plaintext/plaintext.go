// Package plaintext tells text that reads as it is written from text that hides something.
package plaintext

import (
	"strings"
	"unicode"
)

// Hidden finds the first character that nobody sees and that changes what is read, stored or logged: a control
// character other than a tab or a line end, a separator of lines that few programs know, and what turns the direction of
// reading, with which a program can look like a picture.
func Hidden(s string) (r rune, found bool) {
	i := strings.IndexFunc(s, hides)
	if i < 0 {
		return 0, false
	}
	for _, r = range s[i:] {
		break
	}
	return r, true
}

func hides(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // line and paragraph separator, turns of direction
		return true
	}
	return unicode.IsControl(r)
}

// Blank reports whether nothing of a text is visible.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}
