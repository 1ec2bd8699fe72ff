package store_test

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// released are the schemas of which databases are kept, each as the SQL of a year played by the program of that time: the
// first that a deployment could run on (10, with everything up to the award), and the one before the transparency log (13).
// A release that adds a migration adds the dump of the schema before it.
var released = []int64{10, 13}

// mustLoad makes a SQLite file from the dump of a schema.
func mustLoad(tb testing.TB, schema int64) *store.Store {
	tb.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/schema-%d.sql.gz", schema))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(storetest.Folder(tb), "merit.db")
	db, err := sql.Open("sqlite3", file+"?_journal_mode=WAL")
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := db.ExecContext(tb.Context(), string(text)); err != nil {
		tb.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return storetest.MustOpen(tb, "sqlite:"+file, quiet)
}

func TestDatabasesOfEveryReleaseAreMigrated(t *testing.T) {
	for _, schema := range released {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			old := mustLoad(t, schema)
			t.Run("postgres", func(t *testing.T) { // first: afterwards the file is migrated
				s := storetest.MustOpen(t, mustCreateDatabase(t, fmt.Sprintf("release_%d", schema), "LC_COLLATE 'C'"), quiet)
				wantErr(t, "Fill", s.Fill(t.Context(), schema, tablesOf(t, old)), nil)
				wantMigrated(t, s)
			})
			t.Run("sqlite", func(t *testing.T) {
				wantErr(t, "Migrate", old.Migrate(t.Context()), nil)
				wantMigrated(t, old)
			})
		})
	}
}

// tablesOf are the tables of a store, kept in memory.
func tablesOf(tb testing.TB, s *store.Store) iter.Seq2[store.Table, error] {
	tb.Helper()
	var all []store.Table
	_, err := s.Dump(tb.Context(), func(t store.Table) error {
		var rows [][]any
		for row, err := range t.Rows {
			if err != nil {
				return err
			}
			rows = append(rows, append([]any(nil), row...))
		}
		t.Rows = func(yield func([]any, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		all = append(all, t)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return func(yield func(store.Table, error) bool) {
		for _, t := range all {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// wantMigrated fails the test unless the store has its year and the trail agrees with every row, and goes on writing.
func wantMigrated(t *testing.T, s *store.Store) {
	t.Helper()
	if got := strs(t, s, "SELECT CAST(count(*) AS TEXT) FROM determination"); got[0] != "1" {
		t.Errorf("%s determinations, want the one of the year", got[0])
	}
	wantErr(t, "Update", update(asTester(t), s, func(tx *store.Tx) error { return addAgency(tx, "after") }), nil)
	found, err := s.CheckEntries(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("the trail: %v, %v", found, err)
	}
}

// withMigration are the embedded migrations and one more.
func withMigration(tb testing.TB, text string) fs.FS {
	tb.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(store.Migrations, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(store.Migrations, name)
		all[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	all["migrations/9999_broken.sql"] = &fstest.MapFile{Data: []byte(text)}
	return all
}

// The program of the next release fails in the middle of its migration: the program that is there goes on serving, and so
// does one that is started anew.
func TestAMigrationThatFailsHalfWayLeavesTheOldVersionServing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		serving := storetest.MustOpen(t, url)
		broken := withMigration(t, "-- +goose Up\nCREATE TABLE half (id TEXT PRIMARY KEY);\nALTER TABLE agency ADD COLUMN half TEXT;\nINSERT INTO nowhere VALUES (1);\n")
		err := storetest.MustOpen(t, url).MigrateWith(t.Context(), broken, 9999)
		if err == nil || !strings.Contains(err.Error(), "9999") {
			t.Fatalf("the migration: %v, want it to fail and be named", err)
		}
		for name, s := range map[string]*store.Store{"the one that serves": serving, "one started anew": storetest.MustOpen(t, url)} {
			wantErr(t, name, update(asTester(t), s, func(tx *store.Tx) error { return addAgency(tx, name) }), nil)
			found, err := s.CheckEntries(t.Context())
			if err != nil || len(found) > 0 {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		}
		schema, err := serving.Dump(t.Context(), func(table store.Table) error {
			if table.Name == "half" {
				t.Error("half of the migration stayed")
			}
			return nil
		})
		if err != nil || schema != store.SchemaVersion {
			t.Errorf("schema %d, %v, want %d", schema, err, store.SchemaVersion)
		}
	})
}

// A newer program migrates while this one serves: what it adds is in the rows that this one hashes, and what this one does
// not know stays the newer program's.
func TestAReplicaOfTheReleaseBeforeGoesOnBesideTheNewerProgram(t *testing.T) {
	url := storetest.PostgresURL(t)
	older, newer := storetest.MustOpen(t, url, quiet), storetest.MustOpen(t, url, quiet)
	heard := mustHear(t, older)
	wantHeard(t, heard)
	next := withMigration(t, "-- +goose Up\nALTER TABLE agency ADD COLUMN motto TEXT;\nCREATE TABLE feature (id TEXT PRIMARY KEY);\n")
	MustUpdate(t, older, func(tx *store.Tx) error { return addAgency(tx, "before") })
	wantErr(t, "migrate", newer.MigrateWith(t.Context(), next, 9999), nil)
	wantHeard(t, heard) // that the schema is another
	wantErr(t, "the newer program learns its columns", newer.Relearn(t.Context()), nil)

	MustUpdate(t, newer, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE agency SET motto = 'x', revision = revision + 1 WHERE id = $1", "before")
		return err
	})
	MustUpdate(t, older, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE agency SET revision = revision + 1 WHERE id = $1", "before")
		return err
	})
	storetest.MustTamper(t, url, "INSERT INTO feature VALUES ('of the newer program')")
	for name, s := range map[string]*store.Store{"older": older, "newer": newer} {
		found, err := s.CheckEntries(t.Context())
		if err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	wantErr(t, "the older is ready", older.Ping(t.Context()), nil)
	_, err := store.Open(t.Context(), store.Options{URL: url})
	wantErr(t, "the older started anew", err, store.ErrSchemaNewer)
}

var additive = regexp.MustCompile(`(?is)^\s*(CREATE\s+(UNLOGGED\s+)?TABLE|CREATE\s+(UNIQUE\s+)?INDEX|INSERT\s+INTO|UPDATE|ALTER\s+TABLE\s+\w+\s+ADD\s+COLUMN\s+\w+\s+\w+\s*$|CREATE\s+TRIGGER)`)

// Replicas of the release before go on while the database is migrated, so a migration only adds: tables, indexes, columns
// that may be NULL, and triggers that count (see TestNothingChangesRowsUnseen). What is to go is left alone by one release
// and removed by a later one.
func TestMigrationsOnlyAdd(t *testing.T) {
	const lastBefore = "migrations/0021_public_version.sql" // this rule
	trigger := regexp.MustCompile(`(?is)-- \+goose StatementBegin\s+CREATE\s+(TRIGGER|FUNCTION).*?-- \+goose StatementEnd`)
	comment := regexp.MustCompile(`--[^\n]*`)
	files, err := fs.Glob(store.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file <= lastBefore {
			continue
		}
		text, err := fs.ReadFile(store.Migrations, file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for statement := range strings.SplitSeq(comment.ReplaceAllString(trigger.ReplaceAllString(up, ""), ""), ";") {
			if strings.TrimSpace(statement) != "" && !additive.MatchString(statement) {
				t.Errorf("%s: %s: a replica of the release before may not survive this", file, strings.TrimSpace(statement))
			}
		}
	}
}
