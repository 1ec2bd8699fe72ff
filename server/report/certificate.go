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
	d.SetY(24)
	c.line(d, "B", 13, 7, strings.ToUpper(c.Assessor))
	d.Ln(4)
	c.line(d, "B", 30, 14, l.say("PIAGAM PENGHARGAAN", "CERTIFICATE OF AWARD"))
	c.line(d, "", 12, 6.5, l.say("Nomor", "Number")+": "+c.Award.GetLetterNumber())
	d.Ln(5)
	c.line(d, "I", 13, 7, l.say("diberikan kepada", "presented to"))
	d.Ln(1)
	c.line(d, "B", c.size(d, result.GetAgencyName()), 12, result.GetAgencyName())
	d.Ln(3)
	c.line(d, "", 13, 7, c.reason(result))
	for _, r := range c.Recipients {
		c.line(d, "B", 13, 7, c.place(r))
	}
	c.line(d, "B", 13, 7, c.Award.GetTitle())
	if result.GetRestsOnReconstructed() {
		d.Ln(3)
		c.line(d, "I", 8.5, 4, l.reconstructed())
	}
	d.SetY(150)
	c.line(d, "", 11, 6, l.say("Diumumkan pada ", "Announced on ")+l.date(made))
	d.SetY(179)
	c.line(d, "", 11, 5.5, strings.Repeat(".", 60))
	c.line(d, "", 10, 5.5, c.Assessor)
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

// size is the largest size in which a name stands on one line.
func (c *Certificate) size(d *document, name string) float64 {
	size := 26.0
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
