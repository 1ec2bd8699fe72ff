package scoring

// State says how one item stands on a sheet: whether it applies, and what it counts.
type State uint8

// The states of an item. Those before StateOtherKind apply to the agency: they are in the maximum and in the mean.
const (
	StateAnswered   State = iota // answered with a level or an option
	StateUnanswered              // applies, counts 0
	StateNotProven               // applies, counts 0
	StateGateOpen                // its gate is not answered yet: it applies and counts 0, whatever its own answer
	StateOtherKind               // left out: it, or its gate, does not apply to this kind of agency
	StateGateClosed              // left out: its gate was answered with a value under which it does not apply
)

var stateNames = [...]string{"ANSWERED", "UNANSWERED", "NOT_PROVEN", "GATE_OPEN", "OTHER_KIND", "GATE_CLOSED"}

// String returns the name of the state, such as NOT_PROVEN.
func (s State) String() string { return stateNames[s] }

// Applies reports whether an item in this state applies to the agency.
func (s State) Applies() bool { return s < StateOtherKind }

// State returns how item i, which must be in range, stands on the sheet. A gate that is not answered, or not proven,
// leaves the items behind it applicable, counting 0: leaving a question open never pays.
func (s *Sheet) State(i int) State {
	c := &s.in.items[i]
	if c.gate < 0 {
		return s.stand(i, c, StateAnswered)
	}
	return s.stand(i, c, s.State(int(c.gate)))
}

// stand is the state of item i whose gate, if it has one, is in the given state.
func (s *Sheet) stand(i int, c *compiled, gate State) State {
	switch {
	case c.kinds&s.bit == 0:
		return StateOtherKind
	case c.gate < 0 || gate == StateAnswered && c.opens>>uint(s.answers[c.gate]-1)&1 == 1:
		return s.answers[i].state()
	case gate == StateAnswered:
		return StateGateClosed
	case gate.Applies():
		return StateGateOpen
	default:
		return gate
	}
}

func (a Answer) state() State {
	switch {
	case a > 0:
		return StateAnswered
	case a == NotProven:
		return StateNotProven
	default:
		return StateUnanswered
	}
}
