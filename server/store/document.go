package store

import "time"

// DocumentSubject is the kind of record a document belongs to.
type DocumentSubject string

// The kinds of records that have documents.
const (
	DocumentOfSubmission DocumentSubject = "SUBMISSION"      // of an assessment: the approver's signed letter
	DocumentOfMinutes    DocumentSubject = "MINUTES"         // of an assessment: the signed Berita Acara
	DocumentOfSession    DocumentSubject = "PLENARY_SESSION" // signed minutes and decree
	DocumentOfAward      DocumentSubject = "AWARD"
)

// Document is a file that belongs to a record. Documents are added, never changed.
type Document struct {
	ID          string
	Subject     DocumentSubject
	SubjectID   string
	Title       string
	FileName    string
	MediaType   string // found in the content, never taken from the name
	Size        int64  // bytes
	SHA256      string // hex
	AddedAt     time.Time
	AddedBy     string // account id
	AddedByName string // read only

	Examination Examination // read only
}

const selectDocument = `SELECT d.id, d.subject, d.subject_id, d.title, d.file_name, d.media_type, d.size, d.sha256, d.added_at,
	d.added_by, COALESCE(a.name, ''), ` + examinationColumns + `
	FROM document d LEFT JOIN account a ON a.id = d.added_by LEFT JOIN examination x ON x.file_id = d.id `

func scanDocument(row Scanner, d *Document) error {
	var added int64
	var s scannedExamination
	err := row.Scan(append([]any{
		&d.ID, &d.Subject, &d.SubjectID, &d.Title, &d.FileName, &d.MediaType, &d.Size, &d.SHA256, &added, &d.AddedBy, &d.AddedByName,
	}, s.into(&d.Examination)...)...)
	d.AddedAt = Instant(added)
	s.finish(&d.Examination)
	d.Examination.FileID = d.ID
	return err
}

// Document returns the document with the id, or ErrNotFound.
func (tx *Tx) Document(id string) (Document, error) {
	return One(tx, "document "+id, scanDocument, selectDocument+"WHERE d.id = $1", id)
}

// Documents returns the documents of a record, oldest first.
func (tx *Tx) Documents(subject DocumentSubject, subjectID string) ([]Document, error) {
	return All(tx, scanDocument, selectDocument+"WHERE d.subject = $1 AND d.subject_id = $2 ORDER BY d.id", subject, subjectID)
}

// InsertDocument adds a document.
func (tx *Tx) InsertDocument(d Document) error {
	_, err := tx.Exec(`INSERT INTO document (id, subject, subject_id, title, file_name, media_type, size, sha256, added_at, added_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, d.ID, d.Subject, d.SubjectID, d.Title, d.FileName, d.MediaType, d.Size,
		d.SHA256, Micros(d.AddedAt), d.AddedBy)
	return err
}

// AwardPublished reports whether an award is public, or returns ErrNotFound.
func (tx *Tx) AwardPublished(id string) (published bool, err error) {
	err = tx.QueryRow("SELECT state = 'PUBLISHED' FROM award WHERE id = $1", id).Scan(&published)
	return published, err
}
