package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of a page in millimetres: A4 with the margins of official letters.
const (
	marginSide   = 20.0
	marginTop    = 18.0
	marginBottom = 20.0
	textHeight   = 5.2 // of a line of running text
	tableHeight  = 4.4 // of a line in a table
)

// document is a PDF in the making. Its fonts are those that every reader has: see western. It is not compressed, so that
// the same document is the same bytes whatever version of a compressor made it.
type document struct {
	*fpdf.Fpdf
	lang  Language
	foot  string // at the left of every footer
	draft bool   // marked so on every page
}

// newDocument begins a document that was made, as far as it is concerned, at the time of what it tells.
func newDocument(lang Language, title, author string, made time.Time, orientation string) *document {
	d := &document{Fpdf: fpdf.New(orientation, "mm", "A4", ""), lang: lang}
	d.SetCompression(false)
	d.SetCatalogSort(true)
	d.SetCreationDate(made.UTC())
	d.SetModificationDate(made.UTC())
	d.SetProducer("Merit", false)
	d.SetCreator("Merit", false)
	d.SetTitle(title, true)
	d.SetAuthor(author, true)
	d.SetLang(string(lang.known()))
	d.SetCellMargin(1.4)
	d.SetMargins(marginSide, marginTop, marginSide)
	d.SetAutoPageBreak(true, marginBottom)
	d.AliasNbPages("{nb}")
	d.SetFooterFunc(d.footer)
	return d
}

// footer says on every page what it is a page of.
func (d *document) footer() {
	width, height := d.GetPageSize()
	left, _, right, _ := d.GetMargins()
	d.SetY(height - marginBottom + 6)
	d.SetDrawColor(120, 120, 120)
	d.SetLineWidth(0.2)
	d.Line(left, d.GetY(), width-right, d.GetY())
	d.font("", 8)
	foot := d.foot
	if d.draft {
		foot = d.lang.say("KONSEP, belum berlaku", "DRAFT, not in force") + " · " + foot
	}
	d.CellFormat(width-left-right-40, 6, d.fit(foot, width-left-right-40), "", 0, "L", false, 0, "")
	page := fmt.Sprintf(d.lang.say("Halaman %d dari {nb}", "Page %d of {nb}"), d.PageNo())
	d.CellFormat(40, 6, western(page), "", 0, "R", false, 0, "")
}

// fit cuts a text to a width on one line.
func (d *document) fit(s string, width float64) string {
	const ellipsis = "\x85" // in Windows-1252
	text, whole := western(strings.ReplaceAll(s, "\n", " ")), true
	for text != "" && d.GetStringWidth(text+ellipsis) > width-2*d.GetCellMargin() {
		text, whole = text[:len(text)-1], false
	}
	if whole {
		return text
	}
	return text + ellipsis
}

func (d *document) font(style string, size float64) { d.SetFont("Helvetica", style, size) }

// inner is the width between the margins.
func (d *document) inner() float64 {
	width, _ := d.GetPageSize()
	left, _, right, _ := d.GetMargins()
	return width - left - right
}

// need begins a new page when less than a height is left of this one.
func (d *document) need(height float64) {
	_, page := d.GetPageSize()
	if d.GetY()+height > page-marginBottom {
		d.AddPage()
	}
}

// letterhead names the body whose document it is, over a double line.
func (d *document) letterhead(body, about string) {
	d.font("B", 15)
	d.MultiCell(0, 7, western(strings.ToUpper(body)), "", "C", false)
	d.font("", 10)
	d.MultiCell(0, 5, western(about), "", "C", false)
	y := d.GetY() + 2
	d.SetDrawColor(0, 0, 0)
	d.SetLineWidth(0.9)
	d.Line(marginSide, y, marginSide+d.inner(), y)
	d.SetLineWidth(0.25)
	d.Line(marginSide, y+1.1, marginSide+d.inner(), y+1.1)
	d.SetY(y + 7)
}

// title is the name of the document and its number.
func (d *document) title(number string, lines ...string) {
	d.font("B", 13)
	for _, line := range lines {
		d.MultiCell(0, 6.2, western(line), "", "C", false)
	}
	if number != "" {
		d.font("", 11)
		d.MultiCell(0, 6, western(d.lang.say("Nomor", "Number")+": "+number), "", "C", false)
	}
	d.Ln(4)
}

// paragraph is running text.
func (d *document) paragraph(text string) {
	d.font("", 10.5)
	d.MultiCell(0, textHeight, western(text), "", "J", false)
	d.Ln(2.5)
}

// heading begins a section, and stays with what follows it.
func (d *document) heading(text string) {
	d.need(28)
	d.Ln(2)
	d.font("B", 11.5)
	d.MultiCell(0, 6, western(text), "", "L", false)
	d.Ln(1)
}

// facts are names and values below each other. Values that are empty are left out.
func (d *document) facts(all ...[2]string) {
	const name = 46.0
	for _, fact := range all {
		if fact[1] == "" {
			continue
		}
		d.font("", 10.5)
		lines := d.SplitLines([]byte(western(fact[1])), d.inner()-name-4)
		d.need(float64(len(lines)) * textHeight)
		d.CellFormat(name, textHeight, western(fact[0]), "", 0, "L", false, 0, "")
		d.CellFormat(4, textHeight, ":", "", 0, "L", false, 0, "")
		d.font("B", 10.5)
		x := d.GetX()
		for _, line := range lines {
			d.SetX(x)
			d.CellFormat(0, textHeight, string(line), "", 1, "L", false, 0, "")
		}
	}
	d.Ln(3)
}

// notice is a framed text that must not be overlooked.
func (d *document) notice(text string) {
	d.font("B", 9.5)
	lines := d.SplitLines([]byte(western(text)), d.inner()-6)
	d.need(float64(len(lines))*4.8 + 6)
	d.SetDrawColor(0, 0, 0)
	d.SetLineWidth(0.5)
	d.Rect(marginSide, d.GetY(), d.inner(), float64(len(lines))*4.8+4, "D")
	d.SetY(d.GetY() + 2)
	for _, line := range lines {
		d.SetX(marginSide + 3)
		d.CellFormat(d.inner()-6, 4.8, string(line), "", 1, "L", false, 0, "")
	}
	d.Ln(5)
}

// reconstructed is what the face of everything says that rests on reconstructed items.
func (d *document) reconstructed() {
	d.notice(d.lang.reconstructed())
}

func (l Language) reconstructed() string {
	return l.say("PERHATIAN: hasil ini bertumpu pada butir yang bobot atau rubriknya DIREKONSTRUKSI dari sumber terbuka, karena lampiran resmi instrumen belum dapat dibaca utuh. Bobot dan rubrik itu wajib diganti dengan lampiran resmi sebelum dipakai secara hukum.",
		"NOTE: this result rests on items whose weights or rubrics are RECONSTRUCTED from public sources, because the official annex of the instrument could not be read in full. They must be replaced by the official annex before legal use.")
}

// signer is one place to sign.
type signer struct {
	role, name string // without a name a line is left to write it
}

// signatures are places to sign beside each other, kept on one page.
func (d *document) signatures(place string, signers ...signer) {
	const high = 44.0
	d.need(high + 8)
	d.Ln(5)
	if place != "" {
		d.font("", 10.5)
		d.CellFormat(0, textHeight, western(place), "", 1, "R", false, 0, "")
		d.Ln(1)
	}
	top, width := d.GetY(), d.inner()/float64(max(len(signers), 2))
	for i, s := range signers {
		x := marginSide + width*float64(i)
		if len(signers) == 1 {
			x += width
		}
		d.SetXY(x, top)
		d.font("", 10)
		d.MultiCell(width, 4.8, western(s.role), "", "C", false)
		d.SetXY(x, top+high-16)
		d.font("B", 10)
		name := s.name
		if name == "" {
			name = strings.Repeat(".", 36)
		}
		d.MultiCell(width, 4.8, western(name), "", "C", false)
		d.SetX(x)
		d.font("", 9)
		d.CellFormat(width, 4.8, "NIP "+strings.Repeat(".", 28), "", 0, "C", false, 0, "")
	}
	d.SetY(top + high)
}

func (d *document) bytes() ([]byte, error) {
	var buf bytes.Buffer
	err := d.Output(&buf)
	return buf.Bytes(), err
}
