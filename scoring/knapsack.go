package scoring

import (
	"cmp"
	"math"
	"slices"
)

// cheapest chooses how many levels to raise each move so that the gains sum to at least need: fewest levels, then
// fewest moves, then the highest raises on the earliest moves. It reports false if even all room is not enough.
func cheapest(moves []move, need int64) ([]int, bool) {
	levels, most, ok := fewestLevels(moves, need)
	if !ok {
		return nil, false
	}
	t := newTable(moves, levels, most)
	for used := 1; used <= most; used++ {
		if t.best(0, levels, used) >= need {
			return t.plan(levels, used, need), true
		}
	}
	return nil, false
}

// fewestLevels takes the largest gains first, which no other choice can beat for the number of levels. It also returns
// how many moves that took, an upper bound for the fewest.
func fewestLevels(moves []move, need int64) (levels, used int, ok bool) {
	order := slices.Clone(moves)
	slices.SortStableFunc(order, func(a, b move) int {
		return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(b.room, a.room))
	})
	for _, m := range order {
		used++
		take := min(int64(m.room), (need+m.gain-1)/m.gain)
		levels += int(take)
		if need -= take * m.gain; need <= 0 {
			return levels, used, true
		}
	}
	return 0, 0, false
}

// table answers: what is the largest gain from the moves numbered first and later, with exactly so many levels on
// exactly so many moves? Everything is kept in one flat slice.
type table struct {
	moves        []move
	levels, used int
	gain         []int64
}

const impossible = math.MinInt64 / 2

func newTable(moves []move, levels, used int) *table {
	t := &table{moves: moves, levels: levels, used: used}
	t.gain = make([]int64, (len(moves)+1)*(levels+1)*(used+1))
	for i := range t.gain {
		t.gain[i] = impossible
	}
	t.gain[t.at(len(moves), 0, 0)] = 0
	for first := len(moves) - 1; first >= 0; first-- {
		for l := range levels + 1 {
			for u := range used + 1 {
				t.gain[t.at(first, l, u)] = t.extend(first, l, u)
			}
		}
	}
	return t
}

func (t *table) at(first, levels, used int) int {
	return (first*(t.levels+1)+levels)*(t.used+1) + used
}

func (t *table) best(first, levels, used int) int64 { return t.gain[t.at(first, levels, used)] }

// extend finds the best from the moves after first, with first left alone or raised.
func (t *table) extend(first, levels, used int) int64 {
	best := t.best(first+1, levels, used)
	if used == 0 {
		return best
	}
	for take := 1; take <= min(t.moves[first].room, levels); take++ {
		best = max(best, t.moves[first].gain*int64(take)+t.best(first+1, levels-take, used-1))
	}
	return best
}

// plan walks the moves in order and gives each as many levels as still allow the rest to reach need.
func (t *table) plan(levels, used int, need int64) []int {
	plan := make([]int, len(t.moves))
	for i, m := range t.moves {
		for take := min(m.room, levels); take >= 0; take-- {
			rest := used
			if take > 0 {
				rest--
			}
			if rest >= 0 && t.best(i+1, levels-take, rest)+m.gain*int64(take) >= need {
				plan[i], levels, used, need = take, levels-take, rest, need-m.gain*int64(take)
				break
			}
		}
	}
	return plan
}
