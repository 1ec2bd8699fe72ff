package store

import "time"

// Vote is how a commissioner voted.
type Vote string

// The votes.
const (
	InFavour  Vote = "IN_FAVOUR"
	Against   Vote = "AGAINST"
	Abstained Vote = "ABSTAINED" // counts as present, not in favour
)

// Attendance says whether a commissioner is there.
type Attendance struct {
	SessionID  string
	AccountID  string
	Present    bool
	RecordedBy string
}

// Recusal takes a commissioner out of one agenda item. It is never taken back.
type Recusal struct {
	SessionID    string
	AssessmentID string
	AccountID    string
	Reason       string
	ByRule       bool // because of a declared or known interest
	RecordedBy   string
}

// CastVote is a vote on one agenda item; it can be changed until the item is decided.
type CastVote struct {
	SessionID    string
	AssessmentID string
	AccountID    string
	Vote         Vote
	Dissent      string
	At           time.Time
}

// PlenaryLevel is what the plenary sets otherwise than verified, waiting for the session to close.
type PlenaryLevel struct {
	SessionID    string
	AssessmentID string
	Item         string
	Kind         string // as in a decision: LEVEL, CHOICE, NOT_PROVEN
	Level        int
	Value        string
	Reason       string
	RecordedAt   time.Time
	RecordedBy   string
}

// Attendances returns who was recorded as present or absent in a session.
func (tx *Tx) Attendances(sessionID string) ([]Attendance, error) {
	return All(tx, func(row Scanner, a *Attendance) error {
		return row.Scan(&a.SessionID, &a.AccountID, &a.Present, &a.RecordedBy)
	}, "SELECT session_id, account_id, present, recorded_by FROM plenary_attendance WHERE session_id = $1 ORDER BY account_id", sessionID)
}

// PutAttendance records whether a commissioner is there.
func (tx *Tx) PutAttendance(a Attendance) error {
	_, err := tx.Exec(`INSERT INTO plenary_attendance (session_id, account_id, present, recorded_at, recorded_by, revision)
		VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (session_id, account_id) DO UPDATE
		SET present = $3, recorded_at = $4, recorded_by = $5, revision = plenary_attendance.revision + 1`,
		a.SessionID, a.AccountID, flag(a.Present), Micros(tx.Now()), a.RecordedBy)
	return err
}

// Recusals returns who stands aside in a session from which assessment.
func (tx *Tx) Recusals(sessionID string) ([]Recusal, error) {
	return All(tx, func(row Scanner, r *Recusal) error {
		return row.Scan(&r.SessionID, &r.AssessmentID, &r.AccountID, &r.Reason, &r.ByRule, &r.RecordedBy)
	}, `SELECT session_id, assessment_id, account_id, reason, by_rule, recorded_by FROM plenary_recusal
		WHERE session_id = $1 ORDER BY assessment_id, account_id`, sessionID)
}

// AddRecusal records a recusal unless the commissioner stands aside already.
func (tx *Tx) AddRecusal(r Recusal) error {
	_, err := tx.Exec(`INSERT INTO plenary_recusal (session_id, assessment_id, account_id, reason, by_rule, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (session_id, assessment_id, account_id) DO NOTHING`,
		r.SessionID, r.AssessmentID, r.AccountID, r.Reason, flag(r.ByRule), Micros(tx.Now()), r.RecordedBy)
	return err
}

// Votes returns the votes cast in a session.
func (tx *Tx) Votes(sessionID string) ([]CastVote, error) {
	return All(tx, func(row Scanner, v *CastVote) error {
		var at int64
		err := row.Scan(&v.SessionID, &v.AssessmentID, &v.AccountID, &v.Vote, &v.Dissent, &at)
		v.At = Instant(at)
		return err
	}, `SELECT session_id, assessment_id, account_id, vote, dissent, recorded_at FROM plenary_vote
		WHERE session_id = $1 ORDER BY assessment_id, account_id`, sessionID)
}

// PutVote records a vote in place of the commissioner's earlier one.
func (tx *Tx) PutVote(v CastVote) error {
	_, err := tx.Exec(`INSERT INTO plenary_vote (session_id, assessment_id, account_id, vote, dissent, recorded_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (session_id, assessment_id, account_id) DO UPDATE
		SET vote = $4, dissent = $5, recorded_at = $6, revision = plenary_vote.revision + 1`,
		v.SessionID, v.AssessmentID, v.AccountID, string(v.Vote), v.Dissent, Micros(v.At))
	return err
}

// PlenaryLevels returns the levels that a session sets otherwise than verified.
func (tx *Tx) PlenaryLevels(sessionID string) ([]PlenaryLevel, error) {
	return All(tx, func(row Scanner, l *PlenaryLevel) error {
		var at int64
		err := row.Scan(&l.SessionID, &l.AssessmentID, &l.Item, &l.Kind, &l.Level, &l.Value, &l.Reason, &at, &l.RecordedBy)
		l.RecordedAt = Instant(at)
		return err
	}, `SELECT session_id, assessment_id, item, kind, level, value, reason, recorded_at, recorded_by FROM plenary_level
		WHERE session_id = $1 ORDER BY assessment_id, item`, sessionID)
}

// InsertPlenaryLevel records a level that a session sets otherwise than verified.
func (tx *Tx) InsertPlenaryLevel(l PlenaryLevel) error {
	_, err := tx.Exec(`INSERT INTO plenary_level (session_id, assessment_id, item, kind, level, value, reason, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.SessionID, l.AssessmentID, l.Item, l.Kind, l.Level, l.Value, l.Reason, Micros(l.RecordedAt), l.RecordedBy)
	return err
}
