package store

import (
	"context"
	"slices"
)

// public are the tables from which results, rankings and summaries are read without an account.
var public = map[string]bool{
	"agency": true, "agency_link": true, "agency_version": true, "instrument": true, "result": true, "result_aspect": true,
}

// PublicVersion is a number that grows whenever what the public may read changes, whoever changes it: what is read after
// the version was asked for holds while the version stands. On SQLite this process is the only one that serves, and counts
// for itself; what a command writes beside it counts soon after: see OnChange.
func (s *Store) PublicVersion(ctx context.Context) (version int64, err error) {
	if s.Alone() {
		return s.publicChanges.Load(), nil
	}
	err = s.Peek(ctx, func(tx *Tx) error {
		return tx.QueryRow("SELECT coalesce(max(version), 0) FROM public_version").Scan(&version)
	})
	return version, err
}

// changesPublic reports whether the transaction has changed a public table.
func (tx *Tx) changesPublic() bool {
	return slices.ContainsFunc(tx.changes, func(c change) bool { return public[c.table] })
}

// countPublic tells other processes that the transaction has changed a public table.
func (tx *Tx) countPublic() error {
	if !tx.changesPublic() || tx.store.Alone() {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO public_version (one, version) VALUES (1, 1)
		ON CONFLICT (one) DO UPDATE SET version = public_version.version + 1`)
	return err
}
