// Package scored says what a sheet scored in the words of the contract: for the service, and for programs that score
// without one.
package scored

import (
	"sync"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// Detail says how much of a score is told.
type Detail bool

// A score is told by aspect, or with every item too.
const (
	ByAspect  Detail = false
	WithItems Detail = true
)

// results are reused: scoring allocates nothing then.
var results = sync.Pool{New: func() any { return new(scoring.Result) }}

// Sheet scores a sheet of the instrument. Names are those of the instrument.
func Sheet(in *instrument.Instrument, sheet *scoring.Sheet, detail Detail) *meritv1.Score {
	r := results.Get().(*scoring.Result)
	defer results.Put(r)
	in.Scoring().Score(sheet, r)
	m := &meritv1.Score{
		HasTotal: r.HasTotal, Answered: int32(r.Answered), Applicable: int32(r.Applicable), RestsOnReconstructed: r.Reconstructed,
		Aspects: aspectScores(in, sheet, r),
	}
	for _, i := range r.LeftOut() {
		m.NotApplicable = append(m.NotApplicable, in.Item(i).Code)
	}
	if r.HasTotal {
		sayTotal(m, in, r)
	}
	if detail == WithItems {
		for a := range m.Aspects {
			m.Aspects[a].Items = itemScores(in, sheet, r, a)
		}
	}
	return m
}

func sayTotal(m *meritv1.Score, in *instrument.Instrument, r *scoring.Result) {
	m.Total, m.Maximum = r.Total.String(), r.Maximum.String()
	if r.HasIndex {
		m.Index = in.Scoring().FormatIndex(r.Index)
	}
	if r.Category >= 0 {
		c := &in.Categories[r.Category]
		m.Category, m.CategoryName, m.Margin = c.Code, c.Name, r.Margin.String()
	}
	if r.Next >= 0 {
		c := &in.Categories[r.Next]
		m.NextCategory, m.NextCategoryName, m.Distance = c.Code, c.Name, r.Distance.String()
	}
}

func aspectScores(in *instrument.Instrument, sheet *scoring.Sheet, r *scoring.Result) []*meritv1.AspectScore {
	all := make([]meritv1.AspectScore, len(r.Aspects))
	aspects := make([]*meritv1.AspectScore, len(r.Aspects))
	rule := in.Scoring().Rule()
	for a := range all {
		m, res := &all[a], &r.Aspects[a]
		m.Aspect, m.Name = in.Aspects[a].Code, in.Aspects[a].Name
		if rule.Method == scoring.WeightedSum {
			m.Points, m.Maximum = res.Points.String(), res.Maximum.String()
		} else {
			m.Maturity = res.Maturity.Fixed(rule.IndexDecimals)
		}
		first, end := in.Scoring().AspectItems(a)
		for i := first; i < end; i++ {
			if r.Items[i].State.Applies() {
				m.Applicable++
				if sheet.Answer(i) != scoring.Unanswered {
					m.Answered++
				}
			}
		}
		aspects[a] = m
	}
	return aspects
}

func itemScores(in *instrument.Instrument, sheet *scoring.Sheet, r *scoring.Result, aspect int) []*meritv1.ItemScore {
	first, end := in.Scoring().AspectItems(aspect)
	all := make([]meritv1.ItemScore, end-first)
	items := make([]*meritv1.ItemScore, end-first)
	top := scoring.Points(in.Scale.Max)
	for i := first; i < end; i++ {
		m, res, item := &all[i-first], &r.Items[i], in.Item(i)
		m.Item, m.Name = item.Code, item.Title()
		m.Applicable, m.Reconstructed = res.State.Applies(), item.Provenance == scoring.Reconstructed
		m.Answer = answer(item, sheet.Answer(i))
		if item.Kind == scoring.Scored {
			m.Weight, m.Points = res.Weight.String(), res.Points.String()
			if m.Applicable {
				m.Maximum = (res.Weight * top).String()
			}
		}
		items[i-first] = m
	}
	return items
}

// answer is an answer on a scored sheet in the words of the contract, or nil when unanswered.
func answer(item *instrument.Item, a scoring.Answer) *meritv1.Answer {
	v, ok := a.Value()
	switch {
	case a == scoring.NotProven:
		return &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}
	case !ok:
		return nil
	case item.Kind == scoring.Choice:
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: item.Options[v].Value}}
	}
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(v)}}
}

// Path is the cheapest way to a category, with the gain of each step and the total after it.
func Path(in *instrument.Instrument, path scoring.Path) *meritv1.SuggestPathResponse {
	m := &meritv1.SuggestPathResponse{Category: path.Target.Code, Total: path.To.String()}
	before := path.From
	for _, step := range path.Steps {
		item := in.Item(step.Item)
		from, _ := step.From.Value()
		m.Steps = append(m.Steps, &meritv1.PathStep{
			Item: item.Code, Name: item.Title(), FromLevel: int32(max(from, 0)), ToLevel: int32(step.To),
			Gain: (step.Total - before).String(), TotalAfter: step.Total.String(),
		})
		before = step.Total
	}
	return m
}
