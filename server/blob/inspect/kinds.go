package inspect

import (
	"bytes"
	"encoding/binary"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/filetype"
)

// How much of the ends of a file is searched for another kind: readers of PDF look for its beginning in the first
// kibibyte, readers of ZIP for its end in the last 64.
const (
	headSize = 1 << 10
	tailSize = 22 + 1<<16
)

// twoKinds flags a file that programs which look elsewhere take for another kind: an archive behind a document, a page in
// a picture.
func (l *look) twoKinds(r io.ReaderAt, kind *filetype.Type) error {
	head, err := readUpTo(r, make([]byte, min(headSize, l.size)), 0)
	if err != nil {
		return err
	}
	tail, err := readUpTo(r, make([]byte, min(tailSize, l.size)), max(0, l.size-tailSize))
	if err != nil {
		return err
	}
	two := false
	switch kind {
	case filetype.PDF:
		two = hasArchive(tail) || hasMarkup(head)
	case filetype.PNG, filetype.JPEG, filetype.GIF, filetype.WebP, filetype.TIFF:
		two = hasArchive(tail) || hasMarkup(head) || hasMarkup(tail) || bytes.Contains(head, []byte("%PDF-"))
	case filetype.CSV, filetype.Text:
		two = bytes.Contains(head, []byte("%PDF-"))
	case filetype.DOC, filetype.XLS, filetype.PPT:
		two = hasArchive(tail)
	default: // ZIP and what is made of it
		two = hasPDFBeforeFiles(head)
	}
	if two {
		l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_TWO_KINDS)
	}
	return nil
}

// hasArchive reports whether the end of a file has a directory of a ZIP and its end.
func hasArchive(tail []byte) bool {
	directory := bytes.Index(tail, []byte("PK\x01\x02"))
	return directory >= 0 && bytes.Contains(tail[directory:], []byte("PK\x05\x06"))
}

// hasMarkup reports whether a browser that ignores the type might take the content for a page.
func hasMarkup(b []byte) bool {
	b = bytes.ToLower(b)
	for _, tag := range []string{"<html", "<script", "<iframe", "<!doctype html", "<?php"} {
		if bytes.Contains(b, []byte(tag)) {
			return true
		}
	}
	return false
}

// hasPDFBeforeFiles reports whether a ZIP says that it is a PDF where no file in it begins.
func hasPDFBeforeFiles(head []byte) bool {
	at := bytes.Index(head, []byte("%PDF-"))
	if at < 0 || len(head) < 30 {
		return false
	}
	first := 30 + int(binary.LittleEndian.Uint16(head[26:])) + int(binary.LittleEndian.Uint16(head[28:]))
	return at != first
}
