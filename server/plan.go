package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// planServer keeps improvement plans.
type planServer struct {
	meritv1.UnimplementedPlanServiceServer
	*core
}

var (
	whatPlan     = fault.Text{ID: "Rencana perbaikan", EN: "improvement plan"}
	whatPlanItem = fault.Text{ID: "Baris rencana perbaikan", EN: "line of an improvement plan"}
)

// seesPlans reports whether the caller may read the plans of an agency that lies in a region today: its own people, and
// auditors within the scope.
func seesPlans(tx *store.Tx, c *access.Caller, agencyID string) (bool, error) {
	if c.InAgency(agencyID) || !c.Acts(meritv1.Role_ROLE_AUDITOR) {
		return c.InAgency(agencyID), nil
	}
	agency, err := tx.Agency(agencyID, calendar.Day(tx.Now()))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.Reaches(agency.ID, agency.Region), err
}

// readPlan returns a plan that the caller may see, or REASON_NOT_FOUND.
func readPlan(tx *store.Tx, c *access.Caller, id string) (store.Plan, error) {
	p, err := tx.Plan(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	sees, err := seesPlans(tx, c, p.AgencyID) // also of none, which takes as long as one out of reach
	if err == nil && !sees {
		err = fault.NotFound(whatPlan, id)
	}
	return p, err
}

// GetPlan returns a plan, or what an assessment plans and carries on.
func (s *planServer) GetPlan(ctx context.Context, req *meritv1.GetPlanRequest) (*meritv1.GetPlanResponse, error) {
	if (req.GetPlanId() == "") == (req.GetAssessmentId() == "") {
		return nil, fault.Invalid("plan_id", "sebutkan plan_id atau assessment_id, salah satu saja.", "say either plan_id or assessment_id.")
	}
	c := access.From(ctx)
	resp := new(meritv1.GetPlanResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if req.GetPlanId() != "" {
			p, err := readPlan(tx, c, req.GetPlanId())
			if err != nil {
				return err
			}
			resp.Plan, err = s.planMessage(tx, c, p)
			return err
		}
		a, _, err := reach(tx, c, req.GetAssessmentId())
		if err != nil {
			return err
		}
		p, err := tx.PlanOf(a.AgencyID, a.InstrumentID, a.ID)
		if err == nil {
			resp.Plan, err = s.planMessage(tx, c, p)
		} else if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		if err != nil {
			return err
		}
		resp.Carried, err = s.carriedPlan(tx, c, &a)
		return err
	})
}

// ListPlans lists the plans of an agency.
func (s *planServer) ListPlans(ctx context.Context, req *meritv1.ListPlansRequest) (*meritv1.ListPlansResponse, error) {
	paged, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	c := access.From(ctx)
	agencyID := req.GetAgencyId()
	if agencyID == "" {
		agencyID = c.Scope.AgencyID
	}
	if agencyID == "" {
		return nil, fault.Invalid("agency_id", "sebutkan instansinya.", "say which agency.")
	}
	resp := new(meritv1.ListPlansResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if sees, err := seesPlans(tx, c, agencyID); err != nil || !sees {
			return err
		}
		found, err := tx.Plans(agencyID, lastKey(paged), paged.Limit())
		if err != nil {
			return err
		}
		found, resp.NextPageToken = page.Cut(paged, found, func(p store.Plan) []string { return []string{p.ID} })
		resp.Plans, err = planHeads(tx, found...)
		return err
	})
}

// planHeads says plans without their lines.
func planHeads(tx *store.Tx, plans ...store.Plan) ([]*meritv1.Plan, error) {
	var agencies, cycles, accounts []string
	for _, p := range plans {
		agencies, cycles, accounts = append(agencies, p.AgencyID), append(cycles, p.CycleID), append(accounts, p.SavedBy)
	}
	called, err := readNames(tx, agencies, cycles)
	if err != nil {
		return nil, err
	}
	who, err := readPeople(tx, accounts...)
	heads := make([]*meritv1.Plan, len(plans))
	for i, p := range plans {
		heads[i] = &meritv1.Plan{
			Id: p.ID, AgencyId: p.AgencyID, AgencyName: called.agencies[p.AgencyID], InstrumentId: p.InstrumentID, AssessmentId: p.AssessmentID,
			CycleId: p.CycleID, CycleName: called.cycles[p.CycleID], SavedBy: who.of(p.SavedBy), SavedAt: timestamp(p.SavedAt), Revision: p.Revision,
			Open: int32(p.Open), Done: int32(p.Done), Dropped: int32(p.Dropped), NextDue: p.NextDue,
		}
	}
	return heads, err
}

// planMessage says a plan with its lines, against its own assessment.
func (s *core) planMessage(tx *store.Tx, c *access.Caller, p store.Plan) (*meritv1.Plan, error) {
	in, err := s.instruments.Published(tx, p.InstrumentID)
	if err != nil {
		return nil, err
	}
	a, err := planned(tx, &p)
	if err != nil {
		return nil, err
	}
	levels, err := levelsOf(tx, c, a)
	if err != nil {
		return nil, err
	}
	return planWithItems(tx, p, in, levels, nil)
}

// planned is the assessment that a plan is measured against: its own or, without one, the agency's newest under the
// instrument; nil when there is none.
func planned(tx *store.Tx, p *store.Plan) (*store.Assessment, error) {
	if p.AssessmentID == "" {
		return tx.LatestUnder(p.AgencyID, p.InstrumentID)
	}
	a, err := tx.Assessment(p.AssessmentID)
	return &a, err
}

// levelsOf is what counts of every item that stands, as far as the caller may see it: determined, else verified, else
// claimed. What is not proven counts 0.
func levelsOf(tx *store.Tx, c *access.Caller, a *store.Assessment) (map[string]int, error) {
	levels := map[string]int{}
	if a == nil {
		return levels, nil
	}
	sheet, err := tx.Sheet(a.ID)
	if err != nil {
		return nil, err
	}
	seen, err := sightOf(tx, c, a)
	if err != nil {
		return nil, err
	}
	if _, err := seen.look(tx, &sheet, false); err != nil {
		return nil, err
	}
	for i := range sheet.Items {
		for _, stage := range []store.Stage{store.StageClaimed, store.StageVerified, store.StageDetermined} {
			if d := sheet.Items[i].At(stage); d.Stands() && (d.Kind == store.KindLevel || d.Kind == store.KindNotProven) {
				levels[sheet.Items[i].Item] = d.Level
			}
		}
	}
	return levels, nil
}

// carriedPlan is the newest earlier plan that has something in common with an assessment, measured against it; nil when
// there is none. The agency's own comes before that of what it came from.
func (s *core) carriedPlan(tx *store.Tx, c *access.Caller, a *store.Assessment) (*meritv1.Plan, error) {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return nil, err
	}
	lineage, err := tx.Lineage(a.AgencyID)
	if err != nil {
		return nil, err
	}
	for _, agencies := range [][]string{{a.AgencyID}, lineage.Before} {
		if len(agencies) == 0 {
			continue
		}
		plans, err := tx.EarlierPlans(a, agencies...)
		if err != nil {
			return nil, err
		}
		for _, p := range plans {
			m, err := s.carryPlan(tx, c, a, in, p)
			if m != nil || err != nil {
				return m, err
			}
		}
	}
	return nil, nil
}

// carryPlan measures an earlier plan against an assessment; nil when no item is comparable.
func (s *core) carryPlan(tx *store.Tx, c *access.Caller, a *store.Assessment, in *instrument.Instrument, p store.Plan) (*meritv1.Plan, error) {
	codes, err := s.comparable(tx, in, p.InstrumentID)
	if err != nil || len(codes) == 0 {
		return nil, err
	}
	now := map[string]string{}
	for today, then := range codes {
		now[then] = today
	}
	old, err := s.instruments.Published(tx, p.InstrumentID)
	if err != nil {
		return nil, err
	}
	levels, err := levelsOf(tx, c, a)
	if err != nil {
		return nil, err
	}
	return planWithItems(tx, p, old, levels, now)
}

// planWithItems says a plan with its lines in the order of its instrument. Levels are those reached, by the code that the
// item of the plan has there: now gives it, or it is the same when now is nil.
func planWithItems(tx *store.Tx, p store.Plan, in *instrument.Instrument, levels map[string]int, now map[string]string) (*meritv1.Plan, error) {
	heads, err := planHeads(tx, p)
	if err != nil {
		return nil, err
	}
	items, err := tx.PlanItems(p.ID)
	if err != nil {
		return nil, err
	}
	lines, err := planItemMessages(tx, in, items...)
	if err != nil {
		return nil, err
	}
	byItem := map[string]*meritv1.PlanItem{}
	for _, line := range lines {
		byItem[line.GetItem()] = line
		code := line.GetItem()
		if now != nil {
			code = now[code]
			line.ItemNow = code
		}
		if level, ok := levels[code]; ok {
			reached := int32(level)
			line.ReachedLevel, line.Reached = &reached, reached >= line.GetTargetLevel()
		}
	}
	for _, item := range in.Scoring().Items() {
		if line := byItem[item.Code]; line != nil {
			heads[0].Items = append(heads[0].Items, line)
		}
	}
	return heads[0], nil
}

// planItemMessages says lines, but for what was reached.
func planItemMessages(tx *store.Tx, in *instrument.Instrument, items ...store.PlanItem) ([]*meritv1.PlanItem, error) {
	var accounts []string
	for _, i := range items {
		accounts = append(accounts, i.OwnerAccount, i.ChangedBy)
	}
	who, err := readPeople(tx, accounts...)
	today := calendar.Day(tx.Now())
	lines := make([]*meritv1.PlanItem, len(items))
	for n, i := range items {
		lines[n] = &meritv1.PlanItem{
			Id: i.ID, Item: i.Item, CurrentLevel: int32(i.CurrentLevel), TargetLevel: int32(i.TargetLevel), Owner: i.Owner,
			OwnerAccount: who.of(i.OwnerAccount), Due: i.Due, Note: i.Note, Late: i.State.Waits() && i.Due != "" && i.Due < today,
			State:     meritv1.PlanItemState(meritv1.PlanItemState_value["PLAN_ITEM_STATE_"+string(i.State)]),
			ChangedBy: who.of(i.ChangedBy), ChangedAt: timestamp(i.ChangedAt), Revision: i.Revision,
		}
		if item := in.ItemByCode(i.Item); item != nil {
			lines[n].Name = item.Name
		}
	}
	return lines, err
}

// isScored reports whether an item of the instrument has a level, and applies to a kind of agency.
func isScored(in *instrument.Instrument, kind scoring.AgencyKind, code string) (scored, applies bool) {
	i, ok := in.Scoring().ItemIndex(code)
	if !ok || in.Item(i).Kind != scoring.Scored {
		return false, false
	}
	return true, in.Scoring().AppliesToKind(i, kind)
}
