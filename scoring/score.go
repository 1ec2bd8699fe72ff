package scoring

// Result is the score of one sheet with everything needed to explain it. Score fills it; reusing one Result for many
// sheets saves allocations.
type Result struct {
	Items   []ItemResult   // one per item of the instrument, in order
	Aspects []AspectResult // one per aspect of the instrument, in order
	Summary
}

// Summary is the outcome of a sheet in a few numbers.
type Summary struct {
	HasTotal bool   // false as long as the instrument defines no total; then no field up to Distance has meaning
	Total    Points // what the category follows
	Maximum  Points // the total if every applicable item had the highest level

	HasIndex bool   // the instrument has an index divisor and a total
	Index    Points // total / divisor, rounded half up to Rule.IndexDecimals

	Category int    // index into Categories, -1 without a total or categories
	Margin   Points // how far the total lies above the minimum of its category
	Next     int    // the category above, -1 if there is none
	Distance Points // how much the total lacks to Next

	Applicable    int  // items that apply, choices included
	Answered      int  // items that apply and are answered or not proven
	Reconstructed bool // an item that applies is RECONSTRUCTED: whoever shows the result must say so
}

// ItemResult explains what one item contributed: level x weight = points.
type ItemResult struct {
	Points Points // 0 unless State is StateAnswered; always 0 for a choice
	Weight Points // points per level; 1 under WeightedMean; 0 for a choice
	Level  int16  // the level, also where it does not count, or the index of the option; 0 if there is none
	State  State
}

// AspectResult sums up one aspect.
type AspectResult struct {
	Points     Points // of all items; under WeightedMean the sum of their levels
	Maximum    Points // what Points could be for this sheet: items that do not apply are left out
	Applicable int    // number of scored items that apply
	Maturity   Points // WeightedMean: mean level of the applicable items, rounded half up to Rule.IndexDecimals; else 0
}

// Score computes the result of a sheet into r, without allocating once r has been used for an instrument of the same
// size. It panics if the sheet belongs to another instrument.
func (in *Instrument) Score(s *Sheet, r *Result) {
	if s.in != in {
		panic("scoring: the sheet belongs to another instrument")
	}
	r.reset(len(in.items), len(in.aspects))
	if in.mean {
		for a := range in.aspects {
			in.meanAspect(s, r, a)
		}
	} else {
		in.sumAspects(s, r)
	}
	if in.total {
		in.totals(r)
	}
}

func (r *Result) reset(items, aspects int) {
	if len(r.Items) != items || len(r.Aspects) != aspects {
		r.Items, r.Aspects = make([]ItemResult, items), make([]AspectResult, aspects)
	}
	r.Summary = Summary{Category: -1, Next: -1}
}

// sumAspects scores every item, to none of which conditions can apply. Choices have the weight 0. It goes through the
// items once and asks for the end of an aspect on the way: with five items to an aspect, beginning anew for each of them
// would cost as much as the items.
func (in *Instrument) sumAspects(s *Sheet, r *Result) {
	answers := s.answers
	weights, out := in.weights[:len(answers)], r.Items[:len(answers)]
	answered, i := len(answers), 0
	for a := range in.aspects {
		sp := &in.aspects[a]
		var sum Points
		for ; i < sp.end && i < len(answers); i++ {
			level, state := int16(answers[i])-1, StateAnswered
			if answers[i] <= 0 {
				level, state = 0, StateNotProven
				if answers[i] == Unanswered {
					state = StateUnanswered
					answered--
				}
			}
			item := &out[i] // field by field: a literal is built elsewhere first and then copied
			item.Weight = weights[i]
			item.Points = Points(level) * item.Weight
			item.Level, item.State = level, state
			sum += item.Points
		}
		r.Aspects[a] = AspectResult{Points: sum, Maximum: sp.maximum, Applicable: sp.scored}
	}
	r.Applicable, r.Answered, r.Reconstructed = len(answers), answered, in.rests
}

// meanAspect scores the items of an aspect, some of which may not apply.
func (in *Instrument) meanAspect(s *Sheet, r *Result, a int) {
	sp, res := &in.aspects[a], &r.Aspects[a]
	*res = AspectResult{}
	for i := sp.from; i < sp.end; i++ {
		item := in.meanItem(s, r, i)
		if item.State.Applies() && !in.items[i].choice {
			res.Points += item.Points
			res.Applicable++
		}
	}
	res.Maximum = Points(res.Applicable*in.def.Scale.Max) * Point
	if res.Applicable > 0 {
		step := pow10(3 - in.def.Rule.IndexDecimals)
		res.Maturity = Points(roundDiv(int64(res.Points), int64(res.Applicable)*step) * step)
	}
}

func (in *Instrument) meanItem(s *Sheet, r *Result, i int) ItemResult {
	c, answer := &in.items[i], s.answers[i]
	gate := StateAnswered
	if c.gate >= 0 {
		gate = r.Items[c.gate].State
	}
	res := ItemResult{Weight: in.weights[i], State: s.stand(i, c, gate)}
	if answer > 0 {
		res.Level = int16(answer) - 1
		if res.State == StateAnswered {
			res.Points = Points(res.Level) * in.weights[i]
		}
	}
	if res.State.Applies() {
		r.Applicable++
		r.Reconstructed = r.Reconstructed || c.reconstructed
		if answer != Unanswered {
			r.Answered++
		}
	}
	r.Items[i] = res
	return res
}

// totals fills everything that follows from the points of the aspects.
func (in *Instrument) totals(r *Result) {
	var total, maximum int64 // in thousandths divided by in.unit
	for a := range r.Aspects {
		res := &r.Aspects[a]
		if in.mean {
			total += in.contribution(a, res.Points, res.Applicable)
			maximum += in.contribution(a, res.Maximum, res.Applicable)
		} else {
			total += int64(res.Points)
			maximum += int64(res.Maximum)
		}
	}
	r.HasTotal = true
	r.Total, r.Maximum = in.round(total), in.round(maximum)
	r.Index, r.HasIndex = in.Index(r.Total)
	r.place(in.def.Categories)
}

// contribution is what the points of an aspect add to the total, exactly, in thousandths divided by in.unit: the points
// themselves under WeightedSum; aspect weight x mean level under WeightedMean. An aspect of which no item applies adds
// nothing, to the maximum neither.
func (in *Instrument) contribution(a int, points Points, applicable int) int64 {
	if !in.mean {
		return int64(points)
	}
	if applicable == 0 {
		return 0
	}
	return int64(points/Point) * int64(in.def.Aspects[a].Weight) * (in.unit / int64(applicable))
}

// round turns an exact sum of contributions into points, the only rounding of a total, half up.
func (in *Instrument) round(exact int64) Points {
	if in.unit == 1 {
		return Points(exact)
	}
	return Points(roundDiv(exact, in.unit))
}

// place finds the category of the total, the margin above it and the distance to the next.
func (r *Summary) place(categories []Category) {
	r.Category = category(categories, r.Total)
	if r.Category < 0 {
		return
	}
	r.Margin = r.Total - categories[r.Category].Min
	if next := r.Category + 1; next < len(categories) {
		r.Next, r.Distance = next, categories[next].Min-r.Total
	}
}

// LeftOut returns the numbers of the items that do not apply, in order.
func (r *Result) LeftOut() []int {
	var out []int
	for i := range r.Items {
		if !r.Items[i].State.Applies() {
			out = append(out, i)
		}
	}
	return out
}
