package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnfinishedUploadsAreCountedWithoutLookingAtThoseOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "merit.db")
	mustOpenFile(t, path)
	db := sql.OpenDB(newSQLiteConnector(path, readerPragmas))
	defer db.Close()
	plan := mustExplain(t, db, unfinishedUploads, "account", 0)
	if want := "SEARCH upload USING INDEX upload_unfinished (account_id=?)"; !strings.Contains(plan, want) {
		t.Errorf("%s, want %s: with the uploads of a whole evening it holds up every writer", plan, want)
	}
}
