package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

// ErrServed says that another process serves from the same SQLite file.
var ErrServed = errors.New("store: another process serves from this file")

// lookBeside is how often a service looks whether another process has written to its SQLite file.
const lookBeside = 500 * time.Millisecond

// Serve makes this process the one that serves from the store until it is closed or the process ends, however it does.
// ErrServed when there is one already: two would each keep in memory what the other changes. Commands that write to a SQLite
// file and end may do so beside it. PostgreSQL is served from by many; there it does nothing.
func (s *Store) Serve(ctx context.Context) error { return s.engine.serve(ctx) }

// serve keeps an exclusive lock on a file beside the database, which the system takes back when the process is killed. The
// lock is SQLite's, so it is one on every system that SQLite runs on.
func (e *sqliteEngine) serve(ctx context.Context) error {
	file := e.path + "-serve"
	s, err := openSession(ctx, newSQLiteConnector(file, []pragma{
		{"_busy_timeout", "0", "busy_timeout", "0"}, {"_journal_mode", "MEMORY", "journal_mode", "memory"},
	}))
	if err == nil {
		if err = s.do("BEGIN EXCLUSIVE"); err == nil {
			e.serving = s
			return nil
		}
		err = errors.Join(err, s.close())
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) && lite.Code == sqlite3.ErrBusy {
		return ErrServed
	}
	return fmt.Errorf("store: lock %s: %w", file, err)
}

// hear looks every so often whether another process has written to the file. Nobody tells what it was.
func (e *sqliteEngine) hear(fn func([]string), relearn func(context.Context) error) {
	known, err := e.dataVersion()
	e.looking.Go(func() {
		every := time.NewTicker(lookBeside)
		defer every.Stop()
		for !errors.Is(err, ErrClosed) {
			select {
			case <-e.closing:
				return
			case <-every.C:
			}
			var now int64
			if now, err = e.dataVersion(); err != nil || now == known {
				continue
			}
			if err = relearn(context.Background()); err == nil {
				known = now
				fn(nil)
			}
		}
	})
}

// dataVersion is a number that is another when another connection than the writing one has written to the file.
func (e *sqliteEngine) dataVersion() (version int64, err error) {
	err = e.writer.do(context.Background(), func(ctx context.Context, c conn) error {
		found, err := c.query(ctx, "PRAGMA data_version", nil)
		if err != nil {
			return err
		}
		defer found.Close()
		if !found.Next() {
			return fmt.Errorf("store: no data_version: %w", found.Err())
		}
		return found.Scan(&version)
	})
	return version, err
}
