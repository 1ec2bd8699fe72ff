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
	if c.kinds&s.bit == 0 {
		return StateOtherKind
	}
	if c.gate >= 0 {
		if behind := s.behind(c); behind != StateAnswered {
			return behind
		}
	}
	return s.answers[i].state()
}

// behind returns StateAnswered if the gate of c was answered so that c applies, and otherwise the state c inherits.
func (s *Sheet) behind(c *compiled) State {
	switch gate := s.State(c.gate); gate {
	case StateAnswered:
		if c.opens&(1<<uint(s.answers[c.gate]-1)) == 0 {
			return StateGateClosed
		}
		return StateAnswered
	case StateUnanswered, StateNotProven:
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
