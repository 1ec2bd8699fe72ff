package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// verifier collects the sheets that the caller is in charge of.
func (d *desk) verifier() error {
	filter := store.AssessmentFilter{VerifierID: d.caller.AccountID, Region: d.caller.Scope.Region, Day: d.today}
	if err := d.sheets(filter, workflow.Submitted, func(*desked) meritv1.WorkKind {
		return meritv1.WorkKind_WORK_KIND_START_VERIFICATION
	}); err != nil {
		return err
	}
	return d.sheets(filter, workflow.InVerification, func(*desked) meritv1.WorkKind { return meritv1.WorkKind_WORK_KIND_VERIFY })
}

// lead collects what is to be assigned, and what is to be signed off, which nobody does of what they verified themselves.
func (d *desk) lead() error {
	unassigned, err := d.tx.WaitForVerifier(d.caller.Scope.Region, d.today)
	if err != nil {
		return err
	}
	if err := d.waiting(meritv1.WorkKind_WORK_KIND_ASSIGN_VERIFIER, calendar.Verification, unassigned); err != nil {
		return err
	}
	filter := store.AssessmentFilter{Region: d.caller.Scope.Region, Day: d.today}
	return d.sheets(filter, workflow.InVerification, func(s *desked) meritv1.WorkKind {
		if s.decided < s.applicable || s.roundOpen || s.a.VerifierID == d.caller.AccountID {
			return meritv1.WorkKind_WORK_KIND_UNSPECIFIED
		}
		return meritv1.WorkKind_WORK_KIND_COMPLETE_VERIFICATION
	})
}

// desked is an assessment on a verifying desk.
type desked struct {
	a                   *store.Assessment
	decided, applicable int
	roundOpen           bool
}

// sheets adds the assessments in a state for which there is something to do, with how far their verification is. It
// takes four queries, however many there are.
func (d *desk) sheets(f store.AssessmentFilter, state workflow.State, todo func(*desked) meritv1.WorkKind) error {
	f.State = state
	found, err := d.tx.Assessments(f, "", mostSheets)
	if err != nil || len(found) == 0 {
		return err
	}
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	windows, err := d.tx.WindowsOf(calendar.Verification, ids...)
	if err != nil {
		return err
	}
	bodies, err := d.tx.Sheets(ids...)
	if err != nil {
		return err
	}
	rounds, err := d.tx.PendingRounds(ids...)
	if err != nil {
		return err
	}
	for i := range found {
		round := rounds[found[i].ID]
		s := &desked{a: &found[i], roundOpen: round.ID != "" && round.OpenAt(d.tx.Now())}
		if err := d.sayDecided(s, bodies[s.a.ID]); err != nil {
			return err
		}
		if kind := todo(s); kind != meritv1.WorkKind_WORK_KIND_UNSPECIFIED {
			e := d.ofAssessment(kind, s.a)
			e.Count, e.Total = int32(s.decided), int32(s.applicable)
			d.add(e, calendar.Verification, windows[s.a.ID].Until(), s.a.SubmittedAt)
		}
	}
	return nil
}

// sayDecided counts what is decided of a sheet.
func (d *desk) sayDecided(s *desked, sheet *store.Sheet) error {
	in, err := d.instruments.Published(d.tx, s.a.InstrumentID)
	if err != nil {
		return err
	}
	j, err := newJudgement(in, s.a.AgencyKind, sheet)
	if err != nil {
		return err
	}
	s.applicable = len(j.applicable)
	s.decided = s.applicable - len(j.undecided())
	return nil
}

// waiting adds one entry for each cycle in which assessments wait, due with the window of a phase.
func (d *desk) waiting(kind meritv1.WorkKind, phase calendar.Phase, all []store.Waiting) error {
	for _, w := range all {
		c, err := d.tx.Cycle(w.CycleID)
		if err != nil {
			return err
		}
		e := d.ofCycle(kind, w.CycleID)
		e.Count = int32(w.Count)
		d.add(e, phase, c.Window(phase).LastDay, w.Since)
	}
	return nil
}

// commissioner collects open sessions, and what no session has before it.
func (d *desk) commissioner() error {
	if !d.caller.Nationwide() {
		return nil
	}
	sessions, err := d.tx.OpenSessions()
	if err != nil {
		return err
	}
	for _, s := range sessions {
		e := &meritv1.WorkEntry{
			Kind: meritv1.WorkKind_WORK_KIND_DECIDE_AGENDA, SubjectKind: meritv1.SubjectKind_SUBJECT_KIND_SESSION, SubjectId: s.ID,
			CycleId: s.CycleID, Title: s.Title, Count: int32(s.Undecided), Total: int32(s.Agenda),
		}
		if s.Undecided == 0 {
			e.Kind = meritv1.WorkKind_WORK_KIND_CLOSE_SESSION
		}
		d.add(e, "", "", s.OpenedAt)
	}
	verified, err := d.tx.WaitForSession()
	if err != nil {
		return err
	}
	return d.waiting(meritv1.WorkKind_WORK_KIND_OPEN_SESSION, calendar.Determination, verified)
}

// committee collects the awards that are not published.
func (d *desk) committee() error {
	awards, err := d.tx.Awards(0, true, "", mostWork)
	if err != nil {
		return err
	}
	for _, a := range awards {
		e := &meritv1.WorkEntry{SubjectKind: meritv1.SubjectKind_SUBJECT_KIND_AWARD, SubjectId: a.ID, Title: a.Title}
		switch a.State {
		case store.AwardDraft:
			e.Kind = meritv1.WorkKind_WORK_KIND_DECIDE_AWARD
		case store.AwardDecided:
			e.Kind = meritv1.WorkKind_WORK_KIND_PUBLISH_AWARD
		default:
			continue
		}
		d.add(e, "", "", a.DraftedAt)
	}
	return nil
}

// admin follows the cycles that are not over.
func (d *desk) admin() error {
	cycles, err := d.tx.Cycles(0, "", mostCycles)
	if err != nil {
		return err
	}
	for i := range cycles {
		if err := d.follow(&cycles[i]); err != nil {
			return err
		}
	}
	return nil
}

// follow says how many of the agencies that are due have submitted, and which window is open now or opens next.
func (d *desk) follow(c *store.Cycle) error {
	var next *store.Window
	for i := range c.Windows {
		w := &c.Windows[i]
		if w.LastDay >= d.today && (next == nil || w.FirstDay < next.FirstDay) {
			next = w
		}
	}
	if next == nil {
		return nil
	}
	first := c.Window(calendar.SelfAssessment)
	all, err := d.tx.Participation(c.ID, first.FirstDay, store.AgencyFilter{Day: min(max(d.today, first.FirstDay), first.LastDay)})
	if err != nil {
		return err
	}
	e := d.ofCycle(meritv1.WorkKind_WORK_KIND_FOLLOW_CYCLE, c.ID)
	for j := range all {
		switch participationState(&all[j]) {
		case meritv1.ParticipationState_PARTICIPATION_STATE_NOT_DUE:
			continue
		case meritv1.ParticipationState_PARTICIPATION_STATE_NOT_STARTED, meritv1.ParticipationState_PARTICIPATION_STATE_FILLING:
		default:
			e.Count++
		}
		e.Total++
	}
	d.add(e, next.Phase, next.LastDay, first.Opens())
	return nil
}
