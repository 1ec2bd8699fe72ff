package store

import "time"

// Determination is the act of a plenary session that makes an assessment's levels final. It never changes: a
// correction is a new one that names the one it corrects.
type Determination struct {
	ID           string
	AssessmentID string
	SessionID    string
	Corrects     string // the determination that this one corrects; may be empty
	DecreeNumber string
	DecreeDate   string // YYYY-MM-DD
	DeterminedAt time.Time
	DeterminedBy string
}

const determinationColumns = `id, assessment_id, session_id, corrects, decree_number, decree_date, determined_at, determined_by`

func scanDetermination(row Scanner, d *Determination) error {
	var at int64
	err := row.Scan(&d.ID, &d.AssessmentID, &d.SessionID, &d.Corrects, &d.DecreeNumber, &d.DecreeDate, &at, &d.DeterminedBy)
	d.DeterminedAt = Instant(at)
	return err
}

// InsertDetermination records a determination.
func (tx *Tx) InsertDetermination(d Determination) error {
	_, err := tx.Exec(`INSERT INTO determination (`+determinationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, d.AssessmentID, d.SessionID, d.Corrects, d.DecreeNumber, d.DecreeDate, Micros(d.DeterminedAt), d.DeterminedBy)
	return err
}

// Determination returns a determination, or ErrNotFound.
func (tx *Tx) Determination(id string) (Determination, error) {
	return One(tx, "determination "+id, scanDetermination, "SELECT "+determinationColumns+" FROM determination WHERE id = $1", id)
}

// Determinations returns the determinations of an assessment, oldest first; the last one is in force.
func (tx *Tx) Determinations(assessmentID string) ([]Determination, error) {
	return All(tx, scanDetermination,
		"SELECT "+determinationColumns+" FROM determination WHERE assessment_id = $1 ORDER BY id", assessmentID)
}
