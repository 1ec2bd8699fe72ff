package server

import (
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

// look returns what is visible of every item. With authors, notes and times when full; else as the sheet has it,
// unless times decide what is visible.
func (s sight) look(tx *store.Tx, sheet *store.Sheet, full bool) (map[string]*visible, error) {
	var all []store.Decision
	var err error
	switch {
	case s.partial():
		all, err = tx.Decisions(sheet.AssessmentID, "")
	case full:
		all, err = tx.NewestDecisions(sheet.AssessmentID)
	default:
		return s.lookAtSheet(sheet), nil
	}
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
	return items, err
}

func (s sight) lookAtSheet(sheet *store.Sheet) map[string]*visible {
	items := make(map[string]*visible, len(sheet.Items))
	for i := range sheet.Items {
		item, seen := &sheet.Items[i], new(visible)
		seen.claimed = decisionOf(store.StageClaimed, item.Item, item.Claimed)
		if s.verified {
			seen.verified = decisionOf(store.StageVerified, item.Item, item.Verified)
		}
		if s.plenary {
			seen.determined = decisionOf(store.StageDetermined, item.Item, item.Determined)
		}
		items[item.Item] = seen
	}
	return items
}

// decisionOf is what stands, as a decision without author, time and note; nil without any.
func decisionOf(stage store.Stage, item string, d store.Standing) *store.Decision {
	if d.Seq == 0 {
		return nil
	}
	return &store.Decision{Stage: stage, Item: item, Seq: d.Seq, Kind: d.Kind, Level: d.Level, Value: d.Value, ClaimSeq: d.ClaimSeq}
}
