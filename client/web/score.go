package web

import (
	"fmt"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
)

// scoreCard shows a score: {{template "score-card" .}} with its bar, {{template "score-aspects" .}} with its aspects.
type scoreCard struct {
	Score *meritv1.Score
	Bar   *scoreBar // nil while the instrument has no total
}

// scoreBar is a total drawn on its scale, the categories marked. Places are in percent of the width, as SVG wants them.
type scoreBar struct {
	Filled string
	Bands  []scoreBand
}

// scoreBand is a category's part of the scale.
type scoreBand struct {
	Name    string
	Min     string // the threshold: a decimal of the contract
	At      string
	Label   string // where the name stands
	Anchor  string // middle, or end for the last one, whose name could run over the edge
	Reached bool   // the total's own category
}

func scoreCardOf(in *meritv1.Instrument, score *meritv1.Score) scoreCard {
	return scoreCard{Score: score, Bar: barOf(in, score)}
}

func barOf(in *meritv1.Instrument, score *meritv1.Score) *scoreBar {
	most, err := scoring.ParsePoints(score.GetMaximum())
	if err != nil || most <= 0 || !score.GetHasTotal() {
		return nil
	}
	at := func(points string) int64 { return permille(points, most) }
	bar := &scoreBar{Filled: percent(at(score.GetTotal()))}
	categories := in.GetCategories()
	for i, c := range categories {
		from, to := at(c.GetMin()), int64(1000)
		if i+1 < len(categories) {
			to = at(categories[i+1].GetMin())
		}
		bar.Bands = append(bar.Bands, scoreBand{
			Name: c.GetName(), Min: c.GetMin(), At: percent(from), Label: percent((from + to) / 2), Anchor: "middle",
			Reached: c.GetCode() == score.GetCategory(),
		})
	}
	if n := len(bar.Bands); n > 0 {
		bar.Bands[n-1].Label, bar.Bands[n-1].Anchor = "100%", "end"
	}
	return bar
}

// permille is where points lie on a scale of 1000, for drawing only.
func permille(points string, most scoring.Points) int64 {
	p, err := scoring.ParsePoints(points)
	if err != nil {
		return 0
	}
	return min(max(int64(p)*1000/int64(most), 0), 1000)
}

func percent(permille int64) string { return fmt.Sprintf("%d.%d%%", permille/10, permille%10) }

// answerText says an answer in words. Of a choice it is the value, as the instrument writes it.
func answerText(lang string, a *meritv1.Answer) string {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_Level:
		return fmt.Sprintf(bilingual.Pick(lang, "Level %d ¦ Tingkat %d"), v.Level)
	case *meritv1.Answer_Choice:
		return v.Choice
	case *meritv1.Answer_Text:
		return v.Text
	case *meritv1.Answer_NotProven:
		return bilingual.Pick(lang, "Not proven ¦ Tidak terbukti")
	}
	return bilingual.Pick(lang, "Not answered ¦ Belum dijawab")
}

// aspectProgress is how far one aspect is, and what it scores.
type aspectProgress struct {
	*meritv1.AspectScore
	Title string // in the reader's language
	First string // its first item that waits for an answer, or its first
}

// aspects are those of an assessment with a score of it: the one that the page shows.
func (r *request) aspects(in *meritv1.Instrument, a *meritv1.Assessment, score *meritv1.Score) []aspectProgress {
	out := make([]aspectProgress, 0, len(in.GetAspects()))
	waits := waiting(a)
	for i, aspect := range in.GetAspects() {
		if i >= len(score.GetAspects()) {
			break
		}
		p := aspectProgress{AspectScore: score.GetAspects()[i], Title: r.named(aspect.GetName(), aspect.GetNameEn())}
		for _, item := range aspect.GetItems() {
			if p.First == "" {
				p.First = item.GetCode()
			}
			if waits[item.GetCode()] {
				p.First = item.GetCode()
				break
			}
		}
		out = append(out, p)
	}
	return out
}

// waiting are the items that the reader may answer now and that nobody has answered.
func waiting(a *meritv1.Assessment) map[string]bool {
	out := map[string]bool{}
	for _, item := range a.GetItems() {
		if item.GetOpen() && item.GetClaimed().GetAnswer().GetValue() == nil {
			out[item.GetItem()] = true
		}
	}
	return out
}
