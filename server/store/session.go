package store

import "time"

// Session is a signed-in person.
type Session struct {
	TokenHash      string // access.HashSecret of the secret that the person holds
	ID             string // by which the owner names it
	AccountID      string
	MembershipID   string // acted in; empty when the person has none in force
	CreatedAt      time.Time
	ExpiresAt      time.Time
	UsedAt         time.Time // the last use, to the minute
	ConfirmedUntil time.Time // until then it may do what needs a fresh proof of who holds it
	UserAgent      string
}

const signedInColumns = "token_hash, id, account_id, membership_id, created_at, expires_at, used_at, confirmed_until, user_agent"

func scanSignedIn(row Scanner, s *Session) error {
	var created, expires, used, confirmed int64
	err := row.Scan(&s.TokenHash, &s.ID, &s.AccountID, &s.MembershipID, &created, &expires, &used, &confirmed, &s.UserAgent)
	s.CreatedAt, s.ExpiresAt, s.UsedAt, s.ConfirmedUntil = Instant(created), Instant(expires), Instant(used), Instant(confirmed)
	return err
}

// SessionsOf lists the sessions of an account that have not ended, newest first, beginning after (below) the id; all when
// it is empty.
func (tx *Tx) SessionsOf(accountID, after string, limit int) ([]Session, error) {
	return All(tx, scanSignedIn, "SELECT "+signedInColumns+` FROM session
		WHERE account_id = $1 AND ($2 = '' OR id < $2) AND expires_at > $3 ORDER BY id DESC LIMIT $4`,
		accountID, after, Micros(tx.Now()), limit)
}

// InsertSession adds a session. It needs no audit entry.
func (tx *Tx) InsertSession(s Session) error {
	_, err := tx.Exec("INSERT INTO session ("+signedInColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		s.TokenHash, s.ID, s.AccountID, s.MembershipID, Micros(s.CreatedAt), Micros(s.ExpiresAt),
		Micros(s.UsedAt), Micros(s.ConfirmedUntil), s.UserAgent)
	return err
}

// ConfirmSession notes until when a session counts as proved, or returns ErrNotFound.
func (tx *Tx) ConfirmSession(hash string, until time.Time) error {
	return changedOne(tx.Exec("UPDATE session SET confirmed_until = $2 WHERE token_hash = $1", hash, Micros(until)))
}

const setSessionUsed = "UPDATE session SET used_at = $2 WHERE token_hash = $1"

// SetSessionUsed notes when a session was last used. One that has ended meanwhile stays ended.
func (tx *Tx) SetSessionUsed(hash string, at time.Time) error {
	_, err := tx.Exec(setSessionUsed, hash, Micros(at))
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

// EndSessionOf ends the session of the account with the id, or returns ErrNotFound.
func (tx *Tx) EndSessionOf(accountID, id string) error {
	return changedOne(tx.Exec("DELETE FROM session WHERE account_id = $1 AND id = $2", accountID, id))
}

// EndSessionsOf ends all sessions of an account but the one with the hash, which may be empty, and its pending sign-ins. It
// returns how many sessions it ended.
func (tx *Tx) EndSessionsOf(accountID, butHash string) (int64, error) {
	if _, err := tx.Exec("DELETE FROM pending_sign_in WHERE account_id = $1", accountID); err != nil {
		return 0, err
	}
	return tx.Exec("DELETE FROM session WHERE account_id = $1 AND token_hash <> $2", accountID, butHash)
}

// PendingSignIn is somebody whose password was right and whose code is still to come.
type PendingSignIn struct {
	TokenHash    string // access.HashSecret of the secret that the person holds
	AccountID    string
	MembershipID string // that the session is to act in; empty when the person did not say
	ExpiresAt    time.Time
}

// InsertPendingSignIn adds a pending sign-in. It needs no audit entry.
func (tx *Tx) InsertPendingSignIn(p PendingSignIn) error {
	_, err := tx.Exec("INSERT INTO pending_sign_in (token_hash, account_id, membership_id, expires_at) VALUES ($1, $2, $3, $4)",
		p.TokenHash, p.AccountID, p.MembershipID, Micros(p.ExpiresAt))
	return err
}

// PendingSignIn returns the pending sign-in with the hash that has not ended, or ErrNotFound.
func (tx *Tx) PendingSignIn(hash string) (PendingSignIn, error) {
	return One(tx, "pending sign-in", func(row Scanner, p *PendingSignIn) error {
		var expires int64
		err := row.Scan(&p.TokenHash, &p.AccountID, &p.MembershipID, &expires)
		p.ExpiresAt = Instant(expires)
		return err
	}, `SELECT token_hash, account_id, membership_id, expires_at FROM pending_sign_in
		WHERE token_hash = $1 AND expires_at > $2`, hash, Micros(tx.Now()))
}

// EndPendingSignIn ends a pending sign-in, or returns ErrNotFound: of several that end one at once, one succeeds.
func (tx *Tx) EndPendingSignIn(hash string) error {
	return changedOne(tx.Exec("DELETE FROM pending_sign_in WHERE token_hash = $1", hash))
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
	UsedAt       time.Time // the last use that was noted

	TokenID string      // of a token
	Limits  TokenLimits // of a token

	ConfirmedUntil time.Time // of a session

	EnrolledAt        time.Time // of the account's second factor; zero when it has none
	SecondFactorRoles string    // the value of SettingSecondFactorRoles
}

const identityOfMembership = `a.id, a.state, a.name, a.language,
	COALESCE((SELECT f.enrolled_at FROM second_factor f WHERE f.account_id = a.id), 0),
	COALESCE((SELECT v.value FROM setting v WHERE v.name = '` + SettingSecondFactorRoles + `'), ''), COALESCE(m.id, ''), COALESCE(m.role, ''), COALESCE(m.agency_id, ''),
	COALESCE(m.region, ''), COALESCE(m.valid_from, ''), COALESCE(m.valid_until, ''), COALESCE(m.ended_at, 0)`

func scanIdentity(row Scanner, i *Identity) error {
	var enrolled, ended, expires, revoked, used, confirmed, readOnly int64
	m := &i.Membership
	err := row.Scan(&i.AccountID, &i.AccountState, &i.Name, &i.Language, &enrolled, &i.SecondFactorRoles, &m.ID, &m.Role, &m.AgencyID,
		&m.Region, &m.ValidFrom, &m.ValidUntil, &ended, &expires, &used, &confirmed, &revoked, &i.TokenID,
		&readOnly, &i.Limits.AgencyID, &i.Limits.Service)
	m.AccountID, m.EndedAt = i.AccountID, Instant(ended)
	i.ExpiresAt, i.RevokedAt, i.UsedAt = Instant(expires), Instant(revoked), Instant(used)
	i.ConfirmedUntil, i.EnrolledAt, i.Limits.ReadOnly = Instant(confirmed), Instant(enrolled), readOnly != 0
	return err
}

const (
	identityBySession = "SELECT " + identityOfMembership + `, s.expires_at, s.used_at, s.confirmed_until, 0, '', 0, '', ''
		FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN membership m ON m.id = s.membership_id
		WHERE s.token_hash = $1`
	identityByToken = "SELECT " + identityOfMembership + `, t.expires_at, COALESCE(u.used_at, 0), 0, t.revoked_at, t.id, ` + tokenLimits + `
		FROM api_token t JOIN account a ON a.id = t.account_id JOIN membership m ON m.id = t.membership_id
		LEFT JOIN token_use u ON u.token_id = t.id
		WHERE t.token_hash = $1`
)

// IdentityBySession returns who holds the session with the hash, or ErrNotFound.
func (tx *Tx) IdentityBySession(hash string) (Identity, error) {
	return One(tx, "session", scanIdentity, identityBySession, hash)
}

// IdentityByToken returns who holds the token with the hash, or ErrNotFound.
func (tx *Tx) IdentityByToken(hash string) (Identity, error) {
	return One(tx, "token", scanIdentity, identityByToken, hash)
}

// SetTokenUsed notes when a token was last used. It needs no audit entry.
func (tx *Tx) SetTokenUsed(tokenID string, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO token_use (token_id, used_at) VALUES ($1, $2)
		ON CONFLICT (token_id) DO UPDATE SET used_at = $2`, tokenID, Micros(at))
	return err
}
