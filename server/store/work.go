package store

import (
	"time"

	"github.com/meritindex/merit/server/calendar"
)

// WindowsOf returns when a phase is open to the agencies of assessments, extensions included, in one query.
func (tx *Tx) WindowsOf(phase calendar.Phase, assessmentIDs ...string) (map[string]calendar.Window, error) {
	windows := make(map[string]calendar.Window, len(assessmentIDs))
	if len(assessmentIDs) == 0 {
		return windows, nil
	}
	type row struct {
		id string
		calendar.Window
	}
	found, err := All(tx, func(s Scanner, r *row) error { return s.Scan(&r.id, &r.Phase, &r.FirstDay, &r.LastDay, &r.Extended) },
		`SELECT a.id, w.phase, w.first_day, w.last_day, coalesce((SELECT e.last_day FROM extension AS e
			WHERE e.cycle_id = w.cycle_id AND e.agency_id = a.agency_id AND e.phase = w.phase ORDER BY e.granted_at DESC, e.id DESC LIMIT 1), '')
		FROM assessment AS a JOIN cycle_window AS w ON w.cycle_id = a.cycle_id AND w.phase = $1
		WHERE a.id IN `+In(2, len(assessmentIDs)), append([]any{string(phase)}, anys(assessmentIDs)...)...)
	for _, r := range found {
		windows[r.id] = r.Window
	}
	return windows, err
}

// Waiting counts assessments of a cycle that wait for the same thing.
type Waiting struct {
	CycleID string
	Count   int
	Since   time.Time // of the one that was submitted first
}

func scanWaiting(s Scanner, w *Waiting) error {
	var since int64
	err := s.Scan(&w.CycleID, &w.Count, &since)
	w.Since = Instant(since)
	return err
}

// WaitForVerifier counts, by cycle, the submitted assessments without a verifier, of agencies that lie in a region on a
// day or in the nation when it is empty.
func (tx *Tx) WaitForVerifier(region, day string) ([]Waiting, error) {
	return All(tx, scanWaiting, `SELECT s.cycle_id, count(*), min(s.submitted_at) FROM assessment AS s
		JOIN agency_version AS v ON v.agency_id = s.agency_id AND v.valid_from <= $2 AND v.valid_until >= $2
		WHERE s.state = 'SUBMITTED' AND s.verifier_id = '' AND ($1 = '' OR v.region = $1)
		GROUP BY s.cycle_id ORDER BY s.cycle_id`, region, day)
}

// WaitForSession counts, by cycle, the verified assessments that no open session has before it.
func (tx *Tx) WaitForSession() ([]Waiting, error) {
	return All(tx, scanWaiting, `SELECT s.cycle_id, count(*), min(s.submitted_at) FROM assessment AS s
		WHERE s.state = 'VERIFIED' AND NOT EXISTS (SELECT 1 FROM plenary_agenda AS g JOIN plenary_session AS p ON p.id = g.session_id
			WHERE g.assessment_id = s.id AND p.state = 'OPEN' AND g.outcome <> 'POSTPONED')
		GROUP BY s.cycle_id ORDER BY s.cycle_id`)
}

// OpenSession is a session that still takes decisions.
type OpenSession struct {
	ID        string
	CycleID   string
	Title     string
	HeldOn    string
	OpenedAt  time.Time
	Agenda    int
	Undecided int
}

// OpenSessions returns every session that is open, oldest first.
func (tx *Tx) OpenSessions() ([]OpenSession, error) {
	return All(tx, func(s Scanner, o *OpenSession) error {
		var opened int64
		err := s.Scan(&o.ID, &o.CycleID, &o.Title, &o.HeldOn, &opened, &o.Agenda, &o.Undecided)
		o.OpenedAt = Instant(opened)
		return err
	}, `SELECT p.id, p.cycle_id, p.title, p.held_on, p.opened_at, count(g.assessment_id),
			sum(CASE WHEN g.outcome = '' THEN 1 ELSE 0 END)
		FROM plenary_session AS p LEFT JOIN plenary_agenda AS g ON g.session_id = p.id
		WHERE p.state = 'OPEN' GROUP BY p.id, p.cycle_id, p.title, p.held_on, p.opened_at ORDER BY p.id`)
}
