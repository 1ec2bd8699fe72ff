package store

import (
	"strings"
	"time"
)

// The states of a session.
const (
	SessionOpen   = "OPEN"
	SessionClosed = "CLOSED"
)

// Outcome is what the plenary made of an agenda item.
type Outcome string

// The outcomes.
const (
	Undecided Outcome = ""
	Adopted   Outcome = "ADOPTED"   // the verified levels are determined
	Changed   Outcome = "CHANGED"   // some levels are determined otherwise
	Postponed Outcome = "POSTPONED" // comes back in another session
)

// PlenarySession is a plenary session. Dates are YYYY-MM-DD.
type PlenarySession struct {
	ID           string
	CycleID      string
	Title        string
	HeldOn       string
	State        string // SessionOpen or SessionClosed
	OpenedAt     time.Time
	OpenedBy     string
	ClosedAt     time.Time // zero while open
	ClosedBy     string
	DecreeNumber string // since it is closed
	DecreeDate   string
	Revision     int64
}

// AgendaItem is an assessment before the plenary.
type AgendaItem struct {
	SessionID    string
	AssessmentID string
	Position     int
	Corrects     string // the determination to be corrected; empty for the first one
	Outcome      Outcome
	Reason       string // of the outcome; before it, why a determination is to be corrected
	DecidedAt    time.Time
	DecidedBy    string
	Acknowledged bool     // the plenary knows that items are reconstructed
	Eligible     int      // commissioners present and not recused when it was decided
	InFavour     int      // their votes in favour then
	Counted      []string // their accounts; none for what was decided before they were recorded
	Revision     int64
}

const sessionColumns = `id, cycle_id, title, held_on, state, opened_at, opened_by, closed_at, closed_by,
	decree_number, decree_date, revision`

func scanSession(row Scanner, s *PlenarySession) error {
	var opened, closed int64
	err := row.Scan(&s.ID, &s.CycleID, &s.Title, &s.HeldOn, &s.State, &opened, &s.OpenedBy, &closed, &s.ClosedBy,
		&s.DecreeNumber, &s.DecreeDate, &s.Revision)
	s.OpenedAt, s.ClosedAt = Instant(opened), Instant(closed)
	return err
}

// PlenarySession returns a session, or ErrNotFound.
func (tx *Tx) PlenarySession(id string) (PlenarySession, error) {
	return One(tx, "session "+id, scanSession, "SELECT "+sessionColumns+" FROM plenary_session WHERE id = $1", id)
}

// PlenarySessions lists the sessions of a cycle, or of all when it is empty, newest first, beginning after an id.
func (tx *Tx) PlenarySessions(cycleID, afterID string, limit int) ([]PlenarySession, error) {
	return All(tx, scanSession, `SELECT `+sessionColumns+` FROM plenary_session
		WHERE ($1 = '' OR cycle_id = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, cycleID, afterID, limit)
}

// InsertPlenarySession opens a session.
func (tx *Tx) InsertPlenarySession(s PlenarySession) error {
	_, err := tx.Exec(`INSERT INTO plenary_session (id, cycle_id, title, held_on, state, opened_at, opened_by, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`, s.ID, s.CycleID, s.Title, s.HeldOn, SessionOpen, Micros(s.OpenedAt), s.OpenedBy)
	return err
}

// ClosePlenarySession records that a session is closed under its decree, and reports whether it was open with that
// revision.
func (tx *Tx) ClosePlenarySession(s PlenarySession) (bool, error) {
	n, err := tx.Exec(`UPDATE plenary_session SET state = $3, closed_at = $4, closed_by = $5, decree_number = $6,
		decree_date = $7, revision = revision + 1 WHERE id = $1 AND revision = $2 AND state = $8`,
		s.ID, s.Revision, SessionClosed, Micros(s.ClosedAt), s.ClosedBy, s.DecreeNumber, s.DecreeDate, SessionOpen)
	return n == 1, err
}

const agendaColumns = `session_id, assessment_id, position, corrects, outcome, reason, decided_at, decided_by,
	acknowledged_reconstructed, eligible, in_favour, COALESCE(counted, ''), revision`

func scanAgendaItem(row Scanner, a *AgendaItem) error {
	var decided int64
	var counted string
	err := row.Scan(&a.SessionID, &a.AssessmentID, &a.Position, &a.Corrects, &a.Outcome, &a.Reason, &decided,
		&a.DecidedBy, &a.Acknowledged, &a.Eligible, &a.InFavour, &counted, &a.Revision)
	a.DecidedAt = Instant(decided)
	if counted != "" {
		a.Counted = strings.Fields(counted)
	}
	return err
}

// Agenda returns the agenda of a session in its order.
func (tx *Tx) Agenda(sessionID string) ([]AgendaItem, error) {
	return All(tx, scanAgendaItem,
		"SELECT "+agendaColumns+" FROM plenary_agenda WHERE session_id = $1 ORDER BY position", sessionID)
}

// AgendaItem returns what a session made of an assessment, or ErrNotFound when it is not on the agenda.
func (tx *Tx) AgendaItem(sessionID, assessmentID string) (AgendaItem, error) {
	return One(tx, "agenda item "+assessmentID, scanAgendaItem,
		"SELECT "+agendaColumns+" FROM plenary_agenda WHERE session_id = $1 AND assessment_id = $2", sessionID, assessmentID)
}

// OnOpenAgenda returns the open session on whose agenda an assessment stands, unless it was postponed there;
// or ErrNotFound.
func (tx *Tx) OnOpenAgenda(assessmentID string) (PlenarySession, error) {
	return One(tx, "open session", scanSession, `SELECT `+sessionColumns+` FROM plenary_session
		WHERE state = 'OPEN' AND id IN (SELECT session_id FROM plenary_agenda WHERE assessment_id = $1 AND outcome <> 'POSTPONED')`,
		assessmentID)
}

// InsertAgendaItem puts an assessment at the end of an agenda.
func (tx *Tx) InsertAgendaItem(a AgendaItem) error {
	_, err := tx.Exec(`INSERT INTO plenary_agenda (session_id, assessment_id, position, corrects, reason, revision)
		SELECT $1, $2, count(*), $3, $4, 1 FROM plenary_agenda WHERE session_id = $1`,
		a.SessionID, a.AssessmentID, a.Corrects, a.Reason)
	return err
}

// DecideAgendaItem records the outcome of an agenda item, and reports whether it was undecided. What was decided
// otherwise can still be postponed.
func (tx *Tx) DecideAgendaItem(a AgendaItem) (bool, error) {
	n, err := tx.Exec(`UPDATE plenary_agenda SET outcome = $3, reason = $4, decided_at = $5, decided_by = $6,
		acknowledged_reconstructed = $7, eligible = $8, in_favour = $9, counted = $10, revision = revision + 1
		WHERE session_id = $1 AND assessment_id = $2 AND (outcome = '' OR $3 = 'POSTPONED' AND outcome <> 'POSTPONED')`,
		a.SessionID, a.AssessmentID, string(a.Outcome), a.Reason, Micros(a.DecidedAt), a.DecidedBy, flag(a.Acknowledged),
		a.Eligible, a.InFavour, strings.Join(a.Counted, " "))
	return n == 1, err
}

// RecountAgendaItem records how many of those who may decide were in favour, without those who turned out to be tied
// since. It returns ErrNotFound for an item that does not determine anything.
func (tx *Tx) RecountAgendaItem(a AgendaItem) error {
	return changedOne(tx.Exec(`UPDATE plenary_agenda SET eligible = $3, in_favour = $4, counted = $5, revision = revision + 1
		WHERE session_id = $1 AND assessment_id = $2 AND outcome IN ('ADOPTED', 'CHANGED')`,
		a.SessionID, a.AssessmentID, a.Eligible, a.InFavour, strings.Join(a.Counted, " ")))
}

// Commissioners returns the active accounts that hold a COMMISSIONER membership of the nation in force on a day, by
// account id.
func (tx *Tx) Commissioners(day string) ([]string, error) {
	return All(tx, func(row Scanner, id *string) error { return row.Scan(id) },
		`SELECT DISTINCT m.account_id FROM membership m JOIN account a ON a.id = m.account_id
		WHERE m.role = 'COMMISSIONER' AND m.agency_id = '' AND m.region = '' AND m.ended_at = 0 AND m.valid_from <= $1
			AND (m.valid_until = '' OR m.valid_until >= $1) AND a.state = 'ACTIVE'
		ORDER BY m.account_id`, day)
}
