package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// session is a connection to SQLite, used by one goroutine at a time. It calls the driver itself: database/sql would add a
// pool, goroutines that watch contexts, and conversions by reflection, which together cost as much as an indexed read.
//
// A context is asked before a statement begins and not while it runs: go-sqlite3 answers one that ends by interrupting the
// connection, which rolls back the whole transaction of a group.
type session struct {
	driver directConn
	args   []driver.NamedValue // scratch for those of one statement
}

// directConn is a connection that runs texts; the driver keeps what it has prepared.
type directConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
}

func openSession(ctx context.Context, c *sqliteConnector) (*session, error) {
	conn, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &session{driver: conn.(directConn)}, nil
}

func (s *session) close() error { return s.driver.Close() }

// do runs a statement without arguments that says nothing but whether it succeeded. As a query it is kept by the driver,
// where SAVEPOINT and COMMIT would be parsed anew each time.
func (s *session) do(text string) error {
	rows, err := s.driver.QueryContext(context.Background(), text, nil)
	if err != nil {
		return err
	}
	return rows.Close()
}

// exec implements conn.
func (s *session) exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	if err := s.bind(ctx, args); err != nil {
		return 0, err
	}
	result, err := s.driver.ExecContext(context.Background(), text, s.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query implements conn. The driver takes the first step at once.
func (s *session) query(ctx context.Context, text string, args []any) (rows, error) {
	if err := s.bind(ctx, args); err != nil {
		return nil, err
	}
	found, err := s.driver.QueryContext(context.Background(), text, s.args)
	if err != nil {
		return nil, err
	}
	return &sessionRows{rows: found, values: make([]driver.Value, len(found.Columns()))}, nil
}

// bind converts the arguments of a statement to the types that the driver takes.
func (s *session) bind(ctx context.Context, args []any) error {
	s.args = s.args[:0]
	for i, a := range args {
		switch v := a.(type) {
		case string, int64, []byte, nil:
		case int:
			a = int64(v)
		default:
			var err error
			if a, err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
				return fmt.Errorf("store: argument %d: %w", i+1, err)
			}
		}
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return ctx.Err()
}

// sessionRows are the rows of a query of a session.
type sessionRows struct {
	rows   driver.Rows
	values []driver.Value // of the current row
	err    error
}

// Next implements rows.
func (r *sessionRows) Next() bool {
	if r.err == nil {
		r.err = r.rows.Next(r.values)
	}
	return r.err == nil
}

// Err implements rows.
func (r *sessionRows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// Close implements rows. It may be called more than once.
func (r *sessionRows) Close() {
	r.err = cmp.Or(r.err, io.EOF)
	_ = r.rows.Close()
}

// Scan implements rows.
func (r *sessionRows) Scan(to ...any) error {
	if len(to) != len(r.values) {
		return fmt.Errorf("store: a row has %d columns, not %d", len(r.values), len(to))
	}
	for i, v := range r.values {
		if err := assign(to[i], v); err != nil {
			return fmt.Errorf("store: column %d, %s: %w", i, r.rows.Columns()[i], err)
		}
	}
	return nil
}

// assign puts a value as SQLite keeps it where its reader wants it.
func assign(to any, v driver.Value) error {
	ok := false
	switch to := to.(type) {
	case *string:
		if *to, ok = v.(string); !ok {
			*to, ok = otherwise[string](v)
		}
	case *int64:
		*to, ok = v.(int64)
	case *int:
		var n int64
		n, ok = v.(int64)
		*to = int(n)
	case *bool:
		var n int64
		n, ok = v.(int64)
		*to = n != 0
	case *[]byte:
		if *to, ok = v.([]byte); !ok {
			*to, ok = otherwise[[]byte](v)
			ok = ok || v == nil
		}
	case *any:
		*to, ok = v, true
	case sql.Scanner:
		return to.Scan(v)
	default:
		ok = assignNamed(reflect.ValueOf(to).Elem(), v)
	}
	if !ok {
		return fmt.Errorf("%T does not go into %T", v, to)
	}
	return nil
}

// otherwise reads bytes that were stored as a text, or a text that was stored as bytes: SQLite keeps a value as it came.
func otherwise[T string | []byte](v driver.Value) (to T, ok bool) {
	switch v := v.(type) {
	case string:
		return T(v), true
	case []byte:
		return T(v), true
	}
	return to, false
}

// assignNamed puts a value into a variable of a type that is a text or number of its own.
func assignNamed(to reflect.Value, v driver.Value) bool {
	switch v := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(v)
			return true
		}
	case int64:
		if to.CanInt() && !to.OverflowInt(v) {
			to.SetInt(v)
			return true
		}
	}
	return false
}
