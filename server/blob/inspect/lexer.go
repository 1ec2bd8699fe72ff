package inspect

import "strconv"

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
}

// token is a name ('/'), a word ('w') or a bracket (itself). Its text lives until the next one.
type token struct {
	kind     byte
	text     []byte
	from, to int64
}

func (l *lexer) write(p []byte) {
	for _, c := range p {
		l.add(c)
		l.at++
	}
}

func (l *lexer) add(c byte) {
	switch c {
	case 0, '\t', '\n', '\f', '\r', ' ':
		l.end()
	case '(', ')', '<', '>', '[', ']', '{', '}', '%':
		l.end()
		l.token(token{kind: c, from: l.at, to: l.at + 1})
	case '/':
		l.end()
		l.kind, l.from = '/', l.at
	default:
		if l.kind == 0 {
			l.kind, l.from = 'w', l.at
		}
		if len(l.word) < 3*maxWord {
			l.word = append(l.word, c)
		}
	}
}

// end ends the name or word that was being read.
func (l *lexer) end() {
	if l.kind == 0 {
		return
	}
	if l.kind == '/' {
		l.word = unescape(l.word)
	}
	l.token(token{kind: l.kind, text: l.word[:min(len(l.word), maxWord)], from: l.from, to: l.at})
	l.kind, l.word = 0, l.word[:0]
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
