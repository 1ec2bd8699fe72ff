package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// draftPlan is a plan on its way into the store.
type draftPlan struct {
	tx     *store.Tx
	caller *access.Caller
	in     *instrument.Instrument
	kind   scoring.AgencyKind
	plan   store.Plan
	levels map[string]int            // what counts now
	kept   map[string]store.PlanItem // the lines it has, by item
}

// SavePlan writes a plan down.
func (s *planServer) SavePlan(ctx context.Context, req *meritv1.SavePlanRequest) (*meritv1.SavePlanResponse, error) {
	if (req.GetAssessmentId() == "") == (req.GetInstrumentId() == "") {
		return nil, fault.Invalid("assessment_id", "sebutkan assessment_id atau instrument_id, salah satu saja.",
			"say either assessment_id or instrument_id.")
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.SavePlanResponse, []audit.Entry, error) {
		d, err := s.takePlan(ctx, tx, req)
		if err != nil {
			return nil, nil, err
		}
		if d.plan.Revision != req.GetRevision() {
			return nil, nil, s.stalePlan(d)
		}
		if err := d.save(req.GetLines()); err != nil {
			return nil, nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlanService.SavePlan", Agency: d.plan.AgencyID, Subject: d.plan.ID})
		saved, err := tx.Plan(d.plan.ID)
		if err != nil {
			return nil, nil, err
		}
		m, err := s.planMessage(tx, d.caller, saved)
		return &meritv1.SavePlanResponse{Plan: m}, []audit.Entry{entry}, err
	})
}

// takePlan finds the plan to be saved, or begins it, for the caller's own agency.
func (s *planServer) takePlan(ctx context.Context, tx *store.Tx, req *meritv1.SavePlanRequest) (d *draftPlan, err error) {
	d = &draftPlan{tx: tx, caller: access.From(ctx)}
	p := store.Plan{AgencyID: d.caller.Scope.AgencyID, InstrumentID: req.GetInstrumentId(), SavedBy: d.caller.AccountID}
	var agency store.Agency
	if req.GetAssessmentId() != "" {
		var a store.Assessment
		if a, agency, err = reach(tx, d.caller, req.GetAssessmentId()); err != nil {
			return nil, err
		}
		p.AgencyID, p.InstrumentID, p.AssessmentID, p.CycleID = a.AgencyID, a.InstrumentID, a.ID, a.CycleID
		d.kind = a.AgencyKind
	} else if agency, err = tx.Agency(p.AgencyID, calendar.Day(tx.Now())); err != nil {
		return nil, err
	} else {
		d.kind = agency.Kind
	}
	if d.in, err = s.published(tx, p.InstrumentID); err != nil {
		return nil, err
	}
	d.plan, err = tx.PlanOf(p.AgencyID, p.InstrumentID, p.AssessmentID)
	if errors.Is(err, store.ErrNotFound) {
		p.ID, err = tx.NewID(), nil
		d.plan = p
	}
	if err != nil {
		return nil, err
	}
	d.plan.SavedBy = d.caller.AccountID
	a, err := planned(tx, &d.plan)
	if err != nil {
		return nil, err
	}
	if d.levels, err = levelsOf(tx, d.caller, a); err != nil {
		return nil, err
	}
	kept, err := tx.PlanItems(d.plan.ID)
	d.kept = map[string]store.PlanItem{}
	for _, i := range kept {
		d.kept[i.Item] = i
	}
	return d, err
}

func (s *planServer) stalePlan(d *draftPlan) error {
	f := fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Rencana ini berubah sejak Anda membacanya (sekarang revisi %d). Baca lagi lalu ulangi.",
		"The plan changed since you read it (it is at revision %d now). Read it again and repeat.", d.plan.Revision)
	if d.plan.Revision == 0 {
		return f
	}
	now, err := s.planMessage(d.tx, d.caller, d.plan)
	if err != nil {
		return err
	}
	return f.With(now)
}

// save keeps the plan and its lines; lines that are not named any more are dropped.
func (d *draftPlan) save(wanted []*meritv1.PlanLine) error {
	if err := d.check(wanted); err != nil {
		return err
	}
	if err := d.tx.SavePlan(&d.plan); err != nil {
		return err
	}
	for _, item := range slices.Sorted(maps.Keys(d.kept)) {
		i := d.kept[item]
		if i.State == store.PlanDropped || slices.ContainsFunc(wanted, func(l *meritv1.PlanLine) bool { return l.GetItem() == item }) {
			continue
		}
		i.State, i.ChangedBy = store.PlanDropped, d.caller.AccountID
		if err := d.tx.SavePlanItem(i); err != nil {
			return err
		}
	}
	for _, l := range wanted {
		if err := d.tx.SavePlanItem(d.line(d.kept[l.GetItem()], l)); err != nil {
			return err
		}
	}
	return nil
}

// line is what a line becomes: a new one, or the one kept with what is wanted of it.
func (d *draftPlan) line(i store.PlanItem, l *meritv1.PlanLine) store.PlanItem {
	if i.ID == "" || i.State == store.PlanDropped {
		i.State, i.CurrentLevel = store.PlanOpen, d.levels[l.GetItem()]
	}
	if i.ID == "" {
		i.ID, i.PlanID, i.Item = d.tx.NewID(), d.plan.ID, l.GetItem()
	}
	i.TargetLevel, i.Owner, i.OwnerAccount = int(l.GetTargetLevel()), strings.TrimSpace(l.GetOwner()), l.GetOwnerAccountId()
	i.Due, i.Note, i.ChangedBy = l.GetDue(), l.GetNote(), d.caller.AccountID
	return i
}

// check refuses lines on items that have no level or do not apply, targets that raise nothing, and owners elsewhere.
func (d *draftPlan) check(wanted []*meritv1.PlanLine) error {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for n, l := range wanted {
		field := fmt.Sprintf("lines[%d]", n)
		if v := d.checkLine(field, l); v != nil {
			wrong = append(wrong, *v)
		}
		if seen[l.GetItem()] {
			wrong = append(wrong, *refused(field+".item", meritv1.Reason_REASON_INVALID_REQUEST,
				"Butir %s ada dua kali.", "Item %s is there twice.", l.GetItem()))
		}
		seen[l.GetItem()] = true
	}
	if len(wrong) > 0 {
		return refuse(wrong)
	}
	for _, l := range wanted {
		if err := ownerIn(d.tx, d.plan.AgencyID, l.GetOwnerAccountId()); err != nil {
			return err
		}
	}
	return nil
}

func (d *draftPlan) checkLine(field string, l *meritv1.PlanLine) *fault.Violation {
	scored, applies := isScored(d.in, d.kind, l.GetItem())
	now, target := d.levels[l.GetItem()], int(l.GetTargetLevel())
	switch {
	case !scored:
		return refused(field+".item", meritv1.Reason_REASON_UNKNOWN_ITEM,
			"Instrumen %s tidak punya butir bertingkat %q.", "Instrument %s has no item %q with levels.", d.in.ID, l.GetItem())
	case !applies:
		return refused(field+".item", meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
			"Butir %s tidak berlaku bagi instansi jenis %s.", "Item %s does not apply to agencies of kind %s.", l.GetItem(), d.kind)
	case target > d.in.Scale.Max || target < d.in.Scale.Min || target <= now && d.kept[l.GetItem()].TargetLevel != target:
		return refused(field+".target_level", meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"Sasaran butir %s harus di atas tingkat sekarang (%d) dan paling tinggi %d.",
			"The target of item %s must lie above its level now (%d) and be at most %d.", l.GetItem(), now, d.in.Scale.Max)
	case l.GetDue() != "" && !calendar.IsDay(l.GetDue()):
		return refused(field+".due", meritv1.Reason_REASON_INVALID_REQUEST, "%q bukan tanggal yang ada.", "%q is not a date that exists.", l.GetDue())
	}
	return nil
}

// ownerIn returns REASON_NOT_FOUND for an account that holds no membership in force of the agency; no account is fine.
func ownerIn(tx *store.Tx, agencyID, accountID string) error {
	if accountID == "" {
		return nil
	}
	memberships, err := tx.MembershipsOf(accountID)
	if err != nil {
		return err
	}
	today := calendar.Day(tx.Now())
	if !slices.ContainsFunc(memberships, func(m store.Membership) bool { return m.AgencyID == agencyID && m.InForce(today) }) {
		return fault.NotFound(fault.Text{ID: "Rekan di instansi ini", EN: "colleague in this agency"}, accountID)
	}
	return nil
}

// UpdatePlanItem changes one line.
func (s *planServer) UpdatePlanItem(ctx context.Context, req *meritv1.UpdatePlanItemRequest) (*meritv1.UpdatePlanItemResponse, error) {
	if req.GetDue() != "" && !calendar.IsDay(req.GetDue()) {
		return nil, fault.Invalid("due", "%q bukan tanggal yang ada.", "%q is not a date that exists.", req.GetDue())
	}
	c := access.From(ctx)
	resp := new(meritv1.UpdatePlanItemResponse)
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		i, p, err := takePlanItem(tx, c, req)
		if err != nil {
			return nil, err
		}
		if i.Revision != req.GetRevision() {
			return nil, s.staleLine(tx, c, p, i)
		}
		i.State = store.PlanItemState(strings.TrimPrefix(req.GetState().String(), "PLAN_ITEM_STATE_"))
		i.Owner, i.OwnerAccount = strings.TrimSpace(req.GetOwner()), req.GetOwnerAccountId()
		i.Due, i.Note, i.ChangedBy = req.GetDue(), req.GetNote(), c.AccountID
		if err := tx.SavePlanItem(i); err != nil {
			return nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlanService.UpdatePlanItem", Agency: p.AgencyID, Subject: i.ID})
		resp.Item, err = s.planLine(tx, c, p, i.ID)
		return []audit.Entry{entry}, err
	})
}

// takePlanItem returns a line that the caller may change as asked, and its plan.
func takePlanItem(tx *store.Tx, c *access.Caller, req *meritv1.UpdatePlanItemRequest) (i store.PlanItem, p store.Plan, err error) {
	if i, err = tx.PlanItem(req.GetPlanItemId()); err != nil && !errors.Is(err, store.ErrNotFound) {
		return i, p, err
	}
	p, err = readPlan(tx, c, i.PlanID) // also of none, which takes as long as one out of reach
	if errors.Is(err, fault.NotFound(whatPlan, "")) {
		return i, p, fault.NotFound(whatPlanItem, req.GetPlanItemId())
	}
	if err != nil {
		return i, p, err
	}
	if c.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
		if i.OwnerAccount != c.AccountID || req.GetOwnerAccountId() != i.OwnerAccount || req.GetOwner() != i.Owner {
			return i, p, fault.New(meritv1.Reason_REASON_NOT_ASSIGNED,
				"Anda hanya dapat mengubah baris yang menjadi tugas Anda, tanpa mengganti penanggung jawabnya. Mintalah operator mengubahnya.",
				"You can change the lines that you own only, and not who owns them. Ask an operator to change it.")
		}
		return i, p, nil
	}
	return i, p, ownerIn(tx, p.AgencyID, req.GetOwnerAccountId())
}

// planLine is one line as it is now.
func (s *core) planLine(tx *store.Tx, c *access.Caller, p store.Plan, id string) (*meritv1.PlanItem, error) {
	m, err := s.planMessage(tx, c, p)
	if err != nil {
		return nil, err
	}
	for _, line := range m.GetItems() {
		if line.GetId() == id {
			return line, nil
		}
	}
	return nil, fault.NotFound(whatPlanItem, id)
}

func (s *core) staleLine(tx *store.Tx, c *access.Caller, p store.Plan, i store.PlanItem) error {
	now, err := s.planLine(tx, c, p, i.ID)
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Baris ini berubah sejak Anda membacanya (sekarang revisi %d). Baca lagi lalu ulangi.",
		"The line changed since you read it (it is at revision %d now). Read it again and repeat.", i.Revision).With(now)
}
