package store

import "time"

// The kinds of evidence.
const (
	EvidenceFile = "FILE"
	EvidenceLink = "LINK" // https, never fetched by the service
)

// Evidence is a file or a link that an agency shows for its claims. The bytes of a file lie in the blob store under
// their SHA-256.
type Evidence struct {
	ID            string
	AgencyID      string
	Kind          string
	Title         string
	FileName      string // of a file
	MediaType     string // of a file: found in its content, never taken from its name
	Size          int64  // of a file, in bytes
	SHA256        string // of a file, hex
	URL           string // of a link
	EffectiveDate string // of the document itself; may be empty
	ValidUntil    string // may be empty
	AddedAt       time.Time
	AddedBy       string // account id
	AddedByName   string // read only
	WithdrawnAt   time.Time
	WithdrawnBy   string
	Revision      int64

	Examination Examination // read only; of a file
}

const evidenceColumns = `id, agency_id, kind, title, file_name, media_type, size, sha256, url, effective_date, valid_until,
	added_at, added_by, withdrawn_at, withdrawn_by, revision`

const selectEvidence = `SELECT e.id, e.agency_id, e.kind, e.title, e.file_name, e.media_type, e.size, e.sha256, e.url,
	e.effective_date, e.valid_until, e.added_at, e.added_by, COALESCE(a.name, ''), e.withdrawn_at, e.withdrawn_by, e.revision, ` + examinationColumns + `
	FROM evidence e LEFT JOIN account a ON a.id = e.added_by LEFT JOIN examination x ON x.file_id = e.id `

func scanEvidence(row Scanner, e *Evidence) error {
	var added, withdrawn int64
	var s scannedExamination
	err := row.Scan(append([]any{
		&e.ID, &e.AgencyID, &e.Kind, &e.Title, &e.FileName, &e.MediaType, &e.Size, &e.SHA256, &e.URL,
		&e.EffectiveDate, &e.ValidUntil, &added, &e.AddedBy, &e.AddedByName, &withdrawn, &e.WithdrawnBy, &e.Revision,
	}, s.into(&e.Examination)...)...)
	e.AddedAt, e.WithdrawnAt = Instant(added), Instant(withdrawn)
	if e.Kind == EvidenceLink {
		e.Examination = Examination{} // nothing to look into
		return err
	}
	s.finish(&e.Examination)
	e.Examination.FileID = e.ID
	return err
}

// Evidence returns the evidence with the id, withdrawn or not, or ErrNotFound.
func (tx *Tx) Evidence(id string) (Evidence, error) {
	return One(tx, "evidence "+id, scanEvidence, selectEvidence+"WHERE e.id = $1", id)
}

// InsertEvidence adds evidence with revision 1. The agency must exist (ErrForeignKey).
func (tx *Tx) InsertEvidence(e Evidence) error {
	_, err := tx.Exec("INSERT INTO evidence ("+evidenceColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', 1)`,
		e.ID, e.AgencyID, e.Kind, e.Title, e.FileName, e.MediaType, e.Size, e.SHA256, e.URL, e.EffectiveDate,
		e.ValidUntil, Micros(e.AddedAt), e.AddedBy)
	return err
}

// DescribeEvidence changes title, effective date and validity of evidence that still has the revision, and reports
// whether it had.
func (tx *Tx) DescribeEvidence(id string, revision int64, title, effectiveDate, validUntil string) (bool, error) {
	n, err := tx.Exec(`UPDATE evidence SET title = $3, effective_date = $4, valid_until = $5, revision = revision + 1
		WHERE id = $1 AND revision = $2`, id, revision, title, effectiveDate, validUntil)
	return n == 1, err
}

// WithdrawEvidence takes evidence that still has the revision out of use, and reports whether it had.
func (tx *Tx) WithdrawEvidence(id string, revision int64, by string) (bool, error) {
	n, err := tx.Exec(`UPDATE evidence SET withdrawn_at = $3, withdrawn_by = $4, revision = revision + 1
		WHERE id = $1 AND revision = $2`, id, revision, Micros(tx.Now()), by)
	return n == 1, err
}

// EvidenceFilter says which evidence to list. One of AgencyID and AssessmentID is mandatory.
type EvidenceFilter struct {
	AgencyID         string // evidence of this agency
	AssessmentID     string // instead: what this assessment cites
	Item             string // with AssessmentID, optional: what this item of it cites
	Submitted        bool   // with AgencyID: only what a submitted assessment cites
	IncludeWithdrawn bool
	Before           string // optional: only evidence older than the one with this id
	Limit            int    // mandatory
}

// EvidenceList lists evidence, newest first.
func (tx *Tx) EvidenceList(f EvidenceFilter) ([]Evidence, error) {
	if f.Before == "" {
		f.Before = "~" // sorts after every ULID
	}
	if f.AssessmentID != "" {
		return All(tx, scanEvidence, selectEvidence+`WHERE e.id IN
			(SELECT evidence_id FROM citation WHERE assessment_id = $1 AND ($2 = '' OR item = $2) AND removed_at = 0)
			AND e.id < $3 AND ($4 = 1 OR e.withdrawn_at = 0) ORDER BY e.id DESC LIMIT $5`,
			f.AssessmentID, f.Item, f.Before, flag(f.IncludeWithdrawn), f.Limit)
	}
	return All(tx, scanEvidence, selectEvidence+`WHERE e.agency_id = $1 AND e.id < $2 AND ($3 = 1 OR e.withdrawn_at = 0)
		AND ($4 = 0 OR EXISTS (SELECT 1 FROM citation c JOIN assessment s ON s.id = c.assessment_id
			WHERE c.evidence_id = e.id AND c.removed_at = 0 AND s.state <> 'DRAFT'))
		ORDER BY e.id DESC LIMIT $5`,
		f.AgencyID, f.Before, flag(f.IncludeWithdrawn), flag(f.Submitted), f.Limit)
}
