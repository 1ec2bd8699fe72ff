package store

import "github.com/meritindex/merit/server/audit"

// derived tables are written by triggers alone (ADR 23). They are in no dump: who fills the tables that they count fills
// them too.
var derived = []string{"agency_count", "result_aspect_count", "result_count"}

// The keys of derived tables as texts, in their columns and in those that they count.
const (
	resultCountKey = `instrument_id || '/' || CAST(year AS TEXT) || '/' || agency_kind || '/' || province_id || '/' || category
		|| '/' || CAST(category_rank AS TEXT) || '/' || CAST(has_total AS TEXT)`
	aspectCountKey = `instrument_id || '/' || CAST(year AS TEXT) || '/' || agency_kind || '/' || aspect || '/' || CAST(maximum AS TEXT)`
	agencyCountKey = `kind || '/' || day`
)

// recounts are, for each derived table, its rows and what they must be: a key and two numbers.
var recounts = map[string]struct{ stored, counted string }{
	"result_count": {
		`SELECT ` + resultCountKey + `, results, 0 FROM result_count WHERE results <> 0`,
		`SELECT ` + resultCountKey + `, count(*), 0 FROM result WHERE corrected_by = ''
			GROUP BY instrument_id, year, agency_kind, province_id, category, category_rank, has_total`,
	},
	"result_aspect_count": {
		`SELECT ` + aspectCountKey + `, results, points FROM result_aspect_count WHERE results <> 0 OR points <> 0`,
		`SELECT ` + aspectCountKey + `, count(*), CAST(sum(points) AS BIGINT)
			FROM result AS r JOIN result_aspect AS a ON a.result_id = r.id WHERE corrected_by = ''
			GROUP BY instrument_id, year, agency_kind, aspect, maximum`,
	},
	"agency_count": {
		`SELECT ` + agencyCountKey + `, began, ended FROM agency_count WHERE began <> 0 OR ended <> 0`,
		`SELECT ` + agencyCountKey + `, CAST(sum(began) AS BIGINT), CAST(sum(ended) AS BIGINT) FROM (
			SELECT kind, valid_from AS day, 1 AS began, 0 AS ended FROM agency_version WHERE assessed = 1
			UNION ALL SELECT kind, valid_until, 0, 1 FROM agency_version WHERE assessed = 1) AS changes GROUP BY kind, day`,
	},
}

// showCounts counts again what derived tables say, and reports what differs.
func (tx *Tx) showCounts(c *audit.Checker) error {
	for table, r := range recounts {
		stored, err := tx.counts(r.stored)
		if err != nil {
			return err
		}
		counted, err := tx.counts(r.counted)
		if err != nil {
			return err
		}
		for key, n := range counted {
			if stored[key] != n {
				c.Report(audit.Discrepancy{Table: table, Key: key, Problem: audit.CountWrong})
			}
			delete(stored, key)
		}
		for key := range stored {
			c.Report(audit.Discrepancy{Table: table, Key: key, Problem: audit.CountWrong})
		}
	}
	return nil
}

// counts reads two numbers by key.
func (tx *Tx) counts(query string) (map[string][2]int64, error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string][2]int64{}
	for rows.Next() {
		var key string
		var n [2]int64
		if err := rows.Scan(&key, &n[0], &n[1]); err != nil {
			return nil, err
		}
		all[key] = n
	}
	return all, rows.Err()
}
