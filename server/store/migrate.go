package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaVersion is the number of the newest migration in this program.
var SchemaVersion = newestMigration()

func newestMigration() (newest int64) {
	files, _ := fs.ReadDir(migrations, "migrations") // embedded: it is there
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			panic("store: migration " + f.Name() + " does not begin with its number")
		}
		newest = max(newest, n)
	}
	return newest
}

// Migrate brings the schema up to SchemaVersion, each migration in a transaction of its own. Several
// processes may call it at once. A database that is newer than the program is left alone (ErrSchemaNewer).
func (s *Store) Migrate(ctx context.Context) error {
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	if version > SchemaVersion {
		return ErrSchemaNewer
	}
	if err := s.migrateTo(ctx, SchemaVersion); err != nil {
		return err
	}
	return s.loadSchema(ctx)
}

// migrateTo applies the migrations up to a version that the database has not had.
func (s *Store) migrateTo(ctx context.Context, version int64) error {
	results, err := s.engine.migrate(ctx, migrationFS{s.engine.dialect(), migrations}, version)
	for _, r := range results {
		s.log.InfoContext(ctx, "migration applied", "file", r.Source.Path, "duration", r.Duration)
	}
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// gooseUp applies the migrations up to a version that db has not had.
func gooseUp(ctx context.Context, kind goose.Dialect, db *sql.DB, m migrationFS, version int64, o ...goose.ProviderOption) (
	[]*goose.MigrationResult, error,
) {
	provider, err := goose.NewProvider(kind, db, m, append(o, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return nil, err
	}
	return provider.UpTo(ctx, version)
}

// loadSchema checks that the schema is the one this program knows and reads its tables.
func (s *Store) loadSchema(ctx context.Context) error {
	version, err := s.schemaVersion(ctx)
	switch {
	case err != nil:
		return err
	case version > SchemaVersion:
		return fmt.Errorf("%w (it has schema %d, this program knows %d)", ErrSchemaNewer, version, SchemaVersion)
	case version == 0:
		return ErrSchemaEmpty
	case version < SchemaVersion:
		return ErrSchemaOlder
	}
	return s.engine.view(ctx, func(ctx context.Context, c conn) error {
		t, err := loadTables(ctx, c, s.engine.dialect())
		if err == nil {
			s.tables.Store(t)
		}
		return err
	})
}

// relearn reads the columns of the tables anew, after a newer program may have added some while this one serves: rows are
// hashed with all their columns, also those that only the newer program fills. Tables that this program does not know stay
// unknown to it.
func (s *Store) relearn(ctx context.Context) error {
	known := s.tables.Load()
	if known == nil {
		return nil
	}
	return s.engine.view(ctx, func(ctx context.Context, c conn) error {
		t, err := loadTables(ctx, c, s.engine.dialect())
		if err == nil {
			maps.DeleteFunc(t.byName, func(name string, _ *table) bool { return known.byName[name] == nil })
			s.tables.Store(t)
		}
		return err
	})
}

// schemaVersion is the newest migration the database has had; 0 for an empty database.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	err = s.engine.view(ctx, func(ctx context.Context, c conn) error {
		version, err = appliedVersion(ctx, c, s.engine.dialect())
		return err
	})
	return version, err
}

func appliedVersion(ctx context.Context, c conn, d dialect) (version int64, err error) {
	var known int64
	if err = queryInt(ctx, c, d.versioned, &known); err == nil && known > 0 {
		err = queryInt(ctx, c, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied", &version)
	}
	if err != nil {
		return 0, fmt.Errorf("store: read the schema version: %w", err)
	}
	return version, nil
}

func queryInt(ctx context.Context, c conn, query string, n *int64) error {
	rows, err := c.query(ctx, query, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(sql.ErrNoRows, rows.Err())
	}
	return rows.Scan(n)
}
