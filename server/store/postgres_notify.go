package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/oklog/ulid/v2"
)

// changedChannel is the channel of LISTEN and NOTIFY on which processes tell each other of records.
const changedChannel = "merit_changed"

// PostgreSQL takes 8,000 bytes in one notification.
const longestNotice = 7500

// How the connection that listens is kept.
const (
	askEvery    = 5 * time.Second // whether it is alive, while nothing comes
	askWithin   = 5 * time.Second
	connectIn   = 20 * time.Second // to any of the servers
	learnIn     = 20 * time.Second
	firstRetry  = 50 * time.Millisecond
	longestWait = 2 * time.Second
)

// notices are what the processes on one database tell each other, by LISTEN and NOTIFY. What a process tells while others
// are not connected is lost to them: they are told that they may have missed something when they are back.
type notices struct {
	at     *servers
	db     *sql.DB
	log    *slog.Logger
	silent func() // the server does not answer any more
	own    string // the process; what it told itself is not for it

	mu      sync.Mutex
	waiting []string      // ids that nobody was told of yet
	some    chan struct{} // receives when there are any

	ctx  context.Context // ends with the engine
	end  context.CancelFunc
	work sync.WaitGroup
}

func newNotices(at *servers, db *sql.DB, log *slog.Logger, silent func()) *notices {
	n := &notices{at: at, db: db, log: log, silent: silent, own: ulid.Make().String(), some: make(chan struct{}, 1)}
	n.ctx, n.end = context.WithCancel(context.Background())
	return n
}

// tell notes the ids; what comes while others are being told goes out together.
func (n *notices) tell(ids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range ids {
		if !slices.Contains(n.waiting, id) {
			n.waiting = append(n.waiting, id)
		}
	}
	select {
	case n.some <- struct{}{}:
	default: // it is known that there are some
	}
}

// hear begins to tell and to listen.
func (n *notices) hear(fn func(ids []string), relearn func(context.Context) error) {
	n.work.Go(n.tellOthers)
	n.work.Go(func() { n.listen(fn, relearn) })
}

func (n *notices) close() {
	n.end()
	n.work.Wait()
}

func (n *notices) tellOthers() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-n.some:
		}
		n.mu.Lock()
		ids := n.waiting
		n.waiting = nil
		n.mu.Unlock()
		for len(ids) > 0 {
			text := n.own
			for len(ids) > 0 && len(text)+1+len(ids[0]) <= longestNotice {
				text, ids = text+" "+ids[0], ids[1:]
			}
			if err := n.notify(n.ctx, text); err != nil && n.ctx.Err() == nil {
				n.log.WarnContext(n.ctx, "other replicas not told of a change", "error", err)
			}
		}
	}
}

// tellSchema lets the other processes know that the schema is another.
func (n *notices) tellSchema(ctx context.Context) error { return n.notify(ctx, n.own) }

// notify sends who tells and the ids. It need not be durable: nobody waits for the disk.
func (n *notices) notify(ctx context.Context, text string) error {
	_, err := n.db.ExecContext(ctx, "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", changedChannel, text)
	return err
}

// listen calls fn with what others tell until the engine closes, connecting again when it has to.
func (n *notices) listen(fn func(ids []string), relearn func(context.Context) error) {
	for wait := firstRetry; ; wait = min(2*wait, longestWait) {
		err := n.listenOnce(func(ids []string) {
			wait = firstRetry
			fn(ids)
		}, relearn)
		if n.ctx.Err() != nil {
			return
		}
		n.log.WarnContext(n.ctx, "changes by other replicas not heard for a moment", "error", err)
		if errors.Is(err, context.DeadlineExceeded) {
			n.silent()
		}
		select {
		case <-time.After(wait):
		case <-n.ctx.Done():
			return
		}
	}
}

func (n *notices) listenOnce(fn func(ids []string), relearn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(n.ctx, connectIn)
	defer cancel()
	c, err := n.at.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is not used any more
	if _, err := c.Exec(ctx, "LISTEN "+changedChannel); err != nil {
		return err
	}
	for text := ""; ; {
		from, ids, _ := strings.Cut(text, " ")
		switch {
		case ids == "": // it has just begun to listen, or the schema is another
			if err := n.learnAnew(relearn); err != nil {
				return err
			}
			fn(nil)
		case from != n.own:
			fn(strings.Fields(ids))
		}
		if text, err = n.next(c); err != nil {
			return err
		}
	}
}

func (n *notices) learnAnew(relearn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(n.ctx, learnIn)
	defer cancel()
	return relearn(ctx)
}

// next waits for a notification, asking from time to time whether the server is still there: one that vanished without a
// word would be waited for until its connections time out, here and by everybody else.
func (n *notices) next(c *pgx.Conn) (string, error) {
	for {
		ctx, cancel := context.WithTimeout(n.ctx, askEvery)
		got, err := c.WaitForNotification(ctx)
		cancel()
		if err == nil {
			return got.Payload, nil
		}
		if n.ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return "", err
		}
		ctx, cancel = context.WithTimeout(n.ctx, askWithin)
		err = c.Ping(ctx)
		cancel()
		if err != nil {
			return "", err
		}
	}
}
