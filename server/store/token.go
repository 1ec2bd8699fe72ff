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
	Limits       TokenLimits
	Revision     int64
}

// TokenLimits are what a token may do less than its membership.
type TokenLimits struct {
	ReadOnly bool   // only RPCs without side effects
	AgencyID string // only this agency; empty: what the membership reaches
	Service  string // only this service, without the package: ResultService; empty: all
}

// tokenLimits are the columns of TokenLimits of the table t.
const tokenLimits = "COALESCE(t.read_only, 0), COALESCE(t.agency_id, ''), COALESCE(t.service, '')"

const selectToken = `SELECT t.id, t.account_id, t.membership_id, t.name, t.created_at, t.expires_at, t.revoked_at,
		COALESCE(u.used_at, 0), ` + tokenLimits + `, t.revision
	FROM api_token t LEFT JOIN token_use u ON u.token_id = t.id `

func scanToken(row Scanner, t *Token) error {
	var created, expires, revoked, used, readOnly int64
	err := row.Scan(&t.ID, &t.AccountID, &t.MembershipID, &t.Name, &created, &expires, &revoked, &used,
		&readOnly, &t.Limits.AgencyID, &t.Limits.Service, &t.Revision)
	t.Limits.ReadOnly = readOnly != 0
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
	_, err := tx.Exec(`INSERT INTO api_token (id, account_id, membership_id, name, token_hash, created_at, expires_at, read_only, agency_id, service, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)`,
		t.ID, t.AccountID, t.MembershipID, t.Name, t.Hash, Micros(t.CreatedAt), Micros(t.ExpiresAt),
		flag(t.Limits.ReadOnly), t.Limits.AgencyID, t.Limits.Service)
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
