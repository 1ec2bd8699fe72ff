package store

import (
	"errors"
	"time"
)

// OtherAgency is another agency that shows the same bytes.
type OtherAgency struct {
	AgencyID, Name, Region string
}

// HandedInElsewhere returns the agencies other than the one of the evidence that cite the same bytes in assessments that
// are submitted, named as on the day, by name.
func (tx *Tx) HandedInElsewhere(e *Evidence, day string) ([]OtherAgency, error) {
	if e.SHA256 == "" {
		return nil, nil
	}
	ids, err := All(tx, func(row Scanner, id *string) error { return row.Scan(id) }, `SELECT DISTINCT o.agency_id FROM evidence o
		JOIN citation c ON c.evidence_id = o.id AND c.removed_at = 0
		JOIN assessment s ON s.id = c.assessment_id AND s.state <> 'DRAFT'
		WHERE o.sha256 = $1 AND o.agency_id <> $2 ORDER BY o.agency_id`, e.SHA256, e.AgencyID)
	if err != nil {
		return nil, err
	}
	others := make([]OtherAgency, len(ids))
	for i, id := range ids {
		a, err := tx.Agency(id, day)
		if err != nil && !errors.Is(err, ErrNotFound) { // one that is no more is counted
			return nil, err
		}
		others[i] = OtherAgency{AgencyID: id, Name: a.Name, Region: a.Region}
	}
	return others, nil
}

// NeverCited returns files of evidence that no assessment ever cited, not even in a citation that was removed, that were
// added or withdrawn before the instant, and whose agency has no sheet that could still cite them. What is in quarantine
// stays.
func (tx *Tx) NeverCited(before time.Time, limit int) ([]Evidence, error) {
	return All(tx, scanEvidence, selectEvidence+`WHERE e.kind = 'FILE' AND e.added_at < $1 AND e.withdrawn_at < $1
		AND COALESCE(x.removed_at, 0) = 0 AND COALESCE(x.scan, '') <> 'QUARANTINED'
		AND NOT EXISTS (SELECT 1 FROM citation c WHERE c.evidence_id = e.id)
		AND NOT EXISTS (SELECT 1 FROM assessment s WHERE s.agency_id = e.agency_id AND s.state IN ('DRAFT', 'IN_VERIFICATION', 'IN_REPAIR'))
		ORDER BY e.id LIMIT $2`, Micros(before), limit)
}

// RemoveEvidence takes evidence that nobody ever cited out of use for good: its bytes go.
func (tx *Tx) RemoveEvidence(e *Evidence, by string) error {
	if e.WithdrawnAt.IsZero() {
		if _, err := tx.WithdrawEvidence(e.ID, e.Revision, by); err != nil {
			return err
		}
	}
	if e.Examination.Revision == 0 {
		if err := tx.SaveExamination(e.Examination); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE examination SET removed_at = $2, revision = revision + 1 WHERE file_id = $1", e.ID, Micros(tx.Now()))
	return err
}

// BytesInUse reports whether evidence whose file was not removed, or a document, has the SHA-256.
func (tx *Tx) BytesInUse(sum string) (used bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM evidence e LEFT JOIN examination x ON x.file_id = e.id
			WHERE e.sha256 = $1 AND COALESCE(x.removed_at, 0) = 0)
		OR EXISTS (SELECT 1 FROM document d WHERE d.sha256 = $1)`, sum).Scan(&used)
	return used, err
}
