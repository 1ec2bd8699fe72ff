package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// assessmentHeads says assessments without their items and scores, as lists have them. The verifier stands in it
// for the verifying side, and for the agency once the minutes or a round are released.
func assessmentHeads(tx *store.Tx, c *access.Caller, all ...store.Assessment) ([]*meritv1.Assessment, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var accounts, agencies, cycles []string
	for _, a := range all {
		accounts = append(accounts, a.StartedBy, a.VerifierID)
		agencies, cycles = append(agencies, a.AgencyID), append(cycles, a.CycleID)
	}
	people, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	called, err := readNames(tx, agencies, cycles)
	if err != nil {
		return nil, err
	}
	heads := make([]*meritv1.Assessment, len(all))
	for i := range all {
		a := &all[i]
		heads[i] = assessmentHead(a, people)
		heads[i].CycleName, heads[i].AgencyName = called.cycles[a.CycleID], called.agencies[a.AgencyID]
		if shown, err := verifierShown(tx, c, a); err != nil {
			return nil, err
		} else if !shown {
			heads[i].Verifier = nil
		}
	}
	return heads, nil
}

// openUntil says of each assessment of a list when what is open to its agency ends, as one alone says it.
func openUntil(tx *store.Tx, all []store.Assessment, heads []*meritv1.Assessment) error {
	var drafts, judged []string
	for _, a := range all {
		switch a.State {
		case workflow.Draft:
			drafts = append(drafts, a.ID)
		case workflow.InVerification, workflow.InRepair:
			judged = append(judged, a.ID)
		}
	}
	windows, err := tx.WindowsOf(calendar.SelfAssessment, drafts...)
	if err != nil {
		return err
	}
	rounds, err := tx.PendingRounds(judged...)
	for i, a := range all {
		if w, ok := windows[a.ID]; ok {
			o := inWindow(w, tx.Now())
			heads[i].ClosesAt, heads[i].Extended = timestamp(o.until), o.extended
		}
		if round, ok := rounds[a.ID]; ok && round.OpenAt(tx.Now()) {
			heads[i].ClosesAt = timestamp(round.ClosesAt())
		}
	}
	return err
}

// overviewHead says one assessment as assessmentHeads does.
func overviewHead(tx *store.Tx, c *access.Caller, o *store.Overview) (*meritv1.Assessment, error) {
	who := people{o.StartedBy: {AccountId: o.StartedBy, Name: o.StartedByName}}
	shown, err := verifierShown(tx, c, &o.Assessment)
	if shown && o.VerifierID != "" {
		who[o.VerifierID] = &meritv1.Person{AccountId: o.VerifierID, Name: o.VerifierName}
	}
	m := assessmentHead(&o.Assessment, who)
	m.CycleName, m.AgencyName = o.CycleName, o.AgencyName
	return m, err
}

func assessmentHead(a *store.Assessment, people people) *meritv1.Assessment {
	return &meritv1.Assessment{
		Id: a.ID, CycleId: a.CycleID, AgencyId: a.AgencyID, AgencyKind: meritv1.AgencyKind(meritv1.AgencyKind_value["AGENCY_KIND_"+string(a.AgencyKind)]), Attempt: int32(a.Attempt),
		InstrumentId: a.InstrumentID, State: a.State.Proto(), CarriedFrom: a.CarriedFrom,
		StartedBy: people.of(a.StartedBy), StartedAt: timestamp(a.StartedAt), SubmittedAt: timestamp(a.SubmittedAt),
		Verifier: people.of(a.VerifierID), Answered: int32(a.Answered), Applicable: int32(a.Applicable), Revision: a.Revision,
	}
}

// verifierShown reports whether the caller may know who verifies an assessment.
func verifierShown(tx *store.Tx, c *access.Caller, a *store.Assessment) (bool, error) {
	if !c.InAgency(a.AgencyID) || !a.ReleasedAt.IsZero() || a.VerifierID == "" {
		return true, nil
	}
	released, err := tx.ReleasedItems(a.ID)
	return len(released) > 0, err
}
