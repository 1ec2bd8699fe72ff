package server

import (
	"context"
	"sync"
	"time"
)

const (
	// mostGoAheads is how many uploads send at once. Each has up to three chunks in memory: one that is written, one that has come, one on the
	// way. Twice as many took 70 MB more.
	mostGoAheads = 32
	// goAheadPatience is how long an upload that has its turn may send nothing before the next one gets a turn.
	goAheadPatience = time.Second
)

// goAheads let uploads send some at a time: those that wait have nothing in memory, and all are done no later than if they had
// shared the disk. One whose client keeps it waiting goes on, but its turn goes to the next, so that slow lines keep nobody
// out.
type goAheads struct {
	free     chan struct{}
	patience time.Duration
}

func newGoAheads(n int, patience time.Duration) *goAheads {
	t := &goAheads{free: make(chan struct{}, n), patience: patience}
	for range n {
		t.free <- struct{}{}
	}
	return t
}

// goAhead is the turn of an upload, and belongs to it alone.
type goAhead struct {
	of   *goAheads
	once sync.Once
	over *time.Timer // ends the turn unless it is stopped
}

// take waits for a turn, or for the end of the context, whose error it returns.
func (t *goAheads) take(ctx context.Context) (*goAhead, error) {
	select {
	case <-t.free:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	mine := &goAhead{of: t}
	mine.over = time.AfterFunc(t.patience, mine.pass)
	return mine, nil
}

// wait is called before the next chunk is waited for.
func (t *goAhead) wait() { t.over.Reset(t.of.patience) }

// came is called when a chunk has come: what it costs from now on is our time, not the client's.
func (t *goAhead) came() { t.over.Stop() }

// end ends the turn; ending it again does no harm.
func (t *goAhead) end() {
	t.over.Stop()
	t.pass()
}

func (t *goAhead) pass() { t.once.Do(func() { t.of.free <- struct{}{} }) }
