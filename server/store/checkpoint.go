package store

import (
	"log/slog"
	"sync"
	"sync/atomic"
)

const (
	// checkpointAfter is how many updates are copied at once from SQLite's log into the database.
	checkpointAfter = 128
	// checkpointInline is at how many pages (32 MB) a commit copies them itself. While updates never pause, copying beside
	// them always leaves what was added meanwhile, and only a commit that finds nothing left begins the log anew.
	checkpointInline = "8192"
)

// checkpointer copies committed pages from SQLite's log into the database beside the commits. A commit that does it
// itself, as SQLite would have it, makes a whole group wait for the disk two more times.
type checkpointer struct {
	session *session
	log     *slog.Logger
	waiting atomic.Int64  // updates that nobody has been called for
	called  chan struct{} // has room for one call
	once    sync.Once
	stopped chan struct{}
}

func newCheckpointer(s *session, log *slog.Logger) *checkpointer {
	p := &checkpointer{session: s, log: log, called: make(chan struct{}, 1), stopped: make(chan struct{})}
	go p.loop()
	return p
}

// committed tells of a commit; it never waits.
func (p *checkpointer) committed(updates int) {
	if p.waiting.Add(int64(updates)) < checkpointAfter {
		return
	}
	p.waiting.Store(0)
	select {
	case p.called <- struct{}{}:
	default: // called already
	}
}

func (p *checkpointer) loop() {
	defer close(p.stopped)
	for range p.called {
		if err := p.session.do("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			p.log.Warn("committed pages could not be copied from the log into the database; a later commit tries again", "error", err)
		}
	}
}

// close is called when nothing commits any more; it does what it was called for.
func (p *checkpointer) close() error {
	p.once.Do(func() { close(p.called) })
	<-p.stopped
	return p.session.close()
}
