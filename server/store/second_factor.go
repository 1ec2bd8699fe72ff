package store

import (
	"strings"
	"time"
)

// SecondFactor is the authenticator of an account.
type SecondFactor struct {
	AccountID     string
	Secret        string    // base32; empty after it was removed
	EnrolledAt    time.Time // when its first code was given; zero: it does not count
	RecoveryCodes []string  // access.HashSecret of those not used yet
	Revision      int64     // 0 for an account that never had one
}

// SecondFactor returns the second factor of an account, or ErrNotFound when it never had one.
func (tx *Tx) SecondFactor(accountID string) (SecondFactor, error) {
	return One(tx, "second factor", func(row Scanner, f *SecondFactor) error {
		var enrolled int64
		var codes string
		err := row.Scan(&f.AccountID, &f.Secret, &enrolled, &codes, &f.Revision)
		f.EnrolledAt, f.RecoveryCodes = Instant(enrolled), strings.Fields(codes)
		return err
	}, "SELECT account_id, secret, enrolled_at, recovery_codes, revision FROM second_factor WHERE account_id = $1", accountID)
}

// SaveSecondFactor writes a second factor. It returns ErrNotFound unless the stored revision is f's.
func (tx *Tx) SaveSecondFactor(f SecondFactor) error {
	codes := strings.Join(f.RecoveryCodes, " ")
	if f.Revision == 0 {
		_, err := tx.Exec(`INSERT INTO second_factor (account_id, secret, enrolled_at, recovery_codes, revision)
			VALUES ($1, $2, $3, $4, 1)`, f.AccountID, f.Secret, Micros(f.EnrolledAt), codes)
		return err
	}
	return changedOne(tx.Exec(`UPDATE second_factor SET secret = $3, enrolled_at = $4, recovery_codes = $5, revision = revision + 1
		WHERE account_id = $1 AND revision = $2`, f.AccountID, f.Revision, f.Secret, Micros(f.EnrolledAt), codes))
}

// UseSecondFactorStep notes that a code of a time step was used. It returns ErrNotFound when one of that step or of a later
// one was used before, of several at once for all but one. It needs no audit entry.
func (tx *Tx) UseSecondFactorStep(accountID string, step int64) error {
	return changedOne(tx.Exec(`INSERT INTO second_factor_use (account_id, step) VALUES ($1, $2)
		ON CONFLICT (account_id) DO UPDATE SET step = $2 WHERE second_factor_use.step < $2`, accountID, step))
}

// ForgetSecondFactorSteps begins anew: codes of a new secret were never used.
func (tx *Tx) ForgetSecondFactorSteps(accountID string) error {
	_, err := tx.Exec("DELETE FROM second_factor_use WHERE account_id = $1", accountID)
	return err
}
