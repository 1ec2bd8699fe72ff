package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/meritindex/merit/server/store"
)

// passing are the tables that change without anything being done: who is signed in, how often something failed, what
// was answered before.
var passing = []string{
	"goose_db_version", "lease", "oidc_sign_in", "pending_sign_in", "remembered_request", "second_factor_use", "session",
	"sign_in_failure", "token_use",
}

const (
	sqliteTables = `SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`
	postgresTables = `SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
)

// Dump is all that a store keeps, one row of a table on each line, but for sessions, counters and remembered answers: for
// tests that compare before and after. The lines are sorted.
func Dump(tb testing.TB, s *store.Store) (lines []string) {
	tb.Helper()
	err := s.View(tb.Context(), func(tx *store.Tx) error {
		lines = nil
		tables, err := columnsOf(tx, s.Engine())
		for table, columns := range tables {
			if err == nil && !slices.Contains(passing, table) {
				err = dumpTable(tx, table, columns, &lines)
			}
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

func columnsOf(tx *store.Tx, engine string) (map[string][]string, error) {
	query := sqliteTables
	if engine == "postgres" {
		query = postgresTables
	}
	columns, err := store.All(tx, func(row store.Scanner, c *[2]string) error { return row.Scan(&c[0], &c[1]) }, query)
	tables := map[string][]string{}
	for _, c := range columns {
		tables[c[0]] = append(tables[c[0]], c[1])
	}
	return tables, err
}

func dumpTable(tx *store.Tx, table string, columns []string, lines *[]string) error {
	rows, err := tx.Query("SELECT " + strings.Join(columns, ", ") + " FROM " + table)
	if err != nil {
		return err
	}
	defer rows.Close()
	cells, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		line := table
		for i, c := range cells {
			line += fmt.Sprintf(" %s=%q", columns[i], fmt.Sprint(c))
		}
		*lines = append(*lines, line)
	}
	return rows.Err()
}
