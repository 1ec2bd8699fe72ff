package scoring_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// naive is what one would write first: maps of floats by item code.
type naive struct {
	weights    map[string]float64
	aspects    map[string]string
	thresholds []float64
}

func newNaive(in *scoring.Instrument) naive {
	n := naive{weights: map[string]float64{}, aspects: map[string]string{}}
	for i, item := range in.Items() {
		n.weights[item.Code] = float64(item.Weight) / 1000
		n.aspects[item.Code] = in.Aspects()[in.ItemAspect(i)].Code
	}
	for _, c := range in.Categories() {
		n.thresholds = append(n.thresholds, float64(c.Min)/1000)
	}
	return n
}

func (n naive) score(answers map[string]int) (total float64, items, aspects map[string]float64, category int) {
	items, aspects = map[string]float64{}, map[string]float64{}
	for code, level := range answers {
		points := float64(level) * n.weights[code]
		items[code] = points
		aspects[n.aspects[code]] += points
		total += points
	}
	for i, t := range n.thresholds {
		if total >= t {
			category = i
		}
	}
	return total, items, aspects, category
}

// fullSheet answers every item of kasn-2019, as a first-rate agency would.
func fullSheet(tb testing.TB) (*scoring.Instrument, *scoring.Sheet) {
	tb.Helper()
	doc, ok := instrument.Lookup("kasn-2019")
	if !ok {
		tb.Fatal("kasn-2019 is missing")
	}
	in := doc.Scoring()
	sheet := MustSheet(tb, in, scoring.LembagaNegara)
	for i := range in.Items() {
		if err := sheet.Set(i, scoring.Level(1+i%4)); err != nil {
			tb.Fatal(err)
		}
	}
	return in, sheet
}

func MustSheet(tb rapid.TB, in *scoring.Instrument, kind scoring.AgencyKind) *scoring.Sheet {
	tb.Helper()
	sheet, err := in.NewSheet(kind)
	if err != nil {
		tb.Fatal(err)
	}
	return sheet
}

// BenchmarkScore scores one sheet of 38 items, and the same with maps of floats; it reports how many times as long the
// latter takes.
func BenchmarkScore(b *testing.B) {
	in, sheet := fullSheet(b)
	var flat float64
	b.Run("flat", func(b *testing.B) {
		b.ReportAllocs()
		var r scoring.Result
		in.Score(sheet, &r)
		for b.Loop() {
			in.Score(sheet, &r)
		}
		flat = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	})
	b.Run("naive", func(b *testing.B) {
		b.ReportAllocs()
		n, answers := newNaive(in), map[string]int{}
		for i, item := range in.Items() {
			answers[item.Code], _ = sheet.Answer(i).Value()
		}
		for b.Loop() {
			n.score(answers)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flat, "times-flat")
	})
}

// BenchmarkScoreMean scores one sheet of the worksheet of 2026, with gates.
func BenchmarkScoreMean(b *testing.B) {
	doc, _ := instrument.Lookup("panrb-2026")
	in := doc.Scoring()
	sheet := MustSheet(b, in, scoring.Kota)
	var r scoring.Result
	b.ReportAllocs()
	for b.Loop() {
		in.Score(sheet, &r)
	}
}

// BenchmarkCheapestPath searches the way from an empty sheet of 38 items to the highest category.
func BenchmarkCheapestPath(b *testing.B) {
	in, _ := fullSheet(b)
	sheet := MustSheet(b, in, scoring.Kota)
	for b.Loop() {
		if _, err := in.CheapestPath(sheet, "sangat_baik"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestScoringDoesNotAllocate(t *testing.T) {
	in, sheet := fullSheet(t)
	var r scoring.Result
	in.Score(sheet, &r)
	if n := testing.AllocsPerRun(100, func() { in.Score(sheet, &r) }); n != 0 {
		t.Errorf("Score allocates %v times per sheet", n)
	}
}
