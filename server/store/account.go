package store

import (
	"slices"
	"time"
)

// The states of an account.
const (
	AccountInvited     = "INVITED" // the invitation has not been accepted: there is no password yet
	AccountActive      = "ACTIVE"
	AccountDeactivated = "DEACTIVATED" // signs in no more; what was done under the account stays
)

// Account is a person.
type Account struct {
	ID           string
	Email        string // lower case
	Name         string
	Language     string // id, en
	PasswordHash string // argon2id in PHC form; empty until the invitation is accepted
	State        string
	CreatedAt    time.Time
	CreatedBy    string // account id; empty for the first administrator
	Revision     int64

	DeactivationReason string // empty while it is not deactivated
}

const accountColumns = `id, email, name, language, password_hash, state, created_at, created_by, revision, coalesce(deactivation_reason, '')`

func scanAccount(row Scanner, a *Account) error {
	var created int64
	err := row.Scan(&a.ID, &a.Email, &a.Name, &a.Language, &a.PasswordHash, &a.State, &created, &a.CreatedBy, &a.Revision, &a.DeactivationReason)
	a.CreatedAt = Instant(created)
	return err
}

// Account returns the account with the id, or ErrNotFound.
func (tx *Tx) Account(id string) (Account, error) {
	return One(tx, "account "+id, scanAccount, "SELECT "+accountColumns+" FROM account WHERE id = $1", id)
}

// AccountByEmail returns the account with the e-mail address in lower case, or ErrNotFound.
func (tx *Tx) AccountByEmail(email string) (Account, error) {
	return One(tx, "account", scanAccount, "SELECT "+accountColumns+" FROM account WHERE email = $1", email)
}

// InsertAccount adds an account with revision 1. ErrUnique says that the e-mail address has one already.
func (tx *Tx) InsertAccount(a Account) error {
	_, err := tx.Exec(`INSERT INTO account (id, email, name, language, password_hash, state, created_at, created_by, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
		a.ID, a.Email, a.Name, a.Language, a.PasswordHash, a.State, Micros(a.CreatedAt), a.CreatedBy)
	return err
}

// AccountNames returns the names of those accounts by id, in one query; those not found are left out.
func (tx *Tx) AccountNames(ids ...string) (map[string]string, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, 500) {
		type row struct{ id, name string }
		found, err := All(tx, func(s Scanner, r *row) error { return s.Scan(&r.id, &r.name) },
			"SELECT id, name FROM account WHERE id IN "+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			names[r.id] = r.name
		}
	}
	return names, nil
}

// SetAccount changes name, language, password hash and state of an account to those of a; the id tells which. It
// returns ErrNotFound unless the stored revision is a's.
func (tx *Tx) SetAccount(a Account) error {
	return changedOne(tx.Exec(`UPDATE account SET name = $3, language = $4, password_hash = $5, state = $6, revision = revision + 1
		WHERE id = $1 AND revision = $2`, a.ID, a.Revision, a.Name, a.Language, a.PasswordHash, a.State))
}

// DeactivateAccount sets the state of an account to AccountDeactivated and keeps why. It returns ErrNotFound unless the
// stored revision is the one given.
func (tx *Tx) DeactivateAccount(id string, revision int64, reason string) error {
	return changedOne(tx.Exec(`UPDATE account SET state = $3, deactivation_reason = $4, revision = revision + 1
		WHERE id = $1 AND revision = $2`, id, revision, AccountDeactivated, reason))
}

// AccountFilter says which accounts a list has: those with a membership, ended or not, that Fits.
type AccountFilter struct {
	ID          string    // optional: this one alone
	AgencyID    string    // optional
	Roles       [2]string // optional: one of these; the second may be empty
	Region      string    // optional: over this region, over an agency that is in it on Day, or over the nation
	Day         string    // mandatory: YYYY-MM-DD
	Text        string    // optional: found in name or e-mail, in any case
	Deactivated bool      // deactivated accounts too
}

// Fits reports whether a membership is one of those that the filter looks for. The region is that of its agency on
// Day, empty for a membership that is not of an agency.
func (f AccountFilter) Fits(m Membership, region string) bool {
	return (f.AgencyID == "" || m.AgencyID == f.AgencyID) &&
		(f.Roles[0] == "" || m.Role == f.Roles[0] || m.Role == f.Roles[1]) &&
		(f.Region == "" || m.Region == f.Region || region == f.Region || m.Region == "" && m.AgencyID == "")
}

// Accounts lists accounts by name and id, beginning after the name and id of the key; from the beginning when it is
// empty.
func (tx *Tx) Accounts(f AccountFilter, after []string, limit int) ([]Account, error) {
	if len(after) != 2 {
		after = []string{"", ""}
	}
	hidden := AccountDeactivated
	if f.Deactivated {
		hidden = ""
	}
	args := []any{hidden, after[0], after[1], "%" + likePrefix(f.Text), f.AgencyID, f.Roles[0], f.Roles[1], f.Region, f.Day, limit}
	one := ""
	if f.ID != "" {
		one, args = "a.id = $11 AND ", append(args, f.ID)
	}
	return All(tx, scanAccount, `SELECT `+accountColumns+` FROM account AS a
		WHERE `+one+`a.state <> $1 AND (a.name, a.id) > ($2, $3) AND lower(a.name || ' ' || a.email) LIKE $4 ESCAPE '!'
		AND EXISTS (SELECT 1 FROM membership AS m WHERE m.account_id = a.id
			AND ($5 = '' OR m.agency_id = $5) AND ($6 = '' OR m.role = $6 OR m.role = $7)
			AND ($8 = '' OR m.region = $8 OR m.region = '' AND m.agency_id = ''
				OR m.agency_id IN (SELECT agency_id FROM agency_version WHERE region = $8 AND valid_from <= $9 AND valid_until >= $9)))
		ORDER BY a.name, a.id LIMIT $10`, args...)
}

// OtherAdmins returns how many accounts beside this one can act as ADMIN on the day.
func (tx *Tx) OtherAdmins(accountID, day string) (n int, err error) {
	err = tx.QueryRow(`SELECT count(DISTINCT a.id) FROM membership AS m JOIN account AS a ON a.id = m.account_id
		WHERE m.role = 'ADMIN' AND m.ended_at = 0 AND m.valid_from <= $2 AND (m.valid_until = '' OR m.valid_until >= $2)
		AND a.state <> $3 AND a.id <> $1`, accountID, day, AccountDeactivated).Scan(&n)
	return n, err
}
