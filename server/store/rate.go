package store

import "time"

// UseRate counts calls of a subject, made on one replica and taking so long to be had again, and returns when the subject
// has all of its calls again by what all replicas have counted.
func (tx *Tx) UseRate(subject string, took time.Duration) (full time.Time, err error) {
	if _, err := tx.Exec(`INSERT INTO call_rate (subject, full_at) VALUES ($1, $2) ON CONFLICT (subject) DO UPDATE
		SET full_at = CASE WHEN call_rate.full_at > $3 THEN call_rate.full_at + $4 ELSE $2 END`,
		subject, Micros(tx.Now().Add(took)), Micros(tx.Now()), took.Microseconds()); err != nil {
		return full, err
	}
	var at int64
	err = tx.QueryRow("SELECT full_at FROM call_rate WHERE subject = $1", subject).Scan(&at)
	return Instant(at), err
}
