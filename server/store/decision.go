package store

import (
	"fmt"
	"time"
)

// Stage says whose decision it is. The three stand side by side and are never overwritten.
type Stage string

// The stages, in the order of the year.
const (
	StageClaimed    Stage = "CLAIMED"    // the agency's
	StageVerified   Stage = "VERIFIED"   // the verifier's
	StageDetermined Stage = "DETERMINED" // the plenary's
)

// DecisionKind says what a decision has.
type DecisionKind string

// The kinds of decisions.
const (
	KindLevel     DecisionKind = "LEVEL"      // a level on the scale
	KindChoice    DecisionKind = "CHOICE"     // one of the options of a gate or a profile field
	KindText      DecisionKind = "TEXT"       // the text of a profile field
	KindNotProven DecisionKind = "NOT_PROVEN" // verified and determined only: counts 0
	KindCleared   DecisionKind = "CLEARED"    // an earlier decision is taken away
)

// Decision is what somebody held to be true of an item, when and why.
type Decision struct {
	Stage        Stage
	Item         string // item code; a profile field is "profile." and its code
	Seq          int    // 1, 2, 3, … per item and stage, the highest counts; set by the store
	Kind         DecisionKind
	Level        int    // of a LEVEL
	Value        string // of a CHOICE or TEXT
	Note         string // the claim's explanation; the reason of a verified or determined one
	ClaimSeq     int    // the claim that a verified or determined decision judged
	RoundID      string // the repair round that opened the item to a new claim
	SessionID    string // the plenary session of a determined one
	CarriedFrom  string // the assessment a carried claim came from
	DecidedBy    string // account id
	MembershipID string
	DecidedAt    time.Time // set by the store
}

// Standing is what the decision says, without author, time and note.
func (d *Decision) Standing() Standing {
	return Standing{Seq: d.Seq, Kind: d.Kind, Level: d.Level, Value: d.Value, ClaimSeq: d.ClaimSeq}
}

// AppendDecisions adds decisions to the history of an assessment and to its sheet, which was read in this
// transaction; each gets its Seq and DecidedAt. ErrStale says that the sheet is not the newest.
func (tx *Tx) AppendDecisions(s *Sheet, decisions ...*Decision) error {
	for _, d := range decisions {
		at := s.standing(d.Item, d.Stage)
		d.Seq, d.DecidedAt = at.Seq+1, tx.Now()
		*at = d.Standing()
	}
	if err := tx.saveSheet(s); err != nil {
		return err
	}
	for _, d := range decisions {
		if err := tx.insertDecision(s.AssessmentID, d); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) insertDecision(assessmentID string, d *Decision) error {
	_, err := tx.Exec(`INSERT INTO decision (assessment_id, stage, item, seq, kind, level, value, note, claim_seq, round_id,
			session_id, carried_from, decided_by, membership_id, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		assessmentID, string(d.Stage), d.Item, d.Seq, string(d.Kind), d.Level, d.Value, d.Note, d.ClaimSeq, d.RoundID,
		d.SessionID, d.CarriedFrom, d.DecidedBy, d.MembershipID, Micros(d.DecidedAt))
	return err
}

const selectDecision = `SELECT stage, item, seq, kind, level, value, note, claim_seq, round_id, session_id, carried_from,
	decided_by, membership_id, decided_at FROM decision `

func scanDecision(s Scanner, d *Decision) error {
	var at int64
	err := s.Scan((*string)(&d.Stage), &d.Item, &d.Seq, (*string)(&d.Kind), &d.Level, &d.Value, &d.Note, &d.ClaimSeq,
		&d.RoundID, &d.SessionID, &d.CarriedFrom, &d.DecidedBy, &d.MembershipID, &at)
	d.DecidedAt = Instant(at)
	return err
}

// Decision returns one decision, or ErrNotFound.
func (tx *Tx) Decision(assessmentID string, stage Stage, item string, seq int) (Decision, error) {
	return One(tx, fmt.Sprintf("decision %d of item %s", seq, item), scanDecision,
		selectDecision+`WHERE assessment_id = $1 AND stage = $2 AND item = $3 AND seq = $4`, assessmentID, string(stage), item, seq)
}

// Decisions returns every decision of an assessment, or of one item when it is not empty, oldest first.
func (tx *Tx) Decisions(assessmentID, item string) ([]Decision, error) {
	return All(tx, scanDecision, selectDecision+`WHERE assessment_id = $1 AND ($2 = '' OR item = $2)
		ORDER BY decided_at, item, stage, seq`, assessmentID, item)
}

// NewestDecisions returns the decision that counts for every item and stage, those that clear included, ordered
// by item and stage.
func (tx *Tx) NewestDecisions(assessmentID string) ([]Decision, error) {
	return All(tx, scanDecision, selectDecision+`AS d WHERE assessment_id = $1 AND seq = (SELECT max(n.seq) FROM decision AS n
			WHERE n.assessment_id = d.assessment_id AND n.stage = d.stage AND n.item = d.item)
		ORDER BY item, stage`, assessmentID)
}
