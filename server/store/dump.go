package store

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Table is a table on its way out of a database or into one: see Dump and Fill.
type Table struct {
	Name    string
	Columns []string
	Key     []string // columns of the primary key, in its order
	Audited bool     // every change of a row is in the trail
	// Rows are its rows: for each column a nil, int64, string or []byte. A row is good until the next is asked for.
	Rows iter.Seq2[[]any, error]
}

// Dump shows take every table but derived ones, unaudited ones included, on one snapshot: each after those that it refers
// to, its rows in the order of the primary key. take reads the rows before it returns. Which migrations the database has had
// is no table but the schema that Dump returns; it may be older than the program's. The snapshot is held until Dump returns.
func (s *Store) Dump(ctx context.Context, take func(Table) error) (schema int64, err error) {
	err = s.engine.view(ctx, func(ctx context.Context, c conn) error {
		if err := takeTime(ctx, c, s.engine.dialect()); err != nil {
			return err
		}
		if schema, err = appliedVersion(ctx, c, s.engine.dialect()); err != nil {
			return err
		}
		all, err := tablesInOrder(ctx, c, s.engine.dialect())
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := take(t.dump(ctx, c)); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return nil
	})
	return schema, err
}

// takeTime lets the transaction stand still for as long as it likes.
func takeTime(ctx context.Context, c conn, d dialect) error {
	if d.unhurried == "" {
		return nil
	}
	_, err := c.exec(ctx, d.unhurried, nil)
	return err
}

func (t *table) dump(ctx context.Context, c conn) Table {
	return Table{
		Name: t.name, Columns: t.columns, Key: t.keyColumns(), Audited: !t.unaudited && !slices.Contains(private, t.name),
		Rows: dumpRows(ctx, c, t),
	}
}

func dumpRows(ctx context.Context, c conn, t *table) iter.Seq2[[]any, error] {
	query := "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name
	if len(t.key) > 0 {
		query += " ORDER BY " + strings.Join(t.keyColumns(), ", ")
	}
	return func(yield func([]any, error) bool) {
		rows, err := c.query(ctx, query, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		values, targets := scratch(len(t.columns))
		for rows.Next() {
			err := rows.Scan(targets...)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// scratch is room for one row and what Scan needs to fill it.
func scratch(n int) (values, targets []any) {
	values, targets = make([]any, n), make([]any, n)
	for i := range values {
		targets[i] = &values[i]
	}
	return values, targets
}

func (t *table) keyColumns() []string {
	names := make([]string, len(t.key))
	for i, column := range t.key {
		names[i] = t.columns[column]
	}
	return names
}

// tablesInOrder are all tables but goose's and derived ones, each after those that it refers to.
func tablesInOrder(ctx context.Context, c conn, d dialect) ([]*table, error) {
	ts := &tables{byName: map[string]*table{}}
	err := eachRow(ctx, c, d.schema, func(rows rows) error {
		var name, column string
		var place int
		if err := rows.Scan(&name, &column, &place); err != nil {
			return err
		}
		if name != versionTable && !slices.Contains(derived, name) {
			ts.addColumn(name, column, place)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	refers := map[string][]string{}
	err = eachRow(ctx, c, d.references, func(rows rows) error {
		var from, to string
		err := rows.Scan(&from, &to)
		refers[from] = append(refers[from], to)
		return err
	})
	return ts.inOrder(refers), err
}

func (ts *tables) inOrder(refers map[string][]string) (ordered []*table) {
	placed := map[string]bool{}
	var place func(name string)
	place = func(name string) {
		if placed[name] {
			return
		}
		placed[name] = true
		for _, other := range slices.Sorted(slices.Values(refers[name])) {
			place(other)
		}
		ordered = append(ordered, ts.byName[name])
	}
	for _, name := range slices.Sorted(maps.Keys(ts.byName)) {
		place(name)
	}
	return ordered
}

func eachRow(ctx context.Context, c conn, query string, scan func(rows) error) error {
	rows, err := c.query(ctx, query, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// NamedFiles are the SHA-256 of all files that rows name, each once: of evidence and of documents.
func (s *Store) NamedFiles(ctx context.Context) (sums []string, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		sums, err = All(tx, func(row Scanner, v *string) error { return row.Scan(v) },
			"SELECT sha256 FROM evidence WHERE sha256 <> '' UNION SELECT sha256 FROM document WHERE sha256 <> '' ORDER BY 1")
		return err
	})
	return sums, err
}
