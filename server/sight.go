package server

import (
	"maps"
	"slices"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// sight is what of an assessment a caller may see. The agency sees what was verified of an item once a round named
// it, and everything once the minutes are released; until then it does not know its verifier either. Determined
// levels are seen by the agency and its verifier once there is a decree.
type sight struct {
	verified bool                 // everything that is verified
	released map[string]time.Time // by item: what was verified of it until then
	plenary  bool                 // what the plenary decides before its decree
	decreed  time.Time            // what was determined until the newest decree; zero before the first
}

// sightOf finds what of an assessment that the caller reaches is visible to them.
func sightOf(tx *store.Tx, c *access.Caller, a *store.Assessment) (s sight, err error) {
	agency := c.InAgency(a.AgencyID)
	s.verified = !agency || !a.ReleasedAt.IsZero()
	s.plenary = !agency && !c.Acts(meritv1.Role_ROLE_VERIFIER)
	if !s.verified && a.State != workflow.Draft && a.State != workflow.Submitted {
		if s.released, err = tx.ReleasedItems(a.ID); err != nil {
			return s, err
		}
	}
	if !s.plenary && a.State == workflow.Determined {
		s.decreed, err = decreedAt(tx, a.ID)
	}
	return s, err
}

func decreedAt(tx *store.Tx, assessmentID string) (at time.Time, err error) {
	steps, err := tx.Steps(assessmentID)
	for _, s := range steps {
		if s.Step == workflow.Determine || s.Step == workflow.Correct {
			at = s.TakenAt
		}
	}
	return at, err
}

// sees reports whether a decision is visible.
func (s sight) sees(d *store.Decision) bool {
	switch d.Stage {
	case store.StageVerified:
		return s.verified || !d.DecidedAt.After(s.released[d.Item])
	case store.StageDetermined:
		return s.plenary || !d.DecidedAt.After(s.decreed)
	}
	return true
}

// partial reports whether times decide what is visible, so that the newest decision may not be the one to show.
func (s sight) partial() bool {
	return !s.verified && len(s.released) > 0 || !s.plenary && !s.decreed.IsZero()
}

// assessors reports whether the people of the assessor may be named.
func (s sight) assessors() bool { return s.verified || len(s.released) > 0 }

// visible is what is visible of one item: the newest visible decision of each stage, or nil.
type visible struct {
	claimed, verified, determined *store.Decision
}

func (s *visible) at(stage store.Stage) **store.Decision {
	switch stage {
	case store.StageVerified:
		return &s.verified
	case store.StageDetermined:
		return &s.determined
	}
	return &s.claimed
}

// look leaves on the sheet what is visible of it, and returns the same with authors, notes and times when full.
func (s sight) look(tx *store.Tx, sheet *store.Sheet, full bool) (map[string]*visible, error) {
	if !full && !s.partial() {
		s.mask(sheet)
		return nil, nil
	}
	read := tx.NewestDecisions
	if s.partial() {
		read = func(id string) ([]store.Decision, error) { return tx.Decisions(id, "") }
	}
	all, err := read(sheet.AssessmentID)
	items := map[string]*visible{}
	for i := range all {
		d := &all[i]
		if !s.sees(d) {
			continue
		}
		if items[d.Item] == nil {
			items[d.Item] = new(visible)
		}
		if at := items[d.Item].at(d.Stage); *at == nil || (*at).Seq < d.Seq {
			*at = d
		}
	}
	sheet.Items = itemsOf(items)
	return items, err
}

// mask takes from the sheet the stages that are not visible.
func (s sight) mask(sheet *store.Sheet) {
	for i := range sheet.Items {
		if !s.verified {
			sheet.Items[i].Verified = store.Standing{}
		}
		if !s.plenary {
			sheet.Items[i].Determined = store.Standing{}
		}
	}
}

// itemsOf are the items of a sheet on which those decisions stand.
func itemsOf(seen map[string]*visible) []store.SheetItem {
	items := make([]store.SheetItem, 0, len(seen))
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		item, v := store.SheetItem{Item: code}, seen[code]
		if v.claimed != nil {
			item.Claimed = v.claimed.Standing()
		}
		if v.verified != nil {
			item.Verified = v.verified.Standing()
		}
		if v.determined != nil {
			item.Determined = v.determined.Standing()
		}
		items = append(items, item)
	}
	return items
}
