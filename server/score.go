package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// profilePrefix begins the code under which a profile field stands on a sheet.
const profilePrefix = "profile."

// scoringSheet puts what stands of every item into a sheet that can be scored. Of several stages the first that
// has a decision counts: (Determined, Verified) is what the plenary would determine now. With one stage, items
// without a decision of it are unanswered: a verified score counts verified decisions only.
func scoringSheet(in *instrument.Instrument, kind scoring.AgencyKind, s *store.Sheet, stages ...store.Stage) (*scoring.Sheet, error) {
	sheet, err := in.Scoring().NewSheet(kind)
	if err != nil {
		return nil, err
	}
	for i := range s.Items {
		item := &s.Items[i]
		if strings.HasPrefix(item.Item, profilePrefix) {
			continue
		}
		for _, stage := range stages {
			if d := item.At(stage); d.Stands() {
				if err := setAnswer(sheet, item.Item, d); err != nil {
					return nil, fmt.Errorf("assessment %s: %w", s.AssessmentID, err)
				}
				break
			}
		}
	}
	return sheet, nil
}

// setAnswer puts one decision on a sheet; a decision that does not stand leaves the item unanswered.
func setAnswer(sheet *scoring.Sheet, item string, d store.Standing) error {
	switch {
	case !d.Stands():
		if i, ok := sheet.Instrument().ItemIndex(item); ok {
			return sheet.Set(i, scoring.Unanswered)
		}
		return nil
	case d.Kind == store.KindLevel:
		return sheet.SetLevel(item, d.Level)
	case d.Kind == store.KindChoice:
		return sheet.SetChoice(item, d.Value)
	case d.Kind == store.KindNotProven:
		return sheet.SetNotProven(item)
	}
	return fmt.Errorf("item %s has a decision of kind %s", item, d.Kind)
}

// scoreDetail says how much of a score is told.
type scoreDetail bool

const (
	byAspect  scoreDetail = false
	withItems scoreDetail = true
)

// scoreOf scores what stands at the stages: see scoringSheet.
func scoreOf(in *instrument.Instrument, kind scoring.AgencyKind, s *store.Sheet, detail scoreDetail, stages ...store.Stage) (*meritv1.Score, error) {
	sheet, err := scoringSheet(in, kind, s, stages...)
	if err != nil {
		return nil, err
	}
	return scoreMessage(in, sheet, detail), nil
}

// results are reused: scoring allocates nothing then.
var results = sync.Pool{New: func() any { return new(scoring.Result) }}

// scoreMessage scores a sheet and says it in the words of the contract. Names are those of the instrument.
func scoreMessage(in *instrument.Instrument, sheet *scoring.Sheet, detail scoreDetail) *meritv1.Score {
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
	if detail == withItems {
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
		m.Item, m.Name = item.Code, itemName(item)
		m.Applicable, m.Reconstructed = res.State.Applies(), item.Provenance == scoring.Reconstructed
		m.Answer = scoredAnswer(item, sheet.Answer(i))
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

// itemName is what an item is called; a choice without a name goes by its question.
func itemName(item *instrument.Item) string {
	if item.Name == "" {
		return item.Question
	}
	return item.Name
}

// scoredAnswer is an answer on a scored sheet in the words of the contract, or nil when unanswered.
func scoredAnswer(item *instrument.Item, a scoring.Answer) *meritv1.Answer {
	v, ok := a.Value()
	switch {
	case a == scoring.NotProven:
		return notProven()
	case !ok:
		return nil
	case item.Kind == scoring.Choice:
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: item.Options[v].Value}}
	}
	return level(v)
}

// applicableItems returns the codes of the items that apply, choices included, in the order of the instrument.
func applicableItems(in *instrument.Instrument, sheet *scoring.Sheet) []string {
	codes := make([]string, 0, in.Scoring().NumItems())
	for i, item := range in.Scoring().Items() {
		if sheet.State(i).Applies() {
			codes = append(codes, item.Code)
		}
	}
	return slices.Clip(codes)
}
