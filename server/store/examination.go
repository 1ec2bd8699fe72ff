package store

import (
	"strings"
	"time"
)

// What the virus scanner says of a file.
const (
	NotScanned  = "NOT_SCANNED" // there was no scanner
	ScanPending = "PENDING"     // the scanner did not answer
	ScanClean   = "CLEAN"
	Quarantined = "QUARANTINED"
)

// notExamined is the flag of a file that came before files were looked into, until the service gets round to it.
const notExamined = "NOT_EXAMINED"

// Examination is what was found in a file, of evidence or a document.
type Examination struct {
	FileID    string
	Flags     []string // EvidenceFlags without their prefix
	Scan      string
	Signature string // what the virus scanner found
	ScannedAt time.Time
	RemovedAt time.Time // when the bytes went because nobody ever cited them
	Revision  int64     // 0 for a file that nobody has looked into
}

// examinationColumns are selected through a LEFT JOIN of examination x: files that came before it have none.
const examinationColumns = `COALESCE(x.flags, '` + notExamined + `'), COALESCE(x.scan, '` + NotScanned + `'), COALESCE(x.signature, ''),
	COALESCE(x.scanned_at, 0), COALESCE(x.removed_at, 0), COALESCE(x.revision, 0)`

// scannedExamination takes the columns of an examination in.
type scannedExamination struct {
	flags              string
	scannedAt, removed int64
}

func (s *scannedExamination) into(e *Examination) []any {
	return []any{&s.flags, &e.Scan, &e.Signature, &s.scannedAt, &s.removed, &e.Revision}
}

func (s *scannedExamination) finish(e *Examination) {
	if s.flags != "" {
		e.Flags = strings.Split(s.flags, ",")
	}
	e.ScannedAt, e.RemovedAt = Instant(s.scannedAt), Instant(s.removed)
}

// SaveExamination keeps what was found in a file in the place of what was found before. When bytes were removed it does
// not change.
func (tx *Tx) SaveExamination(e Examination) error {
	_, err := tx.Exec(`INSERT INTO examination (file_id, flags, scan, signature, scanned_at, removed_at, revision)
		VALUES ($1, $2, $3, $4, $5, 0, 1)
		ON CONFLICT (file_id) DO UPDATE SET flags = $2, scan = $3, signature = $4, scanned_at = $5, revision = examination.revision + 1`,
		e.FileID, strings.Join(e.Flags, ","), e.Scan, e.Signature, Micros(e.ScannedAt))
	return err
}

// File is what the service needs of evidence or a document to look into its bytes.
type File struct {
	ID       string
	AgencyID string // of evidence
	Name     string
	Size     int64
	SHA256   string
	Examination
}

const filesToExamine = `SELECT f.id, f.agency_id, f.file_name, f.size, f.sha256, ` + examinationColumns + ` FROM (
	SELECT id, agency_id, file_name, size, sha256 FROM evidence WHERE kind = 'FILE'
	UNION ALL SELECT id, '', file_name, size, sha256 FROM document) f `

func scanFile(row Scanner, f *File) error {
	var s scannedExamination
	err := row.Scan(append([]any{&f.ID, &f.AgencyID, &f.Name, &f.Size, &f.SHA256}, s.into(&f.Examination)...)...)
	s.finish(&f.Examination)
	f.FileID = f.ID
	return err
}

// UnexaminedFiles returns files with ids after the one given that nobody has looked into, oldest first.
func (tx *Tx) UnexaminedFiles(after string, limit int) ([]File, error) {
	return All(tx, scanFile, filesToExamine+`LEFT JOIN examination x ON x.file_id = f.id
		WHERE x.file_id IS NULL AND f.id > $1 ORDER BY f.id LIMIT $2`, after, limit)
}

// UnscannedFiles returns files with ids after the one given that no virus scanner has seen and whose bytes are there,
// oldest first.
func (tx *Tx) UnscannedFiles(after string, limit int) ([]File, error) {
	return All(tx, scanFile, filesToExamine+`JOIN examination x ON x.file_id = f.id
		WHERE x.scan IN ('NOT_SCANNED', 'PENDING') AND x.removed_at = 0 AND f.id > $1 ORDER BY f.id LIMIT $2`, after, limit)
}
