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

// CountResults tells how many results in force there are under an instrument and year by kind, province and category.
func (tx *Tx) CountResults(instrumentID string, year int) ([]ResultCount, error) {
	return All(tx, func(s Scanner, c *ResultCount) error {
		return s.Scan((*string)(&c.Kind), &c.ProvinceID, &c.Category, &c.CategoryRank, &c.HasTotal, &c.Results)
	}, `SELECT agency_kind, province_id, category, category_rank, has_total, results FROM result_count
		WHERE instrument_id = $1 AND year = $2 AND results > 0`, instrumentID, year)
}

// AspectSum adds up one aspect over the results in force of one kind.
type AspectSum struct {
	Kind    scoring.AgencyKind
	Aspect  string
	Results int            // that have the aspect
	Points  scoring.Points // the sum
	Maximum scoring.Points // the greatest of one result
}

// SumAspects tells what the aspects of the results in force under an instrument and year come to. Imported results have no
// aspects.
func (tx *Tx) SumAspects(instrumentID string, year int) ([]AspectSum, error) {
	return All(tx, func(s Scanner, a *AspectSum) error {
		return s.Scan((*string)(&a.Kind), &a.Aspect, &a.Results, (*int64)(&a.Points), (*int64)(&a.Maximum))
	}, `SELECT agency_kind, aspect, CAST(sum(results) AS BIGINT), CAST(sum(points) AS BIGINT), max(maximum)
		FROM result_aspect_count WHERE instrument_id = $1 AND year = $2 AND results > 0
		GROUP BY agency_kind, aspect`, instrumentID, year)
}

// CountAssessed tells how many agencies of each kind assessed themselves on a day.
func (tx *Tx) CountAssessed(day string) (map[scoring.AgencyKind]int, error) {
	rows, err := tx.Query(`SELECT kind, CAST(sum(began) - sum(CASE WHEN day < $1 THEN ended ELSE 0 END) AS BIGINT)
		FROM agency_count WHERE day <= $1 GROUP BY kind`, day)
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
