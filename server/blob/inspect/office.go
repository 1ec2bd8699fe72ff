package inspect

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// part looks for what a part of an office document loads from elsewhere: relationships of Office Open XML, objects,
// templates and sources of OpenDocument. Links that people follow by themselves do not count.
func (a *archive) part(r io.Reader) error {
	limited := &io.LimitedReader{R: r, N: a.limits.Held}
	d := xml.NewDecoder(limited)
	for {
		token, err := d.RawToken()
		if limited.N <= 0 || err != nil && !errors.Is(err, io.EOF) {
			if err == nil || a.broken(err) {
				a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
				_, err = io.Copy(io.Discard, r)
			}
			return err
		}
		if err != nil {
			return nil
		}
		if start, ok := token.(xml.StartElement); ok && loads(&start) {
			a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_EXTERNAL_CONTENT)
		}
	}
}

// loads reports whether an element makes the reader of the document load something from elsewhere.
func loads(e *xml.StartElement) bool {
	switch e.Name.Local {
	case "Relationship":
		return strings.EqualFold(attr(e, "TargetMode"), "External") && !strings.HasSuffix(attr(e, "Type"), "/hyperlink")
	case "object", "object-ole", "template", "section-source", "table-source", "cell-range-source", "image", "plugin", "applet", "floating-frame", "script", "event-listener":
		return elsewhere(attr(e, "href"))
	}
	return false
}

func attr(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// elsewhere reports whether an address lies outside of the document.
func elsewhere(address string) bool {
	address = strings.ToLower(address)
	scheme, _, ok := strings.Cut(address, ":")
	return ok && scheme != "" && !strings.ContainsAny(scheme, "/.#") || strings.HasPrefix(address, "//") || strings.HasPrefix(address, `\\`) ||
		strings.HasPrefix(address, "../")
}

// What tells, in the bytes of a compound file, that a package was put into it (an OLE object of any file), that there are
// macros, and that there is a program.
var (
	olePackage  = utf16("\x01Ole10Native")
	oleMacros   = utf16("_VBA_PROJECT")
	programText = []byte("This program cannot be run in DOS mode")
	programName = regexp.MustCompile(`(?i)\.(exe|dll|scr|com|cpl|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|jar)\x00`)
)

func utf16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// overlap is how much of a piece is searched again with the next.
const overlap = 64

// compound searches a compound file, a document of the older Office or an object in one, piece by piece.
func (l *look) compound(r io.Reader) error {
	buf := make([]byte, 0, overlap+64<<10)
	var packed, program bool
	for {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		packed = packed || bytes.Contains(buf, olePackage)
		program = program || bytes.Contains(buf, programText) || programName.Match(buf)
		if bytes.Contains(buf, oleMacros) {
			l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_MACROS)
		}
		if packed && program {
			l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PROGRAM)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		buf = buf[:copy(buf, buf[len(buf)-min(overlap, len(buf)):])]
	}
}
