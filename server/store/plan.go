package store

import (
	"errors"
	"fmt"
	"time"
)

// PlanItemState is how far a line of a plan is.
type PlanItemState string

// The states of a line.
const (
	PlanOpen       PlanItemState = "OPEN"
	PlanInProgress PlanItemState = "IN_PROGRESS"
	PlanDone       PlanItemState = "DONE"
	PlanDropped    PlanItemState = "DROPPED"
)

// Waits reports whether something is left to be done of a line.
func (s PlanItemState) Waits() bool { return s == PlanOpen || s == PlanInProgress }

// Plan is what an agency wants to raise: of one assessment, or under an instrument without one.
type Plan struct {
	ID           string
	AgencyID     string
	InstrumentID string
	AssessmentID string // may be empty, and so is then the cycle
	CycleID      string
	SavedAt      time.Time
	SavedBy      string
	Revision     int64 // grows with every save

	Open, Done, Dropped int    // lines
	NextDue             string // of the open ones; empty when none has a date
}

// PlanItem is one line of a plan.
type PlanItem struct {
	ID           string
	PlanID       string
	Item         string
	CurrentLevel int // when it was planned
	TargetLevel  int
	Owner        string // an office
	OwnerAccount string // a colleague; may be empty
	Due          string // may be empty
	State        PlanItemState
	Note         string
	ChangedAt    time.Time // set by the store
	ChangedBy    string
	Revision     int64
}

const selectPlan = `SELECT p.id, p.agency_id, p.instrument_id, p.assessment_id, p.cycle_id, p.saved_at, p.saved_by, p.revision,
		(SELECT count(*) FROM plan_item AS i WHERE i.plan_id = p.id AND i.state IN ('OPEN', 'IN_PROGRESS')),
		(SELECT count(*) FROM plan_item AS i WHERE i.plan_id = p.id AND i.state = 'DONE'),
		(SELECT count(*) FROM plan_item AS i WHERE i.plan_id = p.id AND i.state = 'DROPPED'),
		coalesce((SELECT min(i.due) FROM plan_item AS i WHERE i.plan_id = p.id AND i.state IN ('OPEN', 'IN_PROGRESS') AND i.due <> ''), '')
	FROM plan AS p `

func scanPlan(s Scanner, p *Plan) error {
	var saved int64
	err := s.Scan(&p.ID, &p.AgencyID, &p.InstrumentID, &p.AssessmentID, &p.CycleID, &saved, &p.SavedBy, &p.Revision,
		&p.Open, &p.Done, &p.Dropped, &p.NextDue)
	p.SavedAt = Instant(saved)
	return err
}

// Plan returns a plan, or ErrNotFound.
func (tx *Tx) Plan(id string) (Plan, error) {
	return One(tx, "plan "+id, scanPlan, selectPlan+`WHERE p.id = $1`, id)
}

// PlanOf returns the plan of an assessment, or of an agency under an instrument when that is empty; or ErrNotFound.
func (tx *Tx) PlanOf(agencyID, instrumentID, assessmentID string) (Plan, error) {
	return One(tx, "plan of agency "+agencyID, scanPlan, selectPlan+`WHERE p.agency_id = $1 AND p.instrument_id = $2 AND p.assessment_id = $3`,
		agencyID, instrumentID, assessmentID)
}

// EarlierPlans returns the plans that an assessment may carry on, the newest first: of those agencies, made for a cycle of
// an earlier year, or without an assessment before this one was started.
func (tx *Tx) EarlierPlans(a *Assessment, agencyIDs ...string) ([]Plan, error) {
	return All(tx, scanPlan, selectPlan+`LEFT JOIN cycle AS c ON c.id = p.cycle_id
		WHERE (c.year < (SELECT now.year FROM cycle AS now WHERE now.id = $1) OR p.assessment_id = '' AND p.saved_at < $2)
			AND p.agency_id IN `+In(3, len(agencyIDs))+` ORDER BY p.saved_at DESC, p.id DESC`,
		append([]any{a.CycleID, Micros(a.StartedAt)}, anys(agencyIDs)...)...)
}

// Plans lists the plans of an agency, newest first, beginning after an id (empty: from the start).
func (tx *Tx) Plans(agencyID, after string, limit int) ([]Plan, error) {
	return All(tx, scanPlan, selectPlan+`WHERE p.agency_id = $1 AND ($2 = '' OR p.id < $2) ORDER BY p.id DESC LIMIT $3`, agencyID, after, limit)
}

const selectPlanItem = `SELECT id, plan_id, item, current_level, target_level, owner, owner_account, due, state, note, changed_at,
	changed_by, revision FROM plan_item `

func scanPlanItem(s Scanner, i *PlanItem) error {
	var changed int64
	err := s.Scan(&i.ID, &i.PlanID, &i.Item, &i.CurrentLevel, &i.TargetLevel, &i.Owner, &i.OwnerAccount, &i.Due, &i.State, &i.Note,
		&changed, &i.ChangedBy, &i.Revision)
	i.ChangedAt = Instant(changed)
	return err
}

// PlanItems returns the lines of a plan by item.
func (tx *Tx) PlanItems(planID string) ([]PlanItem, error) {
	return All(tx, scanPlanItem, selectPlanItem+`WHERE plan_id = $1 ORDER BY item`, planID)
}

// PlanItem returns a line, or ErrNotFound.
func (tx *Tx) PlanItem(id string) (PlanItem, error) {
	return One(tx, "line of a plan "+id, scanPlanItem, selectPlanItem+`WHERE id = $1`, id)
}

// SavePlan keeps a plan: a new one at revision 0, or the next revision of one. ErrStale says that somebody saved it
// meanwhile, ErrUnique that there is one for the same already.
func (tx *Tx) SavePlan(p *Plan) error {
	if p.Revision == 0 {
		_, err := tx.Exec(`INSERT INTO plan (id, agency_id, instrument_id, assessment_id, cycle_id, saved_at, saved_by, revision)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`, p.ID, p.AgencyID, p.InstrumentID, p.AssessmentID, p.CycleID, Micros(tx.Now()), p.SavedBy)
		return err
	}
	n, err := tx.Exec(`UPDATE plan SET saved_at = $3, saved_by = $4, revision = revision + 1 WHERE id = $1 AND revision = $2`,
		p.ID, p.Revision, Micros(tx.Now()), p.SavedBy)
	if err == nil && n == 0 {
		err = fmt.Errorf("plan %s at revision %d: %w", p.ID, p.Revision, ErrStale)
	}
	return err
}

// SavePlanItem keeps a line: a new one at revision 0, or the next revision of one. ErrStale says that somebody changed it
// meanwhile.
func (tx *Tx) SavePlanItem(i PlanItem) error {
	if i.Revision == 0 {
		_, err := tx.Exec(`INSERT INTO plan_item (id, plan_id, item, current_level, target_level, owner, owner_account, due, state, note,
				changed_at, changed_by, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
			i.ID, i.PlanID, i.Item, i.CurrentLevel, i.TargetLevel, i.Owner, i.OwnerAccount, i.Due, string(i.State), i.Note, Micros(tx.Now()), i.ChangedBy)
		return err
	}
	n, err := tx.Exec(`UPDATE plan_item SET current_level = $3, target_level = $4, owner = $5, owner_account = $6, due = $7, state = $8,
			note = $9, changed_at = $10, changed_by = $11, revision = revision + 1 WHERE id = $1 AND revision = $2`,
		i.ID, i.Revision, i.CurrentLevel, i.TargetLevel, i.Owner, i.OwnerAccount, i.Due, string(i.State), i.Note, Micros(tx.Now()), i.ChangedBy)
	if err == nil && n == 0 {
		err = fmt.Errorf("line %s at revision %d: %w", i.ID, i.Revision, ErrStale)
	}
	return err
}

// LatestUnder returns the newest assessment of an agency under an instrument, or nil when there is none.
func (tx *Tx) LatestUnder(agencyID, instrumentID string) (*Assessment, error) {
	a, err := One(tx, "assessment of agency "+agencyID, scanAssessment, `SELECT `+assessmentColumns+` FROM assessment AS a
		WHERE a.agency_id = $1 AND a.instrument_id = $2 ORDER BY a.id DESC LIMIT 1`, agencyID, instrumentID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return &a, err
}
