package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The body of a sheet begins with its version and the number of items. An item is its code, the set of its
// stages that have a decision, and for each of these the kind, the sequence number, the claim judged, and the
// level or value. Numbers are uvarints; texts are preceded by their length.
const sheetVersion = 1

// sheetKinds number the kinds of decisions in a body; numbers never change.
var sheetKinds = [...]DecisionKind{KindLevel, KindChoice, KindText, KindNotProven, KindCleared}

func (s *Sheet) encode() []byte {
	b := make([]byte, 0, 16+16*len(s.Items))
	b = append(b, sheetVersion)
	b = binary.AppendUvarint(b, uint64(len(s.Items)))
	for n := range s.Items {
		i := &s.Items[n]
		b = appendText(b, i.Item)
		stages := [...]*Standing{&i.Claimed, &i.Verified, &i.Determined}
		var set byte
		for at, d := range stages {
			if d.Seq > 0 {
				set |= 1 << at
			}
		}
		b = append(b, set)
		for _, d := range stages {
			if d.Seq > 0 {
				b = d.append(b)
			}
		}
	}
	return b
}

func (s *Standing) append(b []byte) []byte {
	b = append(b, byte(slices.Index(sheetKinds[:], s.Kind)))
	b = binary.AppendUvarint(b, uint64(s.Seq))
	b = binary.AppendUvarint(b, uint64(s.ClaimSeq))
	switch s.Kind {
	case KindLevel:
		b = binary.AppendUvarint(b, uint64(s.Level))
	case KindChoice, KindText:
		b = appendText(b, s.Value)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errSheet = errors.New("store: the body of a sheet is damaged")

// decode reads a body. Codes and values are parts of one copy of it.
func (s *Sheet) decode(body []byte) error {
	d := sheetDecoder{rest: string(body), ok: true}
	if v := d.byte(); v != sheetVersion {
		return fmt.Errorf("%w: version %d", errSheet, v)
	}
	n := d.number()
	if n > len(body) {
		return errSheet
	}
	s.Items = make([]SheetItem, n, n+1)
	for n := range s.Items {
		i := &s.Items[n]
		i.Item = d.text()
		set := d.byte()
		for at, to := range [...]*Standing{&i.Claimed, &i.Verified, &i.Determined} {
			if set&(1<<at) != 0 {
				d.standing(to)
			}
		}
	}
	if !d.ok || d.rest != "" {
		return errSheet
	}
	return nil
}

// sheetDecoder takes a body apart and remembers whether it made sense.
type sheetDecoder struct {
	rest string
	ok   bool
}

func (d *sheetDecoder) byte() byte {
	if d.rest == "" {
		d.ok = false
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *sheetDecoder) number() int {
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b := d.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int(n)
		}
	}
	d.ok = false
	return 0
}

func (d *sheetDecoder) text() string {
	n := d.number()
	if n > len(d.rest) {
		d.ok, d.rest = false, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *sheetDecoder) standing(s *Standing) {
	kind := int(d.byte())
	if kind >= len(sheetKinds) {
		d.ok, d.rest = false, ""
		return
	}
	s.Kind, s.Seq, s.ClaimSeq = sheetKinds[kind], d.number(), d.number()
	switch s.Kind {
	case KindLevel:
		s.Level = d.number()
	case KindChoice, KindText:
		s.Value = d.text()
	}
}
