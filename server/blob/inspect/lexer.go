package inspect

import (
	"bytes"
	"strconv"
)

// maxWord is how long a name or a word of a PDF that is looked for can be; of longer ones the beginning is kept.
const maxWord = 64

// lexer cuts the bytes of a PDF into names, words and brackets, wherever they stand: also in what claims to be a text or a
// picture, because readers find objects by their places and nothing keeps those out of there.
type lexer struct {
	at    int64 // of the next byte
	kind  byte  // '/' within a name, 'w' within a word, 0 between
	from  int64 // where the word began
	word  []byte
	token func(t token)
	pause func() bool // asked after each name or word whether to read no further; nil for no
}

// token is a name ('/'), a word ('w') or a bracket (itself). Its text lives until the next one.
type token struct {
	kind     byte
	text     []byte
	from, to int64
}

// The classes of bytes in a PDF. Most bytes are of no class, and are taken many at a time.
const (
	space   = 1 + iota // ends what was being read
	bracket            // and is a token itself
	slash              // and begins a name
)

var classes = func() (c [256]byte) {
	for _, b := range []byte("\x00\t\n\f\r ") {
		c[b] = space
	}
	for _, b := range []byte("()<>[]{}%") {
		c[b] = bracket
	}
	c['/'] = slash
	return c
}()

// write reads on, and returns how far it came: not to the end when it paused, between a name or word and what ends it.
func (l *lexer) write(p []byte) (n int, paused bool) {
	for n < len(p) {
		begin := n
		for n < len(p) && classes[p[n]] == 0 {
			n++
		}
		if n > begin {
			l.add(p[begin:n])
			l.at += int64(n - begin)
		}
		if n == len(p) {
			break
		}
		if l.end() && l.pause != nil && l.pause() {
			return n, true
		}
		l.cut(p[n])
		l.at++
		n++
	}
	return n, false
}

// add goes on with a name or word, or begins a word.
func (l *lexer) add(p []byte) {
	if l.kind == 0 {
		l.kind, l.from = 'w', l.at
	}
	l.word = append(l.word, p[:min(len(p), 3*maxWord-len(l.word))]...)
}

// cut takes in a byte of a class.
func (l *lexer) cut(c byte) {
	switch classes[c] {
	case bracket:
		l.token(token{kind: c, from: l.at, to: l.at + 1})
	case slash:
		l.kind, l.from = '/', l.at
	}
}

// end ends the name or word that was being read, and reports whether there was one.
func (l *lexer) end() bool {
	if l.kind == 0 {
		return false
	}
	if l.kind == '/' && bytes.IndexByte(l.word, '#') >= 0 {
		l.word = unescape(l.word)
	}
	l.token(token{kind: l.kind, text: l.word[:min(len(l.word), maxWord)], from: l.from, to: l.at})
	l.kind, l.word = 0, l.word[:0]
	return true
}

// unescape writes the characters of a name that are given by number (#4A) as themselves, in its place.
func unescape(name []byte) []byte {
	out := name[:0]
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '#' && i+2 < len(name) {
			if n, err := strconv.ParseUint(string(name[i+1:i+3]), 16, 8); err == nil {
				c = byte(n)
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}

// number is a whole number of up to nine digits.
func (t *token) number() (n int64, ok bool) {
	if t.kind != 'w' || len(t.text) == 0 || len(t.text) > 9 {
		return 0, false
	}
	for _, c := range t.text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}
