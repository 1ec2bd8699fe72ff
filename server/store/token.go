package store

import "time"

// Token is a credential for programs.
type Token struct {
	ID           string
	AccountID    string
	MembershipID string
	Name         string
	Hash         string // access.HashSecret of the secret; only written, never read back
	CreatedAt    time.Time
	ExpiresAt    time.Time
	RevokedAt    time.Time // zero while it is not
	UsedAt       time.Time // the last use, to the minute; zero before the first
	Revision     int64
}

const selectToken = `SELECT t.id, t.account_id, t.membership_id, t.name, t.created_at, t.expires_at, t.revoked_at,
		COALESCE(u.used_at, 0), t.revision
	FROM api_token t LEFT JOIN token_use u ON u.token_id = t.id `

func scanToken(row Scanner, t *Token) error {
	var created, expires, revoked, used int64
	err := row.Scan(&t.ID, &t.AccountID, &t.MembershipID, &t.Name, &created, &expires, &revoked, &used, &t.Revision)
	t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.UsedAt = Instant(created), Instant(expires), Instant(revoked), Instant(used)
	return err
}

// Token returns the token with the id, or ErrNotFound.
func (tx *Tx) Token(id string) (Token, error) {
	return One(tx, "token "+id, scanToken, selectToken+"WHERE t.id = $1", id)
}

// TokensOf lists the tokens of an account, newest first, beginning after (below) the id; all when it is empty.
func (tx *Tx) TokensOf(accountID, after string, limit int) ([]Token, error) {
	return All(tx, scanToken, selectToken+`WHERE t.account_id = $1 AND ($2 = '' OR t.id < $2) ORDER BY t.id DESC LIMIT $3`,
		accountID, after, limit)
}

// InsertToken adds a token with revision 1.
func (tx *Tx) InsertToken(t Token) error {
	_, err := tx.Exec(`INSERT INTO api_token (id, account_id, membership_id, name, token_hash, created_at, expires_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
		t.ID, t.AccountID, t.MembershipID, t.Name, t.Hash, Micros(t.CreatedAt), Micros(t.ExpiresAt))
	return err
}

// RevokeToken ends a token, or returns ErrNotFound when there is none or it was revoked before.
func (tx *Tx) RevokeToken(id string) error {
	return changedOne(tx.Exec("UPDATE api_token SET revoked_at = $2, revision = revision + 1 WHERE id = $1 AND revoked_at = 0",
		id, Micros(tx.Now())))
}

// RevokeTokensOf ends all tokens of an account.
func (tx *Tx) RevokeTokensOf(accountID string) error {
	_, err := tx.Exec("UPDATE api_token SET revoked_at = $2, revision = revision + 1 WHERE account_id = $1 AND revoked_at = 0",
		accountID, Micros(tx.Now()))
	return err
}
