package scoring

// Classify returns the category of a total: the last one whose minimum it reaches. 249.5 under a minimum of 250 is not
// rounded up. It is false for a negative total and for an instrument without categories.
func (in *Instrument) Classify(total Points) (Category, bool) {
	i := category(in.def.Categories, total)
	if i < 0 {
		return Category{}, false
	}
	return in.def.Categories[i], true
}

// Index returns total / divisor rounded once, half up, to Rule.IndexDecimals decimals; Fixed shows it. It never decides
// a category. It is false for a negative total and for an instrument without an index divisor.
func (in *Instrument) Index(total Points) (Points, bool) {
	rule := &in.def.Rule
	if rule.IndexDivisor == 0 || total < 0 {
		return 0, false
	}
	whole, rest := total/rule.IndexDivisor, int64(total%rule.IndexDivisor)
	fraction := roundDiv(rest*pow10(rule.IndexDecimals), int64(rule.IndexDivisor)) * pow10(3-rule.IndexDecimals)
	return whole*Point + Points(fraction), true
}

// FormatIndex shows an index with the instrument's decimals, such as "0.80".
func (in *Instrument) FormatIndex(index Points) string { return index.Fixed(in.def.Rule.IndexDecimals) }

// category returns the index of the last category whose minimum is reached, -1 if there is none.
func category(categories []Category, total Points) int {
	at := -1
	for i := range categories {
		if total < categories[i].Min {
			break
		}
		at = i
	}
	return at
}
