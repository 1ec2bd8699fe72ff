package store

import (
	"errors"
	"time"
)

// SignInFailures returns how often the subject failed in a row and when last; zero when it did not or when that was
// before since. A subject is what access.SlowdownsOf makes.
func (tx *Tx) SignInFailures(subject string, since time.Time) (failures int, last time.Time, err error) {
	var at int64
	err = tx.QueryRow("SELECT failures, last_at FROM sign_in_failure WHERE subject = $1 AND last_at > $2",
		subject, Micros(since)).Scan(&failures, &at)
	if errors.Is(err, ErrNotFound) {
		return 0, time.Time{}, nil
	}
	return failures, Instant(at), err
}

// AddSignInFailure counts one more failure of the subject, now; those from before since are forgotten.
func (tx *Tx) AddSignInFailure(subject string, since time.Time) error {
	_, err := tx.Exec(`INSERT INTO sign_in_failure (subject, failures, last_at) VALUES ($1, 1, $2)
		ON CONFLICT (subject) DO UPDATE SET last_at = $2,
			failures = CASE WHEN sign_in_failure.last_at > $3 THEN sign_in_failure.failures + 1 ELSE 1 END`,
		subject, Micros(tx.Now()), Micros(since))
	return err
}

// TakeBackSignInFailure undoes one AddSignInFailure: what was counted before it was known turned out well.
func (tx *Tx) TakeBackSignInFailure(subject string) error {
	_, err := tx.Exec("UPDATE sign_in_failure SET failures = failures - 1 WHERE subject = $1 AND failures > 0", subject)
	return err
}

// ForgetSignInFailures begins anew for the subject.
func (tx *Tx) ForgetSignInFailures(subject string) error {
	_, err := tx.Exec("DELETE FROM sign_in_failure WHERE subject = $1", subject)
	return err
}

// ForgetOld removes what has no effect any more: expired sessions and sign-ins under way, calls to be had again, and
// failures from before since.
func (tx *Tx) ForgetOld(since time.Time) error {
	for _, over := range []string{
		"DELETE FROM pending_sign_in WHERE expires_at <= $1", "DELETE FROM session WHERE expires_at <= $1",
		"DELETE FROM oidc_sign_in WHERE expires_at <= $1", "DELETE FROM call_rate WHERE full_at <= $1",
	} {
		if _, err := tx.Exec(over, Micros(tx.Now())); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM sign_in_failure WHERE last_at <= $1", Micros(since))
	return err
}
