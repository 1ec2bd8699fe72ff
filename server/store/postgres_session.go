package store

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sessions decides which sessions of the pool are used again. One that began read-only stays so, for an hour in the pool,
// when the database can be written to again or another server has taken over; and when the server ends one session, it has
// ended the others too. After either only sessions that began later are used, so what they say is so now.
type sessions struct {
	failures atomic.Int64
}

// failuresBefore is where a session keeps how many failures there were before it began.
const failuresBefore = "failures before this session"

// mark has a session that is about to begin know how many failures there were before it.
func (s *sessions) mark(_ context.Context, config *pgx.ConnConfig) error {
	before := s.failures.Load()
	config.AfterConnect = func(_ context.Context, c *pgconn.PgConn) error {
		c.CustomData()[failuresBefore] = before
		return nil
	}
	return nil
}

// reuse has the pool close a session that began before the last failure.
func (s *sessions) reuse(_ context.Context, c *pgx.Conn) error {
	if c.PgConn().CustomData()[failuresBefore] != s.failures.Load() {
		return driver.ErrBadConn
	}
	return nil
}

// learn is told how the use of a session ended.
func (s *sessions) learn(ctx context.Context, err error) {
	if err != nil && IsOutage(err) && !isRetryable(err) && ctx.Err() == nil {
		s.failures.Add(1)
	}
}
