package store

import "time"

// Session is a signed-in person.
type Session struct {
	TokenHash    string // access.HashSecret of the secret that the person holds
	AccountID    string
	MembershipID string // acted in; empty when the person has none in force
	CreatedAt    time.Time
	ExpiresAt    time.Time
	UserAgent    string
}

// InsertSession adds a session. It needs no audit entry.
func (tx *Tx) InsertSession(s Session) error {
	_, err := tx.Exec(`INSERT INTO session (token_hash, account_id, membership_id, created_at, expires_at, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		s.TokenHash, s.AccountID, s.MembershipID, Micros(s.CreatedAt), Micros(s.ExpiresAt), s.UserAgent)
	return err
}

// SetSessionMembership makes a session act in another membership of its account.
func (tx *Tx) SetSessionMembership(hash, membershipID string) error {
	return changedOne(tx.Exec("UPDATE session SET membership_id = $2 WHERE token_hash = $1", hash, membershipID))
}

// EndSession ends one session; ending one that does not exist does no harm.
func (tx *Tx) EndSession(hash string) error {
	_, err := tx.Exec("DELETE FROM session WHERE token_hash = $1", hash)
	return err
}

// EndSessionsOf ends all sessions of an account but the one with the hash, which may be empty.
func (tx *Tx) EndSessionsOf(accountID, butHash string) error {
	_, err := tx.Exec("DELETE FROM session WHERE account_id = $1 AND token_hash <> $2", accountID, butHash)
	return err
}

// Identity is what a credential says about who holds it: read once for every call.
type Identity struct {
	AccountID    string
	AccountState string
	Name         string     // of the account
	Language     string     // of the account
	Membership   Membership // acted in; its id is empty when there is none. Only id, role, scope and time are filled
	ExpiresAt    time.Time
	RevokedAt    time.Time // of a token; zero when it is not
	TokenID      string    // of a token
	TokenUsedAt  time.Time // of a token: the last use that was noted
}

const identityOfMembership = `a.id, a.state, a.name, a.language, COALESCE(m.id, ''), COALESCE(m.role, ''), COALESCE(m.agency_id, ''),
	COALESCE(m.region, ''), COALESCE(m.valid_from, ''), COALESCE(m.valid_until, ''), COALESCE(m.ended_at, 0)`

func scanIdentity(row Scanner, i *Identity) error {
	var ended, expires, revoked, used int64
	m := &i.Membership
	err := row.Scan(&i.AccountID, &i.AccountState, &i.Name, &i.Language, &m.ID, &m.Role, &m.AgencyID,
		&m.Region, &m.ValidFrom, &m.ValidUntil, &ended, &expires, &revoked, &i.TokenID, &used)
	m.AccountID, m.EndedAt = i.AccountID, Instant(ended)
	i.ExpiresAt, i.RevokedAt, i.TokenUsedAt = Instant(expires), Instant(revoked), Instant(used)
	return err
}

// IdentityBySession returns who holds the session with the hash, or ErrNotFound.
func (tx *Tx) IdentityBySession(hash string) (Identity, error) {
	return One(tx, "session", scanIdentity, `SELECT `+identityOfMembership+`, s.expires_at, 0, '', 0
		FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN membership m ON m.id = s.membership_id
		WHERE s.token_hash = $1`, hash)
}

// IdentityByToken returns who holds the token with the hash, or ErrNotFound.
func (tx *Tx) IdentityByToken(hash string) (Identity, error) {
	return One(tx, "token", scanIdentity, `SELECT `+identityOfMembership+`, t.expires_at, t.revoked_at, t.id, COALESCE(u.used_at, 0)
		FROM api_token t JOIN account a ON a.id = t.account_id JOIN membership m ON m.id = t.membership_id
		LEFT JOIN token_use u ON u.token_id = t.id
		WHERE t.token_hash = $1`, hash)
}

// SetTokenUsed notes when a token was last used. It needs no audit entry.
func (tx *Tx) SetTokenUsed(tokenID string, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO token_use (token_id, used_at) VALUES ($1, $2)
		ON CONFLICT (token_id) DO UPDATE SET used_at = $2`, tokenID, Micros(at))
	return err
}
