package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// agency collects what waits for the people of an agency.
func (d *desk) agency() error {
	all, err := d.tx.Assessments(store.AssessmentFilter{AgencyID: d.caller.Scope.AgencyID}, "", mostSheets)
	if err != nil {
		return err
	}
	if err := d.drafts(all); err != nil {
		return err
	}
	if err := d.rounds(all); err != nil {
		return err
	}
	if d.caller.Acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_AGENCY_ADMIN) {
		if err := d.unstarted(all); err != nil {
			return err
		}
	}
	if d.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
		return nil
	}
	return d.plans()
}

// plans are the improvement plans of the agency of which something is left to be done.
func (d *desk) plans() error {
	plans, err := d.tx.Plans(d.caller.Scope.AgencyID, "", mostWork)
	if err != nil {
		return err
	}
	for _, p := range plans {
		if p.Open == 0 {
			continue
		}
		d.add(&meritv1.WorkEntry{
			Kind: meritv1.WorkKind_WORK_KIND_FOLLOW_PLAN, SubjectKind: meritv1.SubjectKind_SUBJECT_KIND_PLAN, SubjectId: p.ID,
			AssessmentId: p.AssessmentID, CycleId: p.CycleID, AgencyId: p.AgencyID, Count: int32(p.Open), Total: int32(p.Open + p.Done),
		}, "", p.NextDue, p.SavedAt)
	}
	return nil
}

// drafts are the sheets that the agency fills in: as a whole, as items of the caller's, or as what is to be signed.
func (d *desk) drafts(all []store.Assessment) error {
	var drafts []store.Assessment
	var ids []string
	for _, a := range all {
		if a.State == workflow.Draft {
			drafts, ids = append(drafts, a), append(ids, a.ID)
		}
	}
	windows, err := d.tx.WindowsOf(calendar.SelfAssessment, ids...)
	if err != nil {
		return err
	}
	for i := range drafts {
		a := &drafts[i]
		last := windows[a.ID].Until()
		kind := meritv1.WorkKind_WORK_KIND_FILL_ASSESSMENT
		if d.caller.Acts(meritv1.Role_ROLE_APPROVER) {
			kind = meritv1.WorkKind_WORK_KIND_SUBMIT_ASSESSMENT
		}
		if !d.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
			e := d.ofAssessment(kind, a)
			e.Count, e.Total = int32(a.Answered), int32(a.Applicable)
			d.add(e, calendar.SelfAssessment, last, a.StartedAt)
		}
		if err := d.assigned(a, last); err != nil {
			return err
		}
	}
	return nil
}

// assigned are the items of a draft that the caller was asked to answer, until all are.
func (d *desk) assigned(a *store.Assessment, last string) error {
	if !d.caller.Acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR) {
		return nil
	}
	items, err := d.tx.AssignedItems(a.ID, d.caller.AccountID)
	if err != nil || len(items) == 0 {
		return err
	}
	sheet, err := d.tx.Sheet(a.ID)
	if err != nil {
		return err
	}
	e := d.ofAssessment(meritv1.WorkKind_WORK_KIND_ANSWER_ITEMS, a)
	e.Total = int32(len(items))
	for item := range items {
		if sheet.Item(item).Claimed.Stands() {
			e.Count++
		}
	}
	if e.Count < e.Total {
		d.add(e, calendar.SelfAssessment, last, a.StartedAt)
	}
	return nil
}

// rounds are the questions that the agency has to answer: of a contributor those on the items assigned.
func (d *desk) rounds(all []store.Assessment) error {
	if d.caller.Acts(meritv1.Role_ROLE_AGENCY_ADMIN) {
		return nil
	}
	var ids []string
	byID := map[string]*store.Assessment{}
	for i := range all {
		ids, byID[all[i].ID] = append(ids, all[i].ID), &all[i]
	}
	pending, err := d.tx.PendingRounds(ids...)
	if err != nil {
		return err
	}
	for id, round := range pending {
		if !round.OpenAt(d.tx.Now()) {
			continue
		}
		if err := d.round(byID[id], round.ID); err != nil {
			return err
		}
	}
	return nil
}

// round counts what the caller has to answer in one round.
func (d *desk) round(a *store.Assessment, id string) error {
	c, err := d.tx.Clarification(id)
	if err != nil {
		return err
	}
	assigned, err := d.tx.AssignedItems(a.ID, d.caller.AccountID)
	if err != nil {
		return err
	}
	e := d.ofAssessment(meritv1.WorkKind_WORK_KIND_ANSWER_CLARIFICATION, a)
	e.SubjectKind, e.SubjectId = meritv1.SubjectKind_SUBJECT_KIND_CLARIFICATION, c.ID
	for _, q := range c.Items {
		if d.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) && !assigned[q.Item] {
			continue
		}
		e.Total++
		if len(q.Answers) > 0 {
			e.Count++
		}
	}
	if e.Total > 0 {
		phase := calendar.Verification
		if c.Kind == store.RoundRepair {
			phase = calendar.Repair
		}
		d.add(e, phase, c.LastDay, c.OpenedAt)
	}
	return nil
}

// unstarted are the cycles that are open to the agency and that it has not begun, unless its result is still valid or it
// is not assessed.
func (d *desk) unstarted(all []store.Assessment) error {
	agency, err := d.tx.Agency(d.caller.Scope.AgencyID, d.today)
	if err != nil || !agency.Assessed {
		return err
	}
	begun := map[string]bool{}
	for _, a := range all {
		begun[a.CycleID] = true
	}
	cycles, err := d.tx.Cycles(0, "", mostCycles)
	if err != nil {
		return err
	}
	for i := range cycles {
		c := &cycles[i]
		if begun[c.ID] {
			continue
		}
		w, err := d.tx.Window(c.ID, calendar.SelfAssessment, agency.ID)
		if err != nil {
			return err
		}
		valid, err := d.tx.ValidUntil(agency.ID, w.FirstDay)
		if err != nil {
			return err
		}
		if w.Open(d.tx.Now()) && valid == "" {
			e := d.ofCycle(meritv1.WorkKind_WORK_KIND_START_ASSESSMENT, c.ID)
			e.AgencyId, e.AgencyKind = agency.ID, agencyKindMessage(agency.Kind)
			d.add(e, calendar.SelfAssessment, w.Until(), w.Opens())
		}
	}
	return nil
}
