package store

import "time"

// The kinds of one-time links.
const (
	LinkInvitation    = "INVITATION"
	LinkPasswordReset = "PASSWORD_RESET"
)

// Link is a one-time link: who holds its secret may set the password of the account, once, until it expires.
type Link struct {
	ID        string
	Kind      string
	AccountID string
	Hash      string // access.HashSecret of the secret
	IssuedBy  string // account id
	IssuedAt  time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero while it is not
	Revision  int64
}

// LinkByHash returns the link with the hash, or ErrNotFound.
func (tx *Tx) LinkByHash(hash string) (Link, error) {
	return One(tx, "link", scanLinkRow, `SELECT id, kind, account_id, secret_hash, issued_by, issued_at, expires_at, used_at, revision
		FROM one_time_link WHERE secret_hash = $1`, hash)
}

func scanLinkRow(row Scanner, l *Link) error {
	var issued, expires, used int64
	err := row.Scan(&l.ID, &l.Kind, &l.AccountID, &l.Hash, &l.IssuedBy, &issued, &expires, &used, &l.Revision)
	l.IssuedAt, l.ExpiresAt, l.UsedAt = Instant(issued), Instant(expires), Instant(used)
	return err
}

// InsertLink adds a link with revision 1; earlier ones of the account stop working.
func (tx *Tx) InsertLink(l Link) error {
	if err := tx.EndLinksOf(l.AccountID); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO one_time_link (id, kind, account_id, secret_hash, issued_by, issued_at, expires_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
		l.ID, l.Kind, l.AccountID, l.Hash, l.IssuedBy, Micros(l.IssuedAt), Micros(l.ExpiresAt))
	return err
}

// EndLinksOf makes the open links of an account expire at once.
func (tx *Tx) EndLinksOf(accountID string) error {
	_, err := tx.Exec(`UPDATE one_time_link SET expires_at = $2, revision = revision + 1
		WHERE account_id = $1 AND used_at = 0 AND expires_at > $2`, accountID, Micros(tx.Now()))
	return err
}

// UseLink marks a link as used, or returns ErrNotFound when it was used before or has expired.
func (tx *Tx) UseLink(id string) error {
	return changedOne(tx.Exec(`UPDATE one_time_link SET used_at = $2, revision = revision + 1
		WHERE id = $1 AND used_at = 0 AND expires_at > $2`, id, Micros(tx.Now())))
}
