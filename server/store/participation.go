package store

import (
	"fmt"
	"strconv"
	"time"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/workflow"
)

// Participation is how far an agency is in a cycle.
type Participation struct {
	Agency
	AssessmentID string             // of the newest attempt; empty: not started, and so is what follows
	StartedAs    scoring.AgencyKind // the kind at the start: it decides which items apply
	State        workflow.State
	Answered     int
	Applicable   int
	SubmittedAt  time.Time
	ValidUntil   string // of the result that was valid on the first day of self-assessment; empty without one
}

// validResult is the last day of an agency's result in force that is valid on the day of the first placeholder: one
// determined on that day or before or, where the decree has no date, in a year before that of the second placeholder.
// It is empty without such a result.
const validResult = `coalesce((SELECT max(r.valid_until) FROM result AS r
	WHERE r.agency_id = %[1]s AND r.corrected_by = '' AND r.valid_until >= $%[2]d
		AND (r.decree_date <> '' AND r.decree_date <= $%[2]d OR r.decree_date = '' AND r.year < $%[3]d)), '')`

// ValidUntil returns the last day of the result of an agency that is valid on a day, or empty without one: such an
// agency is not due in a cycle whose self-assessment begins on that day.
func (tx *Tx) ValidUntil(agencyID, day string) (until string, err error) {
	err = tx.QueryRow(`SELECT `+fmt.Sprintf(validResult, "$1", 2, 3), agencyID, day, yearOf(day)).Scan(&until)
	return until, err
}

// yearOf is the year of a day; 0 for what is no day.
func yearOf(day string) int {
	year, _ := strconv.Atoi(day[:min(4, len(day))])
	return year
}

// Participation returns, ordered by code and in one query, how far agencies are in a cycle whose self-assessment
// begins on a day: those that the filter has, be it that they are assessed or that they have begun.
func (tx *Tx) Participation(cycleID, firstDay string, f AgencyFilter) ([]Participation, error) {
	where, args := f.where()
	n := len(args)
	args = append(args, cycleID, firstDay, yearOf(firstDay))
	query := fmt.Sprintf(`SELECT v.agency_id, v.code, v.name, v.kind, v.province_id, coalesce(p.name, ''), v.region,
			v.time_zone, v.assessed, v.valid_from, v.valid_until, g.revision,
			coalesce(a.id, ''), coalesce(a.agency_kind, ''), coalesce(a.state, ''), coalesce(a.answered, 0),
			coalesce(a.applicable, 0), coalesce(a.submitted_at, 0), %s
		FROM agency_version AS v
		JOIN agency AS g ON g.id = v.agency_id
		LEFT JOIN agency_version AS p ON p.agency_id = v.province_id AND p.valid_from <= $1 AND p.valid_until >= $1
		LEFT JOIN assessment AS a ON a.cycle_id = $%d AND a.agency_id = v.agency_id AND NOT EXISTS (
			SELECT 1 FROM assessment AS b WHERE b.cycle_id = a.cycle_id AND b.agency_id = a.agency_id AND b.attempt > a.attempt)
		%s AND (v.assessed = 1 OR a.id IS NOT NULL) ORDER BY v.code`,
		fmt.Sprintf(validResult, "v.agency_id", n+2, n+3), n+1, where)
	return All(tx, scanParticipation, query, args...)
}

func scanParticipation(s Scanner, p *Participation) error {
	var submitted int64
	a := &p.Agency
	err := s.Scan(&a.ID, &a.Code, &a.Name, &a.Kind, &a.ProvinceID, &a.ProvinceName, &a.Region, &a.TimeZone, &a.Assessed,
		&a.ValidFrom, &a.ValidUntil, &a.Revision, &p.AssessmentID, &p.StartedAs, &p.State, &p.Answered, &p.Applicable,
		&submitted, &p.ValidUntil)
	p.SubmittedAt = Instant(submitted)
	return err
}
