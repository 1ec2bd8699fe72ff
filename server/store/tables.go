package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// unaudited is the closed list of tables that change without an audit entry: who is signed in, how often
// something failed, who works in the background, how much somebody calls, who was told of what, how far an upload has come, what was answered before,
// how often public tables changed, and the log over the entries themselves.
var unaudited = []string{
	"call_rate",
	"lease",
	"log_checkpoint",
	"log_entry",
	"log_hash",
	"log_key",
	"notice",
	"oidc_sign_in",
	"outbox",
	"pending_sign_in",
	"public_version",
	"remembered_request",
	"second_factor_use",
	"session",
	"sign_in_failure",
	"token_use",
	"upload",
}

// appendOnly are tables whose rows are never changed or deleted.
var appendOnly = []string{"log_checkpoint", "log_entry", "log_hash", "log_key"}

// versionTable is where goose keeps which migrations the database has had.
const versionTable = "goose_db_version"

// private tables are written by the store itself, never through Tx.Exec.
var private = []string{"audit_entry", versionTable}

// tables are the tables that closures may write to.
type tables struct {
	byName     map[string]*table
	statements sync.Map // SQL text → *statement
}

// table is what auditing needs to know of a table.
type table struct {
	name      string
	unaudited bool
	columns   []string // in the byte order of their names
	key       []int    // which columns are the primary key, in its order
	revision  int      // which column is the revision; -1 when there is none
	returning string   // the clause that makes a statement return all columns
}

// loadTables reads the schema of the database.
func loadTables(ctx context.Context, c conn, d dialect) (*tables, error) {
	rows, err := c.query(ctx, d.schema, nil)
	if err != nil {
		return nil, fmt.Errorf("store: read the schema: %w", err)
	}
	defer rows.Close()
	ts := &tables{byName: map[string]*table{}}
	for rows.Next() {
		var name, column string
		var place int
		if err := rows.Scan(&name, &column, &place); err != nil {
			return nil, fmt.Errorf("store: read the schema: %w", err)
		}
		if !slices.Contains(private, name) && !slices.Contains(derived, name) {
			ts.addColumn(name, column, place)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: read the schema: %w", err)
	}
	return ts, ts.finish()
}

func (ts *tables) addColumn(name, column string, place int) {
	t := ts.byName[name]
	if t == nil {
		t = &table{name: name, unaudited: slices.Contains(unaudited, name), revision: -1}
		ts.byName[name] = t
	}
	i := len(t.columns)
	t.columns = append(t.columns, column)
	if place > 0 {
		t.key = slices.Grow(t.key, place)[:max(len(t.key), place)]
		t.key[place-1] = i
	}
	if column == "revision" {
		t.revision = i
	}
}

func (ts *tables) finish() error {
	for _, name := range unaudited {
		if ts.byName[name] == nil {
			return fmt.Errorf("store: the unaudited table %s does not exist", name)
		}
	}
	for _, t := range ts.byName {
		if len(t.key) == 0 {
			return fmt.Errorf("store: table %s has no primary key, so its rows cannot be audited", t.name)
		}
		t.returning = " RETURNING " + t.columnList()
	}
	return nil
}

// columnList names all columns, qualified because an UPDATE … FROM may have them twice.
func (t *table) columnList() string {
	return t.name + "." + strings.Join(t.columns, ", "+t.name+".")
}
