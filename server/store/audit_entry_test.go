package store_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func mustCheck(tb testing.TB, s *store.Store) []audit.Discrepancy {
	tb.Helper()
	found, err := s.CheckEntries(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// mustFillTables writes rows of every type of column: agencies a, b and c, of which c is deleted again, and
// an instrument with its bytes.
func mustFillTables(tb testing.TB, s *store.Store) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for _, id := range []string{"a", "b", "c"} {
			if err := addAgency(tx, id); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO agency_link (agency_id, kind, other_id, on_date, recorded_at, recorded_by)
			VALUES ('a', 'RENAMED', 'b', '2022-07-25', 0, 'Dinas / Kota 1%')`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO instrument (id, title, status, lifecycle, source, digest, saved_at, saved_by, revision)
			VALUES ('kasn', 'Judul ✓', 'OFFICIAL', 'DRAFT', $1, '', 0, 'tester', 3)`, []byte{0, 0xff, '\n'})
		return err
	})
	MustUpdate(tb, s, func(tx *store.Tx) error {
		if _, err := tx.Exec("DELETE FROM agency WHERE id = $1", "c"); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE agency SET revision = 2 WHERE id = $1", "b")
		return err
	})
}

func TestCheckFindsWhatWasChangedBehindTheStore(t *testing.T) {
	cases := []struct {
		name, tamper string
		table, key   string
		problem      audit.Problem
	}{
		{"an integer", "UPDATE agency SET revision = 1 WHERE id = 'b'", "agency", "b", audit.RowAltered},
		{"a text", "UPDATE agency_link SET recorded_by = '' WHERE agency_id = 'a'", "agency_link", "a/RENAMED/b", audit.RowAltered},
		{"bytes", "UPDATE instrument SET source = '' WHERE id = 'kasn'", "instrument", "kasn", audit.RowAltered},
		{"a row removed", "DELETE FROM instrument WHERE id = 'kasn'", "instrument", "kasn", audit.RowMissing},
		{"a row added", "INSERT INTO agency (id, created_at, created_by, revision) VALUES ('d', 0, '', 1)", "agency", "d", audit.RowUnaccounted},
		{"a deleted row put back", "INSERT INTO agency (id, created_at, created_by, revision) VALUES ('c', 0, '', 1)", "agency", "c", audit.RowResurrected},
		{"a newer entry removed", "DELETE FROM audit_entry WHERE seq = 2", "agency", "b", audit.RowAltered},
		{
			"an entry filed under another agency", "UPDATE audit_entry SET agency_id = 'a' WHERE id = (SELECT min(id) FROM audit_entry)",
			"audit_entry", "", audit.EntryRelabelled,
		},
		{"an entry's bytes", "UPDATE audit_entry SET leaf = '' WHERE seq = 2", "audit_entry", "", audit.EntryMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, url string) {
				s := storetest.MustOpen(t, url)
				mustFillTables(t, s)
				if found := mustCheck(t, s); len(found) > 0 {
					t.Fatalf("found before anything was changed: %+v", found)
				}
				storetest.MustTamper(t, url, c.tamper)
				found := mustCheck(t, s)
				if !slices.ContainsFunc(found, func(d audit.Discrepancy) bool {
					return d.Table == c.table && d.Problem == c.problem && (c.key == "" || d.Key == c.key)
				}) {
					t.Errorf("found only %+v", found)
				}
			})
		})
	}
}

// Rows hash alike on both engines, so entries stay true when a SQLite store moves to PostgreSQL.
func TestEntriesStayTrueOnTheOtherEngine(t *testing.T) {
	from, to := storetest.SQLiteURL(t), storetest.PostgresURL(t)
	mustFillTables(t, storetest.MustOpen(t, from))
	for _, table := range []string{"agency", "agency_link", "instrument", "audit_entry"} {
		mustCopy(t, from, to, table)
	}
	if found := mustCheck(t, storetest.MustOpen(t, to)); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

// mustCopy copies the rows of a table, in their order, from a SQLite file to a PostgreSQL database.
func mustCopy(t *testing.T, from, to, table string) {
	t.Helper()
	source, err1 := sql.Open("sqlite3", strings.TrimPrefix(from, "sqlite:"))
	target, err2 := sql.Open("pgx", to)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	defer target.Close()
	rows, err := source.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY rowid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		if _, err := target.ExecContext(t.Context(), "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+
			") OVERRIDING SYSTEM VALUE VALUES "+store.In(1, len(values)), values...); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestEntriesAreListedNewestFirstAndNarrowed(t *testing.T) {
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, e := range []audit.Entry{
			{Action: "AccountService.SignIn", Actor: "ani"},
			{Action: "AssessmentService.SaveAnswer", Actor: "ani", Agency: "a"},
			{Action: "AssessmentService.Submit", Actor: "budi", Agency: "a"},
			{Action: "AgencyService.UpdateAgency", Actor: "admin", Agency: "b"},
		} {
			clock = time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
			if err := s.Update(t.Context(), func(*store.Tx) ([]audit.Entry, error) { return []audit.Entry{e}, nil }); err != nil {
				t.Fatal(err)
			}
		}
		day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
		cases := []struct {
			name   string
			filter store.EntryFilter
			want   []int64
		}{
			{"all", store.EntryFilter{Limit: 10}, []int64{4, 3, 2, 1}},
			{"a page", store.EntryFilter{Limit: 2}, []int64{4, 3}},
			{"the next page", store.EntryFilter{Limit: 2, Before: 3}, []int64{2, 1}},
			{"of an agency", store.EntryFilter{Limit: 10, Agency: "a"}, []int64{3, 2}},
			{"of an actor", store.EntryFilter{Limit: 10, Actor: "ani"}, []int64{2, 1}},
			{"of a service", store.EntryFilter{Limit: 10, Action: "AssessmentService."}, []int64{3, 2}},
			{"of two services", store.EntryFilter{Limit: 10, Seen: &store.EntrySight{Actions: []string{"AgencyService.", "AccountService."}}}, []int64{4, 1}},
			{"of an agency, by an actor", store.EntryFilter{Limit: 10, Agency: "a", Actor: "ani"}, []int64{2}},
			{"from a day until before another", store.EntryFilter{Limit: 10, From: day(2), Until: day(4)}, []int64{3, 2}},
		}
		for _, c := range cases {
			var got []int64
			for _, k := range mustListEntries(t, s, c.filter) {
				got = append(got, k.Seq)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}, func(o *store.Options) { o.Now = func() time.Time { return clock } })
}
