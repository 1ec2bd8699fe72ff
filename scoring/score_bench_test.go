package scoring_test

import (
	"testing"
	"time"

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

// bare is the least that scoring can be: level x weight, added up by aspect, and thresholds. It explains nothing, knows
// no unanswered items and trusts its input.
type bare struct {
	levels, weights []int64
	ends            []int // of the aspects
	thresholds      []int64
}

func newBare(in *scoring.Instrument, sheet *scoring.Sheet) bare {
	var f bare
	for i, item := range in.Items() {
		level, _ := sheet.Answer(i).Value()
		f.levels, f.weights = append(f.levels, int64(level)), append(f.weights, int64(item.Weight))
	}
	for a := range in.Aspects() {
		_, end := in.AspectItems(a)
		f.ends = append(f.ends, end)
	}
	for _, c := range in.Categories() {
		f.thresholds = append(f.thresholds, int64(c.Min))
	}
	return f
}

func (f bare) score(items, aspects []int64) (total int64, category int) {
	i := 0
	for a, end := range f.ends {
		var sum int64
		for ; i < end; i++ {
			items[i] = f.levels[i] * f.weights[i]
			sum += items[i]
		}
		aspects[a] = sum
		total += sum
	}
	for c, minimum := range f.thresholds {
		if total >= minimum {
			category = c
		}
	}
	return total, category
}

// BenchmarkScore scores one sheet of 38 items, and beside it the bare sums and the maps of floats that one would write
// first, in short turns so that all meet the same machine. It reports the quickest turn of each, because whatever else the
// machine does only ever adds, and how they compare.
func BenchmarkScore(b *testing.B) {
	in, sheet := fullSheet(b)
	f, n, answers := newBare(in, sheet), newNaive(in), map[string]int{}
	for i, item := range in.Items() {
		answers[item.Code], _ = sheet.Answer(i).Value()
	}
	items, aspects := make([]int64, len(f.levels)), make([]int64, len(f.ends))
	var r scoring.Result
	in.Score(sheet, &r)
	score, sums, maps := time.Hour, time.Hour, time.Hour
	for b.Loop() {
		score = min(score, turn(1000, func() { in.Score(sheet, &r) }))
		sums = min(sums, turn(1000, func() { f.score(items, aspects) }))
		maps = min(maps, turn(20, func() { n.score(answers) }))
	}
	b.ReportMetric(float64(score.Nanoseconds())/1000, "ns/sheet")
	b.ReportMetric(testing.AllocsPerRun(100, func() { in.Score(sheet, &r) }), "allocs/sheet")
	b.ReportMetric(float64(sums.Nanoseconds())/1000, "ns/bare-sums")
	b.ReportMetric(float64(score)/float64(sums), "times-bare-sums")
	b.ReportMetric(float64(maps.Nanoseconds())/20/float64(score.Nanoseconds())*1000, "times-as-long-maps")
	b.ReportMetric(0, "ns/op") // of three things together: no figure
}

func turn(times int, do func()) time.Duration {
	from := time.Now()
	for range times {
		do()
	}
	return time.Since(from)
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
