package store

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnfinishedUploadsAreCountedWithoutLookingAtThoseOfOthers(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: filepath.Join(t.TempDir(), "merit.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var plan string
	row := s.engine.(*sqliteEngine).readers.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+sqliteDialect.bind(unfinishedUploads), "account", 0)
	if err := row.Scan(new(int), new(int), new(int), &plan); err != nil {
		t.Fatal(err)
	}
	if want := "SEARCH upload USING INDEX upload_unfinished (account_id=?)"; !strings.Contains(plan, want) {
		t.Errorf("%s, want %s: with the uploads of a whole evening it holds up every writer", plan, want)
	}
}
