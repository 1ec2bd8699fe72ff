package store

import "time"

// Citation ties evidence to an item of an assessment. Its row stays when it is removed.
type Citation struct {
	ID            string
	AssessmentID  string
	Item          string
	EvidenceID    string
	EvidenceTitle string // read only
	Page          string // as printed: 12, iv, 3-5
	Quote         string // the passage
	RoundID       string // the clarification or repair round it was added in
	CarriedFrom   string // the assessment it was carried over from
	CitedAt       time.Time
	CitedBy       string // account id
	CitedByName   string // read only
	RemovedAt     time.Time
	RemovedBy     string
	Revision      int64
}

// SaysTheSame reports whether two citations tie the same evidence to the same item, page and passage.
func (c Citation) SaysTheSame(d Citation) bool {
	return c.AssessmentID == d.AssessmentID && c.Item == d.Item && c.EvidenceID == d.EvidenceID && c.Page == d.Page && c.Quote == d.Quote
}

const selectCitation = `SELECT c.id, c.assessment_id, c.item, c.evidence_id, e.title, c.page, c.quote, c.round_id, c.carried_from,
	c.cited_at, c.cited_by, COALESCE(a.name, ''), c.removed_at, c.removed_by, c.revision
	FROM citation c JOIN evidence e ON e.id = c.evidence_id LEFT JOIN account a ON a.id = c.cited_by `

func scanCitation(row Scanner, c *Citation) error {
	var cited, removed int64
	err := row.Scan(&c.ID, &c.AssessmentID, &c.Item, &c.EvidenceID, &c.EvidenceTitle, &c.Page, &c.Quote, &c.RoundID, &c.CarriedFrom,
		&cited, &c.CitedBy, &c.CitedByName, &removed, &c.RemovedBy, &c.Revision)
	c.CitedAt, c.RemovedAt = Instant(cited), Instant(removed)
	return err
}

// Citation returns the citation with the id, removed or not, or ErrNotFound.
func (tx *Tx) Citation(id string) (Citation, error) {
	return One(tx, "citation "+id, scanCitation, selectCitation+"WHERE c.id = $1", id)
}

// Citations returns the citations of an assessment, or of one item of it when item is not empty, that have not been
// removed: by item, oldest first.
func (tx *Tx) Citations(assessmentID, item string) ([]Citation, error) {
	return All(tx, scanCitation, selectCitation+`WHERE c.assessment_id = $1 AND ($2 = '' OR c.item = $2) AND c.removed_at = 0
		ORDER BY c.item, c.id`, assessmentID, item)
}

// CitationsOf returns the citations of a piece of evidence that have not been removed, oldest first; with submitted,
// those of submitted assessments only.
func (tx *Tx) CitationsOf(evidenceID string, submitted bool) ([]Citation, error) {
	return All(tx, scanCitation, selectCitation+`JOIN assessment s ON s.id = c.assessment_id
		WHERE c.evidence_id = $1 AND c.removed_at = 0 AND ($2 = 0 OR s.state <> 'DRAFT') ORDER BY c.id`,
		evidenceID, flag(submitted))
}

// QuarantinedCitations returns the citations of an assessment, by item, of files in which the virus scanner found something.
func (tx *Tx) QuarantinedCitations(assessmentID string) ([]Citation, error) {
	return All(tx, scanCitation, selectCitation+`JOIN examination x ON x.file_id = e.id AND x.scan = 'QUARANTINED'
		WHERE c.assessment_id = $1 AND c.removed_at = 0 ORDER BY c.item, c.id`, assessmentID)
}

// CitedItems counts the citations of each item of an assessment that have not been removed. Items without any are not
// in the map.
func (tx *Tx) CitedItems(assessmentID string) (map[string]int, error) {
	type count struct {
		item string
		n    int
	}
	counts, err := All(tx, func(row Scanner, c *count) error { return row.Scan(&c.item, &c.n) },
		"SELECT item, count(*) FROM citation WHERE assessment_id = $1 AND removed_at = 0 GROUP BY item", assessmentID)
	cited := make(map[string]int, len(counts))
	for _, c := range counts {
		cited[c.item] = c.n
	}
	return cited, err
}

// InsertCitation adds a citation with revision 1. Assessment and evidence must exist (ErrForeignKey).
func (tx *Tx) InsertCitation(c Citation) error {
	_, err := tx.Exec(`INSERT INTO citation (id, assessment_id, item, evidence_id, page, quote, round_id, carried_from,
		cited_at, cited_by, removed_at, removed_by, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', 1)`,
		c.ID, c.AssessmentID, c.Item, c.EvidenceID, c.Page, c.Quote, c.RoundID, c.CarriedFrom, Micros(c.CitedAt), c.CitedBy)
	return err
}

// RemoveCitation marks a citation as removed, and reports whether it was not yet.
func (tx *Tx) RemoveCitation(id, by string) (bool, error) {
	n, err := tx.Exec(`UPDATE citation SET removed_at = $2, removed_by = $3, revision = revision + 1
		WHERE id = $1 AND removed_at = 0`, id, Micros(tx.Now()), by)
	return n == 1, err
}
