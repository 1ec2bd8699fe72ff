package server

import (
	"context"
	"slices"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// portrait is what the message of one assessment is made of.
type portrait struct {
	a         store.Assessment
	caller    *access.Caller
	in        *instrument.Instrument
	sheet     store.Sheet
	claims    *scoring.Sheet
	sight     sight
	visible   map[string]*visible
	open      openness
	assigned  map[string][]string // accounts by item
	cited     map[string]int
	citations map[string][]store.Citation // when full
	lastYear  *past                       // when full; nil when nothing is comparable
	people    people
	full      bool
}

// assessment says an assessment with items and scores as far as the caller may see it: BASIC, or FULL.
func (s *assessmentServer) assessment(ctx context.Context, tx *store.Tx, a store.Assessment, full bool) (*meritv1.Assessment, error) {
	p := &portrait{a: a, caller: access.From(ctx), full: full}
	if err := s.sketch(tx, p); err != nil {
		return nil, err
	}
	if err := s.colour(tx, p); err != nil {
		return nil, err
	}
	heads, err := assessmentHeads(tx, p.caller, a)
	if err != nil {
		return nil, err
	}
	m := heads[0]
	m.Items = p.items()
	m.Extended = p.open.extended
	if !p.open.until.IsZero() {
		m.ClosesAt = timestamp(p.open.until)
	}
	return m, p.scores(m)
}

// sketch reads what every view needs.
func (s *assessmentServer) sketch(tx *store.Tx, p *portrait) (err error) {
	if p.in, err = s.instruments.Published(tx, p.a.InstrumentID); err != nil {
		return err
	}
	if p.sheet, err = tx.Sheet(p.a.ID); err != nil {
		return err
	}
	if p.claims, err = scoringSheet(p.in, p.a.AgencyKind, &p.sheet, store.StageClaimed); err != nil {
		return err
	}
	if p.sight, err = sightOf(tx, p.caller, &p.a); err != nil {
		return err
	}
	if p.visible, err = p.sight.look(tx, &p.sheet, p.full); err != nil {
		return err
	}
	if p.open, err = opennessOf(tx, &p.a, s.now()); err != nil {
		return err
	}
	assignments, err := tx.ItemAssignments(p.a.ID)
	p.assigned = map[string][]string{}
	for _, i := range assignments {
		p.assigned[i.Item] = append(p.assigned[i.Item], i.AccountID)
	}
	return err
}

// colour reads the rest: citations, what counted last year, and names.
func (s *assessmentServer) colour(tx *store.Tx, p *portrait) (err error) {
	if !p.full {
		p.cited, err = tx.CitedItems(p.a.ID)
	} else if err = p.readCitations(tx); err == nil {
		p.lastYear, err = s.lastYear(tx, &p.a, p.in)
	}
	if err != nil {
		return err
	}
	var accounts []string
	for _, assigned := range p.assigned {
		accounts = append(accounts, assigned...)
	}
	if p.full {
		accounts = authors(accounts, p.visible)
	}
	if p.lastYear != nil {
		accounts = authors(accounts, p.lastYear.items)
	}
	p.people, err = readPeople(tx, accounts...)
	return err
}

// authors adds the accounts of who decided.
func authors(accounts []string, items map[string]*visible) []string {
	for _, v := range items {
		for _, d := range []*store.Decision{v.claimed, v.verified, v.determined} {
			if d != nil {
				accounts = append(accounts, d.DecidedBy)
			}
		}
	}
	return accounts
}

func (p *portrait) readCitations(tx *store.Tx) error {
	all, err := tx.Citations(p.a.ID, "")
	p.cited, p.citations = map[string]int{}, map[string][]store.Citation{}
	for _, c := range all {
		p.cited[c.Item]++
		p.citations[c.Item] = append(p.citations[c.Item], c)
	}
	return err
}

// items says every item that applies to this kind of agency in instrument order, and then the profile.
func (p *portrait) items() []*meritv1.AssessmentItem {
	items := make([]*meritv1.AssessmentItem, 0, p.in.Scoring().NumItems()+len(p.in.Profile))
	for i, item := range p.in.Scoring().Items() {
		if p.in.Scoring().AppliesToKind(i, p.a.AgencyKind) {
			items = append(items, p.item(item.Code, p.claims.State(i).Applies()))
		}
	}
	for i := range p.in.Profile {
		f := &p.in.Profile[i]
		items = append(items, p.item(profilePrefix+f.Code, fieldApplies(p.in, f, &p.sheet)))
	}
	return items
}

func (p *portrait) item(code string, applies bool) *meritv1.AssessmentItem {
	m := &meritv1.AssessmentItem{Item: code, CitationCount: int32(p.cited[code]), Open: applies && p.open.to(code) && p.mine(code)}
	for _, account := range p.assigned[code] {
		m.Assigned = append(m.Assigned, p.people.of(account))
	}
	if v := p.visible[code]; v != nil {
		m.Claimed, m.Verified, m.Determined = p.decision(v.claimed), p.decision(v.verified), p.decision(v.determined)
	}
	if p.lastYear != nil {
		if last := p.lastYear.counted(code); last != nil {
			m.LastYear = decisionMessage(last, p.people)
			m.LastYear.CarriedFrom = p.lastYear.from.ID
		}
	}
	for i := range p.citations[code] {
		m.Citations = append(m.Citations, citationMessage(&p.citations[code][i]))
	}
	return m
}

func (p *portrait) decision(d *store.Decision) *meritv1.Decision {
	switch {
	case d == nil:
		return nil
	case p.full:
		return decisionMessage(d, p.people)
	}
	return standingMessage(d.Standing())
}

// mine reports whether the caller may answer the item when it is open: contributors answer what is assigned to them.
func (p *portrait) mine(code string) bool {
	return !p.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) || slices.Contains(p.assigned[code], p.caller.AccountID)
}

// scores says the score of the claims, and those of the assessor as far as all of it is visible.
func (p *portrait) scores(m *meritv1.Assessment) (err error) {
	m.Score = scored.Sheet(p.in, p.claims, scored.ByAspect)
	seen := p.seenSheet()
	if p.sight.verified && has(seen, store.StageVerified) {
		if m.VerifiedScore, err = scoreOf(p.in, p.a.AgencyKind, seen, scored.ByAspect, store.StageVerified); err != nil {
			return err
		}
	}
	if has(seen, store.StageDetermined) {
		m.DeterminedScore, err = scoreOf(p.in, p.a.AgencyKind, seen, scored.ByAspect, store.StageDetermined)
	}
	return err
}

// seenSheet is the sheet as the caller sees it.
func (p *portrait) seenSheet() *store.Sheet {
	s := &store.Sheet{AssessmentID: p.a.ID}
	for code, v := range p.visible {
		item := store.SheetItem{Item: code}
		if v.verified != nil {
			item.Verified = v.verified.Standing()
		}
		if v.determined != nil {
			item.Determined = v.determined.Standing()
		}
		s.Items = append(s.Items, item)
	}
	return s
}

func has(s *store.Sheet, stage store.Stage) bool {
	return slices.ContainsFunc(s.Items, func(i store.SheetItem) bool { return i.At(stage).Seq > 0 })
}

// openness says what of a sheet its agency may answer now, and until when.
type openness struct {
	sheet    bool                 // self-assessment is open
	repair   *store.Clarification // the repair round that is open, or nil
	until    time.Time            // when what is open to the agency ends; zero when nothing is
	extended bool                 // until is later for this agency than for others
}

func opennessOf(tx *store.Tx, a *store.Assessment, now time.Time) (o openness, err error) {
	switch a.State {
	case workflow.Draft:
		w, err := tx.Window(a.CycleID, calendar.SelfAssessment, a.AgencyID)
		if err != nil || !w.Open(now) {
			return o, err
		}
		return openness{sheet: true, until: w.Closes(), extended: w.Extended > w.LastDay}, nil
	case workflow.InVerification, workflow.InRepair:
		rounds, err := tx.PendingRounds(a.ID)
		round, ok := rounds[a.ID]
		if err != nil || !ok || !round.OpenAt(now) {
			return o, err
		}
		o.until = round.ClosesAt()
		if round.Kind == store.RoundRepair {
			round, err = tx.Clarification(round.ID)
			o.repair = &round
		}
		return o, err
	}
	return o, nil
}

func (o openness) to(item string) bool {
	return o.sheet || o.repair != nil && o.repair.Item(item) != nil
}
