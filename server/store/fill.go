package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// ErrNotEmpty says that a database that is to be filled has been used already.
var ErrNotEmpty = errors.New("store: the database is not empty; restore into a new one")

// Fill puts the tables of a Dump into an empty database, all of their rows or none: it brings the database to the schema
// of the dump, fills it in one transaction, and migrates it to the schema of the program. A database that has audit
// entries, or another schema already, is ErrNotEmpty; a schema that this program does not know is ErrSchemaNewer. The
// tables are read again when the transaction has to be repeated.
func (s *Store) Fill(ctx context.Context, schema int64, tables iter.Seq2[Table, error]) error {
	if schema > SchemaVersion {
		return fmt.Errorf("%w (the backup has schema %d, this program knows %d)", ErrSchemaNewer, schema, SchemaVersion)
	}
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	if version != 0 && version != schema {
		return fmt.Errorf("%w (it has schema %d, the backup %d)", ErrNotEmpty, version, schema)
	}
	if err := s.migrateTo(ctx, schema); err != nil {
		return err
	}
	err = s.engine.update(ctx, func(_ context.Context, c conn) error {
		if err := takeTime(ctx, c, s.engine.dialect()); err != nil {
			return err
		}
		return s.fill(ctx, c, tables)
	})
	if err != nil {
		return fmt.Errorf("store: fill: %w", mapError(err))
	}
	return s.Migrate(ctx)
}

func (s *Store) fill(ctx context.Context, c conn, tables iter.Seq2[Table, error]) error {
	all, err := s.emptied(ctx, c)
	if err != nil {
		return err
	}
	for t, err := range tables {
		if err != nil {
			return err
		}
		if all[t.Name] == nil {
			return fmt.Errorf("a table %s is not known", t.Name)
		}
		f := filler{ctx: ctx, conn: c, dialect: s.engine.dialect(), table: t}
		if err := f.run(); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		delete(all, t.Name)
	}
	for name := range all {
		return fmt.Errorf("the table %s is missing", name)
	}
	return continueNumbers(ctx, c, s.engine.dialect())
}

// emptied checks that nothing was ever done in the database and removes what its migrations put there.
func (s *Store) emptied(ctx context.Context, c conn) (map[string]*table, error) {
	var used int64
	if err := queryInt(ctx, c, "SELECT count(*) FROM audit_entry", &used); err != nil {
		return nil, err
	}
	if used > 0 {
		return nil, ErrNotEmpty
	}
	ordered, err := tablesInOrder(ctx, c, s.engine.dialect())
	if err != nil {
		return nil, err
	}
	all := make(map[string]*table, len(ordered))
	for i := len(ordered) - 1; i >= 0; i-- {
		all[ordered[i].name] = ordered[i]
		if _, err := c.exec(ctx, "DELETE FROM "+ordered[i].name, nil); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// valuesAtOnce is about how many values one INSERT takes: far fewer than either engine allows.
const valuesAtOnce = 1000

// filler inserts the rows of one table, many with each statement.
type filler struct {
	ctx     context.Context
	conn    conn
	dialect dialect
	table   Table
	waiting []any
	rows    int // waiting
	full    string
}

func (f *filler) run() error {
	most := max(1, valuesAtOnce/len(f.table.Columns))
	f.full = f.insert(most)
	for row, err := range f.table.Rows {
		if err == nil {
			err = f.ctx.Err()
		}
		if err != nil {
			return err
		}
		f.waiting = append(f.waiting, row...)
		if f.rows++; f.rows < most {
			continue
		}
		if err := f.flush(f.full); err != nil {
			return err
		}
	}
	if f.rows == 0 {
		return nil
	}
	return f.flush(f.insert(f.rows))
}

func (f *filler) flush(insert string) error {
	_, err := f.conn.exec(context.WithoutCancel(f.ctx), insert, f.waiting)
	f.waiting, f.rows = f.waiting[:0], 0
	return err
}

func (f *filler) insert(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + f.table.Name + " (" + strings.Join(f.table.Columns, ", ") + ")" + f.dialect.givenNumbers + " VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range f.table.Columns {
			b.WriteString(map[bool]string{true: "($", false: ", $"}[j == 0])
			b.WriteString(strconv.Itoa(i*len(f.table.Columns) + j + 1))
		}
		b.WriteByte(')')
	}
	return f.dialect.bind(b.String())
}

// continueNumbers lets columns that the engine numbers go on after the highest number that is there.
func continueNumbers(ctx context.Context, c conn, d dialect) error {
	if d.numbered == "" {
		return nil // SQLite looks at the table itself
	}
	var after []string
	err := eachRow(ctx, c, d.numbered, func(rows rows) error {
		var statement string
		err := rows.Scan(&statement)
		after = append(after, statement)
		return err
	})
	for _, statement := range after {
		if err == nil {
			_, err = c.exec(ctx, statement, nil)
		}
	}
	return err
}

// Used reports whether anything was ever done in the database.
func (tx *Tx) Used() (used bool, err error) {
	err = tx.QueryRow("SELECT EXISTS (SELECT 1 FROM audit_entry)").Scan(&used)
	return used, err
}
