package inspect

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/filetype"
)

// streamHead is how much of every stream is unpacked to see whether to go on.
const streamHead = 4 << 10

// inStream looks into the stream whose word ended at a place.
func (o *objects) inStream(at int64) error {
	said := o.stream
	o.stream = stream{}
	if o.streams++; o.streams > maxStreams {
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		return nil
	}
	eol, err := readUpTo(o.r, make([]byte, 2), at)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(eol, []byte("\r\n")):
		at += 2
	case bytes.HasPrefix(eol, []byte("\n")), bytes.HasPrefix(eol, []byte("\r")):
		at++
	default:
		return nil // the word alone
	}
	err = o.unpack(&said, at)
	if o.broken(err) {
		if said.objects || said.embedded {
			o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		}
		return nil
	}
	return err
}

var errEncoded = errors.New("inspect: encoded in a way that is not looked into")

// unpack looks at what is in a stream. Whatever its dictionary says, what unpacks to a list of objects is read as such.
func (o *objects) unpack(said *stream, at int64) error {
	var content *bufio.Reader
	z, err := zlib.NewReader(bufio.NewReaderSize(io.NewSectionReader(o.r, at, o.size-at), 512))
	switch {
	case err == nil && (!said.encoded || !said.objects):
		content = bufio.NewReaderSize(metered{o.look, z}, streamHead)
	case said.objects:
		return errEncoded
	case said.embedded && !said.filtered:
		content = bufio.NewReaderSize(io.NewSectionReader(o.r, at, o.size-at), streamHead)
	default:
		if err == nil {
			err = errEncoded
		}
		return err
	}
	head, err := content.Peek(streamHead)
	if err != nil && !errors.Is(err, io.EOF) && (!o.broken(err) || len(head) == 0) {
		return err
	}
	if isProgram(head, said.embedded) {
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PROGRAM)
	}
	if !said.objects && !listsObjects(head) {
		return nil
	}
	if said.objects && said.first == 0 {
		o.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED) // which object is which cannot be told
	}
	within := &objects{pdf: o.pdf, first: said.first, object: -1}
	err = within.scan(content)
	if errors.Is(err, zlib.ErrChecksum) {
		err = nil
	}
	return err
}

// isProgram reports whether content is a program: of what does not say that it is a file, only by more than its first
// letters, which pictures may have by chance.
func isProgram(head []byte, embedded bool) bool {
	if !filetype.IsProgram(head) {
		return false
	}
	return embedded || bytes.HasPrefix(head, []byte("MZ")) && bytes.Contains(head, []byte("PE\x00\x00"))
}

// listsObjects reports whether content begins as a stream of objects does: with numbers and places.
func listsObjects(head []byte) bool {
	n := 0
	for _, word := range bytes.Fields(head[:min(len(head), 256)]) {
		t := token{kind: 'w', text: word}
		if _, ok := t.number(); !ok {
			break
		}
		n++
	}
	return n >= 2
}
