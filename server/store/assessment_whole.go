package store

import "github.com/meritindex/merit/server/calendar"

// Filling is an assessment with all that tells whether its agency may answer items, read in one statement.
type Filling struct {
	Assessment
	Sheet  Sheet
	Window calendar.Window // of self-assessment, with the agency's extension; without days if the cycle has none
}

const (
	fillingColumns = assessmentColumns + `, s.body, s.revision, coalesce(w.first_day, ''), coalesce(w.last_day, ''),
		coalesce((SELECT e.last_day FROM extension AS e
			WHERE e.cycle_id = a.cycle_id AND e.agency_id = a.agency_id AND e.phase = 'SELF_ASSESSMENT'
			ORDER BY e.granted_at DESC, e.id DESC LIMIT 1), '')`
	fromFilling = `
		FROM assessment AS a
		JOIN assessment_sheet AS s ON s.assessment_id = a.id
		LEFT JOIN cycle_window AS w ON w.cycle_id = a.cycle_id AND w.phase = 'SELF_ASSESSMENT' `
)

func scanFilling(s Scanner, f *Filling) error { return f.scan(s) }

func (f *Filling) scan(s Scanner, more ...any) error {
	var body []byte
	targets := append(make([]any, 0, 12), &body, &f.Sheet.Revision, &f.Window.FirstDay, &f.Window.LastDay, &f.Window.Extended)
	if err := f.Assessment.scan(s, append(targets, more...)...); err != nil {
		return err
	}
	f.Window.Phase, f.Sheet.AssessmentID = calendar.SelfAssessment, f.ID
	return f.Sheet.decode(body)
}

// Filling returns an assessment with its sheet and its window of self-assessment, or ErrNotFound.
func (tx *Tx) Filling(id string) (Filling, error) {
	return One(tx, "assessment "+id, scanFilling, `SELECT `+fillingColumns+fromFilling+`WHERE a.id = $1`, id)
}

// AssessmentWithAgency returns an assessment and its agency as it was on a day, read in one statement, or ErrNotFound.
func (tx *Tx) AssessmentWithAgency(id, day string) (a Assessment, agency Agency, err error) {
	type both struct {
		a      Assessment
		agency Agency
	}
	scan := func(s Scanner, b *both) error { return b.a.scan(s, b.agency.targets()...) }
	found, err := One(tx, "assessment "+id, scan, `SELECT `+assessmentColumns+`, `+agencyColumns+`
		FROM assessment AS a
		JOIN agency_version AS v ON v.agency_id = a.agency_id`+joinAgency+asOf+`AND a.id = $2`, day, id)
	return found.a, found.agency, err
}

// Overview is an assessment with all that is told of it besides its items, read in one statement.
type Overview struct {
	Filling
	AgencyName    string // on a day; empty if the agency did not exist then
	AgencyRegion  string // on that day
	CycleName     string
	StartedByName string
	VerifierName  string
}

func scanOverview(s Scanner, o *Overview) error {
	return o.scan(s, &o.AgencyName, &o.AgencyRegion, &o.CycleName, &o.StartedByName, &o.VerifierName)
}

// Overview returns an assessment with the names of a day, or ErrNotFound.
func (tx *Tx) Overview(id, day string) (Overview, error) {
	return One(tx, "assessment "+id, scanOverview, `SELECT `+fillingColumns+`,
			coalesce(v.name, ''), coalesce(v.region, ''), c.name, coalesce(b.name, ''), coalesce(j.name, '')`+fromFilling+`
		JOIN cycle AS c ON c.id = a.cycle_id
		LEFT JOIN agency_version AS v ON v.agency_id = a.agency_id AND v.valid_from <= $2 AND v.valid_until >= $2
		LEFT JOIN account AS b ON b.id = a.started_by
		LEFT JOIN account AS j ON j.id = a.verifier_id
		WHERE a.id = $1`, id, day)
}
