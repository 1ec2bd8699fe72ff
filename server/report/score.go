package report

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// stageScore is a score with the name of whose it is.
type stageScore struct {
	title string
	score *meritv1.Score
}

// scoreTable puts scores beside each other by aspect, with their totals, indexes and categories below. Scores that are not
// there are left out. An instrument without a total shows the maturity of each aspect.
func (d *document) scoreTable(in *instrument.Instrument, scores ...stageScore) {
	var shown []stageScore
	for _, s := range scores {
		if s.score != nil {
			shown = append(shown, s)
		}
	}
	if len(shown) == 0 {
		return
	}
	first, l := shown[0].score, d.lang
	columns := []column{{l.say("Aspek", "Aspect"), 78, "L"}}
	sums := first.GetHasTotal()
	if sums {
		columns = append(columns, column{l.say("Maksimum", "Maximum"), 24, "R"})
	}
	for _, s := range shown {
		columns = append(columns, column{s.title, 26, "R"})
	}
	var rows []row
	for i, a := range first.GetAspects() {
		r := row{cells: []string{a.GetAspect() + ". " + l.aspect(in, a)}}
		if sums {
			r.cells = append(r.cells, l.number(a.GetMaximum()))
		}
		for _, s := range shown {
			r.cells = append(r.cells, l.aspectValue(s.score, i))
		}
		rows = append(rows, r)
	}
	if sums {
		rows = append(rows, l.totals(in, shown)...)
	}
	d.table(columns, rows)
}

func (l Language) aspectValue(s *meritv1.Score, i int) string {
	if i >= len(s.GetAspects()) {
		return ""
	}
	a := s.GetAspects()[i]
	if a.GetMaturity() != "" {
		return l.number(a.GetMaturity())
	}
	return l.number(a.GetPoints())
}

func (l Language) totals(in *instrument.Instrument, shown []stageScore) []row {
	total := row{cells: []string{l.say("Nilai", "Total"), l.number(shown[0].score.GetMaximum())}, strong: true}
	index := row{cells: []string{l.say("Indeks", "Index"), ""}, strong: true}
	category := row{cells: []string{l.say("Kategori", "Category"), ""}, strong: true}
	for _, s := range shown {
		total.cells = append(total.cells, l.number(s.score.GetTotal()))
		index.cells = append(index.cells, l.number(s.score.GetIndex()))
		category.cells = append(category.cells, l.category(in, s.score.GetCategory(), s.score.GetCategoryName()))
	}
	return []row{total, index, category}
}

// itemScore finds what a score says of an item.
func itemScore(s *meritv1.Score, code string) *meritv1.ItemScore {
	for _, a := range s.GetAspects() {
		for _, i := range a.GetItems() {
			if i.GetItem() == code {
				return i
			}
		}
	}
	return nil
}
