package store

import (
	"fmt"
	"strings"

	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/workflow"
)

// OpenWindow is a window that is open to somebody on a day.
type OpenWindow struct {
	CycleID string
	calendar.Window
}

// OpenWindows returns the windows of all cycles that are open to some agency on a day.
func (tx *Tx) OpenWindows(day string) ([]OpenWindow, error) {
	return All(tx, func(s Scanner, w *OpenWindow) error { return s.Scan(&w.CycleID, &w.Phase, &w.FirstDay, &w.LastDay) },
		`SELECT w.cycle_id, w.phase, w.first_day, w.last_day FROM cycle_window AS w
		WHERE w.first_day <= $1 AND (w.last_day >= $1 OR EXISTS (SELECT 1 FROM extension AS e
			WHERE e.cycle_id = w.cycle_id AND e.phase = w.phase AND e.last_day >= $1))
		ORDER BY w.cycle_id, w.phase`, day)
}

// Closing says who is to be told that a window ends soon: those for whom it has assessments in some state.
type Closing struct {
	Role     string           // of assessors; empty: the people of the agencies
	InCharge bool             // of the assessors, each verifier of what they are in charge of alone
	States   []workflow.State // of the assessments
	Idle     bool             // also the people of agencies that are due and have not started
}

// ClosingDays are the days that tell how soon a window ends. A window that ends by Tomorrow is told of a second time.
type ClosingDays struct {
	Today    string
	Tomorrow string
	Horizon  string // windows that end later are not told of
}

// Closings returns the notices that are to be made of a window and not made yet: one for each person, last day and
// threshold. Agencies have last days of their own where an extension was granted; assessors are told how many of their
// assessments have that last day.
func (tx *Tx) Closings(w OpenWindow, c Closing, days ClosingDays) ([]Notice, error) {
	q := conditions{args: []any{w.CycleID, string(w.Phase), days.Today, days.Tomorrow, days.Horizon, closingOnce(w)}}
	query := q.open(w, c)
	if c.Role == "" {
		query += closingAgencies
	} else {
		query += fmt.Sprintf(closingAssessors, q.place(c.Role))
		if c.InCharge {
			query += " AND o.verifier_id = m.account_id"
		}
		query += " GROUP BY m.account_id, o.last_day"
	}
	return All(tx, func(s Scanner, n *Notice) error {
		n.Kind, n.CycleID, n.Phase = NoticeWindowClosing, w.CycleID, w.Phase
		return s.Scan(&n.AccountID, &n.AgencyID, &n.AssessmentID, &n.LastDay, &n.Count, &n.Once)
	}, `SELECT * FROM (`+query+`) AS t WHERE NOT EXISTS (
		SELECT 1 FROM notice AS n WHERE n.account_id = t.account_id AND n.once = t.once)`, q.args...)
}

// closingOnce begins what a notice of a window is known by.
func closingOnce(w OpenWindow) string { return "CLOSING/" + w.CycleID + "/" + string(w.Phase) + "/" }

// open selects the agencies for which the window means something to do, with its last day for each.
func (q *conditions) open(w OpenWindow, c Closing) string {
	var states []string
	for _, state := range c.States {
		states = append(states, q.place(string(state)))
	}
	begun := "s.state IN (" + strings.Join(states, ", ") + ")"
	if c.Idle {
		q.place(w.FirstDay)
		q.place(yearOf(w.FirstDay))
		begun = "(" + begun + " OR s.id IS NULL AND v.assessed = 1 AND " +
			fmt.Sprintf(validResult, "v.agency_id", len(q.args)-1, len(q.args)) + " = '')"
	}
	return `WITH open_to AS (SELECT x.agency_id, x.region, x.assessment_id, x.verifier_id,
			CASE WHEN x.extended > x.last_day THEN x.extended ELSE x.last_day END AS last_day
		FROM (SELECT v.agency_id, v.region, coalesce(s.id, '') AS assessment_id, coalesce(s.verifier_id, '') AS verifier_id,
				w.last_day, coalesce((SELECT e.last_day FROM extension AS e WHERE e.cycle_id = w.cycle_id AND e.agency_id = v.agency_id
					AND e.phase = w.phase ORDER BY e.granted_at DESC, e.id DESC LIMIT 1), '') AS extended
			FROM cycle_window AS w JOIN agency_version AS v ON v.valid_from <= $3 AND v.valid_until >= $3
			LEFT JOIN assessment AS s ON s.cycle_id = w.cycle_id AND s.agency_id = v.agency_id AND NOT EXISTS (
				SELECT 1 FROM assessment AS b WHERE b.cycle_id = s.cycle_id AND b.agency_id = s.agency_id AND b.attempt > s.attempt)
			WHERE w.cycle_id = $1 AND w.phase = $2 AND ` + begun + `) AS x)`
}

const (
	closingThreshold = ` || CASE WHEN o.last_day <= $4 THEN '/1' ELSE '/7' END AS once `
	closingPeople    = ` JOIN account AS u ON u.id = m.account_id
		WHERE u.state = 'ACTIVE' AND m.ended_at = 0 AND m.valid_from <= $3 AND (m.valid_until = '' OR m.valid_until >= $3)
			AND o.last_day >= $3 AND o.last_day <= $5`
	closingAgencies = ` SELECT DISTINCT m.account_id, o.agency_id, o.assessment_id, o.last_day, 0 AS amount,
			$6 || o.last_day || '/' || o.agency_id` + closingThreshold + `
		FROM open_to AS o JOIN membership AS m ON m.agency_id = o.agency_id AND (m.role IN ('OPERATOR', 'APPROVER', 'AGENCY_ADMIN')
			OR m.role = 'CONTRIBUTOR' AND EXISTS (SELECT 1 FROM item_assignment AS i
				WHERE i.account_id = m.account_id AND i.assessment_id = o.assessment_id AND i.removed_at = 0))` + closingPeople
	closingAssessors = ` SELECT m.account_id, '' AS agency_id, '' AS assessment_id, o.last_day, count(DISTINCT o.assessment_id) AS amount,
			$6 || o.last_day` + closingThreshold + `
		FROM open_to AS o JOIN membership AS m ON m.role = %s AND m.agency_id = '' AND (m.region = '' OR m.region = o.region)` + closingPeople
)

// ClosingsOfRole returns, as Closings does, the notices for everybody who holds a role over the nation, whatever waits.
func (tx *Tx) ClosingsOfRole(w OpenWindow, role string, days ClosingDays) ([]Notice, error) {
	if w.LastDay < days.Today || w.LastDay > days.Horizon {
		return nil, nil
	}
	once := closingOnce(w) + w.LastDay + "/7"
	if w.LastDay <= days.Tomorrow {
		once = closingOnce(w) + w.LastDay + "/1"
	}
	return All(tx, func(s Scanner, n *Notice) error {
		n.Kind, n.CycleID, n.Phase, n.LastDay, n.Once = NoticeWindowClosing, w.CycleID, w.Phase, w.LastDay, once
		return s.Scan(&n.AccountID)
	}, `SELECT DISTINCT m.account_id FROM membership AS m JOIN account AS u ON u.id = m.account_id
		WHERE m.role = $1 AND m.agency_id = '' AND u.state = 'ACTIVE' AND m.ended_at = 0
			AND m.valid_from <= $2 AND (m.valid_until = '' OR m.valid_until >= $2)
			AND NOT EXISTS (SELECT 1 FROM notice AS n WHERE n.account_id = m.account_id AND n.once = $3)
		ORDER BY m.account_id`, role, days.Today, once)
}
