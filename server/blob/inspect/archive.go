package inspect

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/filetype"
)

// archive is one ZIP, or an office document, which is one.
type archive struct {
	*look
	r     io.ReaderAt
	depth int
	odf   bool // an OpenDocument: it begins with its media type
}

// archive looks into a ZIP and what is in it.
func (l *look) archive(r io.ReaderAt, size int64, depth int) error {
	if depth > l.limits.Depth {
		return unsafe("Berkas ini berisi arsip di dalam arsip di dalam arsip. Keluarkan isinya lebih dahulu.",
			"This file has archives within archives within archives. Unpack it before you send it.")
	}
	a := &archive{look: l, r: r, depth: depth}
	err := filetype.Entries(disk{r}, size, a.entry)
	var damaged *fault.Error
	if errors.As(err, &damaged) && damaged.Reason == meritv1.Reason_REASON_FILE_TYPE_REFUSED && depth > 1 {
		l.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		return nil
	}
	return err
}

// entry looks at one file of the archive.
func (a *archive) entry(e filetype.Entry) error {
	if a.entries--; a.entries < 0 {
		return unsafe("Arsip ini berisi terlalu banyak berkas.", "This archive holds too many files.")
	}
	if leadsOut(e.Name) {
		return unsafe("Arsip ini berisi nama berkas yang keluar dari foldernya (misalnya ../). Buat arsip baru.",
			"This archive has a file name that leads out of its folder (like ../). Make a new archive.")
	}
	name := strings.ToLower(strings.ReplaceAll(e.Name, `\`, "/"))
	a.odf = a.odf || name == "mimetype"
	a.names(name)
	if e.Encrypted {
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PASSWORD)
		return nil
	}
	content, err := a.open(e)
	if err == nil {
		err = a.content(name, content)
	}
	if a.broken(err) {
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		err = nil
	}
	return err
}

// leadsOut reports whether a name, unpacked as it stands, is a file outside of the folder it is unpacked to.
func leadsOut(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	drive := len(name) > 1 && name[1] == ':'
	return drive || strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) || slices.Contains(strings.Split(name, "/"), "..")
}

// runs are the endings of files that run when they are opened, on some system.
var runs = []string{
	".exe", ".dll", ".scr", ".com", ".cpl", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta",
	".lnk", ".jar", ".apk", ".sh", ".iso", ".img",
}

// names flags what a name alone tells.
func (a *archive) names(name string) {
	switch {
	case slices.Contains(runs, path.Ext(name)):
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PROGRAM)
	case path.Base(name) == "vbaproject.bin", strings.Contains(name, "/macrosheets/"), strings.Contains(name, "/activex/"),
		a.odf && (strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/")):
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_MACROS)
	case strings.Contains(name, "/externallinks/"):
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_EXTERNAL_CONTENT)
	}
}

var errMethod = errors.New("inspect: packed in a way that is not known")

// open returns the content of an entry as its own header has it.
func (a *archive) open(e filetype.Entry) (io.Reader, error) {
	head, err := readUpTo(disk{a.r}, make([]byte, 30+len(e.Name)), e.Offset)
	if err != nil {
		return nil, err
	}
	if len(head) < 30+len(e.Name) || string(head[:4]) != "PK\x03\x04" {
		return nil, io.ErrUnexpectedEOF
	}
	n := int64(binary.LittleEndian.Uint16(head[26:]))
	if n != int64(len(e.Name)) || string(head[30:]) != e.Name {
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_TWO_KINDS) // what unpacks it decides under which name
	}
	packed := io.NewSectionReader(disk{a.r}, e.Offset+30+n+int64(binary.LittleEndian.Uint16(head[28:])), e.Packed)
	switch e.Method {
	case 0:
		return metered{a.look, packed}, nil
	case 8:
		return metered{a.look, flate.NewReader(packed)}, nil
	}
	return nil, errMethod
}

// sealed are the beginnings of archives that are not looked into.
var sealed = []string{"Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x1f\x8b", "BZh", "\xfd7zXZ\x00", "MSCF", "\x28\xb5\x2f\xfd"}

// content looks at the content of one file, and reads all of it: its size is what comes, not what it says.
func (a *archive) content(name string, r io.Reader) error {
	head := make([]byte, 8)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	all := io.MultiReader(bytes.NewReader(head), r)
	begins := func(with string) bool { return bytes.HasPrefix(head, []byte(with)) }
	switch {
	case filetype.IsProgram(head):
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_PROGRAM)
	case begins("PK\x03\x04"), begins("PK\x05\x06"):
		return a.within(all, func(r io.ReaderAt, size int64) error { return a.archive(r, size, a.depth+1) })
	case begins("%PDF-"):
		return a.within(all, a.pdf)
	case begins("\xd0\xcf\x11\xe0"):
		return a.compound(all)
	case slices.ContainsFunc(sealed, begins):
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
	case strings.HasSuffix(name, ".rels"), a.odf && strings.HasSuffix(name, ".xml"):
		return a.part(all)
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// within holds a file in memory to look into it, unless it is too large for that.
func (a *archive) within(r io.Reader, see func(io.ReaderAt, int64) error) error {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, a.limits.Held+1))
	if err != nil {
		return err
	}
	if n > a.limits.Held {
		a.flag(meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED)
		_, err := io.Copy(io.Discard, r)
		return err
	}
	return see(bytes.NewReader(b.Bytes()), n)
}
