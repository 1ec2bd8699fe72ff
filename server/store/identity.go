package store

import "time"

// AccountIdentity is who a person is at an OpenID provider.
type AccountIdentity struct {
	ID         string
	AccountID  string
	Issuer     string
	Subject    string
	Email      string // lower case, as the provider verified it when the link was made
	LinkedAt   time.Time
	UnlinkedAt time.Time // zero while the link holds
	UnlinkedBy string    // account id
	Revision   int64
}

const identityColumns = "id, account_id, issuer, subject, email, linked_at, unlinked_at, unlinked_by, revision"

func scanAccountIdentity(row Scanner, i *AccountIdentity) error {
	var linked, unlinked int64
	err := row.Scan(&i.ID, &i.AccountID, &i.Issuer, &i.Subject, &i.Email, &linked, &unlinked, &i.UnlinkedBy, &i.Revision)
	i.LinkedAt, i.UnlinkedAt = Instant(linked), Instant(unlinked)
	return err
}

// LinkedIdentity returns the identity with the subject at the issuer while its link holds, or ErrNotFound.
func (tx *Tx) LinkedIdentity(issuer, subject string) (AccountIdentity, error) {
	return One(tx, "identity", scanAccountIdentity, "SELECT "+identityColumns+
		" FROM account_identity WHERE issuer = $1 AND subject = $2 AND unlinked_at = 0", issuer, subject)
}

// AccountIdentity returns the identity with the id, linked or not, or ErrNotFound.
func (tx *Tx) AccountIdentity(id string) (AccountIdentity, error) {
	return One(tx, "identity "+id, scanAccountIdentity, "SELECT "+identityColumns+" FROM account_identity WHERE id = $1", id)
}

// IdentitiesOf returns the identities of an account, newest first, those no longer linked too.
func (tx *Tx) IdentitiesOf(accountID string) ([]AccountIdentity, error) {
	return All(tx, scanAccountIdentity, "SELECT "+identityColumns+
		" FROM account_identity WHERE account_id = $1 ORDER BY id DESC", accountID)
}

// LinkIdentity adds an identity with revision 1. ErrUnique says that the subject is linked already, or that the account
// is linked with another subject of the issuer.
func (tx *Tx) LinkIdentity(i AccountIdentity) error {
	_, err := tx.Exec(`INSERT INTO account_identity (id, account_id, issuer, subject, email, linked_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, 1)`, i.ID, i.AccountID, i.Issuer, i.Subject, i.Email, Micros(i.LinkedAt))
	return err
}

// UnlinkIdentity ends a link, or returns ErrNotFound when it has ended.
func (tx *Tx) UnlinkIdentity(id, by string) error {
	return changedOne(tx.Exec(`UPDATE account_identity SET unlinked_at = $2, unlinked_by = $3, revision = revision + 1
		WHERE id = $1 AND unlinked_at = 0`, id, Micros(tx.Now()), by))
}

// UnlinkIdentitiesOf ends the links of an account.
func (tx *Tx) UnlinkIdentitiesOf(accountID, by string) error {
	_, err := tx.Exec(`UPDATE account_identity SET unlinked_at = $2, unlinked_by = $3, revision = revision + 1
		WHERE account_id = $1 AND unlinked_at = 0`, accountID, Micros(tx.Now()), by)
	return err
}

// OidcSignIn is a sign-in that waits for the browser to come back from the provider.
type OidcSignIn struct {
	StateHash   string // access.HashSecret of the state
	HandleHash  string // access.HashSecret of the handle
	RedirectURI string
	Fresh       bool // the provider must ask the person to prove themselves now
	ExpiresAt   time.Time
}

// InsertOidcSignIn adds a sign-in. It needs no audit entry.
func (tx *Tx) InsertOidcSignIn(s OidcSignIn) error {
	fresh := 0
	if s.Fresh {
		fresh = 1
	}
	_, err := tx.Exec("INSERT INTO oidc_sign_in (state_hash, handle_hash, redirect_uri, fresh, expires_at) VALUES ($1, $2, $3, $4, $5)",
		s.StateHash, s.HandleHash, s.RedirectURI, fresh, Micros(s.ExpiresAt))
	return err
}

// OidcSignIn returns the sign-in with both hashes that has not expired, or ErrNotFound.
func (tx *Tx) OidcSignIn(stateHash, handleHash string) (OidcSignIn, error) {
	return One(tx, "sign-in", func(row Scanner, s *OidcSignIn) error {
		var expires int64
		err := row.Scan(&s.StateHash, &s.HandleHash, &s.RedirectURI, &s.Fresh, &expires)
		s.ExpiresAt = Instant(expires)
		return err
	}, `SELECT state_hash, handle_hash, redirect_uri, fresh, expires_at FROM oidc_sign_in
		WHERE state_hash = $1 AND handle_hash = $2 AND expires_at > $3`, stateHash, handleHash, Micros(tx.Now()))
}

// EndOidcSignIn takes a sign-in away, or returns ErrNotFound when somebody else has: it is good for one use.
func (tx *Tx) EndOidcSignIn(stateHash string) error {
	return changedOne(tx.Exec("DELETE FROM oidc_sign_in WHERE state_hash = $1", stateHash))
}
