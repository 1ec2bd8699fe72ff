package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring"
)

// Result is a determined or published outcome. It never changes but for CorrectedBy. Days are written YYYY-MM-DD.
type Result struct {
	ID              string // chosen by the caller with NewID
	AgencyID        string
	Year            int // of the determination
	InstrumentID    string
	CycleID         string // empty when imported, like the next two
	AssessmentID    string
	DeterminationID string
	Corrects        string // result id of the earlier determination or import that this one corrects; may be empty
	CorrectedBy     string // result id of the one in force instead; set by the store, empty while in force

	AgencyCode string // code, name, kind and province as they were at the time
	AgencyName string
	AgencyKind scoring.AgencyKind
	ProvinceID string

	HasTotal     bool
	Total        scoring.Points
	Index        string // as published or rounded: "0.80"; empty when the instrument has none
	Category     string // category code; empty without one
	CategoryRank int    // its place among the instrument's categories, ascending from 0; -1 without one

	Reconstructed bool // rests on reconstructed items
	Imported      bool
	YearUncertain bool
	Source        string // where an imported result was published
	DecreeNumber  string
	DecreeDate    string
	ValidUntil    string // last day

	SingleAdministrator bool // determined while one administrator could act alone
	SingleOfficer       bool // submitted by somebody who had filled in

	Score      []byte    // the merit.v1.Score with aspects and items; empty when imported. Lists leave it out
	RecordedAt time.Time // set by the store
	RecordedBy string    // account id
}

// ResultAspect is what one aspect contributed to a result: its points, or its maturity under WEIGHTED_MEAN.
type ResultAspect struct {
	Aspect  string
	Points  scoring.Points
	Maximum scoring.Points
}

const resultColumns = `id, agency_id, year, instrument_id, cycle_id, assessment_id, determination_id, corrects, corrected_by,
	agency_code, agency_name, agency_kind, province_id, has_total, total, index_text, category, category_rank,
	reconstructed, imported, year_uncertain, source, decree_number, decree_date, valid_until, recorded_at, recorded_by,
	single_administrator, single_officer`

func (r *Result) targets(recordedAt *int64) []any {
	return []any{
		&r.ID, &r.AgencyID, &r.Year, &r.InstrumentID, &r.CycleID, &r.AssessmentID, &r.DeterminationID, &r.Corrects,
		&r.CorrectedBy, &r.AgencyCode, &r.AgencyName, (*string)(&r.AgencyKind), &r.ProvinceID, &r.HasTotal,
		(*int64)(&r.Total), &r.Index, &r.Category, &r.CategoryRank, &r.Reconstructed, &r.Imported, &r.YearUncertain,
		&r.Source, &r.DecreeNumber, &r.DecreeDate, &r.ValidUntil, recordedAt, &r.RecordedBy,
		(*orFalse)(&r.SingleAdministrator), (*orFalse)(&r.SingleOfficer),
	}
}

func scanResult(s Scanner, r *Result) error {
	var at int64
	err := s.Scan(r.targets(&at)...)
	r.RecordedAt = Instant(at)
	return err
}

func scanScoredResult(s Scanner, r *Result) error {
	var at int64
	err := s.Scan(append(r.targets(&at), &r.Score)...)
	r.RecordedAt = Instant(at)
	return err
}

// Result returns a result with its score, or ErrNotFound.
func (tx *Tx) Result(id string) (Result, error) {
	return One(tx, "result "+id, scanScoredResult, `SELECT `+resultColumns+`, score FROM result WHERE id = $1`, id)
}

// ResultOfAgency returns the result in force of an agency and year, of the newest year when year is 0, with its score;
// or ErrNotFound. Where a year has results under several instruments it is a determined one before an imported one,
// the newest of them.
func (tx *Tx) ResultOfAgency(agencyID string, year int) (Result, error) {
	return One(tx, "result of agency "+agencyID, scanScoredResult, `SELECT `+resultColumns+`, score FROM result
		WHERE agency_id = $1 AND ($2 = 0 OR year = $2) AND corrected_by = ''
		ORDER BY year DESC, imported, id DESC LIMIT 1`, agencyID, year)
}

// ResultOfDetermination returns the result of a determination with its score, or ErrNotFound.
func (tx *Tx) ResultOfDetermination(assessmentID, determinationID string) (Result, error) {
	return One(tx, "result of determination "+determinationID, scanScoredResult, `SELECT `+resultColumns+`, score
		FROM result WHERE assessment_id = $1 AND determination_id = $2`, assessmentID, determinationID)
}

// ResultsOfAgencies returns the results in force of agencies, oldest year first, determined before imported ones.
func (tx *Tx) ResultsOfAgencies(ids ...string) ([]Result, error) {
	return All(tx, scanResult, `SELECT `+resultColumns+` FROM result
		WHERE agency_id IN `+In(1, len(ids))+` AND corrected_by = '' ORDER BY year, imported, id`, anys(ids)...)
}

// ResultsByID returns those results by id, in one query.
func (tx *Tx) ResultsByID(ids ...string) (map[string]*Result, error) {
	byID := make(map[string]*Result, len(ids))
	for some := range slices.Chunk(ids, 500) {
		found, err := All(tx, scanResult, `SELECT `+resultColumns+` FROM result WHERE id IN `+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			byID[found[i].ID] = &found[i]
		}
	}
	return byID, nil
}

// InsertResult records a result that is in force from now on: the plenary's, with its aspects. What was in force for
// the same agency, year and instrument, and what r.Corrects names, points to it as CorrectedBy. Corrects must name a
// result (ErrNotFound) that has not been corrected yet (ErrUnique otherwise, as for a second result with the same ID).
func (tx *Tx) InsertResult(r Result, aspects []ResultAspect) error {
	if _, err := tx.Exec(`UPDATE result SET corrected_by = $1
		WHERE agency_id = $2 AND year = $3 AND instrument_id = $4 AND corrected_by = ''`,
		r.ID, r.AgencyID, r.Year, r.InstrumentID); err != nil {
		return err
	}
	if r.Corrects != "" {
		if err := tx.markCorrected(r.Corrects, r.ID); err != nil {
			return err
		}
	}
	r.CorrectedBy = ""
	if err := tx.insertResults([]Result{r}); err != nil || len(aspects) == 0 {
		return err
	}
	args := make([]any, 0, 4*len(aspects))
	for _, a := range aspects {
		args = append(args, r.ID, a.Aspect, int64(a.Points), int64(a.Maximum))
	}
	_, err := tx.Exec(`INSERT INTO result_aspect (result_id, aspect, points, maximum) VALUES `+tuples(len(aspects), 4), args...)
	return err
}

// markCorrected lets a result point to the one that corrects it.
func (tx *Tx) markCorrected(id, by string) error {
	var now string
	if err := tx.QueryRow(`SELECT corrected_by FROM result WHERE id = $1`, id).Scan(&now); err != nil {
		return fmt.Errorf("corrected result %s: %w", id, err)
	}
	switch now {
	case by:
		return nil
	case "":
		_, err := tx.Exec(`UPDATE result SET corrected_by = $1 WHERE id = $2`, by, id)
		return err
	}
	return fmt.Errorf("correction of result %s, which %s corrects: %w", id, now, ErrUnique)
}

// insertResults inserts rows as they are, all in one statement.
func (tx *Tx) insertResults(results []Result) error {
	columns := strings.Count(resultColumns, ",") + 3
	args := make([]any, 0, len(results)*columns)
	at := Micros(tx.Now())
	for _, r := range results {
		score := r.Score
		if score == nil {
			score = []byte{}
		}
		args = append(args, r.ID, r.AgencyID, r.Year, r.InstrumentID, r.CycleID, r.AssessmentID, r.DeterminationID,
			r.Corrects, r.CorrectedBy, r.AgencyCode, r.AgencyName, string(r.AgencyKind), r.ProvinceID, flag(r.HasTotal),
			int64(r.Total), r.Index, r.Category, r.CategoryRank, flag(r.Reconstructed), flag(r.Imported),
			flag(r.YearUncertain), r.Source, r.DecreeNumber, r.DecreeDate, r.ValidUntil, at, r.RecordedBy,
			flag(r.SingleAdministrator), flag(r.SingleOfficer), score, FoldName(r.AgencyName))
	}
	_, err := tx.Exec(`INSERT INTO result (`+resultColumns+`, score, search_name) VALUES `+tuples(len(results), columns), args...)
	return err
}

// orFalse reads a truth from a column that older rows leave NULL.
type orFalse bool

// Scan reads what a driver gives for an INTEGER.
func (f *orFalse) Scan(value any) error {
	n, ok := value.(int64)
	*f = orFalse(ok && n != 0)
	return nil
}

// flag is a truth as the tables keep it.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
