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
	*store.Overview // its sheet as the caller sees it

	caller    *access.Caller
	in        *instrument.Instrument
	claims    *scoring.Sheet
	sight     sight
	visible   map[string]*visible // the sheet with authors, notes and times; when full
	open      openness
	assigned  map[string][]string // accounts by item
	cited     map[string]int
	citations map[string][]store.Citation // when full
	lastYear  *past                       // when full; nil when nothing is comparable
	people    people
	full      bool
}

// assessment says an assessment in BASIC view to one who has just moved it.
func (s *assessmentServer) assessment(ctx context.Context, tx *store.Tx, id string) (*meritv1.Assessment, error) {
	o, err := tx.Overview(id, calendar.Day(tx.Now()))
	if err != nil {
		return nil, err
	}
	return s.portray(ctx, tx, &o, false)
}

// portray says an assessment with items and scores as far as the caller may see it: BASIC, or FULL.
func (s *assessmentServer) portray(ctx context.Context, tx *store.Tx, o *store.Overview, full bool) (*meritv1.Assessment, error) {
	p := &portrait{Overview: o, caller: access.From(ctx), full: full}
	if err := s.sketch(tx, p); err != nil {
		return nil, err
	}
	if err := s.colour(tx, p); err != nil {
		return nil, err
	}
	m, err := overviewHead(tx, p.caller, o)
	if err != nil {
		return nil, err
	}
	m.Items = p.items()
	m.Extended = p.open.extended
	if !p.open.until.IsZero() {
		m.ClosesAt = timestamp(p.open.until)
	}
	return m, p.scores(m)
}

// sketch reads what every view needs.
func (s *core) sketch(tx *store.Tx, p *portrait) (err error) {
	if p.in, err = s.instruments.Published(tx, p.InstrumentID); err != nil {
		return err
	}
	if p.claims, err = scoringSheet(p.in, p.AgencyKind, &p.Sheet, store.StageClaimed); err != nil {
		return err
	}
	if p.sight, err = sightOf(tx, p.caller, &p.Assessment); err != nil {
		return err
	}
	if p.visible, err = p.sight.look(tx, &p.Sheet, p.full); err != nil {
		return err
	}
	if p.open, err = opennessOf(tx, &p.Filling, tx.Now()); err != nil {
		return err
	}
	assignments, err := tx.ItemAssignments(p.ID)
	p.assigned = map[string][]string{}
	for _, i := range assignments {
		p.assigned[i.Item] = append(p.assigned[i.Item], i.AccountID)
	}
	return err
}

// colour reads the rest: citations, what counted last year, and names.
func (s *assessmentServer) colour(tx *store.Tx, p *portrait) (err error) {
	if !p.full {
		p.cited, err = tx.CitedItems(p.ID)
	} else if err = p.readCitations(tx); err == nil {
		p.lastYear, err = s.lastYear(tx, &p.Assessment, p.in)
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
	all, err := tx.Citations(p.ID, "")
	p.cited, p.citations = map[string]int{}, map[string][]store.Citation{}
	for _, c := range all {
		p.cited[c.Item]++
		p.citations[c.Item] = append(p.citations[c.Item], c)
	}
	return err
}

// items says every item that applies to this kind of agency in instrument order, and then the profile.
func (p *portrait) items() []*meritv1.AssessmentItem {
	n := p.in.Scoring().NumItems() + len(p.in.Profile)
	all, items := make([]meritv1.AssessmentItem, n), make([]*meritv1.AssessmentItem, 0, n)
	add := func(code string, applies bool) {
		m := &all[len(items)]
		p.item(m, code, applies)
		items = append(items, m)
	}
	for i, item := range p.in.Scoring().Items() {
		if p.in.Scoring().AppliesToKind(i, p.AgencyKind) {
			add(item.Code, p.claims.State(i).Applies())
		}
	}
	for i := range p.in.Profile {
		f := &p.in.Profile[i]
		add(profilePrefix+f.Code, fieldApplies(p.in, f, &p.Sheet))
	}
	return items
}

func (p *portrait) item(m *meritv1.AssessmentItem, code string, applies bool) {
	m.Item, m.CitationCount, m.Open = code, int32(p.cited[code]), applies && p.open.to(code) && p.mine(code)
	for _, account := range p.assigned[code] {
		m.Assigned = append(m.Assigned, p.people.of(account))
	}
	p.decisions(m)
	if p.lastYear != nil {
		if last := p.lastYear.counted(code); last != nil {
			m.LastYear = decisionMessage(last, p.people)
			m.LastYear.CarriedFrom = p.lastYear.from.ID
			if verified := p.lastYear.verified(code); verified != nil && verified != last {
				m.LastYearVerified = decisionMessage(verified, p.people)
			}
		}
	}
	for i := range p.citations[code] {
		m.Citations = append(m.Citations, citationMessage(&p.citations[code][i]))
	}
}

// decisions says what stands of an item; when full, who decided it, when and why.
func (p *portrait) decisions(m *meritv1.AssessmentItem) {
	if !p.full {
		stands := p.Sheet.Item(m.Item)
		m.Claimed, m.Verified, m.Determined = standingMessage(stands.Claimed), standingMessage(stands.Verified), standingMessage(stands.Determined)
		return
	}
	say := func(d *store.Decision) *meritv1.Decision {
		if d == nil {
			return nil
		}
		return decisionMessage(d, p.people)
	}
	if v := p.visible[m.Item]; v != nil {
		m.Claimed, m.Verified, m.Determined = say(v.claimed), say(v.verified), say(v.determined)
	}
}

// mine reports whether the caller may answer the item when it is open: contributors answer what is assigned to them.
func (p *portrait) mine(code string) bool {
	return !p.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) || slices.Contains(p.assigned[code], p.caller.AccountID)
}

// scores says the score of the claims, and those of the assessor as far as all of it is visible.
func (p *portrait) scores(m *meritv1.Assessment) (err error) {
	m.Score = scored.Sheet(p.in, p.claims, scored.ByAspect)
	if p.sight.verified && has(&p.Sheet, store.StageVerified) {
		if m.VerifiedScore, err = scoreOf(p.in, p.AgencyKind, &p.Sheet, scored.ByAspect, store.StageVerified); err != nil {
			return err
		}
	}
	if has(&p.Sheet, store.StageDetermined) {
		m.DeterminedScore, err = scoreOf(p.in, p.AgencyKind, &p.Sheet, scored.ByAspect, store.StageDetermined)
	}
	return err
}

func has(s *store.Sheet, stage store.Stage) bool {
	for i := range s.Items {
		if s.Items[i].At(stage).Seq > 0 {
			return true
		}
	}
	return false
}

// openness says what of a sheet its agency may answer now, and until when.
type openness struct {
	sheet    bool                 // self-assessment is open
	repair   *store.Clarification // the repair round that is open, or nil
	until    time.Time            // when what is open to the agency ends; zero when nothing is
	extended bool                 // until is later for this agency than for others
}

func opennessOf(tx *store.Tx, a *store.Filling, now time.Time) (o openness, err error) {
	switch a.State {
	case workflow.Draft:
		return inWindow(a.Window, now), nil
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

// inWindow is what a draft's window of self-assessment leaves open.
func inWindow(w calendar.Window, now time.Time) openness {
	if !w.Open(now) {
		return openness{}
	}
	return openness{sheet: true, until: w.Closes(), extended: w.Extended > w.LastDay}
}

func (o openness) to(item string) bool {
	return o.sheet || o.repair != nil && o.repair.Item(item) != nil
}
