package store

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestUnfinishedUploadsAreCountedWithoutLookingAtThoseOfOthers(t *testing.T) {
	s := mustOpenFile(t, filepath.Join(t.TempDir(), "merit.db"))
	plan := mustExplain(t, s.engine.(*sqliteEngine).readers, unfinishedUploads, "account", 0)
	if want := "SEARCH upload USING INDEX upload_unfinished (account_id=?)"; !strings.Contains(plan, want) {
		t.Errorf("%s, want %s: with the uploads of a whole evening it holds up every writer", plan, want)
	}
}
