package inspect

import (
	"bytes"
	"slices"
)

// skimmer reads a PDF as its bytes stand, and gives the lexer only those stretches that may say something that is looked
// for. It finds what the lexer alone would find: a name matters if it begins as one that is looked for, of words only stream,
// obj and endobj, all else only just behind such a name. Most bytes are of packed pictures, in which a processor finds the
// next slash or letter many bytes at a time; so each byte that is not looked for makes it quicker. In which object
// something stands is asked of few files, and found out then.
type skimmer struct {
	*objects
	names bool   // that matter are looked for
	word  string // that is looked for; obj is also found at the end of endobj

	buf   []byte // for the piece
	piece []byte // of the file
	base  int64  // where the piece begins
	pos   int    // in the piece: what is before is done
	awake bool   // the lexer is reading
	until int64  // what begins there or behind is not looked for yet

	nextName, nextWord int // in the piece: where the next of each begins, at or after pos; its length for none

	where *skimmer // finds the objects; nil before it is asked

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
	s := &skimmer{objects: o, names: true, word: "stream", buf: buf}
	o.locate = s.locate
	err := s.read(o.size)
	o.lexer.end()
	if err == nil {
		err = o.failed
	}
	return err
}

// locate finds out in which object a place stands, and whether opening the document does what is said there.
func (s *skimmer) locate(at int64) {
	if s.where == nil {
		s.where = &skimmer{objects: &objects{pdf: s.pdf, raw: true}, word: "obj", buf: make([]byte, len(s.buf))}
	}
	s.where.acts = s.acts
	if err := s.where.read(at); err != nil {
		s.failed = err
	}
	s.object, s.acts = s.where.object, s.where.acts
}

// read reads on until a place.
func (s *skimmer) read(until int64) error {
	s.until, s.lexer.token, s.lexer.pause = until, s.token, s.rests
	for s.failed == nil {
		for s.failed == nil && s.pos < len(s.piece) && (s.awake || s.find()) {
			n, paused := s.lexer.write(s.piece[s.pos:])
			s.pos += n
			s.awake = !paused
		}
		if s.base+int64(len(s.piece)) >= min(until, s.size) {
			break
		}
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := s.next(); err != nil {
			return err
		}
	}
	return s.failed
}

// next reads the next piece behind what stays of the one before.
func (s *skimmer) next() error {
	if !s.awake {
		s.pos = max(s.pos, len(s.piece)-skimTail)
	}
	gone := max(0, s.pos-skimBehind)
	kept := copy(s.buf, s.piece[gone:])
	s.base, s.pos = s.base+int64(gone), s.pos-gone
	more, err := readUpTo(s.r, s.buf[kept:min(int64(len(s.buf)), s.size-s.base)], s.base+int64(kept))
	if err != nil {
		return err
	}
	if len(more) == 0 {
		s.size = s.base + int64(kept) // the file has become shorter
	}
	s.piece = s.buf[:kept+len(more)]
	s.nextName, s.nextWord = -1, -1
	return nil
}

// rests reports whether nothing that was read waits for what comes.
func (s *skimmer) rests() bool { return s.opens == 0 && s.name != "S" && s.name != "First" }

// find goes to the next stretch for the lexer and reports whether there is one in the piece.
func (s *skimmer) find() bool {
	if s.nextName < s.pos {
		s.nextName = s.findName()
	}
	if s.nextWord < s.pos {
		s.nextWord = s.findWord()
	}
	at := min(s.nextName, s.nextWord)
	if at == len(s.piece) || s.base+int64(at) >= s.until {
		return false
	}
	s.pos, s.awake = at, true
	s.lexer.at, s.name, s.count = s.base+int64(at), "", 0
	if s.piece[at] == 'o' {
		s.numbersBefore(s.lexer.at)
	}
	return true
}

// findName is where the next name begins that may matter.
func (s *skimmer) findName() int {
	if !s.names {
		return len(s.piece)
	}
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

// findWord is where the next word begins that is looked for.
func (s *skimmer) findWord() int {
	last, other := s.word[len(s.word)-1], s.word[len(s.word)-2]
	for from := s.pos; ; {
		n := bytes.IndexByte(s.piece[from:], last)
		if n < 0 {
			return len(s.piece)
		}
		if from += n + 1; from < 2 || s.piece[from-2] != other {
			continue
		}
		if begin, ok := s.wordBefore(from); ok {
			return begin
		}
	}
}

// wordBefore returns where the word begins that ends before a place of the piece, if it is looked for and not done yet.
func (s *skimmer) wordBefore(end int) (begin int, ok bool) {
	head, ok := bytes.CutSuffix(s.piece[s.pos:end], []byte(s.word))
	begin = s.pos + len(head)
	if s.word == "obj" {
		begin = s.pos + len(bytes.TrimSuffix(head, []byte("end")))
	}
	return begin, ok && s.begins(begin) && s.ends(end)
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
