package server_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/proof"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// tampering is somebody with the password of the database, who changes it behind the service's back.
type tampering struct {
	*sql.DB
	store  *store.Store
	tables []*held
}

// held is a table as it was before anybody touched it.
type held struct {
	store.Table
	rows [][]any
}

// mustTamper takes hold of a database, with all that is in it.
func mustTamper(t *testing.T, s *servertest.Server, url string) *tampering {
	t.Helper()
	x := &tampering{DB: storetest.MustConnect(t, url), store: s.Store}
	x.SetMaxOpenConns(1)
	if s.Store.Engine() == "postgres" {
		x.must(t, "SET session_replication_role = replica") // no foreign keys
	} else {
		x.must(t, "PRAGMA foreign_keys = OFF")
	}
	servertest.Must(s.Store.Dump(t.Context(), func(table store.Table) error {
		h := &held{Table: table}
		for row, err := range table.Rows {
			if err != nil {
				return err
			}
			h.rows = append(h.rows, slices.Clone(row))
		}
		x.tables = append(x.tables, h)
		return nil
	}))(t)
	return x
}

func (x *tampering) must(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := x.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// insert adds a row as it is given, its number included.
func (x *tampering) insert(t *testing.T, h *held, row []any) {
	t.Helper()
	marks := make([]string, len(row))
	for i := range row {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	overriding := ""
	if x.store.Engine() == "postgres" {
		overriding = " OVERRIDING SYSTEM VALUE"
	}
	x.must(t, "INSERT INTO "+h.Name+" ("+strings.Join(h.Columns, ", ")+")"+overriding+" VALUES ("+strings.Join(marks, ", ")+")", row...)
}

func (x *tampering) remove(t *testing.T, h *held, row []any) {
	t.Helper()
	var where []string
	var args []any
	for i, column := range h.Columns {
		if slices.Contains(h.Key, column) {
			args = append(args, row[i])
			where = append(where, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	x.must(t, "DELETE FROM "+h.Name+" WHERE "+strings.Join(where, " AND "), args...)
}

// replace puts one row in the place of another.
func (x *tampering) replace(t *testing.T, h *held, before, after []any) {
	t.Helper()
	x.remove(t, h, before)
	x.insert(t, h, after)
}

// key is the key of a row as entries and findings write it.
func (h *held) key(t *testing.T, row []any) string {
	t.Helper()
	var values []any
	for _, column := range h.Key {
		values = append(values, row[slices.Index(h.Columns, column)])
	}
	return h.Name + " " + servertest.Must(audit.Key(values...))(t)
}

// isKey reports whether a column belongs to the primary key.
func (h *held) isKey(i int) bool { return slices.Contains(h.Key, h.Columns[i]) }

// forged is another value of the same type.
func forged(value any) any {
	switch v := value.(type) {
	case int64:
		return v + 1000
	case string:
		return v + "x"
	case []byte:
		return append(slices.Clone(v), 1)
	}
	return "1" // of a column without a value: both engines read it as a number where they want one
}

// with is a row with one column forged.
func with(row []any, column int) []any {
	row = slices.Clone(row)
	row[column] = forged(row[column])
	return row
}

// findings are what is wrong with the rows of tables: "table key" and the problem.
type findings map[string]audit.Problem

func (x *tampering) rows(t *testing.T) findings {
	t.Helper()
	found := findings{}
	for _, d := range servertest.Must(x.store.CheckEntries(t.Context()))(t) {
		if d.Problem != audit.CountWrong { // on PostgreSQL foreign keys are off here, and with them what counts
			found[d.Table+" "+d.Key] = d.Problem
		}
	}
	return found
}

// wantFound compares what is found with what was done, to every table at once.
func (x *tampering) wantFound(t *testing.T, what string, want findings) {
	t.Helper()
	got := x.rows(t)
	for name, problem := range want {
		if got[name] != problem {
			t.Errorf("%s: of %s it is said %q, want %q", what, name, got[name], problem)
		}
		delete(got, name)
	}
	for name, problem := range got {
		t.Errorf("%s: of %s, which nobody touched, it is said %q", what, name, problem)
	}
}

// audited are the tables whose rows are in the trail. Each has rows, or there is a reason why not.
func (x *tampering) audited(t *testing.T) (all []*held) {
	t.Helper()
	for _, h := range x.tables {
		if h.Audited && len(h.rows) == 0 {
			t.Errorf("nothing was tried on the table %s, which has no rows: do what fills it", h.Name)
		} else if h.Audited {
			all = append(all, h)
		}
	}
	return all
}

// pair is two rows that differ in more than their keys.
func (h *held) pair() (a, b []any) {
	for _, b := range h.rows[1:] {
		for i := range b {
			if !h.isKey(i) && !reflect.DeepEqual(h.rows[0][i], b[i]) {
				return h.rows[0], b
			}
		}
	}
	return nil, nil
}

// swapped are two rows with their contents exchanged: each under its own key.
func (h *held) swapped(a, b []any) (c, d []any) {
	c, d = slices.Clone(a), slices.Clone(b)
	for i := range c {
		if !h.isKey(i) {
			c[i], d[i] = d[i], c[i]
		}
	}
	return c, d
}

// Whatever somebody does in SQL, with a whole year in the database, it is named.
func TestNothingIsTamperedWithUnnoticed(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		url := storetest.SQLiteURL(t)
		x := mustTamper(t, wholeYear(t, url), url)
		t.Run("rows", func(t *testing.T) { x.tamperWithRows(t, 1) })
		t.Run("entries", x.tamperWithEntries)
	})
	t.Run("postgres", func(t *testing.T) { // entries there are in the tests of the store
		url := storetest.PostgresURL(t)
		x := mustTamper(t, wholeYear(t, url), url)
		t.Run("rows", func(t *testing.T) { x.tamperWithRows(t, 7) })
	})
}

// tamperWithRows does everything to a row of every table that is audited, in all tables at once: each is named, with what
// was done to it, and nothing else is. Of the columns every so many are changed. There is nothing to swap in a table of
// one row.
func (x *tampering) tamperWithRows(t *testing.T, step int) {
	tables := x.audited(t)
	x.wantFound(t, "before anything was done", nil)
	x.everyColumn(t, tables, step)
	for what, tamper := range map[string]func(*testing.T, *held) (findings, func()){
		"deleted": func(t *testing.T, h *held) (findings, func()) {
			x.remove(t, h, h.rows[0])
			return findings{h.key(t, h.rows[0]): audit.RowMissing}, func() { x.insert(t, h, h.rows[0]) }
		},
		"inserted": func(t *testing.T, h *held) (findings, func()) {
			row := slices.Clone(h.rows[0])
			for i := range row {
				row[i] = forged(row[i])
			}
			x.insert(t, h, row)
			return findings{h.key(t, row): audit.RowUnaccounted}, func() { x.remove(t, h, row) }
		},
		"swapped": func(t *testing.T, h *held) (findings, func()) {
			a, b := h.pair()
			if a == nil {
				return nil, func() {}
			}
			c, d := h.swapped(a, b)
			x.remove(t, h, a)
			x.replace(t, h, b, d)
			x.insert(t, h, c)
			return findings{h.key(t, a): audit.RowAltered, h.key(t, b): audit.RowAltered}, func() {
				x.remove(t, h, c)
				x.replace(t, h, d, b)
				x.insert(t, h, a)
			}
		},
	} {
		want, undo := findings{}, []func(){}
		for _, h := range tables {
			found, back := tamper(t, h)
			maps.Copy(want, found)
			undo = append(undo, back)
		}
		x.wantFound(t, what, want)
		for _, back := range undo {
			back()
		}
	}
	x.wantFound(t, "after all was put right", nil)
}

// everyColumn changes each column of a row in turn, in all tables at once. A row whose key is changed is gone, and there
// is one that nobody knows.
func (x *tampering) everyColumn(t *testing.T, tables []*held, step int) {
	for column, more := 0, true; more; column += step {
		want, undo := findings{}, []func(){}
		for _, h := range tables {
			if column >= len(h.Columns) {
				continue
			}
			before := h.rows[column%len(h.rows)]
			after := with(before, column)
			x.replace(t, h, before, after)
			undo = append(undo, func() { x.replace(t, h, after, before) })
			if want[h.key(t, before)] = audit.RowAltered; h.isKey(column) {
				want[h.key(t, before)], want[h.key(t, after)] = audit.RowMissing, audit.RowUnaccounted
			}
		}
		if more = len(want) > 0; more {
			x.wantFound(t, fmt.Sprintf("column %d changed", column), want)
		}
		for _, back := range undo {
			back()
		}
	}
}

// unsigned are columns that help the sequencer and prove nothing: a checkpoint is what was signed.
var unsigned = []string{"log_checkpoint.at", "log_checkpoint.epoch", "log_checkpoint.floor_seq"}

// Whatever somebody does to the entries, to their places, to the hashes over them, to the checkpoints or to the keys, the
// table that it was done to is named, or the place that it leads to.
func (x *tampering) tamperWithEntries(t *testing.T) {
	for _, h := range x.tables {
		if h.Name != "audit_entry" && !strings.HasPrefix(h.Name, "log_") {
			continue
		}
		middle := h.rows[len(h.rows)/2]
		x.try(t, h.Name+": a row deleted", func() { x.remove(t, h, middle) }, func() { x.insert(t, h, middle) })
		added := slices.Clone(middle)
		for i := range added {
			added[i] = forged(added[i])
		}
		x.try(t, h.Name+": a row inserted", func() { x.insert(t, h, added) }, func() { x.remove(t, h, added) })
		for i, column := range h.Columns {
			if !slices.Contains(unsigned, h.Name+"."+column) {
				after := with(middle, i)
				x.try(t, h.Name+": "+column+" changed", func() { x.replace(t, h, middle, after) }, func() { x.replace(t, h, after, middle) })
			}
		}
		if a, b := h.pair(); a != nil {
			c, d := h.swapped(a, b)
			x.try(t, h.Name+": two rows swapped",
				func() { x.remove(t, h, a); x.replace(t, h, b, d); x.insert(t, h, c) },
				func() { x.remove(t, h, c); x.replace(t, h, d, b); x.insert(t, h, a) })
		}
	}
	if problems := x.log(t); len(problems) > 0 {
		t.Errorf("after all was put right: %v", problems)
	}
}

// try does something, wants it found, and undoes it.
func (x *tampering) try(t *testing.T, what string, do, undo func()) {
	t.Helper()
	do()
	if len(x.log(t)) == 0 {
		t.Errorf("%s: nothing is found", what)
	}
	undo()
}

// log is what merit verify log finds.
func (x *tampering) log(t *testing.T) (problems []string) {
	t.Helper()
	var statements [][]byte
	if err := x.store.View(t.Context(), func(tx *store.Tx) (err error) { statements, err = tx.LogKeys(); return err }); err != nil {
		t.Fatal(err)
	}
	keys, err := proof.ReadKeys(statements, "")
	if err != nil {
		return []string{err.Error()}
	}
	walked, _, err := x.store.CheckLog(t.Context(), func(c store.KeptCheckpoint) error {
		said, err := keys.Open(c.Note)
		if err == nil && (said.Size != c.Size || said.Root != c.Root) {
			err = errors.New("it is filed under another size or root than was signed")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range walked.Found {
		problems = append(problems, fmt.Sprint(d))
	}
	for name, problem := range x.rows(t) {
		problems = append(problems, name+": "+string(problem))
	}
	return append(problems, walked.Pending...)
}
