package scoring_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
)

// raises is one way to raise items: how many levels for each item of the instrument.
type raises []int

// better says whether a is cheaper than b by the words of CheapestPath.
func (a raises) better(b raises) bool {
	al, ai := a.cost()
	bl, bi := b.cost()
	switch {
	case al != bl:
		return al < bl
	case ai != bi:
		return ai < bi
	}
	return slices.Compare(a, b) > 0
}

func (a raises) cost() (levels, items int) {
	for _, n := range a {
		levels += n
		if n > 0 {
			items++
		}
	}
	return levels, items
}

// bruteForce tries every combination of raises and scores each.
func bruteForce(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet, target scoring.Points) raises {
	var best raises
	var try func(i int, plan raises, s *scoring.Sheet)
	try = func(i int, plan raises, s *scoring.Sheet) {
		if i == in.NumItems() {
			if score(in, s).Total >= target && (best == nil || plan.better(best)) {
				best = slices.Clone(plan)
			}
			return
		}
		try(i+1, append(plan, 0), s)
		if in.Item(i).Kind == scoring.Choice || !sheet.State(i).Applies() || sheet.State(i) == scoring.StateGateOpen {
			return
		}
		level, ok := sheet.Answer(i).Value()
		if !ok {
			level = 0
		}
		for to := level + 1; to <= in.Scale().Max; to++ {
			raised := s.Clone()
			MustSet(t, raised, i, scoring.Level(to))
			try(i+1, append(plan, to-level), raised)
		}
	}
	try(0, nil, sheet)
	return best
}

func TestCheapestPathIsMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := drawDefinition(t)
		def.Scale.Max = min(def.Scale.Max, 3)
		for len(def.Aspects) > 2 { // keeps the number of combinations small
			def.Aspects = def.Aspects[:2]
		}
		in := MustCompile(t, def)
		sheet := drawSheet(t, in)
		target := rapid.SampledFrom(in.Categories()).Draw(t, "target")
		want := bruteForce(t, in, sheet, target.Min)
		path, err := in.CheapestPath(sheet, target.Code)
		if want == nil {
			if !errors.Is(err, scoring.ErrUnreachable) {
				t.Fatalf("got %+v, %v; nothing reaches %s", path, err, target.Min)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got := make(raises, in.NumItems())
		for _, s := range path.Steps {
			from, ok := s.From.Value()
			if !ok {
				from = 0
			}
			got[s.Item] = s.To - from
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got raises %v, want %v for %s", got, want, target.Min)
		}
	})
}

// Following the steps one after the other gives the totals they promise, and the last one reaches the category.
func TestCheapestPathReachesItsTarget(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		if !in.HasTotal() {
			return
		}
		target := rapid.SampledFrom(in.Categories()).Draw(t, "target")
		path, err := in.CheapestPath(sheet, target.Code)
		if errors.Is(err, scoring.ErrUnreachable) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		walked := sheet.Clone()
		for _, s := range path.Steps {
			if walked.Answer(s.Item) != s.From {
				t.Fatalf("step %+v starts from %v", s, walked.Answer(s.Item))
			}
			MustSet(t, walked, s.Item, scoring.Level(s.To))
			if got := score(in, walked).Total; got != s.Total {
				t.Fatalf("after step %+v the total is %s", s, got)
			}
		}
		if end := score(in, walked).Total; end != path.To || end < target.Min || path.From != score(in, sheet).Total {
			t.Fatalf("path %+v ends at %s", path, end)
		}
	})
}

// small is an instrument of one aspect with the given weights of items and one threshold to reach.
func small(tb testing.TB, threshold scoring.Points, weights ...scoring.Points) *scoring.Instrument {
	tb.Helper()
	def := scoring.Definition{
		Scale:      scoring.Scale{Max: 4},
		Rule:       scoring.Rule{Method: scoring.WeightedSum, IndexDivisor: scoring.Point},
		Categories: []scoring.Category{{Code: "low"}, {Code: "high", Min: threshold}},
		Aspects:    []scoring.Aspect{{Code: "1"}},
	}
	for i, w := range weights {
		def.Aspects[0].Items = append(def.Aspects[0].Items, scoring.Item{
			Code: fmt.Sprint("1.", i+1), Kind: scoring.Scored, Weight: w, Provenance: scoring.Stated,
		})
	}
	return MustCompile(tb, def)
}

// From 49 to 61 points: three levels either way, one of each of the heavier items or three of the lighter one.
func TestFewerItemsWinEvenIfTheyGainLess(t *testing.T) {
	in := small(t, 61*scoring.Point, 5*scoring.Point, 5*scoring.Point, 5*scoring.Point, 4*scoring.Point)
	sheet := MustSheet(t, in, scoring.Kota)
	for i, level := range []int{3, 3, 3, 1} {
		MustSet(t, sheet, i, scoring.Level(level))
	}
	path, err := in.CheapestPath(sheet, "high")
	if err != nil || path.From != 49*scoring.Point || len(path.Steps) != 1 || path.Steps[0].Item != 3 || path.Levels != 3 {
		t.Errorf("got %+v, %v; want item 1.4 raised by three levels", path, err)
	}
}

// One level of one of two items brings 0.0005, which is rounded up to the threshold 0.001.
func TestPathKnowsThatTheTotalIsRounded(t *testing.T) {
	item := scoring.Item{Kind: scoring.Scored, Provenance: scoring.Stated}
	def := scoring.Definition{
		Scale:      scoring.Scale{Max: 4},
		Rule:       scoring.Rule{Method: scoring.WeightedMean},
		Categories: []scoring.Category{{Code: "low"}, {Code: "high", Min: 1}},
		Aspects:    []scoring.Aspect{{Code: "1", Weight: 1, Items: []scoring.Item{item, item}}},
	}
	def.Aspects[0].Items[0].Code, def.Aspects[0].Items[1].Code = "1.1", "1.2"
	in := MustCompile(t, def)
	path, err := in.CheapestPath(MustSheet(t, in, scoring.Kota), "high")
	if err != nil || path.Levels != 1 || path.To != 1 {
		t.Errorf("got %+v, %v; want one level", path, err)
	}
}

func TestUnreachableCategorySaysHowFarOneGets(t *testing.T) {
	in := small(t, 9*scoring.Point, 2*scoring.Point)
	_, err := in.CheapestPath(MustSheet(t, in, scoring.Kota), "high")
	const want = "the category cannot be reached: high needs 9, and with every applicable item at the highest level the total is 8"
	if !errors.Is(err, scoring.ErrUnreachable) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
