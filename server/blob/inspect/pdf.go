package inspect

import (
	"errors"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// How many objects of each kind are remembered, and streams looked into, of one PDF; with more it is not examined.
const (
	maxOpened  = 64
	maxActions = 1 << 17
	maxStreams = 100_000
)

// pdf is a look into one PDF: at its bytes as they stand, and at the objects in its compressed streams.
type pdf struct {
	*look
	r    io.ReaderAt
	size int64

	opened  map[int64]bool // objects that opening the document acts on
	actions map[int64]bool // objects that go to an address
	streams int
	stream  stream // what was said since the last one began
}

// stream is what the dictionary before a stream says of it.
type stream struct {
	objects  bool // holds objects
	embedded bool // holds a file
	encoded  bool // in another way than Deflate
	filtered bool
	first    int64 // where the first object in it begins
}

func (l *look) pdf(r io.ReaderAt, size int64) error {
	p := &pdf{look: l, r: disk{r}, size: size, opened: map[int64]bool{}, actions: map[int64]bool{}}
	s := &objects{pdf: p, raw: true}
	err := s.skim(make([]byte, skimSize))
	for id := range p.opened {
		if p.actions[id] {
			l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_OPENS_ADDRESS)
		}
	}
	return err
}

// objects reads the objects of a PDF, or of one stream of it.
type objects struct {
	*pdf
	raw bool // of the file itself, where streams are

	lexer   lexer
	failed  error
	object  int64    // whose bytes these are
	numbers [2]int64 // the last two words, as far as they are numbers
	count   int      // how many of them are
	name    string   // the name just before
	opens   int      // tokens since OpenAction, within what it may name; 0 when not
	acts    bool     // within what opening the document does

	locate func(int64) // finds out object and acts of a place; nil when they are known

	first  int64 // in a stream: where the first object begins, after the list of them
	starts []start
	next   int // of starts
}

// start is where an object of a stream begins.
type start struct{ object, at int64 }

func (o *objects) scan(r io.Reader) error {
	o.lexer.token = o.token
	buf := make([]byte, 64<<10)
	for o.failed == nil {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		o.lexer.write(buf[:n])
		if errors.Is(err, io.EOF) {
			o.lexer.end()
			break
		}
		if err != nil {
			o.lexer.end()
			return err
		}
	}
	return o.failed
}

func (o *objects) token(t token) {
	if o.failed != nil {
		return
	}
	o.place(&t)
	o.openAction(&t)
	before := o.name
	o.name = ""
	if n, ok := t.number(); ok {
		o.number(&t, n, before)
		return
	}
	switch t.kind {
	case '/':
		o.name = string(t.text)
		o.named(before)
	case 'w':
		o.worded(&t)
	}
	o.count = 0
}

// place finds out, in a stream, in which object a token stands.
func (o *objects) place(t *token) {
	for o.next < len(o.starts) && t.from >= o.first+o.starts[o.next].at {
		o.object, o.acts = o.starts[o.next].object, false
		o.next++
	}
}

// number takes one in, of the list at the beginning of a stream of objects or before a word.
func (o *objects) number(t *token, n int64, before string) {
	if before == "First" && o.raw {
		o.stream.first = n
	}
	o.numbers[0], o.numbers[1] = o.numbers[1], n
	o.count++
	if !o.raw && t.from < o.first && o.count%2 == 0 && len(o.starts) < maxActions {
		o.starts = append(o.starts, start{object: o.numbers[0], at: n})
	}
}

// openAction follows what stands after OpenAction: an action, the object that is one, or a page to open.
func (o *objects) openAction(t *token) {
	switch {
	case o.opens == 0:
		return
	case t.kind == '<':
		if o.locate != nil {
			o.locate(t.from)
		}
		o.acts, o.opens = true, 0
	case o.opens == 3:
		if t.kind == 'w' && string(t.text) == "R" && len(o.opened) < maxOpened {
			o.opened[o.numbers[0]] = true
		}
		o.opens = 0
	default:
		if _, ok := t.number(); !ok {
			o.opens = 0
			return
		}
		o.opens++
	}
}

func (o *objects) named(before string) {
	switch o.name {
	case "JavaScript", "XFA":
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_SCRIPT)
	case "Launch":
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_LAUNCH)
	case "Encrypt":
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PASSWORD)
	case "OpenAction":
		o.opens = 1
	case "URI":
		if before == "S" {
			o.goesTo()
		}
	case "ObjStm":
		o.stream.objects = true
	case "EmbeddedFile":
		o.stream.embedded = true
	case "Filter":
		o.stream.filtered = true
	case "Predictor", "ASCIIHexDecode", "AHx", "ASCII85Decode", "A85", "LZWDecode", "LZW", "RunLengthDecode", "RL", "Crypt":
		o.stream.encoded = true
	}
}

// goesTo notes an action that goes to an address.
func (o *objects) goesTo() {
	if o.locate != nil {
		o.locate(o.lexer.from)
	}
	if o.acts {
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_OPENS_ADDRESS)
		return
	}
	if len(o.actions) < maxActions {
		o.actions[o.object] = true
	} else {
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
	}
}

func (o *objects) worded(t *token) {
	if !o.raw {
		return // objects in streams are not numbered by words, and hold no streams
	}
	switch string(t.text) {
	case "obj":
		if o.count >= 2 {
			o.object, o.acts = o.numbers[0], false
		}
	case "endobj":
		o.acts = false
	case "stream":
		o.failed = o.inStream(t.to)
	}
}
