package server

import (
	"errors"
	"maps"
	"slices"

	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// past is what counted in the assessment of an earlier year, by the codes that items have now.
type past struct {
	from  store.Assessment
	codes map[string]string // today's code of an item → its code then, where levels are comparable
	items map[string]*visible
}

// lastYear returns what counted in the newest submitted assessment of an earlier year: of the agency itself, else of
// those it came from. It is nil when there is none, or when nothing in it is comparable.
func (s *core) lastYear(tx *store.Tx, a *store.Assessment, in *instrument.Instrument) (*past, error) {
	from, err := earlier(tx, a)
	if err != nil || from.ID == "" {
		return nil, err
	}
	codes, err := s.comparable(tx, in, from.InstrumentID)
	if err != nil || len(codes) == 0 {
		return nil, err
	}
	newest, err := tx.NewestDecisions(from.ID)
	if err != nil {
		return nil, err
	}
	p := &past{from: from, codes: codes, items: map[string]*visible{}}
	for i := range newest {
		d := &newest[i]
		if p.items[d.Item] == nil {
			p.items[d.Item] = new(visible)
		}
		*p.items[d.Item].at(d.Stage) = d
	}
	return p, nil
}

// earlier finds the assessment of an earlier year; its ID is empty when there is none.
func earlier(tx *store.Tx, a *store.Assessment) (store.Assessment, error) {
	cycle, err := tx.Cycle(a.CycleID)
	if err != nil {
		return store.Assessment{}, err
	}
	from, err := tx.LastAssessment(cycle.Year, a.AgencyID)
	if !errors.Is(err, store.ErrNotFound) {
		return from, err
	}
	lineage, err := tx.Lineage(a.AgencyID)
	if err != nil || len(lineage.Before) == 0 {
		return store.Assessment{}, err
	}
	from, err = tx.LastAssessment(cycle.Year, lineage.Before...)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return from, err
}

// comparable says which code each item had in an older instrument, following the links from version to version. Only
// items whose levels mean the same are in it; profile fields only under the same instrument.
func (s *core) comparable(tx *store.Tx, in *instrument.Instrument, oldID string) (map[string]string, error) {
	codes := map[string]string{}
	for _, item := range in.Scoring().Items() {
		codes[item.Code] = item.Code
	}
	if in.ID == oldID {
		for _, f := range in.Profile {
			codes[profilePrefix+f.Code] = profilePrefix + f.Code
		}
	}
	for in.ID != oldID {
		for now, then := range codes {
			if item := in.ItemByCode(then); item != nil && item.Comparable && item.Predecessor != "" {
				codes[now] = item.Predecessor
			} else {
				delete(codes, now)
			}
		}
		if in.Replaces == "" || len(codes) == 0 {
			return nil, nil
		}
		var err error
		if in, err = s.instruments.Published(tx, in.Replaces); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// verified is what the verifier decided on an item under released minutes, or nil.
func (p *past) verified(item string) *store.Decision {
	if v := p.items[p.codes[item]]; v != nil && !p.from.ReleasedAt.IsZero() {
		return v.verified
	}
	return nil
}

// counted is what counted of an item: determined by decree, else verified under released minutes, else claimed. It is
// nil when nothing stands.
func (p *past) counted(item string) *store.Decision {
	v := p.items[p.codes[item]]
	if v == nil {
		return nil
	}
	d := v.claimed
	if verified := p.verified(item); verified != nil {
		d = verified
	}
	if v.determined != nil && p.from.State == workflow.Determined {
		d = v.determined
	}
	if d == nil || !d.Standing().Stands() {
		return nil
	}
	return d
}

// carry claims again what counted, marked as carried, with the claim's explanation and the citations that still hold.
func (p *past) carry(tx *store.Tx, c *access.Caller, a *store.Assessment, in *instrument.Instrument, sheet *store.Sheet) error {
	var claims []*store.Decision
	for _, code := range slices.Sorted(maps.Keys(p.codes)) {
		d := p.counted(code)
		if d == nil || d.Kind == store.KindNotProven {
			continue
		}
		if _, wrong := readAnswer(in, a.AgencyKind, "", code, standingAnswer(d.Standing())); wrong != nil {
			continue // it does not apply any more, or the scale has changed
		}
		claim := &store.Decision{
			Stage: store.StageClaimed, Item: code, Kind: d.Kind, Level: d.Level, Value: d.Value, CarriedFrom: p.from.ID,
			DecidedBy: c.AccountID, MembershipID: c.MembershipID,
		}
		if claimed := p.items[p.codes[code]].claimed; claimed != nil {
			claim.Note = claimed.Note
		}
		claims = append(claims, claim)
	}
	if err := tx.AppendDecisions(sheet, claims...); err != nil {
		return err
	}
	return p.carryCitations(tx, c, a)
}

// carryCitations cites again what is still in use and valid. Evidence belongs to its agency, so nothing is taken over
// from another one.
func (p *past) carryCitations(tx *store.Tx, c *access.Caller, a *store.Assessment) error {
	if p.from.AgencyID != a.AgencyID {
		return nil
	}
	all, err := tx.Citations(p.from.ID, "")
	if err != nil {
		return err
	}
	today := calendar.Day(tx.Now())
	for _, code := range slices.Sorted(maps.Keys(p.codes)) {
		for _, old := range all {
			if old.Item != p.codes[code] {
				continue
			}
			e, err := tx.Evidence(old.EvidenceID)
			if err != nil {
				return err
			}
			if !e.WithdrawnAt.IsZero() || e.ValidUntil != "" && e.ValidUntil < today {
				continue
			}
			again := store.Citation{
				ID: tx.NewID(), AssessmentID: a.ID, Item: code, EvidenceID: old.EvidenceID, Page: old.Page, Quote: old.Quote,
				CarriedFrom: p.from.ID, CitedAt: tx.Now(), CitedBy: c.AccountID,
			}
			if err := tx.InsertCitation(again); err != nil {
				return err
			}
		}
	}
	return nil
}
