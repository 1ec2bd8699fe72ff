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
}

const accountColumns = `id, email, name, language, password_hash, state, created_at, created_by, revision`

func scanAccount(row Scanner, a *Account) error {
	var created int64
	err := row.Scan(&a.ID, &a.Email, &a.Name, &a.Language, &a.PasswordHash, &a.State, &created, &a.CreatedBy, &a.Revision)
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
	_, err := tx.Exec(`INSERT INTO account (`+accountColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
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
