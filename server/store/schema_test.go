package store_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// strs runs a query of one text column.
func strs(tb testing.TB, s *store.Store, query string) (all []string) {
	tb.Helper()
	MustView(tb, s, func(tx *store.Tx) (err error) {
		all, err = store.All(tx, func(row store.Scanner, v *string) error { return row.Scan(v) }, query)
		return err
	})
	return all
}

const (
	sqliteColumns = `SELECT t.name || '.' || c.name || ' ' || CASE c.type WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END
		FROM sqlite_master AS t, pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version'`
	postgresColumns = `SELECT table_name || '.' || column_name || ' ' || data_type
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'`
)

func TestBothEnginesHaveTheSameColumnsOfTheSameFewTypes(t *testing.T) {
	lite := strs(t, storetest.New(t), sqliteColumns)
	pg := strs(t, storetest.NewPostgres(t), postgresColumns)
	slices.Sort(lite)
	slices.Sort(pg)
	// The one column that must differ: SQLite gives out numbers only to an INTEGER.
	lite = slices.DeleteFunc(lite, func(c string) bool { return c == "audit_entry.seq integer" })
	pg = slices.DeleteFunc(pg, func(c string) bool { return c == "audit_entry.seq bigint" })
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("columns (-sqlite +postgres):\n%s", diff)
	}
	few := regexp.MustCompile(` (text|integer|bigint|bytea)$`)
	for _, c := range lite {
		if !few.MatchString(c) {
			t.Errorf("column %s is of a type that the engines do not keep alike", c)
		}
	}
}

// A change by a trigger or a cascade would not pass through a statement that the trail records: triggers write to derived
// tables only.
func TestNothingChangesRowsUnseen(t *testing.T) {
	lite, pg := storetest.New(t), storetest.NewPostgres(t)
	for _, unseen := range strs(t, lite, `SELECT 'cascade from ' || f."table" || ' to ' || t.name
		FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f
		WHERE t.type = 'table' AND (f.on_delete <> 'NO ACTION' OR f.on_update <> 'NO ACTION')`) {
		t.Error(unseen)
	}
	writes := regexp.MustCompile(`(?i)\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE)\s+(\w+)`)
	triggers := append(strs(t, lite, `SELECT sql FROM sqlite_master WHERE type = 'trigger'`),
		strs(t, pg, `SELECT p.prosrc FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal`)...)
	for _, trigger := range triggers {
		for _, w := range writes.FindAllStringSubmatch(trigger, -1) {
			if where := strings.ToLower(w[2]); where != "set" && where != "on" && !slices.Contains(store.Derived, where) {
				t.Errorf("a trigger writes to %s:\n%s", where, trigger)
			}
		}
	}
	if len(triggers) == 0 {
		t.Error("found no trigger, although derived tables are written by some")
	}
}
