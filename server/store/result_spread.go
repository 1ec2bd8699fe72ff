package store

import (
	"cmp"
	"slices"

	"github.com/meritindex/merit/scoring"
)

// Totals returns the totals in force under an instrument and year, of one kind of agency or of all when it is empty, the
// least first.
func (tx *Tx) Totals(instrumentID string, year int, kind scoring.AgencyKind) ([]scoring.Points, error) {
	return All(tx, func(s Scanner, p *scoring.Points) error { return s.Scan((*int64)(p)) },
		`SELECT total FROM result WHERE corrected_by = '' AND has_total = 1 AND instrument_id = $1 AND year = $2
			AND ($3 = '' OR agency_kind = $3) ORDER BY total`, instrumentID, year, string(kind))
}

// AspectPoints returns what the results in force under an instrument and year have in each aspect, of one kind of agency
// or of all when it is empty: by aspect, the least first. Imported results have no aspects.
func (tx *Tx) AspectPoints(instrumentID string, year int, kind scoring.AgencyKind) ([]ResultAspect, error) {
	return All(tx, func(s Scanner, a *ResultAspect) error {
		return s.Scan(&a.Aspect, (*int64)(&a.Points), (*int64)(&a.Maximum))
	}, `SELECT a.aspect, a.points, a.maximum FROM result AS r JOIN result_aspect AS a ON a.result_id = r.id
		WHERE r.corrected_by = '' AND r.instrument_id = $1 AND r.year = $2 AND ($3 = '' OR r.agency_kind = $3)
		ORDER BY a.aspect, a.points`, instrumentID, year, string(kind))
}

// NearResult is a result and how far it lies from another one.
type NearResult struct {
	Result
	Distance scoring.Points
}

// others are the results that one with these arguments can be like: in force, of the same instrument, year and kind of
// agency, and of somebody else.
const others = ` r.corrected_by = '' AND r.instrument_id = $1 AND r.year = $2 AND r.agency_kind = $3 AND r.agency_id <> $4`

// NearestTotals returns at most limit results whose totals lie nearest to that of r, equal ones by agency code.
func (tx *Tx) NearestTotals(r *Result, limit int) ([]NearResult, error) {
	return tx.nearest(r, limit, `SELECT r.id, abs(r.total - $5) AS distance FROM result AS r
		WHERE r.has_total = 1 AND `+others+` ORDER BY distance, r.agency_code, r.id LIMIT $6`, int64(r.Total))
}

// NearestAspects returns at most limit results whose aspects lie nearest to those of r: the differences of the points of
// every aspect, added up. Equal ones come by agency code. There are none for a result without aspects.
func (tx *Tx) NearestAspects(r *Result, limit int) ([]NearResult, error) {
	return tx.nearest(r, limit, `SELECT r.id, CAST(sum(abs(a.points - own.points)) AS BIGINT) AS distance
		FROM result_aspect AS own JOIN result_aspect AS a ON a.aspect = own.aspect
		JOIN result AS r ON r.id = a.result_id
		WHERE own.result_id = $5 AND `+others+`
		GROUP BY r.id, r.agency_code ORDER BY distance, r.agency_code, r.id LIMIT $6`, r.ID)
}

func (tx *Tx) nearest(r *Result, limit int, query string, own any) ([]NearResult, error) {
	near, err := All(tx, func(s Scanner, n *NearResult) error { return s.Scan(&n.ID, (*int64)(&n.Distance)) },
		query, r.InstrumentID, r.Year, string(r.AgencyKind), r.AgencyID, own, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(near))
	for i := range near {
		ids[i] = near[i].ID
	}
	whole, err := tx.ResultsByID(ids...)
	if err != nil {
		return nil, err
	}
	for i := range near {
		near[i].Result = *whole[near[i].ID]
	}
	return near, nil
}

// ResultYear is how many results in force of one year are alike.
type ResultYear struct {
	Year         int
	InstrumentID string
	Category     string // empty without one
	CategoryRank int    // -1 without a category
	HasTotal     bool
	Imported     bool
	Results      int
	Total        scoring.Points // the sum
}

// ResultYears counts the results in force of every year, of one kind of agency or of all when it is empty, in one query:
// the oldest year first, and within it by instrument.
func (tx *Tx) ResultYears(kind scoring.AgencyKind) ([]ResultYear, error) {
	return All(tx, func(s Scanner, y *ResultYear) error {
		return s.Scan(&y.Year, &y.InstrumentID, &y.Category, &y.CategoryRank, &y.HasTotal, &y.Imported, &y.Results, (*int64)(&y.Total))
	}, `SELECT year, instrument_id, category, category_rank, has_total, imported, count(*), CAST(sum(total) AS BIGINT) FROM result
		WHERE corrected_by = '' AND ($1 = '' OR agency_kind = $1)
		GROUP BY year, instrument_id, category, category_rank, has_total, imported
		ORDER BY year, instrument_id, category_rank, has_total, imported`, string(kind))
}

// Ascent says whose results are followed back: those in force under an instrument and year.
type Ascent struct {
	InstrumentID string
	Year         int
	Kind         scoring.AgencyKind // optional
	ProvinceID   string             // optional
}

// ResultsUpTo returns, by agency, the results in force up to the year of those agencies that have one of the ascent, and
// of every agency that has a link: what they came from is among those. They come as ResultsOfAgencies has them.
func (tx *Tx) ResultsUpTo(a Ascent) (map[string][]Result, error) {
	all, err := All(tx, scanResult, `SELECT `+resultColumns+` FROM result
		WHERE corrected_by = '' AND year <= $2 AND (
			agency_id IN (SELECT r.agency_id FROM result AS r WHERE r.corrected_by = '' AND r.instrument_id = $1 AND r.year = $2
				AND ($3 = '' OR r.agency_kind = $3) AND ($4 = '' OR r.province_id = $4))
			OR agency_id IN (SELECT l.agency_id FROM agency_link AS l)
			OR agency_id IN (SELECT l.other_id FROM agency_link AS l))
		ORDER BY year, imported, id`, a.InstrumentID, a.Year, string(a.Kind), a.ProvinceID)
	byAgency := map[string][]Result{}
	for _, r := range all {
		byAgency[r.AgencyID] = append(byAgency[r.AgencyID], r)
	}
	return byAgency, err
}

// Holds reports whether a result is one that the ascent begins at.
func (a Ascent) Holds(r *Result) bool {
	return r.InstrumentID == a.InstrumentID && r.Year == a.Year && (a.Kind == "" || r.AgencyKind == a.Kind) &&
		(a.ProvinceID == "" || r.ProvinceID == a.ProvinceID)
}

// InTime sorts results of several agencies as ResultsOfAgencies has them.
func InTime(results []Result) {
	slices.SortFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(flag(a.Imported), flag(b.Imported)), cmp.Compare(a.ID, b.ID))
	})
}
