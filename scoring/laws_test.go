package scoring_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
)

// drawDefinition draws a small valid instrument of either method, with conditions where they are allowed.
func drawDefinition(t *rapid.T) scoring.Definition {
	mean := rapid.Bool().Draw(t, "mean")
	def := scoring.Definition{
		Scale: scoring.Scale{Min: rapid.IntRange(0, 1).Draw(t, "scale min"), Max: rapid.IntRange(2, 4).Draw(t, "scale max")},
		Rule:  scoring.Rule{Method: scoring.WeightedSum, IndexDivisor: drawWeight(t), IndexDecimals: rapid.IntRange(0, 3).Draw(t, "decimals")},
	}
	if mean {
		def.Rule.Method = scoring.WeightedMean
	}
	step := rapid.SampledFrom([]scoring.Points{1, 500, 3000, 7000, 12_000}).Draw(t, "threshold step")
	for i := range rapid.IntRange(1, 4).Draw(t, "categories") {
		def.Categories = append(def.Categories, scoring.Category{Code: fmt.Sprint("c", i), Min: scoring.Points(i) * step})
	}
	var gates []string
	for a := range rapid.IntRange(1, 3).Draw(t, "aspects") {
		aspect := scoring.Aspect{Code: fmt.Sprint(a)}
		if mean {
			aspect.Weight = drawWeight(t)
		}
		n := rapid.IntRange(1, 3).Draw(t, "items")
		for i := range n {
			item := drawItem(t, mean, i == n-1, gates)
			item.Code = fmt.Sprintf("%d.%d", a, i)
			if item.Kind == scoring.Choice {
				gates = append(gates, item.Code)
			}
			aspect.Items = append(aspect.Items, item)
		}
		def.Aspects = append(def.Aspects, aspect)
	}
	return def
}

func drawWeight(t *rapid.T) scoring.Points {
	return scoring.Points(rapid.SampledFrom([]int{1, 500, 1000, 1000, 2500, 2500, 5000, 7001}).Draw(t, "weight"))
}

func drawItem(t *rapid.T, mean, scored bool, gates []string) scoring.Item {
	item := scoring.Item{Kind: scoring.Scored, Provenance: rapid.SampledFrom([]scoring.Provenance{scoring.Stated, scoring.Reconstructed}).Draw(t, "provenance")}
	if !mean {
		item.Weight = drawWeight(t)
		return item
	}
	if !scored && rapid.IntRange(0, 2).Draw(t, "choice") == 0 {
		item.Kind, item.Options = scoring.Choice, []string{"ya", "tidak"}
	}
	if rapid.IntRange(0, 4).Draw(t, "local only") == 0 {
		item.AppliesTo = []scoring.AgencyKind{scoring.Kabupaten, scoring.Kota}
	}
	if len(gates) > 0 && rapid.Bool().Draw(t, "gated") {
		item.AppliesWhen = &scoring.Condition{Item: rapid.SampledFrom(gates).Draw(t, "gate"), In: []string{"ya"}}
	}
	return item
}

// drawSheet draws answers to an instrument; about a third stay open.
func drawSheet(t *rapid.T, in *scoring.Instrument) *scoring.Sheet {
	sheet := MustSheet(t, in, rapid.SampledFrom([]scoring.AgencyKind{scoring.Kementerian, scoring.Kota}).Draw(t, "kind"))
	for i := range in.Items() {
		if in.AppliesToKind(i, sheet.Kind()) {
			MustSet(t, sheet, i, drawAnswer(t, in, i))
		}
	}
	return sheet
}

func drawAnswer(t *rapid.T, in *scoring.Instrument, i int) scoring.Answer {
	switch rapid.IntRange(0, 5).Draw(t, "answer") {
	case 0:
		return scoring.Unanswered
	case 1:
		return scoring.NotProven
	}
	if item := in.Item(i); item.Kind == scoring.Choice {
		return scoring.Option(rapid.IntRange(0, len(item.Options)-1).Draw(t, "option"))
	}
	return scoring.Level(rapid.IntRange(in.Scale().Min, in.Scale().Max).Draw(t, "level"))
}

func MustSet(tb rapid.TB, sheet *scoring.Sheet, i int, a scoring.Answer) {
	tb.Helper()
	if err := sheet.Set(i, a); err != nil {
		tb.Fatal(err)
	}
}

func score(in *scoring.Instrument, sheet *scoring.Sheet) scoring.Result {
	var r scoring.Result
	in.Score(sheet, &r)
	return r
}

// law checks a property of random instruments and sheets, and of random sheets of the published instruments.
func law(t *testing.T, check func(*rapid.T, *scoring.Instrument, *scoring.Sheet)) {
	t.Run("random instruments", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			in := MustCompile(t, drawDefinition(t))
			check(t, in, drawSheet(t, in))
		})
	})
	for _, id := range []string{"kasn-2019", "panrb-2026", "mean-total"} {
		t.Run(id, func(t *testing.T) {
			in := MustInstrument(t, id)
			rapid.Check(t, func(t *rapid.T) { check(t, in, drawSheet(t, in)) })
		})
	}
}

func TestScoresStayWithinBounds(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		r := score(in, sheet)
		if r.Total < 0 || r.Total > r.Maximum || r.Answered > r.Applicable {
			t.Fatalf("total %s of %s, %d answered of %d", r.Total, r.Maximum, r.Answered, r.Applicable)
		}
		for _, a := range r.Aspects {
			if a.Points < 0 || a.Points > a.Maximum || a.Maturity < 0 || a.Maturity > scoring.Points(in.Scale().Max)*scoring.Point {
				t.Fatalf("aspect %+v", a)
			}
		}
	})
}

// A better answer never makes anything worse: from unanswered or not proven to a level, and from a level to the next.
func TestScoresRiseWithEachAnswer(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		before := score(in, sheet)
		i := rapid.IntRange(0, in.NumItems()-1).Draw(t, "item")
		if in.Item(i).Kind == scoring.Choice || !in.AppliesToKind(i, sheet.Kind()) {
			return
		}
		level, answered := sheet.Answer(i).Value()
		if !answered {
			level = in.Scale().Min - 1
		}
		if level == in.Scale().Max {
			return
		}
		MustSet(t, sheet, i, scoring.Level(level+1))
		after := score(in, sheet)
		if after.Total < before.Total || after.Category < before.Category || after.Maximum != before.Maximum {
			t.Fatalf("raising %s: %+v became %+v", in.Item(i).Code, before.Summary, after.Summary)
		}
		for a := range after.Aspects {
			if after.Aspects[a].Points < before.Aspects[a].Points || after.Aspects[a].Maturity < before.Aspects[a].Maturity {
				t.Fatalf("raising %s: aspect %+v became %+v", in.Item(i).Code, before.Aspects[a], after.Aspects[a])
			}
		}
	})
}

// Leaving a gate open is never better than answering it so that its items apply.
func TestAnOpenGateNeverPays(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		for i, item := range in.Items() {
			if item.Kind != scoring.Choice || sheet.State(i) != scoring.StateUnanswered {
				continue
			}
			open := score(in, sheet)
			answered := sheet.Clone()
			MustSet(t, answered, i, scoring.Option(0)) // ya: under which its items apply
			if r := score(in, answered); r.Total < open.Total {
				t.Fatalf("answering gate %s lowers %s to %s", item.Code, open.Total, r.Total)
			}
		}
	})
}

func TestTheOrderOfAnsweringIsIrrelevant(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		order := make([]int, in.NumItems())
		for i := range order {
			order[i] = i
		}
		shuffled := MustSheet(t, in, sheet.Kind())
		for _, i := range rapid.Permutation(order).Draw(t, "order") {
			MustSet(t, shuffled, i, sheet.Answer(i))
		}
		if diff := cmp.Diff(score(in, sheet), score(in, shuffled)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTheCategoryIsAFunctionOfTheTotal(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		r := score(in, sheet)
		if !r.HasTotal {
			if r.Category != -1 || r.Next != -1 || r.HasIndex {
				t.Fatalf("without a total: %+v", r.Summary)
			}
			return
		}
		categories := in.Categories()
		if c, ok := in.Classify(r.Total); !ok || c != categories[r.Category] || r.Total-r.Margin != c.Min {
			t.Fatalf("classified as %v, scored as %+v", c, r.Summary)
		}
		if last := r.Category == len(categories)-1; last != (r.Next == -1) || !last && r.Total+r.Distance != categories[r.Next].Min {
			t.Fatalf("next of %+v", r.Summary)
		}
	})
}

// An independent computation in rational numbers, straight from the words of the rule.
func TestTotalsAndIndicesAreExact(t *testing.T) {
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		r, sum := score(in, sheet), new(big.Rat)
		for a, aspect := range in.Aspects() {
			points, n := new(big.Rat), int64(0)
			first, end := in.AspectItems(a)
			for i := first; i < end; i++ {
				if in.Item(i).Kind == scoring.Choice || !r.Items[i].State.Applies() {
					continue
				}
				n++
				if level, ok := sheet.Answer(i).Value(); ok && r.Items[i].State == scoring.StateAnswered {
					points.Add(points, new(big.Rat).Mul(big.NewRat(int64(level), 1), rat(in.Item(i).Weight, in)))
				}
			}
			if in.Rule().Method == scoring.WeightedMean && n > 0 {
				points.Quo(points, big.NewRat(n, 1))
				if want := halfUp(points, in.Rule().IndexDecimals); r.Aspects[a].Maturity.Fixed(3) != want.FloatString(3) {
					t.Fatalf("maturity %s, want %s", r.Aspects[a].Maturity, want)
				}
				points.Mul(points, big.NewRat(int64(aspect.Weight), 1000))
			}
			sum.Add(sum, points)
		}
		if !r.HasTotal {
			return
		}
		if want := halfUp(sum, 3); r.Total.Fixed(3) != want.FloatString(3) {
			t.Fatalf("total %s, want %s", r.Total, want.FloatString(3))
		}
		index := new(big.Rat).Quo(big.NewRat(int64(r.Total), 1), big.NewRat(int64(in.Rule().IndexDivisor), 1))
		if want := halfUp(index, in.Rule().IndexDecimals); r.HasIndex && r.Index.Fixed(3) != want.FloatString(3) {
			t.Fatalf("index of %s is %s, want %s", r.Total, r.Index, want.FloatString(3))
		}
	})
}

// rat is a weight as a rational number; under WeightedMean each level counts one.
func rat(weight scoring.Points, in *scoring.Instrument) *big.Rat {
	if in.Rule().Method == scoring.WeightedMean {
		return big.NewRat(1, 1)
	}
	return big.NewRat(int64(weight), 1000)
}

func halfUp(x *big.Rat, decimals int) *big.Rat {
	scale := big.NewRat([]int64{1, 10, 100, 1000}[decimals], 1)
	scaled := new(big.Rat).Add(new(big.Rat).Mul(x, scale), big.NewRat(1, 2))
	floor := new(big.Int).Div(scaled.Num(), scaled.Denom())
	return new(big.Rat).Quo(new(big.Rat).SetInt(floor), scale)
}

func TestAReusedResultIsAsGoodAsNew(t *testing.T) {
	var r scoring.Result
	law(t, func(t *rapid.T, in *scoring.Instrument, sheet *scoring.Sheet) {
		in.Score(sheet, &r)
		if diff := cmp.Diff(score(in, sheet), r); diff != "" {
			t.Fatal(diff)
		}
	})
}
