package inspect

import (
	"bytes"
	"slices"
)

// skimmer reads a PDF as its bytes stand, and gives the lexer only those stretches that may say something that is looked
// for. It finds what the lexer alone would find: a name matters if it begins as one that is looked for, a word if it is
// obj, endobj or stream, all else only just behind such a name. Most bytes are of packed pictures, in which a processor
// finds the next slash or letter many bytes at a time.
type skimmer struct {
	*objects
	piece []byte // of the file
	base  int64  // where the piece begins
	pos   int    // in the piece: what is before is done
	awake bool   // the lexer is reading

	slash, obj, stream int // in the piece: where the next of each begins, at or after pos; its length for none

	back     []byte // what stood long before the piece, for numbersBefore
	backFrom int64
}

const (
	skimSize = 64 << 10
	// skimBehind is how much of what is done stays in the piece, to look back at.
	skimBehind = 64
	// skimTail is what is looked at once more with the next piece: a word may go on there.
	skimTail = len("endobj") - 1
)

// beginsName are the bytes with which a name begins that matters, or may when written in numbers.
var beginsName = func() (b [256]bool) {
	for _, c := range []byte("#ACEFJLOPRSUX") {
		b[c] = true
	}
	return b
}()

// skim reads the whole file, in pieces that fit into buf.
func (o *objects) skim(buf []byte) error {
	s := &skimmer{objects: o}
	o.lexer.token, o.lexer.pause = o.token, s.rests
	for o.failed == nil && s.base+int64(len(s.piece)) < o.size {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		if err := s.next(buf); err != nil {
			return err
		}
		for o.failed == nil && s.pos < len(s.piece) && (s.awake || s.find()) {
			s.read()
		}
	}
	o.lexer.end()
	return o.failed
}

// next reads the next piece behind what stays of the one before.
func (s *skimmer) next(buf []byte) error {
	if !s.awake {
		s.pos = max(s.pos, len(s.piece)-skimTail)
	}
	gone := max(0, s.pos-skimBehind)
	kept := copy(buf, s.piece[gone:])
	s.base, s.pos = s.base+int64(gone), s.pos-gone
	more, err := readUpTo(s.r, buf[kept:min(int64(len(buf)), s.size-s.base)], s.base+int64(kept))
	if err != nil {
		return err
	}
	if len(more) == 0 {
		s.size = s.base + int64(kept) // the file has become shorter
	}
	s.piece = buf[:kept+len(more)]
	s.slash, s.obj, s.stream = -1, -1, -1
	return nil
}

// rests reports whether nothing that was read waits for what comes.
func (s *skimmer) rests() bool { return s.opens == 0 && s.name != "S" && s.name != "First" }

// read lets the lexer read on until nothing waits for what comes.
func (s *skimmer) read() {
	n, paused := s.lexer.write(s.piece[s.pos:])
	s.pos += n
	s.awake = !paused
}

// find goes to the next stretch for the lexer and reports whether there is one in the piece.
func (s *skimmer) find() bool {
	if s.slash < s.pos {
		s.slash = s.nextName()
	}
	if s.obj < s.pos {
		s.obj = s.nextWord("obj")
	}
	if s.stream < s.pos {
		s.stream = s.nextWord("stream")
	}
	at := min(s.slash, s.obj, s.stream)
	if at == len(s.piece) {
		return false
	}
	s.pos, s.awake = at, true
	s.lexer.at, s.name, s.count = s.base+int64(at), "", 0
	if at == s.obj && s.piece[at] == 'o' {
		s.numbersBefore(s.lexer.at)
	}
	return true
}

// nextName is where the next name begins that may matter.
func (s *skimmer) nextName() int {
	for at := s.pos; ; at++ {
		n := bytes.IndexByte(s.piece[at:], '/')
		if n < 0 {
			return len(s.piece)
		}
		if at += n; at+1 == len(s.piece) || beginsName[s.piece[at+1]] {
			return at
		}
	}
}

// nextWord is where the next word begins that is the one given, or that with end before it.
func (s *skimmer) nextWord(word string) int {
	for from := s.pos; ; {
		last := bytes.IndexByte(s.piece[from:], word[len(word)-1])
		if last < 0 {
			return len(s.piece)
		}
		from += last + 1 // behind the word, if it is one
		if at, ok := bytes.CutSuffix(s.piece[s.pos:from], []byte(word)); ok && s.ends(from) {
			at = bytes.TrimSuffix(at, []byte("end"))
			if begin := s.pos + len(at); s.begins(begin) {
				return begin
			}
		}
	}
}

// begins reports whether a word may begin at a place of the piece.
func (s *skimmer) begins(at int) bool {
	if at == 0 {
		return s.base == 0
	}
	return classes[s.piece[at-1]] != 0 && s.piece[at-1] != '/'
}

// ends reports whether a word may end before a place of the piece.
func (s *skimmer) ends(at int) bool { return at == len(s.piece) || classes[s.piece[at]] != 0 }

// numbersBefore reads the two numbers just before a place, if they are numbers: the object that begins there.
func (s *skimmer) numbersBefore(at int64) {
	var ok bool
	for i := 1; i >= 0; i-- {
		for at > 0 && classes[s.before(at)] == space {
			at--
		}
		var word [10]byte
		n := len(word)
		for ; at > 0 && n > 0 && classes[s.before(at)] == 0; at-- {
			n--
			word[n] = s.before(at)
		}
		t := token{kind: 'w', text: word[n:]}
		if at > 0 && s.before(at) == '/' {
			t.kind = '/'
		}
		if s.numbers[i], ok = t.number(); !ok {
			return
		}
		s.count++
	}
}

// before is the byte before a place of the file.
func (s *skimmer) before(at int64) byte {
	at--
	if at >= s.base {
		return s.piece[at-s.base]
	}
	if at < s.backFrom || at >= s.backFrom+int64(len(s.back)) {
		s.back = slices.Grow(s.back[:0], skimSize)[:min(skimSize, at+1)]
		s.backFrom = at + 1 - int64(len(s.back))
		got, err := readUpTo(s.r, s.back, s.backFrom)
		clear(s.back[len(got):])
		if err != nil {
			s.failed = err
		}
	}
	return s.back[at-s.backFrom]
}
