package store

import (
	"time"

	"github.com/meritindex/merit/server/workflow"
)

// Step is one change in the year of an assessment, with who, why and as what.
type Step struct {
	Seq          int // 1, 2, 3, … of the assessment; set by the store
	Step         workflow.Step
	From, To     workflow.State
	Reason       string
	TakenBy      string // account id; audit.System when a deadline passed
	MembershipID string
	TakenAt      time.Time // set by the store
}

// TakeStep records a step and brings the assessment into its next state, together with what the caller changed
// of its submission, release and verifier. ErrStale says that somebody took a step meanwhile.
func (tx *Tx) TakeStep(a *Assessment, s Step) error {
	a.State = s.To
	if err := tx.UpdateAssessment(a); err != nil {
		return err
	}
	return tx.AddStep(a.ID, s)
}

// AddStep records a step that changes no row of the assessment.
func (tx *Tx) AddStep(assessmentID string, s Step) error {
	_, err := tx.Exec(`INSERT INTO assessment_step (assessment_id, seq, step, from_state, to_state, reason, taken_by, membership_id, taken_at)
		SELECT $1, count(*) + 1, $2, $3, $4, $5, $6, $7, $8 FROM assessment_step WHERE assessment_id = $1`,
		assessmentID, string(s.Step), string(s.From), string(s.To), s.Reason, s.TakenBy, s.MembershipID, Micros(tx.Now()))
	return err
}

// Steps returns the steps of an assessment, oldest first.
func (tx *Tx) Steps(assessmentID string) ([]Step, error) {
	return All(tx, scanStep, `SELECT seq, step, from_state, to_state, reason, taken_by, membership_id, taken_at
		FROM assessment_step WHERE assessment_id = $1 ORDER BY seq`, assessmentID)
}

func scanStep(row Scanner, s *Step) error {
	var taken int64
	err := row.Scan(&s.Seq, (*string)(&s.Step), (*string)(&s.From), (*string)(&s.To), &s.Reason, &s.TakenBy, &s.MembershipID, &taken)
	s.TakenAt = Instant(taken)
	return err
}
