package store

import "context"

// Ping returns nil when the database answers and its schema is the one this program needs.
func (s *Store) Ping(ctx context.Context) error {
	return s.View(ctx, func(tx *Tx) error {
		var one int
		return tx.QueryRow("SELECT 1").Scan(&one)
	})
}

// Writable returns nil while the database takes updates. After one that it could not take, another is tried, so that the
// answer is that of now.
func (s *Store) Writable(ctx context.Context) error {
	if !s.refused.Load() {
		return nil
	}
	const nobody = "writable"
	_, err := s.AcquireLease(ctx, nobody, nobody, 0) // which has run out already
	return err
}
