package store

import (
	"slices"
)

// ResultKey is what one result in force is kept for.
type ResultKey struct {
	AgencyID     string
	Year         int
	InstrumentID string
}

// Key is what the result is kept for.
func (r *Result) Key() ResultKey { return ResultKey{r.AgencyID, r.Year, r.InstrumentID} }

// Standings are the results that an import has to know of.
type Standings struct {
	Imported   map[ResultKey]Result // the newest import, in force or not; without agency, province and recorder
	Determined map[ResultKey]string // result id of the determination in force
}

// Standings reads what there is under instruments, in one query.
func (tx *Tx) Standings(instrumentIDs ...string) (Standings, error) {
	rows, err := tx.Query(`SELECT id, agency_id, year, instrument_id, corrected_by, imported, has_total, total, index_text,
			category, year_uncertain, source
		FROM result WHERE instrument_id IN `+In(1, len(instrumentIDs))+` AND (imported = 1 OR corrected_by = '')`, anys(instrumentIDs)...)
	s := Standings{Imported: map[ResultKey]Result{}, Determined: map[ResultKey]string{}}
	if err != nil {
		return s, err
	}
	defer rows.Close()
	imports := map[string]Result{}
	for rows.Next() {
		var r Result
		if err := rows.Scan(&r.ID, &r.AgencyID, &r.Year, &r.InstrumentID, &r.CorrectedBy, &r.Imported, &r.HasTotal,
			(*int64)(&r.Total), &r.Index, &r.Category, &r.YearUncertain, &r.Source); err != nil {
			return s, err
		}
		if r.Imported {
			imports[r.ID] = r
		} else {
			s.Determined[r.Key()] = r.ID
		}
	}
	for _, r := range imports {
		if _, corrected := imports[r.CorrectedBy]; !corrected {
			s.Imported[r.Key()] = r
		}
	}
	return s, rows.Err()
}

// importChunk is how many rows one statement inserts; SQLite takes at most 32,766 values.
const importChunk = 256

// ImportResults records imported results, at most one for each ResultKey. Each has Corrects, the newest import of the
// same key, and CorrectedBy, the determination in force, as Standings gave them in this transaction.
func (tx *Tx) ImportResults(results []Result) error {
	for _, r := range results {
		if r.Corrects == "" {
			continue
		}
		if _, err := tx.Exec(`UPDATE result SET corrected_by = $1 WHERE id = $2`, r.ID, r.Corrects); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(results, importChunk) {
		if err := tx.insertResults(some); err != nil {
			return err
		}
	}
	return nil
}
