package report

import (
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// Certificate is what the certificate of a recipient is made of.
type Certificate struct {
	Award      *meritv1.Award // published
	Recipients []*meritv1.Recipient
	Assessor   string // of the cycle of the result
	Instrument *instrument.Instrument
	Language   Language
}

// PDF returns the certificate, one page across. The agency may be a recipient in several groups.
func (c *Certificate) PDF() ([]byte, error) {
	l, result := c.Language, c.Recipients[0].GetResult()
	made := c.Award.GetPublishedAt().AsTime()
	d := newDocument(l, c.Award.GetTitle()+": "+result.GetAgencyName(), c.Assessor, made, "L")
	d.SetFooterFunc(func() {})
	d.SetAutoPageBreak(false, 0)
	d.AddPage()
	c.frame(d)
	d.SetY(26)
	c.line(d, "B", 16, 8, strings.ToUpper(c.Assessor))
	d.Ln(7)
	c.line(d, "B", 34, 15, l.say("PIAGAM PENGHARGAAN", "CERTIFICATE OF AWARD"))
	c.line(d, "", 13, 7, l.say("Nomor", "Number")+": "+c.Award.GetLetterNumber())
	d.Ln(7)
	c.line(d, "I", 15, 8, l.say("diberikan kepada", "presented to"))
	d.Ln(2)
	c.line(d, "B", c.size(d, result.GetAgencyName()), 13, result.GetAgencyName())
	d.Ln(4)
	c.line(d, "", 14, 7.5, c.reason(result))
	for _, r := range c.Recipients {
		c.line(d, "B", 14, 7.5, c.place(r))
	}
	d.Ln(2)
	c.line(d, "B", 15, 8, c.Award.GetTitle())
	d.SetY(148)
	c.line(d, "", 11.5, 6, l.say("Diumumkan pada ", "Announced on ")+l.date(made))
	d.SetY(172)
	c.line(d, "", 11, 5.5, strings.Repeat(".", 60))
	c.line(d, "", 10.5, 5.5, c.Assessor)
	if result.GetRestsOnReconstructed() {
		c.below(d, l.reconstructed())
	}
	return d.bytes()
}

func (c *Certificate) frame(d *document) {
	d.SetDrawColor(0, 0, 0)
	for _, f := range []struct{ inset, line float64 }{{9, 1.4}, {11.5, 0.3}, {13, 0.3}} {
		d.SetLineWidth(f.line)
		d.Rect(f.inset, f.inset, 297-2*f.inset, 210-2*f.inset, "D")
	}
}

// line writes centred text in the face of certificates.
func (c *Certificate) line(d *document, style string, size, height float64, text string) {
	d.SetFont("Times", style, size)
	d.SetX(30)
	d.MultiCell(297-60, height, western(text), "", "C", false)
}

// below writes the notice that must stand on the face of the certificate, within the frame at its foot.
func (c *Certificate) below(d *document, text string) {
	d.SetFont("Times", "BI", 8.5)
	lines := d.SplitLines([]byte(western(text)), 297-50)
	d.SetXY(25, 194-3.8*float64(len(lines)))
	d.MultiCell(297-50, 3.8, western(text), "", "C", false)
}

// size is the largest size in which a name stands on one line.
func (c *Certificate) size(d *document, name string) float64 {
	size := 28.0
	for ; size > 15; size-- {
		d.SetFont("Times", "B", size)
		if d.GetStringWidth(western(name)) < 297-64 {
			break
		}
	}
	return size
}

func (c *Certificate) reason(r *meritv1.Result) string {
	l := c.Language
	category := l.category(c.Instrument, r.GetCategory(), r.GetCategoryName())
	return fmt.Sprintf(l.say("atas penerapan sistem merit dengan kategori %s, nilai %s (indeks %s), hasil penilaian tahun %d",
		"for its merit system in the category %s, total %s (index %s), in the assessment of %d"),
		category, l.number(r.GetTotal()), l.number(r.GetIndex()), r.GetYear())
}

func (c *Certificate) place(r *meritv1.Recipient) string {
	groups := c.Award.GetRule().GetGroups()
	name := ""
	if n := int(r.GetGroup()); n < len(groups) {
		name = groups[n].GetName()
	}
	return fmt.Sprintf(c.Language.say("Peringkat %d, kelompok %s", "Place %d, group %s"), r.GetPlace(), name)
}
