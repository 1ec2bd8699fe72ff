package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// asTester is a context whose updates are attributed to "tester".
func asTester(tb testing.TB) context.Context {
	return audit.WithActor(tb.Context(), audit.Actor{Account: "tester"})
}

// update runs fn under one entry.
func update(ctx context.Context, s *store.Store, fn func(*store.Tx) error) error {
	return s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: "Test.Update"}}, fn(tx)
	})
}

func TestManyWritersLoseNoUpdate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "counter") })
		const writers, each = 64, 4
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if err := update(asTester(t), s, countUp); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		MustView(t, s, func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow("SELECT revision FROM agency WHERE id = $1", "counter").Scan(&n)
			if n != 1+writers*each {
				t.Errorf("counted %d, want %d", n, 1+writers*each)
			}
			return err
		})
	})
}

// countUp reads, then writes what it read plus one: right only if nobody else comes in between.
func countUp(tx *store.Tx) error {
	var n int64
	if err := tx.QueryRow("SELECT revision FROM agency WHERE id = $1", "counter").Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE agency SET revision = $2 WHERE id = $1", "counter", n+1)
	return err
}

func TestUpdateThatFailsLeavesNothing(t *testing.T) {
	cases := []struct {
		name string
		end  func() error
		want func(error) bool
	}{
		{"by an error", func() error { return errTest }, is(errTest)},
		{"by a panic", func() error { panic(errTest) }, isPanic},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				err := update(asTester(t), s, func(tx *store.Tx) error { return errors.Join(addAgency(tx, "a"), c.end()) })
				if !c.want(err) {
					t.Errorf("got %v", err)
				}
				if kept := agencies(t, s); len(kept) > 0 {
					t.Errorf("kept %v", kept)
				}
			})
		})
	}
}

func TestCancelledContextRunsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(asTester(t))
		cancel()
		never := func(*store.Tx) error { t.Error("the closure ran"); return nil }
		for name, err := range map[string]error{
			"View": s.View(ctx, never), "Update": update(ctx, s, never), "Touch": s.Touch(ctx, never),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want context.Canceled", name, err)
			}
		}
	})
}

func TestCancelledReaderEndsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustUpdate(t, s, func(tx *store.Tx) error { return errors.Join(addAgency(tx, "one"), addAgency(tx, "two")) })
		for name, read := range map[string]func(*store.Tx, context.CancelFunc) error{
			"before a query": func(tx *store.Tx, cancel context.CancelFunc) error {
				cancel()
				var n int
				return tx.QueryRow("SELECT count(*) FROM agency").Scan(&n)
			},
			"between two rows": func(tx *store.Tx, cancel context.CancelFunc) error {
				rows, err := tx.Query("SELECT id FROM agency")
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					cancel()
				}
				return rows.Err()
			},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			err := s.View(ctx, func(tx *store.Tx) error { return read(tx, cancel) })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want context.Canceled", name, err)
			}
		}
		if kept := agencies(t, s); len(kept) != 2 {
			t.Errorf("another reader found %v", kept)
		}
	})
}

func TestViewSeesOneSnapshot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustView(t, s, func(tx *store.Tx) error {
			var before, after int
			if err := tx.QueryRow("SELECT count(*) FROM agency").Scan(&before); err != nil {
				return err
			}
			MustUpdate(t, s, func(tx *store.Tx) error { return addAgency(tx, "meanwhile") })
			err := tx.QueryRow("SELECT count(*) FROM agency").Scan(&after)
			if before != after {
				t.Errorf("%d agencies became %d within a view", before, after)
			}
			return err
		})
	})
}

func TestClosedStoreSaysSo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"View":   s.View(t.Context(), nothingMore),
			"Update": update(asTester(t), s, nothingMore),
		} {
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("%s: %v, want ErrClosed", name, err)
			}
		}
	})
}

func TestOpenRefusesWhatItCannotTrust(t *testing.T) {
	notADatabase := t.TempDir() + "/notes.txt"
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	english := mustCreateDatabase(t, "english", "LC_COLLATE 'C.UTF-8'")
	latin := mustCreateDatabase(t, "latin", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
	cases := []struct{ name, url, want string }{
		{"a file of another kind", notADatabase, "not a database"},
		{"a folder that does not exist", t.TempDir() + "/none/merit.db", "unable to open"},
		{"a URL of another kind", "mysql://localhost/merit", "is neither"},
		{"a collation that is not C", english, "LC_COLLATE 'C'"},
		{"an encoding that is not UTF-8", latin, "ENCODING 'UTF8'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), store.Options{URL: c.url})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
		})
	}
}

// mustCreateDatabase makes an empty database with options and returns its URL.
func mustCreateDatabase(tb testing.TB, name, options string) string {
	tb.Helper()
	admin := storetest.AdminURL(tb)
	storetest.MustTamper(tb, admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 %s", name, options))
	return strings.Replace(admin, "/postgres?", "/"+name+"?", 1)
}

func TestSQLitePathMayHaveAnyCharacters(t *testing.T) {
	file := t.TempDir() + "/100% merit? #1 & more.db"
	s := storetest.MustOpen(t, "sqlite:"+file)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestSQLitePragmasAreInForceOnEveryConnection(t *testing.T) {
	s := storetest.New(t)
	want := []string{"busy_timeout 10000", "journal_mode wal", "synchronous 2", "foreign_keys 1"}
	read := func(got *[]string) func(*store.Tx) error {
		return func(tx *store.Tx) (err error) {
			*got, err = store.All(tx, func(row store.Scanner, s *string) error { return row.Scan(s) },
				`SELECT 'busy_timeout ' || timeout FROM pragma_busy_timeout
				UNION ALL SELECT 'journal_mode ' || journal_mode FROM pragma_journal_mode
				UNION ALL SELECT 'synchronous ' || synchronous FROM pragma_synchronous
				UNION ALL SELECT 'foreign_keys ' || foreign_keys FROM pragma_foreign_keys`)
			return err
		}
	}
	var reader, writer []string
	MustView(t, s, read(&reader))
	MustUpdate(t, s, read(&writer))
	if !slices.Equal(reader, want) || !slices.Equal(writer, want) {
		t.Errorf("reader %v, writer %v; want %v", reader, writer, want)
	}
}
