package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/workflow"
)

// Assessment is one attempt of one agency in one cycle. Its decisions are in its Sheet.
type Assessment struct {
	ID           string
	CycleID      string
	AgencyID     string
	Attempt      int // 1, 2, 3, … of the agency in the cycle
	InstrumentID string
	AgencyKind   scoring.AgencyKind // at the start: it decides which items apply
	State        workflow.State
	CarriedFrom  string // the assessment whose answers were carried over, or empty
	StartedAt    time.Time
	StartedBy    string    // account id
	SubmittedAt  time.Time // of the newest submission; zero before
	ReleasedAt   time.Time // since then the agency sees every verified level and reason; zero before
	VerifierID   string    // account id of the verifier in charge, or empty
	Answered     int       // applicable items with a claim
	Applicable   int       // applicable items
	Revision     int64     // grows with every step, not with every answer

	SingleOfficer bool // the newest submission was by somebody who had filled in
}

const assessmentColumns = `a.id, a.cycle_id, a.agency_id, a.attempt, a.instrument_id, a.agency_kind, a.state,
	a.carried_from, a.started_at, a.started_by, a.submitted_at, a.released_at, a.verifier_id, a.answered, a.applicable,
	a.revision, a.single_officer`

func scanAssessment(s Scanner, a *Assessment) error { return a.scan(s) }

func (a *Assessment) scan(s Scanner, more ...any) error {
	var started, submitted, released int64
	targets := append(make([]any, 0, 32),
		&a.ID, &a.CycleID, &a.AgencyID, &a.Attempt, &a.InstrumentID, (*string)(&a.AgencyKind), (*string)(&a.State),
		&a.CarriedFrom, &started, &a.StartedBy, &submitted, &released, &a.VerifierID, &a.Answered, &a.Applicable,
		&a.Revision, (*orFalse)(&a.SingleOfficer))
	err := s.Scan(append(targets, more...)...)
	a.StartedAt, a.SubmittedAt, a.ReleasedAt = Instant(started), Instant(submitted), Instant(released)
	return err
}

// Assessment returns an assessment, or ErrNotFound.
func (tx *Tx) Assessment(id string) (Assessment, error) {
	return One(tx, "assessment "+id, scanAssessment, `SELECT `+assessmentColumns+` FROM assessment AS a WHERE a.id = $1`, id)
}

// AssessmentsByID returns those assessments by id, in one query; those not found are left out.
func (tx *Tx) AssessmentsByID(ids ...string) (map[string]Assessment, error) {
	byID := make(map[string]Assessment, len(ids))
	for some := range slices.Chunk(ids, 500) {
		found, err := All(tx, scanAssessment, `SELECT `+assessmentColumns+` FROM assessment AS a WHERE a.id IN `+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			byID[a.ID] = a
		}
	}
	return byID, nil
}

// LatestAssessment returns the newest attempt of an agency in a cycle, or ErrNotFound if it has not started.
func (tx *Tx) LatestAssessment(cycleID, agencyID string) (Assessment, error) {
	return One(tx, "assessment of agency "+agencyID, scanAssessment, `SELECT `+assessmentColumns+` FROM assessment AS a
		WHERE a.cycle_id = $1 AND a.agency_id = $2 ORDER BY a.attempt DESC LIMIT 1`, cycleID, agencyID)
}

// LastAssessment returns the assessment from which those agencies would carry over into a year: of the latest
// earlier year, submitted at least once, the newest; or ErrNotFound. The agencies are a lineage.
func (tx *Tx) LastAssessment(year int, agencyIDs ...string) (Assessment, error) {
	args := make([]any, 0, len(agencyIDs)+1)
	args = append(args, year)
	for _, id := range agencyIDs {
		args = append(args, id)
	}
	return One(tx, "earlier assessment", scanAssessment, `SELECT `+assessmentColumns+` FROM assessment AS a
		JOIN cycle AS c ON c.id = a.cycle_id
		WHERE c.year < $1 AND a.submitted_at <> 0 AND a.agency_id IN `+In(2, len(agencyIDs))+`
		ORDER BY c.year DESC, a.id DESC LIMIT 1`, args...)
}

// AssessmentFilter says which assessments a list has; what is empty does not restrict it.
type AssessmentFilter struct {
	CycleID    string
	AgencyID   string
	State      workflow.State
	Submitted  bool   // only those that are not with the agency: every state but DRAFT
	AssignedTo string // items of it are assigned to this account
	VerifierID string // this account is in charge
	Unassigned bool   // nobody is in charge
	Region     string // of agencies that lie in this region on Day
	Day        string
}

// Assessments lists assessments, newest first, beginning after an id (empty: from the start).
func (tx *Tx) Assessments(f AssessmentFilter, after string, limit int) ([]Assessment, error) {
	where, args := f.where()
	args = append(args, after, limit)
	n := len(args)
	return All(tx, scanAssessment, fmt.Sprintf(`SELECT %s FROM assessment AS a WHERE ($%d = '' OR a.id < $%[2]d)%s
		ORDER BY a.id DESC LIMIT $%d`, assessmentColumns, n-1, where, n), args...)
}

func (f AssessmentFilter) where() (where string, args []any) {
	var b strings.Builder
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprint("$", len(args)), 1)
		}
		b.WriteString(condition)
	}
	if f.CycleID != "" {
		add(` AND a.cycle_id = ?`, f.CycleID)
	}
	if f.AgencyID != "" {
		add(` AND a.agency_id = ?`, f.AgencyID)
	}
	if f.State != workflow.None {
		add(` AND a.state = ?`, string(f.State))
	}
	if f.Submitted {
		add(` AND a.state <> 'DRAFT'`)
	}
	if f.AssignedTo != "" {
		add(` AND EXISTS (SELECT 1 FROM item_assignment AS i
			WHERE i.account_id = ? AND i.assessment_id = a.id AND i.removed_at = 0)`, f.AssignedTo)
	}
	if f.VerifierID != "" {
		add(` AND a.verifier_id = ?`, f.VerifierID)
	}
	if f.Unassigned {
		add(` AND a.verifier_id = ''`)
	}
	if f.Region != "" {
		add(` AND EXISTS (SELECT 1 FROM agency_version AS v
			WHERE v.agency_id = a.agency_id AND v.region = ? AND v.valid_from <= ? AND v.valid_until >= ?)`, f.Region, f.Day, f.Day)
	}
	return b.String(), args
}

// AddAssessment records a new assessment with an empty sheet, which it returns. Revision becomes 1. ErrUnique
// says that the attempt was started at the same time by somebody else.
func (tx *Tx) AddAssessment(a Assessment) (Sheet, error) {
	_, err := tx.Exec(`INSERT INTO assessment (id, cycle_id, agency_id, attempt, instrument_id, agency_kind, state,
			carried_from, started_at, started_by, answered, applicable, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
		a.ID, a.CycleID, a.AgencyID, a.Attempt, a.InstrumentID, string(a.AgencyKind), string(a.State),
		a.CarriedFrom, Micros(a.StartedAt), a.StartedBy, a.Answered, a.Applicable)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{AssessmentID: a.ID, Revision: 1}
	_, err = tx.Exec(`INSERT INTO assessment_sheet (assessment_id, body, revision) VALUES ($1, $2, $3)`, a.ID, s.encode(), s.Revision)
	return s, err
}

// UpdateAssessment writes state, submission, release, verifier and single officer of an assessment that was read in this
// transaction or whose revision the caller's client read, and raises the revision. ErrStale says that somebody
// took a step meanwhile.
func (tx *Tx) UpdateAssessment(a *Assessment) error {
	n, err := tx.Exec(`UPDATE assessment SET state = $3, submitted_at = $4, released_at = $5, verifier_id = $6, single_officer = $7,
		revision = revision + 1 WHERE id = $1 AND revision = $2`,
		a.ID, a.Revision, string(a.State), Micros(a.SubmittedAt), Micros(a.ReleasedAt), a.VerifierID, flag(a.SingleOfficer))
	if err == nil && n == 0 {
		err = fmt.Errorf("assessment %s at revision %d: %w", a.ID, a.Revision, ErrStale)
	}
	if err == nil {
		a.Revision++
	}
	return err
}

// SetProgress keeps, for lists, how many applicable items have a claim. It is no step: the revision stays.
func (tx *Tx) SetProgress(assessmentID string, answered, applicable int) error {
	_, err := tx.Exec(`UPDATE assessment SET answered = $2, applicable = $3 WHERE id = $1`, assessmentID, answered, applicable)
	return err
}
