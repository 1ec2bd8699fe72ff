package store

import "time"

// VerifierAssignment puts a verifier in charge of an assessment. The newest counts.
type VerifierAssignment struct {
	AssessmentID string
	AccountID    string
	AssignedAt   time.Time
	AssignedBy   string
	Reason       string // why the previous verifier was replaced; empty for the first one
}

// Verifier is somebody who may be given assessments of a region, or of the nation when it is empty.
type Verifier struct {
	AccountID string
	Region    string
}

// VerifierLoad counts the assessments of one verifier.
type VerifierLoad struct {
	AccountID      string
	Waiting        int // assigned, not started
	InVerification int // repair included
	Verified       int // signed off, or determined since
}

// Open is how much work a verifier has before them.
func (l VerifierLoad) Open() int { return l.Waiting + l.InVerification }

// Minutes are the minutes of a verification as they were released.
type Minutes struct {
	ID           string
	AssessmentID string
	Number       string
	Body         []byte // the merit.v1.Minutes message
	ReleasedAt   time.Time
	ReleasedBy   string
}

// InsertVerifierAssignment adds to the history of who is in charge of an assessment.
func (tx *Tx) InsertVerifierAssignment(a VerifierAssignment) error {
	_, err := tx.Exec(`INSERT INTO verifier_assignment (assessment_id, seq, account_id, assigned_at, assigned_by, reason)
		SELECT $1, count(*) + 1, $2, $3, $4, $5 FROM verifier_assignment WHERE assessment_id = $1`,
		a.AssessmentID, a.AccountID, Micros(a.AssignedAt), a.AssignedBy, a.Reason)
	return err
}

// Verifiers returns the active accounts that hold a VERIFIER membership in force on a day for a region or the
// nation, by account id. Somebody with several memberships appears several times.
func (tx *Tx) Verifiers(day string) ([]Verifier, error) {
	return All(tx, func(row Scanner, v *Verifier) error { return row.Scan(&v.AccountID, &v.Region) },
		`SELECT m.account_id, m.region FROM membership m JOIN account a ON a.id = m.account_id
		WHERE m.role = 'VERIFIER' AND m.agency_id = '' AND m.ended_at = 0 AND m.valid_from <= $1
			AND (m.valid_until = '' OR m.valid_until >= $1) AND a.state = 'ACTIVE'
		ORDER BY m.account_id, m.region`, day)
}

// VerifierLoads counts the assessments of a cycle, or of all when it is empty, by the verifier in charge.
func (tx *Tx) VerifierLoads(cycleID string) (map[string]VerifierLoad, error) {
	rows, err := tx.Query(`SELECT verifier_id, state, count(*) FROM assessment
		WHERE verifier_id <> '' AND ($1 = '' OR cycle_id = $1) GROUP BY verifier_id, state`, cycleID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	loads := map[string]VerifierLoad{}
	for rows.Next() {
		var id, state string
		var n int
		if err := rows.Scan(&id, &state, &n); err != nil {
			return nil, err
		}
		l := loads[id]
		l.AccountID = id
		switch state {
		case "SUBMITTED":
			l.Waiting += n
		case "IN_VERIFICATION", "IN_REPAIR":
			l.InVerification += n
		case "VERIFIED", "DETERMINED":
			l.Verified += n
		}
		loads[id] = l
	}
	return loads, rows.Err()
}

// CountUnassigned counts the submitted assessments of a cycle that have no verifier, in a region on a day or in
// the nation when it is empty.
func (tx *Tx) CountUnassigned(cycleID, region, day string) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM assessment s
		JOIN agency_version v ON v.agency_id = s.agency_id AND v.valid_from <= $3 AND v.valid_until >= $3
		WHERE s.cycle_id = $1 AND s.state = 'SUBMITTED' AND s.verifier_id = '' AND ($2 = '' OR v.region = $2)`,
		cycleID, region, day).Scan(&n)
	return n, err
}

// InsertMinutes keeps the minutes of a verification as released.
func (tx *Tx) InsertMinutes(m Minutes) error {
	_, err := tx.Exec(`INSERT INTO minutes (id, assessment_id, number, body, released_at, released_by)
		VALUES ($1, $2, $3, $4, $5, $6)`, m.ID, m.AssessmentID, m.Number, m.Body, Micros(m.ReleasedAt), m.ReleasedBy)
	return err
}

// MinutesOf returns the newest minutes of an assessment, or ErrNotFound while none are released.
func (tx *Tx) MinutesOf(assessmentID string) (Minutes, error) {
	return One(tx, "minutes of assessment "+assessmentID, func(row Scanner, m *Minutes) error {
		var at int64
		err := row.Scan(&m.ID, &m.AssessmentID, &m.Number, &m.Body, &at, &m.ReleasedBy)
		m.ReleasedAt = Instant(at)
		return err
	}, `SELECT id, assessment_id, number, body, released_at, released_by FROM minutes
		WHERE assessment_id = $1 ORDER BY id DESC LIMIT 1`, assessmentID)
}

// HasVerified reports whether an account decided any item of an assessment as its verifier.
func (tx *Tx) HasVerified(assessmentID, accountID string) (has bool, err error) {
	err = tx.QueryRow(`SELECT count(*) > 0 FROM decision WHERE assessment_id = $1 AND stage = 'VERIFIED' AND decided_by = $2`,
		assessmentID, accountID).Scan(&has)
	return has, err
}
