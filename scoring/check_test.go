package scoring_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/problem"
)

// sumDefinition is a small valid instrument under WeightedSum, to be spoilt by the tests.
func sumDefinition() scoring.Definition {
	return scoring.Definition{
		Scale:      scoring.Scale{Min: 1, Max: 4},
		Rule:       scoring.Rule{Method: scoring.WeightedSum, IndexDivisor: 16 * scoring.Point, IndexDecimals: 2},
		Categories: []scoring.Category{{Code: "low"}, {Code: "high", Min: 8 * scoring.Point}},
		Aspects: []scoring.Aspect{
			{Code: "1", Items: []scoring.Item{scored("1.1", 2500)}},
			{Code: "2", Items: []scoring.Item{scored("2.1", 1500)}},
		},
	}
}

// meanDefinition is a small valid instrument under WeightedMean with gates and a total.
func meanDefinition() scoring.Definition {
	return scoring.Definition{
		Scale:      scoring.Scale{Max: 4},
		Rule:       scoring.Rule{Method: scoring.WeightedMean, IndexDecimals: 2},
		Categories: []scoring.Category{{Code: "low"}, {Code: "high", Min: 200 * scoring.Point}},
		Aspects: []scoring.Aspect{{Code: "1", Weight: 100 * scoring.Point, Items: []scoring.Item{
			gate("1.0", ""), gate("1.0.1", "1.0"), scored("1.1", 0), behind("1.2", "1.0.1"),
		}}},
	}
}

func scored(code string, weight scoring.Points) scoring.Item {
	return scoring.Item{Code: code, Kind: scoring.Scored, Weight: weight, Provenance: scoring.Stated}
}

func behind(code, gate string) scoring.Item {
	item := scored(code, 0)
	item.AppliesWhen = &scoring.Condition{Item: gate, In: []string{"ya"}}
	return item
}

func gate(code, behind string) scoring.Item {
	item := scoring.Item{Code: code, Kind: scoring.Choice, Options: []string{"ya", "tidak"}, Provenance: scoring.Stated}
	if behind != "" {
		item.AppliesWhen = &scoring.Condition{Item: behind, In: []string{"ya"}}
	}
	return item
}

func TestCompileReportsTheRuleThatIsBroken(t *testing.T) {
	tests := []struct {
		name  string
		of    func() scoring.Definition
		spoil func(*scoring.Definition)
		want  string // path: rule
	}{
		{"scale begins above 1", sumDefinition, func(d *scoring.Definition) { d.Scale.Min = 2 }, "scale.min: scale-range"},
		{"scale ends where it begins", sumDefinition, func(d *scoring.Definition) { d.Scale.Max = 1 }, "scale.max: scale-range"},
		{"scale too long", sumDefinition, func(d *scoring.Definition) { d.Scale.Max = 11 }, "scale.max: scale-range"},
		{"no such method", sumDefinition, func(d *scoring.Definition) { d.Rule.Method = "MEDIAN" }, "rule.method: known-method"},
		{"divisor missing for a sum", sumDefinition, func(d *scoring.Definition) { d.Rule.IndexDivisor = 0 }, "rule.index_divisor: divisor-positive"},
		{"divisor negative for a mean", meanDefinition, func(d *scoring.Definition) { d.Rule.IndexDivisor = -1 }, "rule.index_divisor: divisor-positive"},
		{"too many decimals", sumDefinition, func(d *scoring.Definition) { d.Rule.IndexDecimals = 4 }, "rule.index_decimals: index-decimals"},
		{"first threshold above 0", sumDefinition, func(d *scoring.Definition) { d.Categories[0].Min = 1 }, "categories[0].min: first-threshold-zero"},
		{"thresholds do not ascend", sumDefinition, func(d *scoring.Definition) { d.Categories[1].Min = 0 }, "categories[1].min: thresholds-ascend"},
		{"threshold out of range", sumDefinition, func(d *scoring.Definition) { d.Categories[1].Min = scoring.MaxPoints + 1 }, "categories[1].min: thresholds-ascend"},
		{"category code twice", sumDefinition, func(d *scoring.Definition) { d.Categories[1].Code = "low" }, "categories[1].code: unique-code"},
		{"too many categories", sumDefinition, func(d *scoring.Definition) { d.Categories = manyCategories(21) }, "categories: size-limit"},
		{"no aspects", sumDefinition, func(d *scoring.Definition) { d.Aspects = nil }, "aspects: size-limit"},
		{"too many aspects", sumDefinition, func(d *scoring.Definition) { d.Aspects = manyAspects(31, 1) }, "aspects: size-limit"},
		{"too many items", sumDefinition, func(d *scoring.Definition) { d.Aspects = manyAspects(1, 101) }, "aspects: size-limit"},
		{"a mean that cannot be exact", meanDefinition, func(d *scoring.Definition) { d.Aspects = withoutWeights(manyAspects(1, 60)) }, "aspects: size-limit"},
		{"aspect code twice", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Code = "1" }, "aspects[1].code: unique-code"},
		{"aspect without scored item", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Items = nil }, "aspects[1].items: aspect-scored"},
		{"aspect weight under a sum", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Weight = 1 }, "aspects[1].weight: weight-misplaced"},
		{"aspect weight negative", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Weight = -1 }, "aspects[0].weight: weight-positive"},
		{"item code twice across aspects", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Items[0].Code = "1.1" }, "aspects[1].items[0].code: unique-code"},
		{"item without code", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Items[0].Code = "" }, "aspects[1].items[0].code: unique-code"},
		{"item weight missing", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Items[0].Weight = 0 }, "aspects[1].items[0].weight: weight-required"},
		{"item weight negative", sumDefinition, func(d *scoring.Definition) { d.Aspects[1].Items[0].Weight = -1 }, "aspects[1].items[0].weight: weight-positive"},
		{"item weight under a mean", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[2].Weight = 1 }, "aspects[0].items[2].weight: weight-misplaced"},
		{"no such kind of item", sumDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].Kind = "TEXT" }, "aspects[0].items[0].kind: known-item-kind"},
		{"no such provenance", sumDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].Provenance = "GUESSED" }, "aspects[0].items[0].provenance: known-provenance"},
		{"scored item with options", sumDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].Options = []string{"a", "b"} }, "aspects[0].items[0].options: options-of-choice"},
		{"choice with one option", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].Options = []string{"ya"} }, "aspects[0].items[0].options: options-of-choice"},
		{"option twice", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].Options = []string{"ya", "ya"} }, "aspects[0].items[0].options[1]: unique-option"},
		{"applies_to under a sum", sumDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[0].AppliesTo = []scoring.AgencyKind{scoring.Kota} }, "aspects[0].items[0].applies_to: no-conditions"},
		{"no such kind of agency", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[2].AppliesTo = []scoring.AgencyKind{"DESA"} }, "aspects[0].items[2].applies_to[0]: known-agency-kind"},
		{"kind of agency twice", meanDefinition, func(d *scoring.Definition) {
			d.Aspects[0].Items[2].AppliesTo = []scoring.AgencyKind{scoring.Kota, scoring.Kota}
		}, "aspects[0].items[2].applies_to[1]: known-agency-kind"},
		{"condition under a sum", sumDefinition, func(d *scoring.Definition) {
			d.Aspects[1].Items[0].AppliesWhen = &scoring.Condition{Item: "1.1", In: []string{"ya"}}
		}, "aspects[1].items[0].applies_when: no-conditions"},
		{"condition on a later item", meanDefinition, func(d *scoring.Definition) {
			d.Aspects[0].Items = append(d.Aspects[0].Items, behind("1.3", "1.9"), gate("1.9", ""))
		}, "aspects[0].items[4].applies_when.item: condition-earlier"},
		{"condition on a scored item", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[3].AppliesWhen.Item = "1.1" }, "aspects[0].items[3].applies_when.item: condition-choice"},
		{"condition on itself", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[1].AppliesWhen.Item = "1.0.1" }, "aspects[0].items[1].applies_when: condition-cycle"},
		{"conditions in a circle", meanDefinition, func(d *scoring.Definition) {
			d.Aspects[0].Items[0].AppliesWhen = &scoring.Condition{Item: "1.0.1", In: []string{"ya"}}
		}, "aspects[0].items[0].applies_when: condition-cycle"},
		{"condition without values", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[3].AppliesWhen.In = nil }, "aspects[0].items[3].applies_when.in: condition-values"},
		{"condition on a value that does not exist", meanDefinition, func(d *scoring.Definition) { d.Aspects[0].Items[3].AppliesWhen.In = []string{"mungkin"} }, "aspects[0].items[3].applies_when.in[0]: condition-values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			def := tt.of()
			MustCompile(t, def)
			tt.spoil(&def)
			_, err := scoring.Compile(def)
			var faults scoring.Faults
			if !errors.As(err, &faults) || !strings.Contains("\n"+faults.Error(), "\n"+tt.want+": ") {
				t.Errorf("got\n%v\nwant %s", err, tt.want)
			}
			for _, fault := range faults {
				checkText(t, fault.Message)
			}
		})
	}
}

// checkText wants both languages, each with every value put in.
func checkText(t *testing.T, text problem.Text) {
	t.Helper()
	if text.English == "" || text.Indonesian == "" || text.English == text.Indonesian {
		t.Errorf("one language is missing: %+v", text)
	}
	if strings.Contains(text.English+text.Indonesian, "%!") || strings.Contains(text.Indonesian, "¦") {
		t.Errorf("a format does not fit its values: %+v", text)
	}
}

func manyCategories(n int) []scoring.Category {
	var all []scoring.Category
	for i := range n {
		all = append(all, scoring.Category{Code: fmt.Sprint("c", i), Min: scoring.Points(i)})
	}
	return all
}

func manyAspects(aspects, items int) []scoring.Aspect {
	var all []scoring.Aspect
	for a := range aspects {
		all = append(all, scoring.Aspect{Code: fmt.Sprint(a)})
		for i := range items {
			all[a].Items = append(all[a].Items, scored(fmt.Sprintf("%d.%d", a, i), 1))
		}
	}
	return all
}

func withoutWeights(aspects []scoring.Aspect) []scoring.Aspect {
	for a := range aspects {
		for i := range aspects[a].Items {
			aspects[a].Items[i].Weight = 0
		}
	}
	return aspects
}

func TestCompileReportsEveryFaultAtOnce(t *testing.T) {
	def := sumDefinition()
	def.Scale.Min, def.Aspects[0].Items[0].Weight, def.Aspects[1].Items[0].Code = 3, 0, "1.1"
	_, err := scoring.Compile(def)
	var faults scoring.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("got %v, want three faults", err)
	}
}

func TestACompiledInstrumentDoesNotFollowItsDefinition(t *testing.T) {
	def := meanDefinition()
	in := MustCompile(t, def)
	def.Categories[1].Min, def.Aspects[0].Weight = 1, 1
	def.Aspects[0].Items[3].AppliesWhen.In[0], def.Aspects[0].Items[0].Options[0] = "tidak", "nein"
	sheet := MustSheet(t, in, scoring.Kota)
	for _, code := range []string{"1.0", "1.0.1"} {
		if err := sheet.SetChoice(code, "ya"); err != nil {
			t.Fatal(err)
		}
	}
	if err := sheet.SetLevel("1.1", 4); err != nil {
		t.Fatal(err)
	}
	if r := score(in, sheet); r.Total != 200*scoring.Point || r.Category != 1 || r.Margin != 0 {
		t.Errorf("got %+v", r.Summary)
	}
}

func TestAWeightedMeanHasATotalOnlyWithAllWeightsAndCategories(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*scoring.Definition)
		want  bool
	}{
		{"both", func(*scoring.Definition) {}, true},
		{"no categories", func(d *scoring.Definition) { d.Categories = nil }, false},
		{"a weight missing", func(d *scoring.Definition) { d.Aspects[0].Weight = 0 }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			def := meanDefinition()
			tt.spoil(&def)
			in := MustCompile(t, def)
			sheet := MustSheet(t, in, scoring.Kota)
			if r := score(in, sheet); r.HasTotal != tt.want || in.HasTotal() != tt.want {
				t.Errorf("HasTotal = %v, %v", r.HasTotal, in.HasTotal())
			}
			if _, err := in.CheapestPath(sheet, "high"); errors.Is(err, scoring.ErrNoTotal) == tt.want {
				t.Errorf("CheapestPath: %v", err)
			}
		})
	}
}

func TestASheetOfAnotherInstrumentIsABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	score(MustCompile(t, sumDefinition()), MustSheet(t, MustCompile(t, sumDefinition()), scoring.Kota))
}

func TestSheetOfAnUnknownKind(t *testing.T) {
	if _, err := MustCompile(t, sumDefinition()).NewSheet("DESA"); !errors.Is(err, scoring.ErrUnknownKind) {
		t.Errorf("got %v", err)
	}
}
