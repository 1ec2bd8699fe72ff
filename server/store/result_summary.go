package store

import "github.com/meritindex/merit/scoring"

// ResultCount is how many results in force are alike.
type ResultCount struct {
	Kind         scoring.AgencyKind
	ProvinceID   string
	Category     string // empty without one
	CategoryRank int    // -1 without a category
	HasTotal     bool
	Results      int
}

// CountResults counts the results in force under an instrument and year by kind, province and category, in one query.
func (tx *Tx) CountResults(instrumentID string, year int) ([]ResultCount, error) {
	return All(tx, func(s Scanner, c *ResultCount) error {
		return s.Scan((*string)(&c.Kind), &c.ProvinceID, &c.Category, &c.CategoryRank, &c.HasTotal, &c.Results)
	}, `SELECT agency_kind, province_id, category, category_rank, has_total, count(*) FROM result
		WHERE instrument_id = $1 AND year = $2 AND corrected_by = ''
		GROUP BY agency_kind, province_id, category, category_rank, has_total`, instrumentID, year)
}

// AspectSum adds up one aspect over the results in force of one kind.
type AspectSum struct {
	Kind    scoring.AgencyKind
	Aspect  string
	Results int            // that have the aspect
	Points  scoring.Points // the sum
	Maximum scoring.Points // the greatest of one result
}

// SumAspects adds up the aspects of the results in force under an instrument and year, in one query. Imported results
// have no aspects.
func (tx *Tx) SumAspects(instrumentID string, year int) ([]AspectSum, error) {
	return All(tx, func(s Scanner, a *AspectSum) error {
		return s.Scan((*string)(&a.Kind), &a.Aspect, &a.Results, (*int64)(&a.Points), (*int64)(&a.Maximum))
	}, `SELECT r.agency_kind, a.aspect, count(*), CAST(sum(a.points) AS BIGINT), max(a.maximum)
		FROM result AS r JOIN result_aspect AS a ON a.result_id = r.id
		WHERE r.instrument_id = $1 AND r.year = $2 AND r.corrected_by = ''
		GROUP BY r.agency_kind, a.aspect`, instrumentID, year)
}

// CountAssessed returns how many agencies of each kind assessed themselves on a day.
func (tx *Tx) CountAssessed(day string) (map[scoring.AgencyKind]int, error) {
	rows, err := tx.Query(`SELECT kind, count(*) FROM agency_version
		WHERE valid_from <= $1 AND valid_until >= $1 AND assessed = 1 GROUP BY kind`, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[scoring.AgencyKind]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, err
		}
		counts[scoring.AgencyKind(kind)] = n
	}
	return counts, rows.Err()
}
