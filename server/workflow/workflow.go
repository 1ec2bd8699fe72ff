// Package workflow knows the states of an assessment's year and who may take which step: a pure table. It
// reads no clock and no store: whoever takes a step asks Take, then checks that one of the phases is open.
//
// docs/workflow.md shows the table; it is written by the test of this package.
package workflow

import (
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
)

// State is where an assessment stands in its year.
type State string

// The states, in the order of the year.
const (
	None           State = ""                // before the assessment is started
	Draft          State = "DRAFT"           // the agency fills in the sheet
	Submitted      State = "SUBMITTED"       // signed and locked, waits for its verifier
	InVerification State = "IN_VERIFICATION" // the verifier decides every item
	InRepair       State = "IN_REPAIR"       // an open repair round lets the agency claim the named items anew
	Verified       State = "VERIFIED"        // signed off, waits for the plenary
	Determined     State = "DETERMINED"      // frozen; a correction is a new, linked determination
)

var states = []State{Draft, Submitted, InVerification, InRepair, Verified, Determined}

// States returns all states but None, in the order of the year.
func States() []State { return slices.Clone(states) }

// Proto is the state as the contract has it; None gives UNSPECIFIED.
func (s State) Proto() meritv1.AssessmentState {
	return meritv1.AssessmentState(meritv1.AssessmentState_value["ASSESSMENT_STATE_"+string(s)])
}

// FromProto is the inverse of Proto.
func FromProto(s meritv1.AssessmentState) State {
	if i := int(s) - 1; i >= 0 && i < len(states) {
		return states[i]
	}
	return None
}

// Rule lets some roles take a step from one state.
type Rule struct {
	Step   Step
	From   State
	To     State            // the same as From for a step within a state
	Roles  []meritv1.Role   // who may take it
	System bool             // the service itself takes it when a deadline passes
	Phases []calendar.Phase // one of them must be open to the agency; empty: any time
}

// Allows reports whether the role may take the step.
func (r Rule) Allows(role meritv1.Role) bool { return slices.Contains(r.Roles, role) }

// Rules returns the whole table in the order of the year.
func Rules() []Rule { return slices.Clone(table) }

// Take says whether somebody who acts in the role may take the step from a state, and gives the rule: the next
// state and the phases of which one must be open. Faults: WRONG_STATE, telling in which states the step is
// possible; ALREADY_SUBMITTED for what only an open sheet allows; IMMUTABLE once determined; ROLE_NOT_ALLOWED.
func Take(from State, step Step, role meritv1.Role) (Rule, error) {
	r, err := find(from, step)
	if err != nil {
		return Rule{}, err
	}
	if !r.Allows(role) {
		return Rule{}, fault.New(meritv1.Reason_REASON_ROLE_NOT_ALLOWED,
			"Dengan peran Anda penilaian ini tidak dapat %s; yang boleh: %s.", "Your role may not %s; allowed are %s.", step.Name(), roleNames(r.Roles))
	}
	return r, nil
}

// TakeBySystem is Take for a step that the service itself takes when a deadline has passed.
func TakeBySystem(from State, step Step) (Rule, error) {
	r, err := find(from, step)
	if err == nil && !r.System {
		return Rule{}, fault.New(meritv1.Reason_REASON_ROLE_NOT_ALLOWED,
			"Langkah ini diambil oleh orang, bukan oleh sistem: %s.", "This step is taken by people, not by the service: %s.", step.Name())
	}
	return r, err
}

func find(from State, step Step) (Rule, error) {
	for i := range table {
		if r := &table[i]; r.Step == step && r.From == from {
			return *r, nil
		}
	}
	return Rule{}, refuse(from, step)
}

// refuse says why a step cannot be taken from a state.
func refuse(from State, step Step) error {
	opens := opensFrom(step)
	switch {
	case from == Determined:
		return fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Penilaian ini sudah ditetapkan dan dibekukan, sehingga tidak dapat %s. Koreksi dilakukan melalui penetapan baru oleh pleno.",
			"This assessment is determined and frozen: nobody can %s. A correction takes a new determination of the plenary.", step.Name())
	case from != Draft && slices.Contains(opens, Draft):
		return fault.New(meritv1.Reason_REASON_ALREADY_SUBMITTED,
			"Penilaian ini sudah diajukan dan terkunci (status %s), sehingga tidak dapat %s. Itu dapat dilakukan pada status %s.",
			"This assessment is submitted and locked (its state is %s): you cannot %s. That is possible in %s.", from, step.Name(), list(opens))
	}
	return fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Status penilaian ini %s, sehingga tidak dapat %s. Itu dapat dilakukan pada status %s.",
		"The state of this assessment is %s: you cannot %s. That is possible in %s.", from, step.Name(), list(opens))
}

func opensFrom(step Step) (from []State) {
	for i := range table {
		if table[i].Step == step {
			from = append(from, table[i].From)
		}
	}
	return from
}
