package store

import (
	"context"
	"database/sql/driver"
	"strings"
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

// idleLimit is how long PostgreSQL waits for the next statement of a transaction before it ends the session, unless the
// address says otherwise. A process that is stopped, or whose machine is gone, in the middle of a transaction would otherwise
// keep what it has locked: the places in the log for one, which everybody's entries wait for.
const idleLimit = "idle_in_transaction_session_timeout"

// mark has a session that is about to begin know how many failures there were before it, and end when its transaction is
// left alone. It is no parameter of the connection, which PgBouncer would refuse.
func (s *sessions) mark(_ context.Context, config *pgx.ConnConfig) error {
	before := s.failures.Load()
	_, said := config.RuntimeParams[idleLimit]
	said = said || strings.Contains(config.RuntimeParams["options"], idleLimit)
	config.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		c.CustomData()[failuresBefore] = before
		if said {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
		defer cancel()
		return c.Exec(ctx, "SET "+idleLimit+" = '15s'").Close()
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

// learn is told how the use of a session ended. One that was left alone says nothing of the others.
func (s *sessions) learn(ctx context.Context, err error) {
	if err != nil && IsOutage(err) && !isRetryable(err) && !wasLeftAlone(err) && ctx.Err() == nil {
		s.failures.Add(1)
	}
}
