package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring/answers"
)

// Archive is the evidence of an assessment on its way into a ZIP.
type Archive struct {
	Language  Language
	Files     []ArchivedFile // in the order of the ZIP
	Citations []ArchivedCitation
}

// ArchivedFile is one piece of evidence. A link has a URL and no file.
type ArchivedFile struct {
	EvidenceID, Title, FileName, URL, SHA256, EffectiveDate, ValidUntil string
	Size                                                                int64
	Withheld                                                            string // why the ZIP has its name only; empty when it has it
	AddedAt                                                             time.Time
}

// ArchivedCitation says which item a piece of evidence serves.
type ArchivedCitation struct {
	EvidenceID, Item, ItemName, Page, Quote string
}

// name is the path of a file in the ZIP: numbered, so that two files of one name do not meet, and safe for every file
// system. A link has none, nor has a file that is withheld.
func (a *Archive) name(i int) string {
	f := &a.Files[i]
	if f.URL != "" || f.Withheld != "" {
		return ""
	}
	extension := cleanName(path.Ext(f.FileName))
	if extension != "" {
		extension = "." + extension
	}
	return fmt.Sprintf("files/%03d_%s", i+1, FileName(extension, strings.TrimSuffix(f.FileName, path.Ext(f.FileName))))
}

// Write writes the ZIP: index.csv first, then every file as read copies it. Nothing is held in memory but the index.
func (a *Archive) Write(to io.Writer, made time.Time, read func(f *ArchivedFile, to io.Writer) error) error {
	z := zip.NewWriter(to)
	index, err := a.index()
	if err != nil {
		return err
	}
	entry, err := z.CreateHeader(&zip.FileHeader{Name: "index.csv", Method: zip.Deflate, Modified: made.UTC()})
	if err != nil {
		return err
	}
	if _, err := entry.Write(index); err != nil {
		return err
	}
	for i := range a.Files {
		name := a.name(i)
		if name == "" {
			continue
		}
		// Most evidence is compressed by itself already.
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: a.Files[i].AddedAt.UTC()})
		if err != nil {
			return err
		}
		if err := read(&a.Files[i], entry); err != nil {
			return err
		}
	}
	return z.Close()
}

// index is the table of contents as CSV with a byte order mark, without which spreadsheets misread accents.
func (a *Archive) index() ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteString("\ufeff")
	w := csv.NewWriter(&buf)
	w.UseCRLF = true
	l := a.Language
	rows := [][]string{{
		l.say("butir", "item"), l.say("nama butir", "item name"), l.say("berkas", "file"), l.say("judul", "title"), l.say("halaman", "page"),
		l.say("kutipan", "quote"), l.say("tautan", "link"), l.say("tanggal dokumen", "effective date"), l.say("berlaku sampai", "valid until"),
		l.say("ukuran", "size"), "sha256", l.say("id bukti", "evidence id"),
	}}
	places := map[string]int{}
	for i := range a.Files {
		places[a.Files[i].EvidenceID] = i
	}
	for _, c := range a.Citations {
		i, ok := places[c.EvidenceID]
		if !ok {
			return nil, fmt.Errorf("evidence %s is cited and not there", c.EvidenceID)
		}
		f := &a.Files[i]
		size := ""
		if f.URL == "" {
			size = strconv.FormatInt(f.Size, 10)
		}
		rows = append(rows, []string{
			c.Item, answers.Guard(c.ItemName), cmp.Or(a.name(i), f.Withheld), answers.Guard(f.Title), answers.Guard(c.Page), answers.Guard(c.Quote), f.URL, f.EffectiveDate, f.ValidUntil, size, f.SHA256, f.EvidenceID,
		})
	}
	err := w.WriteAll(rows)
	return buf.Bytes(), err
}
