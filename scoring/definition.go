package scoring

// Definition describes an instrument as plain values. Compile checks it and makes it fit for scoring; until then
// nothing in it can be relied on. The names in Fault paths follow the instrument files (see package instrument).
type Definition struct {
	Scale      Scale
	Rule       Rule
	Categories []Category // ascending by Min, the first from 0; empty if the instrument has no categories
	Aspects    []Aspect   // in the order of the instrument
}

// Scale is the range of levels of every scored item. Min is 0 or 1, because an unanswered item counts 0.
type Scale struct{ Min, Max int }

// Rule says how the total and the index come about.
type Rule struct {
	Method        Method
	IndexDivisor  Points // index = total / divisor; 0 if the instrument has no index
	IndexDecimals int    // 0 to 3: decimals of the index and of an aspect's maturity
}

// Category is a class of results, reached by totals of at least Min.
type Category struct {
	Code, Name string
	Min        Points
}

// Aspect is a group of items.
type Aspect struct {
	Code, Name string
	Weight     Points // WeightedMean only; 0 while it is not known
	Items      []Item
}

// Item is one question.
type Item struct {
	Code        string
	Kind        ItemKind
	Weight      Points       // WeightedSum and Scored only: points per level
	AppliesTo   []AgencyKind // empty: to every kind; WeightedMean only
	AppliesWhen *Condition   // nil: always; WeightedMean only
	Options     []string     // Choice only: the values that may be answered
	Provenance  Provenance
}

// Condition makes an item apply only if an earlier Choice item (the gate) was answered with one of the values In.
type Condition struct {
	Item string
	In   []string
}
