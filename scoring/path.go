package scoring

import (
	"errors"
	"fmt"
	"slices"
)

// The reasons why there is no path.
var (
	ErrNoTotal         = errors.New("the instrument has no total, so there is no way to a category")
	ErrUnknownCategory = errors.New("unknown category")
	ErrUnreachable     = errors.New("the category cannot be reached")
)

// Path is the cheapest way from a sheet to a category.
type Path struct {
	Target Category
	From   Points // the total of the sheet
	To     Points // the total after the last step
	Levels int    // sum of the raises
	Steps  []Step // one per item to raise, in the order of the instrument; empty if the category is reached already
}

// Step raises one item.
type Step struct {
	Item  int
	From  Answer // as on the sheet: a level, Unanswered or NotProven
	To    int    // level
	Total Points // after this step and those before it
}

// CheapestPath returns the smallest set of level raises that lifts a sheet to at least the target category. It is exact:
// no other set needs fewer levels; of those with as few levels none touches fewer items; of those the one comes first
// whose raises, compared item by item in the order of the instrument, are higher. A level counts one whatever it costs
// in practice; unanswered and not proven stand at 0, so from there to level 1 is one level. Answers to choices are never
// changed, and items behind a gate without answer are not raised, since that would not count.
//
// Errors wrap ErrNoTotal, ErrUnknownCategory or ErrUnreachable. It panics if the sheet belongs to another instrument.
func (in *Instrument) CheapestPath(s *Sheet, target string) (Path, error) {
	if !in.total || len(in.def.Categories) == 0 {
		return Path{}, ErrNoTotal
	}
	at := slices.IndexFunc(in.def.Categories, func(c Category) bool { return c.Code == target })
	if at < 0 {
		return Path{}, fmt.Errorf("%w: %q", ErrUnknownCategory, clip(target))
	}
	var r Result
	in.Score(s, &r)
	path := Path{Target: in.def.Categories[at], From: r.Total, To: r.Total}
	if r.Total >= path.Target.Min {
		return path, nil
	}
	moves, exact := in.moves(&r)
	need := int64(path.Target.Min)*in.unit - in.unit/2 - exact // the first exact sum that is rounded up to the minimum
	plan, ok := cheapest(moves, need)
	if !ok {
		return Path{}, fmt.Errorf("%w: %s needs %s, and with every applicable item at the highest level the total is %s",
			ErrUnreachable, path.Target.Code, path.Target.Min, in.best(moves, exact))
	}
	in.walk(s, &path, moves, plan, exact)
	return path, nil
}

// move is an item that can be raised: the exact gain of each level, in thousandths divided by in.unit, and how many.
type move struct {
	item, level int
	gain        int64
	room        int
}

// moves lists the items that can be raised, in order, and the exact total of the sheet.
func (in *Instrument) moves(r *Result) (moves []move, exact int64) {
	for i := range in.items {
		c, res := &in.items[i], r.Items[i]
		if c.choice || !res.State.Applies() || res.State == StateGateOpen {
			continue
		}
		level := 0
		if res.State == StateAnswered {
			level = int(res.Level)
		}
		gain := in.contribution(c.aspect, in.weights[i], r.Aspects[c.aspect].Applicable)
		if room := in.def.Scale.Max - level; room > 0 && gain > 0 {
			moves = append(moves, move{i, level, gain, room})
		}
	}
	for a := range r.Aspects {
		exact += in.contribution(a, r.Aspects[a].Points, r.Aspects[a].Applicable)
	}
	return moves, exact
}

func (in *Instrument) best(moves []move, exact int64) Points {
	for _, m := range moves {
		exact += m.gain * int64(m.room)
	}
	return in.round(exact)
}

func (in *Instrument) walk(s *Sheet, path *Path, moves []move, plan []int, exact int64) {
	for i, levels := range plan {
		if levels == 0 {
			continue
		}
		m := moves[i]
		exact += m.gain * int64(levels)
		path.To = in.round(exact)
		path.Levels += levels
		path.Steps = append(path.Steps, Step{Item: m.item, From: s.answers[m.item], To: m.level + levels, Total: path.To})
	}
}
