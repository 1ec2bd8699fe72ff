package store

import (
	"context"
	"io/fs"
)

// MigrateWith migrates with other files than the embedded ones, up to a version.
func (s *Store) MigrateWith(ctx context.Context, files fs.FS, version int64) error {
	_, err := s.engine.migrate(ctx, migrationFS{s.engine.dialect(), files}, version)
	return err
}

// Migrations are the embedded files.
var Migrations = migrations

// Derived are the tables that triggers write to.
var Derived = derived

// Relearn reads the columns of the tables anew.
func (s *Store) Relearn(ctx context.Context) error { return s.relearn(ctx) }

// LookBeside is how often a service looks what others wrote beside it.
const LookBeside = lookBeside
