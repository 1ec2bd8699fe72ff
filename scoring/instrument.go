package scoring

import (
	"iter"
	"slices"
)

// Instrument is a checked Definition laid out flat for scoring. It never changes and is safe for concurrent use.
type Instrument struct {
	def     Definition
	items   []compiled
	weights []Points // of the items, beside them because Score reads little else
	aspects []span
	byCode  map[string]int
	unit    int64 // totals are summed in thousandths divided by unit and rounded once; 1 for WeightedSum
	mean    bool  // the method is WeightedMean
	total   bool  // the instrument defines a total
	rests   bool  // some item is reconstructed
}

// compiled is one item as Score needs it.
type compiled struct {
	kinds         uint8 // set of kinds it applies to
	choice        bool
	reconstructed bool
	gate          int16  // number of the gate, -1 if none
	opens         uint32 // set of the gate's options that let the item apply
	aspect        int
	item          *Item
}

// span is the range of an aspect's items, from the first up to, but not including, the end, how many are scored, and the
// points of the aspect if all of them apply and have the highest level.
type span struct {
	from, end, scored int
	maximum           Points
}

// Compile checks a definition and lays it out for scoring. The definition is copied. A definition that breaks a rule
// gives an error of type Faults with every broken rule.
func Compile(def Definition) (*Instrument, error) {
	def = clone(def)
	if faults := check(def); len(faults) > 0 {
		return nil, faults
	}
	in := &Instrument{def: def, byCode: map[string]int{}, unit: 1, mean: def.Rule.Method == WeightedMean, total: true}
	for a := range def.Aspects {
		sp := span{from: len(in.items)}
		for i := range def.Aspects[a].Items {
			in.add(a, &def.Aspects[a].Items[i])
			if def.Aspects[a].Items[i].Kind == Scored {
				sp.scored++
			}
			sp.maximum += in.weights[len(in.weights)-1] * Points(def.Scale.Max)
		}
		sp.end = len(in.items)
		in.aspects = append(in.aspects, sp)
	}
	if in.mean {
		in.unit = meanUnit(def)
		in.total = len(def.Categories) > 0 &&
			!slices.ContainsFunc(def.Aspects, func(a Aspect) bool { return a.Weight == 0 })
	}
	return in, nil
}

func (in *Instrument) add(aspect int, item *Item) {
	c := compiled{
		kinds: 0xff, choice: item.Kind == Choice, reconstructed: item.Provenance == Reconstructed,
		gate: -1, aspect: aspect, item: item,
	}
	if len(item.AppliesTo) > 0 {
		c.kinds = 0
		for _, k := range item.AppliesTo {
			c.kinds |= k.bit()
		}
	}
	if cond := item.AppliesWhen; cond != nil {
		c.gate = int16(in.byCode[cond.Item])
		for _, v := range cond.In {
			c.opens |= 1 << slices.Index(in.items[c.gate].item.Options, v)
		}
	}
	in.byCode[item.Code] = len(in.items)
	in.items = append(in.items, c)
	in.weights = append(in.weights, in.weight(item))
	in.rests = in.rests || c.reconstructed
}

// weight returns the points per level of an item: under WeightedMean every level counts one.
func (in *Instrument) weight(item *Item) Points {
	if in.mean && item.Kind == Scored {
		return Point
	}
	return item.Weight
}

func clone(def Definition) Definition {
	def.Categories = slices.Clone(def.Categories)
	def.Aspects = slices.Clone(def.Aspects)
	for a := range def.Aspects {
		items := slices.Clone(def.Aspects[a].Items)
		for i := range items {
			items[i].AppliesTo = slices.Clone(items[i].AppliesTo)
			items[i].Options = slices.Clone(items[i].Options)
			if cond := items[i].AppliesWhen; cond != nil {
				items[i].AppliesWhen = &Condition{cond.Item, slices.Clone(cond.In)}
			}
		}
		def.Aspects[a].Items = items
	}
	return def
}

// Scale returns the range of levels.
func (in *Instrument) Scale() Scale { return in.def.Scale }

// Rule returns the method and how the index is formed.
func (in *Instrument) Rule() Rule { return in.def.Rule }

// HasTotal reports whether the instrument defines a total: always under WeightedSum; under WeightedMean once every
// aspect has a weight and there are categories.
func (in *Instrument) HasTotal() bool { return in.total }

// NumItems returns the number of items, choices included. Items are numbered from 0 in the order of the instrument.
func (in *Instrument) NumItems() int { return len(in.items) }

// Items returns every item with its number, in order.
func (in *Instrument) Items() iter.Seq2[int, Item] {
	return func(yield func(int, Item) bool) {
		for i := range in.items {
			if !yield(i, in.Item(i)) {
				return
			}
		}
	}
}

// Item returns item number i, which must be in range. Its slices belong to the instrument and must not be changed.
func (in *Instrument) Item(i int) Item { return *in.items[i].item }

// ItemIndex returns the number of the item with that code, and whether there is one.
func (in *Instrument) ItemIndex(code string) (int, bool) {
	i, ok := in.byCode[code]
	return i, ok
}

// ItemAspect returns the number of the aspect item i belongs to.
func (in *Instrument) ItemAspect(i int) int { return in.items[i].aspect }

// Aspects returns the aspects in order. The slice belongs to the instrument and must not be changed.
func (in *Instrument) Aspects() []Aspect { return in.def.Aspects }

// AspectItems returns the numbers of an aspect's items: from first up to, but not including, end.
func (in *Instrument) AspectItems(aspect int) (first, end int) {
	s := in.aspects[aspect]
	return s.from, s.end
}

// Categories returns the categories from the lowest to the highest. The slice belongs to the instrument and must not be
// changed.
func (in *Instrument) Categories() []Category { return in.def.Categories }

// AppliesToKind reports whether item i can apply to agencies of that kind: false if its own applies_to, or that of a
// gate it hangs on, leaves the kind out. Whether a gate is open is told by Sheet.State.
func (in *Instrument) AppliesToKind(i int, kind AgencyKind) bool {
	for ; i >= 0; i = int(in.items[i].gate) {
		if in.items[i].kinds&kind.bit() == 0 {
			return false
		}
	}
	return true
}
