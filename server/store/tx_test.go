package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// go-sqlite3 left to itself would bind $2 to the first argument here.
func TestPlaceholdersAreBoundByNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error {
			for _, id := range []string{"a", "b", "c"} {
				if err := addAgency(tx, id); err != nil {
					return err
				}
			}
			_, err := tx.Exec("UPDATE agency SET created_by = $2 WHERE id = $1 OR created_by = $3", "a", "me", "nobody")
			return err
		})
		cases := []struct {
			query string
			args  []any
			want  []string
		}{
			{"SELECT id FROM agency WHERE created_by = $2 AND id = $1", []any{"a", "me"}, []string{"a"}},
			{"SELECT id FROM agency WHERE id > $2 OR id = $1 AND id <> $2 OR id = $1 ORDER BY id", []any{"a", "b"}, []string{"a", "c"}},
			{"SELECT id FROM agency WHERE id IN " + store.In(2, 2) + " AND created_by <> $1 ORDER BY id", []any{"me", "a", "b"}, []string{"b"}},
		}
		for _, c := range cases {
			MustView(t, s, func(tx *store.Tx) error {
				got, err := store.All(tx, func(row store.Scanner, id *string) error { return row.Scan(id) }, c.query, c.args...)
				if !slices.Equal(got, c.want) {
					t.Errorf("%s with %v: %v, want %v", c.query, c.args, got, c.want)
				}
				return err
			})
		}
	})
}

// A transaction refuses what one of the engines could not do, or what would escape the trail, on both.
func TestTransactionRefusesMisuse(t *testing.T) {
	exec := func(query string) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := tx.Exec(query); return err }
	}
	query := func(query string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			rows, err := tx.Query(query)
			if err == nil {
				rows.Close()
			}
			return err
		}
	}
	cases := []struct {
		name string
		do   func(*store.Tx) error
		want string
	}{
		{"a write through Query", query("DELETE FROM agency WHERE id = 'a'"), "use Exec"},
		{"a write hidden in WITH", query("WITH gone AS (DELETE FROM agency RETURNING id) SELECT id FROM gone"), "WITH only reads"},
		{"a query through Exec", exec("SELECT 1"), "Exec takes"},
		{"another kind of statement", exec("DROP TABLE agency"), "a statement begins with"},
		{"a statement of SQLite only", exec("REPLACE INTO agency (id) VALUES ('a')"), "a statement begins with"},
		{"an unknown table", exec("DELETE FROM nothing WHERE id = 'a'"), "no table nothing"},
		{"the trail itself", exec("DELETE FROM audit_entry WHERE id = 'a'"), "no table audit_entry"},
		{"a statement while rows are open", func(tx *store.Tx) error {
			rows, err := tx.Query("SELECT id FROM agency")
			if err != nil {
				return err
			}
			defer rows.Close()
			_, err = tx.Exec("DELETE FROM agency WHERE id = 'a'")
			return err
		}, "still open"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				if err := update(asTester(t), s, c.do); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want it to say %q", err, c.want)
				}
			})
		})
	}
}

func TestViewWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.View(t.Context(), func(tx *store.Tx) error { return addAgency(tx, "a") })
		if err == nil || !strings.Contains(err.Error(), "a View writes nothing") {
			t.Errorf("got %v", err)
		}
	})
}

func TestBrokenConstraintsAreTheSameOnBothEngines(t *testing.T) {
	insertWindow := `INSERT INTO agency_link (agency_id, kind, other_id, on_date, recorded_at, recorded_by)
		VALUES ($1, $2, $3, '2022-07-25', 0, 'tester')`
	cases := []struct {
		name    string
		do      func(*store.Tx) error
		kind    error
		table   string
		columns []string
	}{
		{
			"a primary key of one column", func(tx *store.Tx) error { return addAgency(tx, "a") },
			store.ErrUnique, "agency",
			[]string{"id"},
		},
		{"a primary key of three columns", func(tx *store.Tx) error {
			_, err1 := tx.Exec(insertWindow, "a", "RENAMED", "a")
			_, err2 := tx.Exec(insertWindow, "a", "RENAMED", "a")
			return errors.Join(err1, err2)
		}, store.ErrUnique, "agency_link", []string{"agency_id", "kind", "other_id"}},
		{"a unique column", func(tx *store.Tx) error {
			insert := "INSERT INTO account (id, email, name, state, created_at, created_by, revision) VALUES ($1, 'demo@example.org', '', '', 0, '', 1)"
			_, err1 := tx.Exec(insert, "1")
			_, err2 := tx.Exec(insert, "2")
			return errors.Join(err1, err2)
		}, store.ErrUnique, "account", []string{"email"}},
		{"a reference to nothing", func(tx *store.Tx) error {
			_, err := tx.Exec(insertWindow, "a", "RENAMED", "nothing")
			return err
		}, store.ErrForeignKey, "", nil},
		{"a row that is referred to", func(tx *store.Tx) error {
			_, err1 := tx.Exec(insertWindow, "a", "RENAMED", "a")
			_, err2 := tx.Exec("DELETE FROM agency WHERE id = $1", "a")
			return errors.Join(err1, err2)
		}, store.ErrForeignKey, "", nil},
		{"a NULL where none may be", func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE agency SET created_by = NULL WHERE id = 'a'")
			return err
		}, store.ErrCheck, "", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "a") })
				err := update(asTester(t), s, c.do)
				broken, ok := errors.AsType[*store.ConstraintError](err)
				if !ok || !errors.Is(err, c.kind) {
					t.Fatalf("got %v, want %v", err, c.kind)
				}
				if errors.Is(c.kind, store.ErrUnique) && (broken.Table != c.table || !slices.Equal(broken.Columns, c.columns)) {
					t.Errorf("got %s %v, want %s %v", broken.Table, broken.Columns, c.table, c.columns)
				}
			})
		})
	}
}

func TestRowThatIsNotThereIsErrNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustView(t, s, func(tx *store.Tx) error {
			var id string
			if err := tx.QueryRow("SELECT id FROM agency WHERE id = $1", "a").Scan(&id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("QueryRow: %v", err)
			}
			scan := func(row store.Scanner, id *string) error { return row.Scan(id) }
			if _, err := store.One(tx, "agency a", scan, "SELECT id FROM agency WHERE id = $1", "a"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("One: %v", err)
			}
			return nil
		})
	})
}

func TestInstantsSurviveToTheMicrosecond(t *testing.T) {
	now := time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, time.FixedZone("WIB", 7*3600))
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "a") })
		MustView(t, s, func(tx *store.Tx) error {
			var at int64
			err := tx.QueryRow("SELECT created_at FROM agency").Scan(&at)
			if got, want := store.Instant(at), now.UTC().Truncate(time.Microsecond); !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("got %v, want %v", got, want)
			}
			return err
		})
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
	if store.Micros(time.Time{}) != 0 || !store.Instant(0).IsZero() {
		t.Error("the zero time is not kept as 0")
	}
}

func TestIDsOfOneTransactionSortAsTheyWereMade(t *testing.T) {
	s := storetest.New(t)
	MustView(t, s, func(tx *store.Tx) error {
		var ids []string
		for range 1000 {
			ids = append(ids, tx.NewID())
		}
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 1000 {
			t.Error("1000 ids are not in order or not distinct")
		}
		return nil
	})
}

func TestUpdateNeedsAnEntry(t *testing.T) {
	add := func(id string) func(*store.Tx) error { return func(tx *store.Tx) error { return addAgency(tx, id) } }
	count := func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO token_use (token_id, used_at) VALUES ('t', 1)")
		return err
	}
	cases := []struct {
		name    string
		do      func(*store.Tx) error
		entries []audit.Entry
		want    error
	}{
		{"an audited table without an entry", add("a"), nil, store.ErrNoEntry},
		{"an audited table with an entry", add("a"), []audit.Entry{{Action: "Test.Add"}}, nil},
		{"an unaudited table without an entry", count, nil, nil},
		{"nothing written, no entry", nothingMore, nil, nil},
		{"nothing written, but an act to be known", nothingMore, []audit.Entry{{Action: "Test.Download", Subject: "evidence"}}, nil},
		{"a statement that changes no row", func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE agency SET revision = 2 WHERE id = 'nobody'")
			return err
		}, nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				err := s.Update(asTester(t), func(tx *store.Tx) ([]audit.Entry, error) { return c.entries, c.do(tx) })
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		})
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Touch(t.Context(), count); err != nil {
			t.Errorf("Touch of an unaudited table: %v", err)
		}
		if err := s.Touch(t.Context(), add("a")); !errors.Is(err, store.ErrNoEntry) {
			t.Errorf("Touch of an audited table: %v, want ErrNoEntry", err)
		}
	})
}

func TestEntriesNeedAnActorAndAnAction(t *testing.T) {
	s := storetest.New(t)
	for _, e := range []audit.Entry{{Action: "Test.Add"}, {Actor: "a"}, {Actor: "a", Action: "add"}, {Actor: "a\nb", Action: "Test.Add"}} {
		err := s.Update(t.Context(), func(tx *store.Tx) ([]audit.Entry, error) { return []audit.Entry{e}, addAgency(tx, "a") })
		if err == nil {
			t.Errorf("%+v was kept", e)
		}
	}
	if kept := agencies(t, s); len(kept) > 0 {
		t.Errorf("kept %v", kept)
	}
}

// rowsOf are table, key and revision of an entry's rows.
func rowsOf(e *audit.Entry) (rows []string) {
	for _, r := range e.Rows {
		rows = append(rows, fmt.Sprintf("%s %s %d", r.Table, r.Key, r.Revision))
	}
	return rows
}

func mustListEntries(tb testing.TB, s *store.Store, f store.EntryFilter) (kept []store.KeptEntry) {
	tb.Helper()
	f.Limit = max(f.Limit, 1)
	MustView(tb, s, func(tx *store.Tx) (err error) {
		kept, _, err = tx.AuditEntries(f)
		return err
	})
	return kept
}

func TestEntryNamesTheRowsOfItsStep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Update(asTester(t), func(tx *store.Tx) ([]audit.Entry, error) {
			var entries []audit.Entry
			for _, id := range []string{"a", "b"} {
				if err := addAgency(tx, id); err != nil {
					return nil, err
				}
				if _, err := tx.Exec("UPDATE agency SET revision = 7 WHERE id = $1", id); err != nil {
					return nil, err
				}
				entries = append(entries, tx.Entry(audit.Entry{Action: "Test.Add", Agency: id}))
			}
			if _, err := tx.Exec("UPDATE agency SET revision = revision + 1 WHERE id <> $1", "nobody"); err != nil {
				return nil, err
			}
			return append(entries, audit.Entry{Action: "Test.Raise"}), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, k := range mustListEntries(t, s, store.EntryFilter{Limit: 10}) {
			got = append(got, append(rowsOf(k.Entry), string(k.Entry.Action), k.Entry.Agency, k.Entry.Actor))
		}
		want := [][]string{
			{"agency a 8", "agency b 8", "Test.Raise", "", "tester"},
			{"agency b 7", "Test.Add", "b", "tester"},
			{"agency a 7", "Test.Add", "a", "tester"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
	})
}

func TestEntriesOfTheCallerMustMatchItsSteps(t *testing.T) {
	cases := map[string]func(tx *store.Tx, e audit.Entry) ([]audit.Entry, error){
		"an entry that was not returned": func(tx *store.Tx, e audit.Entry) ([]audit.Entry, error) {
			tx.Entry(e)
			return []audit.Entry{e}, nil
		},
		"a change after the last entry": func(tx *store.Tx, e audit.Entry) ([]audit.Entry, error) {
			return []audit.Entry{tx.Entry(e)}, addAgency(tx, "b")
		},
		"rows made up": func(_ *store.Tx, e audit.Entry) ([]audit.Entry, error) {
			e.Rows = []audit.Row{{Table: "agency", Key: "b"}}
			return []audit.Entry{e, {Action: "Test.Rest"}}, nil
		},
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			s := storetest.New(t)
			err := s.Update(asTester(t), func(tx *store.Tx) ([]audit.Entry, error) {
				if err := addAgency(tx, "a"); err != nil {
					return nil, err
				}
				return end(tx, audit.Entry{Action: "Test.Add"})
			})
			if err == nil {
				t.Error("it was kept")
			}
		})
	}
}

// PostgreSQL may end a transaction after it has sent a row, as when it cannot be serialized. A later statement would only be
// told that the transaction is over, which nobody would try again.
func TestAnErrorAfterTheOneRowIsTold(t *testing.T) {
	s := storetest.NewPostgres(t)
	err := s.View(t.Context(), func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT 1 / (2 - n) FROM generate_series(1, 2) AS n").Scan(&n); err == nil {
			t.Errorf("read %d, want the error after it", n)
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("the transaction ended with %v, want what ended it", err)
	}
}
