package store

import "time"

// Upload is a file on its way in. Its durable bytes lie in the blob store.
type Upload struct {
	ID         string
	AccountID  string // whose it is
	AgencyID   string // the agency whose evidence it becomes; empty for documents of the assessor
	FileName   string
	Size       int64  // as announced, in bytes
	SHA256     string // as announced, hex
	StartedAt  time.Time
	ExpiresAt  time.Time
	FinishedAs string // id of the evidence or document it became
}

const uploadColumns = "id, account_id, agency_id, file_name, size, sha256, started_at, expires_at, finished_as"

func scanUpload(row Scanner, u *Upload) error {
	var started, expires int64
	err := row.Scan(&u.ID, &u.AccountID, &u.AgencyID, &u.FileName, &u.Size, &u.SHA256, &started, &expires, &u.FinishedAs)
	u.StartedAt, u.ExpiresAt = Instant(started), Instant(expires)
	return err
}

// Upload returns the upload with the id, or ErrNotFound when there is none or it has expired.
func (tx *Tx) Upload(id string) (Upload, error) {
	return One(tx, "upload "+id, scanUpload, "SELECT "+uploadColumns+" FROM upload WHERE id = $1 AND expires_at > $2",
		id, Micros(tx.Now()))
}

// InsertUpload adds an upload.
func (tx *Tx) InsertUpload(u Upload) error {
	_, err := tx.Exec("INSERT INTO upload ("+uploadColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		u.ID, u.AccountID, u.AgencyID, u.FileName, u.Size, u.SHA256, Micros(u.StartedAt), Micros(u.ExpiresAt), u.FinishedAs)
	return err
}

const unfinishedUploads = "SELECT count(*) FROM upload WHERE account_id = $1 AND finished_as = '' AND expires_at > $2"

// UnfinishedUploads counts the uploads of an account that became nothing yet and have not expired.
func (tx *Tx) UnfinishedUploads(accountID string) (n int, err error) {
	err = tx.QueryRow(unfinishedUploads, accountID, Micros(tx.Now())).Scan(&n)
	return n, err
}

// FinishUpload notes what an upload became, so that finishing it may be repeated.
func (tx *Tx) FinishUpload(id, as string) error {
	_, err := tx.Exec("UPDATE upload SET finished_as = $2 WHERE id = $1", id, as)
	return err
}

// ForgetUploads removes the uploads that have expired.
func (tx *Tx) ForgetUploads() error {
	_, err := tx.Exec("DELETE FROM upload WHERE expires_at <= $1", Micros(tx.Now()))
	return err
}
