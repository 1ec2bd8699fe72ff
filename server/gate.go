package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/meritindex/merit/server/telemetry"
)

// work is a kind of work that calls ask for.
type work int

// The kinds of work, what goes before first.
const (
	saving  work = iota // what changes something
	reading             // what somebody needs to go on
	taking              // files that have arrived: hashed, looked into, kept
	ranking             // rankings, summaries, and files made of results
	works               // how many kinds there are
	ungated work = -1   // see workOf
)

// workNames are what metrics call them.
var workNames = [works]string{"save", "read", "file", "rank"}

// turns is who goes first when a call may begin, over and over: a kind that nobody waits for gives its turn to the first
// kind that somebody waits for. So saving goes before reading and both before ranking, and none of them waits for ever.
var turns = [...]work{saving, saving, reading, saving, taking, saving, reading, saving, ranking}

// patience is how long a call waits at most. Whoever waits longer thinks that nothing happens, and sends it again.
const patience = time.Second

// gate lets so many calls be worked on at once. Further ones of a kind wait in a queue of bounded length; those that would
// wait for longer than they have, or than patience, are refused at once, before anything was done for them.
type gate struct {
	mu      sync.Mutex
	size    int // calls at work at once
	busy    int
	turn    int
	queues  [works]queue
	metrics [works]telemetry.Admission
}

// queue is one kind of work at the gate.
type queue struct {
	most    int // at work at once: the kinds leave room for each other, so that a slow disk does not keep readers out
	room    int // calls that may wait
	busy    int
	waiting []*turn

	gap  time.Duration // between calls that began from the queue, lately
	last time.Time     // when one did, or the queue began to fill
}

// turn is one call that waits. begun is closed when it may begin.
type turn struct{ begun chan struct{} }

func newGate(size int, m *telemetry.Metrics) *gate {
	g := &gate{size: size}
	for kind := range works {
		g.metrics[kind] = m.Admission(workNames[kind])
	}
	share := func(eighths int) int { return max(1, size*eighths/8) }
	g.queues[saving] = queue{most: share(6), room: share(8)}
	g.queues[reading] = queue{most: share(6), room: share(6)}
	g.queues[taking] = queue{most: share(2), room: share(4)}
	g.queues[ranking] = queue{most: share(2), room: share(3)}
	return g
}

// refusal says that a call cannot begin, and when to come back.
type refusal struct{ after time.Duration }

// enter waits until a call may begin, and returns what to call when it has ended; or a refusal.
func (g *gate) enter(ctx context.Context, kind work) (leave func(), refused *refusal) {
	g.mu.Lock()
	q := &g.queues[kind]
	if len(q.waiting) == 0 && g.free(q) {
		g.begin(q)
		g.mu.Unlock()
		g.metrics[kind].AtOnce.Inc()
		return func() { g.leave(q) }, nil
	}
	now := time.Now() //nolint:forbidigo // waiting is of the true clock
	if wait := q.wait(now); len(q.waiting) >= q.room || wait > mayWait(ctx, now) {
		g.mu.Unlock()
		g.metrics[kind].Refused.Inc()
		return nil, &refusal{after: comeBack(wait)}
	}
	t := &turn{make(chan struct{})}
	if len(q.waiting) == 0 {
		q.last = now
	}
	q.waiting = append(q.waiting, t)
	g.mu.Unlock()
	return g.await(ctx, kind, t)
}

// await waits for the turn.
func (g *gate) await(ctx context.Context, kind work, t *turn) (leave func(), refused *refusal) {
	q, m := &g.queues[kind], &g.metrics[kind]
	m.Waiting.Inc()
	defer m.Waiting.Dec()
	end := time.NewTimer(patience)
	defer end.Stop()
	select {
	case <-t.begun:
	case <-end.C:
	case <-ctx.Done():
	}
	if g.giveUp(q, t) {
		m.Refused.Inc()
		return nil, &refusal{after: comeBack(patience)}
	}
	m.Queued.Inc()
	return func() { g.leave(q) }, nil
}

// giveUp takes a turn out of the queue, and reports whether it was still there: its call has begun otherwise.
func (g *gate) giveUp(q *queue, t *turn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(q.waiting, t)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}

func (g *gate) free(q *queue) bool { return g.busy < g.size && q.busy < q.most }

func (g *gate) begin(q *queue) {
	g.busy++
	q.busy++
}

// leave ends a call and lets others begin.
func (g *gate) leave(q *queue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	q.busy--
	for next := g.next(); next != nil; next = g.next() {
		now := time.Now() //nolint:forbidigo // as above
		next.gap += (now.Sub(next.last) - next.gap) / 8
		next.last = now
		g.begin(next)
		close(next.waiting[0].begun)
		next.waiting = slices.Delete(next.waiting, 0, 1)
	}
}

// next is the queue from which a call may begin; nil when there is none.
func (g *gate) next() *queue {
	may := func(kind work) bool { return len(g.queues[kind].waiting) > 0 && g.free(&g.queues[kind]) }
	if kind := turns[g.turn]; may(kind) {
		g.turn = (g.turn + 1) % len(turns)
		return &g.queues[kind]
	}
	for kind := range works {
		if may(kind) {
			g.turn = (g.turn + 1) % len(turns)
			return &g.queues[kind]
		}
	}
	return nil
}

// wait is how long one more call would wait, as things went lately; at least as long as nothing has begun.
func (q *queue) wait(now time.Time) time.Duration {
	if len(q.waiting) == 0 {
		return 0
	}
	return max(q.gap*time.Duration(len(q.waiting)+1), now.Sub(q.last))
}

// mayWait is how long a call may wait.
func mayWait(ctx context.Context, now time.Time) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(patience, deadline.Sub(now))
	}
	return patience
}

// comeBack is when to try again: not before those who wait had their turn, and not all of them soon.
func comeBack(wait time.Duration) time.Duration {
	return min(time.Second+4*wait, 10*time.Second)
}
