package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// eachEmptyURL runs f with the URL of an empty database of each engine.
func eachEmptyURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite:"+t.TempDir()+"/merit.db") })
	t.Run("postgres", func(t *testing.T) {
		f(t, mustCreateDatabase(t, fmt.Sprintf("empty_%d", emptyDatabases()), "LC_COLLATE 'C'"))
	})
}

var emptyDatabases = func() func() int {
	n := 0
	return func() int { n++; return n }
}()

func quiet(o *store.Options) { o.Logger = slog.New(slog.DiscardHandler) }

func TestDatabaseOfANewerProgramIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.MustOpen(t, url)
		storetest.MustTamper(t, url, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, %s)",
			store.SchemaVersion+1, map[string]string{"sqlite": "1", "postgres": "true"}[s.Engine()]))
		if opened, err := store.Open(t.Context(), store.Options{URL: url}); !errors.Is(err, store.ErrSchemaNewer) {
			t.Errorf("Open: %v, want ErrSchemaNewer", err)
			opened.Close()
		}
		wantErr(t, "Migrate", s.Migrate(t.Context()), store.ErrSchemaNewer)
	})
}

func TestAnEmptyDatabaseIsNotCalledOlder(t *testing.T) {
	eachEmptyURL(t, func(t *testing.T, url string) {
		s := storetest.MustOpen(t, url, quiet)
		wantErr(t, "View", s.View(t.Context(), nothingMore), store.ErrSchemaEmpty)
		wantErr(t, "Update", update(asTester(t), s, nothingMore), store.ErrSchemaEmpty)
		wantErr(t, "Migrate", s.Migrate(t.Context()), nil)
		wantErr(t, "View", s.View(t.Context(), func(*store.Tx) error { return nil }), nil)
	})
}

func TestDatabaseOfAnOlderProgramIsUsableOnlyAfterMigrate(t *testing.T) {
	eachEmptyURL(t, func(t *testing.T, url string) {
		wantErr(t, "the older program", storetest.MustOpen(t, url, quiet).MigrateWith(t.Context(), store.Migrations, store.SchemaVersion-1), nil)
		s := storetest.MustOpen(t, url, quiet)
		wantErr(t, "View", s.View(t.Context(), nothingMore), store.ErrSchemaOlder)
		wantErr(t, "Update", update(asTester(t), s, nothingMore), store.ErrSchemaOlder)
		for range 2 { // the second time there is nothing to do
			wantErr(t, "Migrate", s.Migrate(t.Context()), nil)
		}
		wantErr(t, "Update", update(asTester(t), s, func(tx *store.Tx) error { return addAgency(tx, "a") }), nil)
	})
}

func TestProcessesMayMigrateAtOnce(t *testing.T) {
	url := mustCreateDatabase(t, "migrated_at_once", "LC_COLLATE 'C'")
	var wg sync.WaitGroup
	for range 3 {
		s := storetest.MustOpen(t, url, quiet)
		wg.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
