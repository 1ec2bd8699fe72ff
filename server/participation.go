package server

import (
	"context"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// GetParticipation says how far every agency is. However many agencies there are, it reads the cycle, all agencies with
// their assessments, and the sheets of those on the page that are filling in: four queries.
func (s *cycleServer) GetParticipation(ctx context.Context, req *meritv1.GetParticipationRequest) (*meritv1.GetParticipationResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	filter := store.AgencyFilter{
		ID: scope.AgencyID, Region: scope.Region, Kind: agencyKind(req.GetKind()), ProvinceID: req.GetProvinceId(),
	}
	resp := &meritv1.GetParticipationResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		c, err := findCycle(tx, req.GetCycleId(), "")
		if err != nil {
			return err
		}
		window := c.Window(calendar.SelfAssessment)
		filter.Day = min(max(calendar.Day(tx.Now()), window.FirstDay), window.LastDay)
		all, err := tx.Participation(c.ID, window.FirstDay, filter)
		if err != nil {
			return err
		}
		resp.ByKind, resp.ByProvince = countParticipation(all)
		rows := slices.DeleteFunc(all, func(r store.Participation) bool {
			state := participationState(&r)
			return r.Code <= lastKey(p) || req.GetState() != 0 && req.GetState() != state
		})
		rows = rows[:min(len(rows), p.Limit())]
		rows, resp.NextPageToken = page.Cut(p, rows, func(r store.Participation) []string { return []string{r.Code} })
		resp.Agencies, err = s.participations(tx, c.InstrumentID, rows)
		return err
	})
}

// participationState is how far an agency is. One that has begun is no longer told to be not due.
func participationState(p *store.Participation) meritv1.ParticipationState {
	switch {
	case p.State == workflow.Submitted:
		return meritv1.ParticipationState_PARTICIPATION_STATE_SUBMITTED
	case p.State == workflow.InVerification || p.State == workflow.InRepair:
		return meritv1.ParticipationState_PARTICIPATION_STATE_IN_VERIFICATION
	case p.State == workflow.Verified:
		return meritv1.ParticipationState_PARTICIPATION_STATE_VERIFIED
	case p.State == workflow.Determined:
		return meritv1.ParticipationState_PARTICIPATION_STATE_DETERMINED
	case p.AssessmentID != "":
		return meritv1.ParticipationState_PARTICIPATION_STATE_FILLING
	case p.ValidUntil != "":
		return meritv1.ParticipationState_PARTICIPATION_STATE_NOT_DUE
	}
	return meritv1.ParticipationState_PARTICIPATION_STATE_NOT_STARTED
}

// countParticipation counts agencies by kind, in the order of kinds, and by province, in the order of codes.
func countParticipation(all []store.Participation) (byKind, byProvince []*meritv1.ParticipationCount) {
	kinds, provinces := map[scoring.AgencyKind]*meritv1.ParticipationCount{}, map[string]*meritv1.ParticipationCount{}
	for i := range all {
		p := &all[i]
		kind := kinds[p.Kind]
		if kind == nil {
			kind = &meritv1.ParticipationCount{Kind: agencyKindMessage(p.Kind)}
			kinds[p.Kind] = kind
			byKind = append(byKind, kind)
		}
		countState(kind, participationState(p))
		if p.ProvinceID == "" {
			continue
		}
		province := provinces[p.ProvinceID]
		if province == nil {
			province = &meritv1.ParticipationCount{ProvinceId: p.ProvinceID, ProvinceName: p.ProvinceName}
			provinces[p.ProvinceID] = province
			byProvince = append(byProvince, province)
		}
		countState(province, participationState(p))
	}
	slices.SortFunc(byKind, func(a, b *meritv1.ParticipationCount) int { return int(a.GetKind() - b.GetKind()) })
	return byKind, byProvince
}

func countState(c *meritv1.ParticipationCount, state meritv1.ParticipationState) {
	switch state {
	case meritv1.ParticipationState_PARTICIPATION_STATE_NOT_DUE:
		c.NotDue++
	case meritv1.ParticipationState_PARTICIPATION_STATE_NOT_STARTED:
		c.NotStarted++
	case meritv1.ParticipationState_PARTICIPATION_STATE_FILLING:
		c.Filling++
	case meritv1.ParticipationState_PARTICIPATION_STATE_SUBMITTED:
		c.Submitted++
	case meritv1.ParticipationState_PARTICIPATION_STATE_IN_VERIFICATION:
		c.InVerification++
	case meritv1.ParticipationState_PARTICIPATION_STATE_VERIFIED:
		c.Verified++
	case meritv1.ParticipationState_PARTICIPATION_STATE_DETERMINED:
		c.Determined++
	}
}

// participations says the rows of a page; for those that are filling in it reads their sheets.
func (s *cycleServer) participations(tx *store.Tx, instrumentID string, rows []store.Participation) ([]*meritv1.Participation, error) {
	in, err := s.instruments.Published(tx, instrumentID)
	if err != nil {
		return nil, err
	}
	var filling []string
	for _, r := range rows {
		if r.State == workflow.Draft {
			filling = append(filling, r.AssessmentID)
		}
	}
	sheets, err := tx.Sheets(filling...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Participation, len(rows))
	for i := range rows {
		all[i] = participationMessage(&rows[i])
		if sheet := sheets[rows[i].AssessmentID]; sheet != nil {
			if err := sayWhereStuck(all[i], in, rows[i].StartedAs, sheet); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func participationMessage(p *store.Participation) *meritv1.Participation {
	m := &meritv1.Participation{
		Agency: agencyMessage(p.Agency), State: participationState(p), AssessmentId: p.AssessmentID,
		SubmittedAt: timestamp(p.SubmittedAt),
	}
	if p.Applicable > 0 {
		m.PercentAnswered = int32(p.Answered * 100 / p.Applicable)
	}
	if m.State == meritv1.ParticipationState_PARTICIPATION_STATE_NOT_DUE {
		m.ValidUntil = p.ValidUntil
	}
	return m
}

// sayWhereStuck finds the aspect with the most applicable items that nobody has answered: the first of several.
func sayWhereStuck(m *meritv1.Participation, in *instrument.Instrument, kind scoring.AgencyKind, stored *store.Sheet) error {
	sheet, err := scoringSheet(in, kind, stored, store.StageClaimed)
	if err != nil {
		return err
	}
	for a := range in.Aspects {
		first, end := in.Scoring().AspectItems(a)
		var open int32
		for i := first; i < end; i++ {
			if sheet.State(i).Applies() && sheet.Answer(i) == scoring.Unanswered {
				open++
			}
		}
		if open > m.StuckItems {
			m.StuckAt, m.StuckAtName, m.StuckItems = in.Aspects[a].Code, in.Aspects[a].Name, open
		}
	}
	return nil
}
