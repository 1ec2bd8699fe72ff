package report

import (
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// XLSX returns the result explained as a workbook whose numbers can be added up.
func (r *Result) XLSX() ([]byte, error) {
	l := r.Language
	b, err := newBook(l, r.made(), l.say("Hasil penilaian sistem merit", "Result of the merit system assessment")+": "+r.Result.GetAgencyName())
	if err != nil {
		return nil, err
	}
	name := b.sheet(l.say("Hasil", "Result"))
	b.width(name, "A", 18)
	b.width(name, "B", 80)
	b.text(name, "A1", l.say("Hasil penilaian sistem merit", "Result of the merit system assessment"), b.styles.title)
	at := 3
	for _, fact := range r.facts() {
		if fact[1] != "" {
			b.text(name, cell("A", at), fact[0], b.styles.label)
			b.text(name, cell("B", at), fact[1], b.styles.wrapped)
			at++
		}
	}
	notices := r.notices()
	if r.Score == nil {
		notices = append(notices, r.unexplained())
	}
	for _, notice := range notices {
		at++
		b.text(name, cell("B", at), notice, b.styles.notice)
	}
	if r.Score != nil {
		r.explain(b)
	}
	return b.bytes()
}

// explain writes the sheet of items.
func (r *Result) explain(b *book) {
	l := r.Language
	name := b.sheet(l.say("Butir", "Items"))
	for i, c := range []struct {
		title string
		width float64
	}{
		{l.say("Butir", "Item"), 9},
		{l.say("Uraian", "Name"), 70},
		{l.say("Tingkat", "Level"), 14},
		{l.say("Bobot", "Weight"), 10},
		{l.say("Nilai", "Points"), 10},
		{l.say("Maksimum", "Maximum"), 11},
		{l.say("Direkonstruksi", "Reconstructed"), 16},
	} {
		column := string(rune('A' + i))
		b.width(name, column, c.width)
		b.text(name, cell(column, firstRow-1), c.title, b.styles.heading)
	}
	b.text(name, "A1", r.Result.GetAgencyName()+", "+fmt.Sprint(r.Result.GetYear()), b.styles.title)
	at := firstRow
	for _, a := range r.Score.GetAspects() {
		b.row(name, at, true, a.GetAspect(), l.aspect(r.Instrument, a), a.GetMaturity(), "", a.GetPoints(), a.GetMaximum(), "")
		at++
		for _, i := range a.GetItems() {
			b.row(name, at, false, r.sheetCells(i)...)
			at++
		}
	}
	if r.Score.GetHasTotal() {
		b.row(name, at, true, "", l.say("Nilai", "Total"), "", "", r.Score.GetTotal(), r.Score.GetMaximum(), "")
	}
	b.freeze(name, firstRow)
	b.landscape(name)
}

func (r *Result) sheetCells(i *meritv1.ItemScore) []string {
	l := r.Language
	level := l.answer(r.Instrument, i.GetItem(), i.GetAnswer())
	if !i.GetApplicable() {
		level = l.notApplicable()
	}
	return []string{
		i.GetItem(), l.item(r.Instrument, i.GetItem(), i.GetName()), level, i.GetWeight(), i.GetPoints(), i.GetMaximum(),
		l.pick(i.GetReconstructed(), l.say("ya", "yes"), ""),
	}
}

// row writes cells beside each other; from the third on, those that are decimals become numbers.
func (b *book) row(sheet string, at int, strong bool, cells ...string) {
	text, number := b.styles.wrapped, b.styles.number
	if strong {
		text, number = b.styles.strong, b.styles.strongNumber
	}
	for i, v := range cells {
		to := cell(string(rune('A'+i)), at)
		if i >= 2 && isDecimal(v) {
			b.number(sheet, to, v, number)
		} else {
			b.text(sheet, to, v, text)
		}
	}
}

// isDecimal reports whether a text is digits with at most one point between them.
func isDecimal(s string) bool {
	digits, points := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1 && s[0] != '.' && s[len(s)-1] != '.'
}
