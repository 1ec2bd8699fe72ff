package store

import "github.com/meritindex/merit/scoring"

// Ranking says what is ranked: the results in force, with a total, of one kind of agency under one instrument and year.
type Ranking struct {
	InstrumentID string
	Year         int
	Kind         scoring.AgencyKind

	// What of it is shown; ranks stay those of the whole kind.
	ProvinceID string // optional
	Category   string // optional: a category code
	Text       string // optional: words that all occur in the name, or the beginning of the code
}

// whole reports whether all of the ranking is shown.
func (r Ranking) whole() bool { return r.ProvinceID == "" && r.Category == "" && r.Text == "" }

// RankedResult is a result in a ranking.
type RankedResult struct {
	Rank  int // 1 + how many have a greater total: equal totals share it
	Place int // 1, 2, 3, … down the ranking; 0 where only a part of it is shown
	Result
}

// After says where the next page begins. The zero After is the beginning of the ranking.
type After struct {
	Total scoring.Points
	Code  string
	ID    string // empty: from the beginning
	Rank  int
	Place int
}

// After is where the page after this result begins.
func (r *RankedResult) After() After {
	return After{Total: r.Total, Code: r.AgencyCode, ID: r.ID, Rank: r.Rank, Place: r.Place}
}

// The index result_ranking has what is in force, in the order of a ranking.
const (
	ranked       = ` FROM result WHERE corrected_by = '' AND has_total = 1 AND instrument_id = $1 AND year = $2 AND agency_kind = $3`
	selectRanked = `SELECT id, agency_id, agency_code, agency_name, province_id, total, index_text, category,
		reconstructed + 2 * imported + 4 * year_uncertain, source, decree_number, decree_date, valid_until, recorded_at` + ranked
)

// scanRanked reads the rows into one record and copies that, which saves allocations. Each column costs about as much as
// finding the row, so the three marks come as one number.
func (tx *Tx) scanRanked(limit int, query string, args ...any) ([]RankedResult, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var r RankedResult
	var marks, at int64
	targets := []any{
		&r.ID, &r.AgencyID, &r.AgencyCode, &r.AgencyName, &r.ProvinceID, (*int64)(&r.Total), &r.Index, &r.Category,
		&marks, &r.Source, &r.DecreeNumber, &r.DecreeDate, &r.ValidUntil, &at,
	}
	page := make([]RankedResult, 0, limit)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		r.Reconstructed, r.Imported, r.YearUncertain = marks&1 != 0, marks&2 != 0, marks&4 != 0
		r.RecordedAt = Instant(at)
		page = append(page, r)
	}
	return page, rows.Err()
}

// Ranked returns a page of a ranking, ordered by rank, then agency code: at most limit results after a place. Ranks of
// the whole ranking go on from there, so that pages of one listing fit together. The results have no score,
// cycle, assessment, determination, correction, category rank or recorder.
func (tx *Tx) Ranked(r Ranking, after After, limit int) ([]RankedResult, error) {
	c := conditions{args: []any{r.InstrumentID, r.Year, string(r.Kind)}}
	c.text.WriteString(selectRanked)
	if after.ID != "" {
		c.add(`total <= %s AND (total < %s OR agency_code > %s OR (agency_code = %s AND id > %s))`,
			int64(after.Total), int64(after.Total), after.Code, after.Code, after.ID)
	}
	if r.ProvinceID != "" {
		c.add(`province_id = %s`, r.ProvinceID)
	}
	if r.Category != "" {
		c.add(`category = %s`, r.Category)
	}
	c.addText(r.Text, "agency_code", "search_name")
	c.text.WriteString(` ORDER BY total DESC, agency_code, id LIMIT ` + c.place(limit))
	page, err := tx.scanRanked(limit, c.text.String(), c.args...)
	if err != nil {
		return nil, err
	}
	if r.whole() {
		rankOn(page, after)
	} else if err := tx.rankAmongAll(page, r); err != nil {
		return nil, err
	}
	for i := range page {
		p := &page[i].Result
		p.InstrumentID, p.Year, p.AgencyKind, p.HasTotal = r.InstrumentID, r.Year, r.Kind, true
	}
	return page, nil
}

// rankOn counts ranks and places on from the page before.
func rankOn(page []RankedResult, last After) {
	for i := range page {
		p := &page[i]
		p.Place, p.Rank = last.Place+1, last.Rank
		if last.ID == "" || p.Total != last.Total {
			p.Rank = p.Place
		}
		last = p.After()
	}
}

// rankAmongAll finds the ranks of results of which those between them are not shown.
func (tx *Tx) rankAmongAll(page []RankedResult, r Ranking) error {
	if len(page) == 0 {
		return nil
	}
	rows, err := tx.Query(`SELECT total, count(*)`+ranked+` AND total >= $4 GROUP BY total ORDER BY total DESC`,
		r.InstrumentID, r.Year, string(r.Kind), int64(page[len(page)-1].Total))
	if err != nil {
		return err
	}
	defer rows.Close()
	above, i := 0, 0
	for rows.Next() {
		var total int64
		var equals int
		if err := rows.Scan(&total, &equals); err != nil {
			return err
		}
		for ; i < len(page) && page[i].Total == scoring.Points(total); i++ {
			page[i].Rank = above + 1
		}
		above += equals
	}
	return rows.Err()
}

// CountRanked returns how many results a whole ranking has.
func (tx *Tx) CountRanked(r Ranking) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*)`+ranked, r.InstrumentID, r.Year, string(r.Kind)).Scan(&n)
	return n, err
}
