package filetype

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plain accepts text: UTF-8, UTF-16 with its mark, or Windows-1252 as older spreadsheets write it. Nothing in it may be
// a control character, which every other kind of file has, and it may not be a page, a drawing or other markup.
func plain(r io.ReaderAt, size int64, head []byte, name string) (*Type, error) {
	var check interface{ write(b []byte) bool }
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		check, head = &utf16Text{order: binary.LittleEndian}, decode16(head, binary.LittleEndian)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		check, head = &utf16Text{order: binary.BigEndian}, decode16(head, binary.BigEndian)
	default:
		check = &byteText{}
	}
	if isMarkup(head) {
		return nil, refused("Berkas ini halaman web atau gambar vektor (HTML, SVG, XML), yang dapat menjalankan skrip. Simpan sebagai PDF.",
			"This file is a web page or a vector drawing (HTML, SVG, XML), which can run scripts. Save it as PDF.")
	}
	ok, err := readAll(r, size, check.write)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return unknown(r, size)
	}
	if ext := strings.ToLower(path.Ext(name)); ext == ".csv" || ext == ".tsv" {
		return CSV, nil
	}
	return Text, nil
}

// readAll gives write the file piece by piece, at last an empty piece, until it reports false.
func readAll(r io.ReaderAt, size int64, write func([]byte) bool) (bool, error) {
	buf := make([]byte, 64<<10)
	for offset := int64(0); offset < size; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-offset)], offset)
		if n == 0 || err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("filetype: %w", errors.Join(err, io.ErrUnexpectedEOF))
		}
		if !write(buf[:n]) {
			return false, nil
		}
		offset += int64(n)
	}
	return write(nil), nil
}

// markup are tags that a browser would take for a page wherever they stand near the beginning.
var markup = []string{"<html", "<head", "<body", "<script", "<svg", "<iframe", "<!doctype", "<?xml", "<?php"}

func isMarkup(head []byte) bool {
	text := strings.ToLower(string(bytes.TrimPrefix(head, []byte("\ufeff"))))
	for _, tag := range markup {
		if strings.Contains(text, tag) {
			return true
		}
	}
	text = strings.TrimLeft(text, " \t\r\n\f")
	return len(text) > 1 && text[0] == '<' && (text[1] == '!' || text[1] == '?' || text[1] == '/' || text[1] >= 'a' && text[1] <= 'z')
}

// isControl reports a character that no text has.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f
}

// byteText is UTF-8 or, when it turns out not to be, Windows-1252.
type byteText struct {
	rest    []byte // the beginning of a character at the end of the last piece
	notUTF8 bool
	not1252 bool
}

func (t *byteText) write(b []byte) bool {
	for _, c := range b {
		if isControl(rune(c)) {
			return false
		}
		switch c {
		case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
			t.not1252 = true
		}
	}
	if !t.notUTF8 {
		t.checkUTF8(b)
	}
	return !t.notUTF8 || !t.not1252
}

func (t *byteText) checkUTF8(b []byte) {
	text := append(t.rest, b...)
	whole := len(text)
	if len(b) > 0 { // at the end of the file nothing may be missing
		for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
			if utf8.RuneStart(text[i]) {
				if !utf8.FullRune(text[i:]) {
					whole = i
				}
				break
			}
		}
	}
	t.notUTF8 = !utf8.Valid(text[:whole])
	t.rest = append([]byte{}, text[whole:]...)
}

// utf16Text is UTF-16 in one byte order.
type utf16Text struct {
	order binary.ByteOrder
	rest  []byte
	high  bool // the last unit was the first half of a character
}

func (t *utf16Text) write(b []byte) bool {
	text := append(t.rest, b...)
	for ; len(text) >= 2; text = text[2:] {
		unit := rune(t.order.Uint16(text))
		low := unit >= 0xdc00 && unit < 0xe000
		if low != t.high || isControl(unit) || unit >= 0xfffe {
			return false
		}
		t.high = unit >= 0xd800 && unit < 0xdc00
	}
	t.rest = append([]byte{}, text...)
	return len(b) > 0 || len(t.rest) == 0 && !t.high
}

func decode16(head []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(head)/2)
	for ; len(head) >= 2; head = head[2:] {
		units = append(units, order.Uint16(head))
	}
	return []byte(string(utf16.Decode(units)))
}
