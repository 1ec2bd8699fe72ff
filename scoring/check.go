package scoring

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/meritindex/merit/scoring/problem"
)

// Limits on the size of an instrument. They are several times what any known instrument needs and keep sums inside 64
// bits and CheapestPath fast.
const (
	MaxAspects    = 30
	MaxItems      = 100 // in the whole instrument, scored items and choices together
	MaxOptions    = 32  // of one choice
	MaxCategories = 20
	MaxLevel      = 10
)

// Fault is one broken rule of a Definition.
type Fault struct {
	Path    string       // where, such as aspects[0].items[2].weight
	Rule    string       // short stable name of the rule, such as weight-required
	Message problem.Text // what is wrong and what to do
}

// Faults is the error of Compile: every fault found, in the order of the definition.
type Faults []Fault

// Error lists all faults in English, one per line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.Path + ": " + x.Rule + ": " + x.Message.English
	}
	return strings.Join(lines, "\n")
}

// checker walks a definition and collects faults.
type checker struct {
	def    Definition
	faults Faults
	items  map[string]*Item // seen so far, by code
	count  int
}

func check(def Definition) Faults {
	c := &checker{def: def, items: map[string]*Item{}}
	c.scale()
	c.rule()
	c.categories()
	c.aspects()
	c.cycles()
	if len(c.faults) == 0 {
		c.exact()
	}
	return c.faults
}

// fault adds a broken rule. The format is "English ¦ Indonesia".
func (c *checker) fault(path, rule, format string, args ...any) {
	c.faults = append(c.faults, Fault{path, rule, problem.Textf(format, args...)})
}

func (c *checker) sum() bool { return c.def.Rule.Method == WeightedSum }

func (c *checker) scale() {
	s := c.def.Scale
	if s.Min != 0 && s.Min != 1 {
		c.fault("scale.min", "scale-range", "the lowest level is %d; it must be 0 or 1, because an unanswered item counts 0 ¦ "+
			"tingkat terendah %d; harus 0 atau 1, karena butir tanpa jawaban bernilai 0", s.Min)
	}
	if s.Max <= s.Min || s.Max > MaxLevel {
		c.fault("scale.max", "scale-range", "the highest level is %d; it must be above the lowest and at most %d ¦ "+
			"tingkat tertinggi %d; harus di atas yang terendah dan paling tinggi %d", s.Max, MaxLevel)
	}
}

func (c *checker) rule() {
	r := c.def.Rule
	if r.Method != WeightedSum && r.Method != WeightedMean {
		c.fault("rule.method", "known-method", "%q is not a method; use %s or %s ¦ %q bukan metode; pakai %s atau %s", clip(string(r.Method)), WeightedSum, WeightedMean)
	}
	if r.IndexDivisor < 0 || r.IndexDivisor > MaxPoints || c.sum() && r.IndexDivisor == 0 {
		c.fault("rule.index_divisor", "divisor-positive", "the index divisor must be above 0; give the total that makes an index of 1 ¦ "+
			"pembagi indeks harus di atas 0; isi dengan nilai yang menghasilkan indeks 1")
	}
	if r.IndexDecimals < 0 || r.IndexDecimals > 3 {
		c.fault("rule.index_decimals", "index-decimals", "%d decimals cannot be shown; use 0 to 3 ¦ "+
			"%d desimal tidak dapat ditampilkan; pakai 0 sampai 3", r.IndexDecimals)
	}
}

func (c *checker) categories() {
	if len(c.def.Categories) > MaxCategories {
		c.fault("categories", "size-limit", "%d categories are too many; use at most %d ¦ "+
			"%d kategori terlalu banyak; paling banyak %d", len(c.def.Categories), MaxCategories)
	}
	seen := map[string]bool{}
	for i, cat := range c.def.Categories {
		path := fmt.Sprintf("categories[%d]", i)
		if cat.Code == "" || seen[cat.Code] {
			c.fault(path+".code", "unique-code", "category code %q is empty or used before; give every category its own code ¦ "+
				"kode kategori %q kosong atau sudah dipakai; beri setiap kategori kodenya sendiri", clip(cat.Code))
		}
		seen[cat.Code] = true
		c.threshold(path+".min", i)
	}
}

func (c *checker) threshold(path string, i int) {
	cat := c.def.Categories[i]
	switch {
	case cat.Min < 0 || cat.Min > MaxPoints:
		c.fault(path, "thresholds-ascend", "the threshold of %s is out of range ¦ ambang %s di luar rentang", clip(cat.Code))
	case i == 0 && cat.Min != 0:
		c.fault(path, "first-threshold-zero", "the first category starts at %s; it must start at 0 so that every total has a category ¦ "+
			"kategori pertama mulai dari %s; harus mulai dari 0 agar setiap nilai punya kategori", cat.Min)
	case i > 0 && cat.Min <= c.def.Categories[i-1].Min:
		c.fault(path, "thresholds-ascend", "the threshold %s of %s is not above %s of the category before; list categories from the lowest to the highest ¦ "+
			"ambang %s milik %s tidak di atas %s milik kategori sebelumnya; urutkan kategori dari yang terendah ke yang tertinggi",
			cat.Min, clip(cat.Code), c.def.Categories[i-1].Min)
	}
}

func (c *checker) aspects() {
	if n := len(c.def.Aspects); n == 0 || n > MaxAspects {
		c.fault("aspects", "size-limit", "the instrument has %d aspects; it needs 1 to %d ¦ "+
			"instrumen punya %d aspek; harus 1 sampai %d", n, MaxAspects)
	}
	seen := map[string]bool{}
	for a, asp := range c.def.Aspects {
		path := fmt.Sprintf("aspects[%d]", a)
		if asp.Code == "" || seen[asp.Code] {
			c.fault(path+".code", "unique-code", "aspect code %q is empty or used before; give every aspect its own code ¦ "+
				"kode aspek %q kosong atau sudah dipakai; beri setiap aspek kodenya sendiri", clip(asp.Code))
		}
		seen[asp.Code] = true
		c.aspectWeight(path, asp)
		for i := range asp.Items {
			c.item(fmt.Sprintf("%s.items[%d]", path, i), &c.def.Aspects[a].Items[i])
		}
	}
	if c.count > MaxItems {
		c.fault("aspects", "size-limit", "the instrument has %d items; it may have at most %d ¦ "+
			"instrumen punya %d butir; paling banyak %d", c.count, MaxItems)
	}
}

func (c *checker) aspectWeight(path string, asp Aspect) {
	switch {
	case asp.Weight < 0 || asp.Weight > MaxPoints:
		c.fault(path+".weight", "weight-positive", "the weight of aspect %s is out of range ¦ bobot aspek %s di luar rentang", clip(asp.Code))
	case c.sum() && asp.Weight != 0:
		c.fault(path+".weight", "weight-misplaced", "aspect %s has a weight; under %s only items have one, so remove it ¦ "+
			"aspek %s punya bobot; pada %s hanya butir yang punya, jadi hapus", clip(asp.Code), WeightedSum)
	}
	if !slices.ContainsFunc(asp.Items, func(i Item) bool { return i.Kind == Scored }) {
		c.fault(path+".items", "aspect-scored", "aspect %s has no scored item; add one or remove the aspect ¦ "+
			"aspek %s tidak punya butir yang dinilai; tambahkan satu atau hapus aspeknya", clip(asp.Code))
	}
}

func (c *checker) item(path string, item *Item) {
	c.count++
	if item.Code == "" || c.items[item.Code] != nil {
		c.fault(path+".code", "unique-code", "item code %q is empty or used before; give every item of the instrument its own code ¦ "+
			"kode butir %q kosong atau sudah dipakai; beri setiap butir instrumen kodenya sendiri", clip(item.Code))
	}
	c.itemKind(path, item)
	c.itemWeight(path, item)
	c.appliesTo(path, item)
	if item.AppliesWhen != nil {
		c.appliesWhen(path+".applies_when", item)
	}
	if item.Provenance != Stated && item.Provenance != Reconstructed {
		c.fault(path+".provenance", "known-provenance", "%q is not a provenance; use %s or %s ¦ "+
			"%q bukan asal yang dikenal; pakai %s atau %s", clip(string(item.Provenance)), Stated, Reconstructed)
	}
	if c.items[item.Code] == nil {
		c.items[item.Code] = item
	}
}

func (c *checker) itemKind(path string, item *Item) {
	switch item.Kind {
	case Scored:
		if len(item.Options) > 0 {
			c.fault(path+".options", "options-of-choice", "item %s is scored and has options; only a %s has them ¦ "+
				"butir %s dinilai dengan tingkat tetapi punya pilihan; hanya %s yang punya pilihan", clip(item.Code), Choice)
		}
	case Choice:
		if n := len(item.Options); n < 2 || n > MaxOptions {
			c.fault(path+".options", "options-of-choice", "choice %s has %d options; it needs 2 to %d ¦ "+
				"butir pilihan %s punya %d pilihan; harus 2 sampai %d", clip(item.Code), n, MaxOptions)
		}
		for i, o := range item.Options {
			if o == "" || slices.Index(item.Options, o) != i {
				c.fault(fmt.Sprintf("%s.options[%d]", path, i), "unique-option", "option %q of %s is empty or given twice ¦ "+
					"pilihan %q pada %s kosong atau ditulis dua kali", clip(o), clip(item.Code))
			}
		}
	default:
		c.fault(path+".kind", "known-item-kind", "%q is not a kind of item; use %s or %s ¦ "+
			"%q bukan jenis butir; pakai %s atau %s", clip(string(item.Kind)), Scored, Choice)
	}
}

func (c *checker) itemWeight(path string, item *Item) {
	needed := c.sum() && item.Kind == Scored
	switch {
	case item.Weight < 0 || item.Weight > MaxPoints:
		c.fault(path+".weight", "weight-positive", "the weight of item %s is out of range ¦ bobot butir %s di luar rentang", clip(item.Code))
	case needed && item.Weight == 0:
		c.fault(path+".weight", "weight-required", "item %s has no weight above 0; under %s every scored item needs one ¦ "+
			"butir %s tidak punya bobot di atas 0; pada %s setiap butir yang dinilai harus punya", clip(item.Code), WeightedSum)
	case !needed && item.Weight != 0:
		c.fault(path+".weight", "weight-misplaced", "item %s has a weight, which only scored items under %s have; remove it ¦ "+
			"butir %s punya bobot, padahal hanya butir yang dinilai pada %s yang punya; hapus", clip(item.Code), WeightedSum)
	}
}

func (c *checker) appliesTo(path string, item *Item) {
	if c.sum() && len(item.AppliesTo) > 0 {
		c.fault(path+".applies_to", "no-conditions", "item %s applies to some kinds only; under %s every item applies to every agency ¦ "+
			"butir %s hanya berlaku bagi beberapa jenis; pada %s setiap butir berlaku bagi semua instansi", clip(item.Code), WeightedSum)
	}
	for i, k := range item.AppliesTo {
		if !k.Valid() || slices.Index(item.AppliesTo, k) != i {
			c.fault(fmt.Sprintf("%s.applies_to[%d]", path, i), "known-agency-kind", "%q is not a kind of agency or is given twice; use each of %s at most once ¦ "+
				"%q bukan jenis instansi atau ditulis dua kali; pakai masing-masing dari %s paling banyak sekali", clip(string(k)), agencyKinds)
		}
	}
}

func (c *checker) appliesWhen(path string, item *Item) {
	cond := item.AppliesWhen
	if c.sum() {
		c.fault(path, "no-conditions", "item %s has a condition; under %s every item applies to every agency ¦ "+
			"butir %s punya syarat; pada %s setiap butir berlaku bagi semua instansi", clip(item.Code), WeightedSum)
	}
	gate := c.items[cond.Item]
	switch {
	case gate == nil:
		c.fault(path+".item", "condition-earlier", "the condition of item %s names %q, which is no earlier item; name a %s item above it ¦ "+
			"syarat butir %s menyebut %q, yang bukan butir sebelumnya; sebutkan butir %s di atasnya", clip(item.Code), clip(cond.Item), Choice)
		return
	case gate.Kind != Choice:
		c.fault(path+".item", "condition-choice", "the condition of item %s names %s, which is no %s item ¦ "+
			"syarat butir %s menyebut %s, yang bukan butir %s", clip(item.Code), clip(cond.Item), Choice)
		return
	case len(cond.In) == 0:
		c.fault(path+".in", "condition-values", "the condition of item %s lists no value; list at least one option of %s ¦ "+
			"syarat butir %s tidak menyebut nilai; sebutkan sedikitnya satu pilihan dari %s", clip(item.Code), clip(cond.Item))
	}
	for i, v := range cond.In {
		if !slices.Contains(gate.Options, v) || slices.Index(cond.In, v) != i {
			c.fault(fmt.Sprintf("%s.in[%d]", path, i), "condition-values", "%q is not an option of %s or is given twice; its options are %s ¦ "+
				"%q bukan pilihan dari %s atau ditulis dua kali; pilihannya %s",
				clip(v), clip(cond.Item), strings.Join(gate.Options, ", "))
		}
	}
}

// cycles reports each cycle of conditions once, besides the forward reference that every cycle also contains.
func (c *checker) cycles() {
	done := map[string]bool{}
	for a, asp := range c.def.Aspects {
		for i, item := range asp.Items {
			var trail []string
			for code := item.Code; !done[code]; code = c.items[code].AppliesWhen.Item {
				if at := slices.Index(trail, code); at >= 0 {
					c.fault(fmt.Sprintf("aspects[%d].items[%d].applies_when", a, i), "condition-cycle",
						"conditions go round in a circle: %s; remove one of them ¦ "+
							"syarat berputar dalam lingkaran: %s; hapus salah satunya", strings.Join(append(trail[at:], code), " → "))
					break
				}
				if x := c.items[code]; x == nil || x.AppliesWhen == nil {
					break
				}
				trail = append(trail, code)
			}
			for _, code := range append(trail, item.Code) {
				done[code] = true
			}
		}
	}
}

// exact refuses an instrument whose weighted mean would not fit 64 bits without rounding on the way.
func (c *checker) exact() {
	if c.sum() {
		return
	}
	unit, most := meanUnit(c.def), int64(0)
	for _, asp := range c.def.Aspects {
		most += int64(asp.Weight) * int64(c.def.Scale.Max)
	}
	if unit == 0 || most > math.MaxInt64/4/unit {
		c.fault("aspects", "size-limit", "an aspect has too many scored items for its mean to be kept exact; divide it ¦ "+
			"sebuah aspek punya terlalu banyak butir yang dinilai sehingga rata-ratanya tidak dapat dihitung tepat; bagi aspeknya")
	}
}

// meanUnit is the least common multiple of every number of applicable items an aspect may have: sums of means are exact
// in thousandths divided by it. It is 0 if it does not fit.
func meanUnit(def Definition) int64 {
	unit := int64(1)
	for _, asp := range def.Aspects {
		n := int64(0)
		for _, item := range asp.Items {
			if item.Kind == Scored {
				n++
			}
		}
		for k := int64(2); k <= n; k++ {
			step := k / gcd(unit, k)
			if unit > math.MaxInt64/step {
				return 0
			}
			unit *= step
		}
	}
	return unit
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
