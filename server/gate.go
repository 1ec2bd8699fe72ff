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
	saving    work = iota // what changes something
	reading               // what somebody needs to go on
	taking                // files that have arrived: hashed, looked into, kept
	uploading             // files that somebody is about to send
	ranking               // rankings, summaries, and files made of results
	works                 // how many kinds there are
)

// workNames are what metrics call them.
var workNames = [works]string{"save", "read", "file", "upload", "rank"}

const (
	// patience is how long a call waits at most. Whoever waits longer thinks that nothing happens, and sends it again.
	patience = time.Second
	// fewPatience is how long one waits at most where there is no crowd: see few.
	fewPatience = 10 * time.Second
	// burst is how long a queue may last before it counts as standing: see mayHold.
	burst = 300 * time.Millisecond
	// pace is for how long looks at the gate are counted: see look.
	pace = 10 * time.Millisecond
	// sendPatience stands for patience where somebody sends a file: that takes seconds anyway. It stands for burst too where they
	// begin, which hundreds may at once.
	sendPatience = 5 * time.Second
	// soonest is when whoever was refused comes back, or later.
	soonest = time.Second
	// held is for how long no saver who waits may have begun before the others stop waiting for them: it is the disk then that
	// savers wait for, not the processor, which is what the others need.
	held = 500 * time.Millisecond
	// leastWait may be waited in any queue: less would be less than what a machine is busy with beside.
	leastWait = 20 * time.Millisecond
)

// gate lets so many calls be worked on at once. Further ones of a kind wait in a queue of bounded length; those that would
// wait for longer than they have, or than they may, are refused at once, before anything was done for them.
type gate struct {
	mu      sync.Mutex
	size    int // calls at work at once
	busy    int
	pass    float64     // the highest that a queue had when a call began from it
	away    []time.Time // when the last calls were refused, of any kind: a ring of as many as are few
	oldest  int         // of them
	queues  [works]queue
	metrics [works]telemetry.Admission
	now     func() time.Time
}

// queue is one kind of work at the gate.
type queue struct {
	weight float64 // how many begin from it, of as many as all the weights of those that wait
	most   int     // at work at once: the kinds leave room for each other, so that a slow disk does not keep readers out
	beside int     // at work at once while savers wait; savers themselves have no such bound
	room   int     // calls that may wait
	hold   int     // calls that may wait in a queue that stands, when calls take long
	// patience is how long one waits at most, burst how long the queue may last before it counts as standing.
	patience, burst time.Duration

	busy    int
	waiting []*turn
	paced   time.Time // since when looks are counted
	coming  int       // that went on since then and have not asked yet

	pass    float64       // calls that began from it, each by its weight: the queue with the lowest goes on
	gap     time.Duration // between calls that began from the queue, lately
	last    time.Time     // when one did, or the queue began to fill
	refused time.Time     // when a call was, last
	filled  time.Time     // when the queue began to fill that is there or has just emptied
	took    time.Duration // by a call that was worked on, lately
}

func newGate(size int, m *telemetry.Metrics) *gate {
	g := &gate{size: size, away: make([]time.Time, max(1, size*2/3)), now: time.Now} //nolint:forbidigo // waiting is of the true clock
	for kind := range works {
		g.metrics[kind] = m.Admission(workNames[kind])
	}
	share := func(eighths int) int { return max(1, size*eighths/8) }
	part := func(of int) int { return max(1, size/of) }
	g.queues = [works]queue{
		saving:    {weight: 36, most: share(2), room: share(6), hold: part(12), patience: patience, burst: burst},
		reading:   {weight: 12, most: share(6), room: share(3), hold: part(16), beside: part(24), patience: patience, burst: burst},
		taking:    {weight: 4, most: share(2), room: share(4), hold: share(4), beside: part(24), patience: sendPatience, burst: burst},
		uploading: {weight: 1, most: share(2), room: share(48), hold: share(48), beside: 1, patience: sendPatience, burst: sendPatience},
		ranking:   {weight: 4, most: share(2), room: share(4), hold: part(32), beside: 1, patience: patience, burst: burst},
	}
	return g
}

// refusal says that a call cannot begin, and when to come back.
type refusal struct{ after time.Duration }

// turn is one call at the gate, in the queue or at work.
type turn struct {
	gate   *gate
	kind   work
	began  time.Time
	atWork bool
	begun  chan struct{} // closed when it may begin; nil when it began as it came
	may    time.Duration // it may wait
}

// look says whether a call would be refused if it asked now. It takes no place for it: of the call nothing has come but its
// headers, and whoever sends only those would keep others out. So that not all of those on their way find the same room, those
// that went on in the last few milliseconds and have not asked yet count as if they waited.
func (g *gate) look(ctx context.Context, kind work) *refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	q, now := &g.queues[kind], g.now()
	if now.Sub(q.paced) > pace {
		q.paced, q.coming = now, 0
	}
	if len(q.waiting) > 0 {
		g.proceed(now)
		if refused := g.refuse(ctx, kind, q.coming, now); refused != nil {
			return refused
		}
	}
	q.coming++
	return nil
}

// ask takes a place at work for a call that has come, or one in the queue, or says that there is neither. It waits for nothing.
func (g *gate) ask(ctx context.Context, kind work) (*turn, *refusal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q, now := &g.queues[kind], g.now()
	if since, looked := lookedAt(ctx); looked && !since.Before(q.paced) {
		q.coming = max(0, q.coming-1)
	}
	g.proceed(now) // who waits for savers that are held up has nobody else to begin it
	t := &turn{gate: g, kind: kind}
	if len(q.waiting) == 0 && g.free(kind, now) && (kind == saving || !g.saversFirst(now)) {
		q.pass = max(q.pass, g.pass)
		g.begin(t, now)
		g.metrics[kind].AtOnce.Inc()
		return t, nil
	}
	if refused := g.refuse(ctx, kind, 0, now); refused != nil {
		return nil, refused
	}
	if len(q.waiting) == 0 {
		if now.Sub(q.last) > q.burst {
			q.filled = now
		}
		q.last = now
		q.pass = max(q.pass, g.pass+1/q.weight) // what it left to others is not made up for
	}
	t.begun, t.may = make(chan struct{}), g.mayWait(kind, now)
	q.waiting = append(q.waiting, t)
	g.metrics[kind].Waiting.Inc()
	return t, nil
}

// refuse says whether a call cannot wait behind those that do and some that are on their way.
func (g *gate) refuse(ctx context.Context, kind work, coming int, now time.Time) *refusal {
	q := &g.queues[kind]
	wait := q.wait(now)
	may := g.mayWait(kind, now)
	if deadline, ok := ctx.Deadline(); ok {
		may = min(may, deadline.Sub(now))
	}
	if len(q.waiting)+coming < g.mayHold(kind, now) && wait <= may {
		return nil
	}
	q.refused = now
	g.sendAway(now)
	g.metrics[kind].Refused.Inc()
	return &refusal{after: comeBack(wait)}
}

// wait waits until the call may begin, for as long as it may. A call that is refused has left.
func (t *turn) wait(ctx context.Context) *refusal {
	if t.begun == nil {
		return nil
	}
	t.await(ctx)
	m := &t.gate.metrics[t.kind]
	if t.giveUp() {
		m.Refused.Inc()
		return &refusal{after: comeBack(patience)}
	}
	m.Queued.Inc()
	return nil
}

// await returns when the call may begin, or has waited for long enough. Those that wait for savers who do not come back have
// nobody else to begin them, so they look by themselves as well.
func (t *turn) await(ctx context.Context) {
	end, look := time.NewTimer(t.may), time.NewTicker(held)
	defer end.Stop()
	defer look.Stop()
	for {
		select {
		case <-t.begun:
			return
		case <-end.C:
			return
		case <-ctx.Done():
			return
		case <-look.C:
			t.gate.lookAgain()
		}
	}
}

// giveUp leaves the queue, and reports whether the call was still in it: it has begun otherwise.
func (t *turn) giveUp() bool {
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.atWork {
		return false
	}
	q := &g.queues[t.kind]
	q.waiting = slices.DeleteFunc(q.waiting, func(other *turn) bool { return other == t })
	g.sendAway(g.now())
	g.metrics[t.kind].Waiting.Dec()
	return true
}

// leave ends a call at work and lets others begin.
func (t *turn) leave() {
	g := t.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	q, now := &g.queues[t.kind], g.now()
	g.busy--
	q.busy--
	q.took += (now.Sub(t.began) - q.took) / 8
	g.proceed(now)
}

// proceed begins whatever may begin of those who wait.
func (g *gate) proceed(now time.Time) {
	for next := g.next(now); next != nil; next = g.next(now) {
		first := next.waiting[0]
		next.waiting = slices.Delete(next.waiting, 0, 1)
		next.gap += (now.Sub(next.last) - next.gap) / 8
		next.last = now
		g.metrics[first.kind].Waiting.Dec()
		g.begin(first, now)
		close(first.begun)
	}
}

// lookAgain begins whoever may begin because time has passed.
func (g *gate) lookAgain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proceed(g.now())
}

// free reports whether there is room for a call of a kind.
func (g *gate) free(kind work, now time.Time) bool {
	q := &g.queues[kind]
	most := q.most
	if kind != saving && g.saversWait(now) {
		most = min(most, q.beside)
	}
	return g.busy < g.size && q.busy < most
}

func (g *gate) begin(t *turn, now time.Time) {
	q := &g.queues[t.kind]
	g.busy++
	q.busy++
	g.pass = max(g.pass, q.pass)
	q.pass += 1 / q.weight
	t.atWork, t.began = true, now
}

// saversWait reports whether savers wait, or were refused so lately that others would.
func (g *gate) saversWait(now time.Time) bool {
	q := &g.queues[saving]
	return len(q.waiting) > 0 || now.Sub(q.refused) < held
}

// saversFirst reports whether the others have to wait for their turns among savers.
func (g *gate) saversFirst(now time.Time) bool {
	return g.saversWait(now) && now.Sub(g.queues[saving].last) < held
}

// next is the queue from which a call may begin; nil when there is none. It is the one of which the fewest began for its weight,
// so nobody waits for ever. While savers wait the others do not get ahead of them, even where no saver may begin.
func (g *gate) next(now time.Time) *queue {
	var first *queue
	for kind := range works {
		q := &g.queues[kind]
		may := len(q.waiting) > 0 && g.free(kind, now)
		if !may && (kind != saving || !g.saversFirst(now)) {
			continue
		}
		if first == nil || q.pass < first.pass {
			first = q
		}
	}
	if savers := &g.queues[saving]; first == savers && (len(savers.waiting) == 0 || !g.free(saving, now)) {
		return nil
	}
	return first
}

// wait is how long one more call would wait, as things went lately; at least as long as nothing has begun.
func (q *queue) wait(now time.Time) time.Duration {
	if len(q.waiting) == 0 {
		return 0
	}
	return max(q.gap*time.Duration(len(q.waiting)+1), now.Sub(q.last))
}

// mayHold is how many calls may wait in a queue. One that has lasted does not go away by waiting: then the work that is asked for
// is more than can be done, and who waits in it waits for nothing but its length. In such a queue as many may wait as begin in
// leastWait, or hold. So it is with the others while savers wait, at once. While there are not many calls in all, it is because
// each takes long that they wait, and all may.
func (g *gate) mayHold(kind work, now time.Time) int {
	q := &g.queues[kind]
	turns := kind != saving && g.saversWait(now)
	if len(q.waiting) == 0 || !turns && now.Sub(q.filled) <= q.burst || g.few(now) {
		return q.room
	}
	begin := q.busy * int(leastWait) / int(max(q.took, 1))
	if turns {
		begin = q.turns()
	}
	return min(q.room, max(q.hold, begin))
}

// turns is how many lately began in leastWait from a queue whose calls wait for their turns, however little each takes.
func (q *queue) turns() int {
	if q.gap == 0 {
		return 0 // nothing has
	}
	return int(leastWait / q.gap)
}

// few reports whether so few callers are here that it is no crowd that one more would wait for, but a machine that is slow or
// stands still for a moment. Who was told to come back is here too until then: there are few for moments in a crowd as well,
// because others were refused.
func (g *gate) few(now time.Time) bool {
	more := g.size*2/3 - g.inside(now)
	if more <= 0 {
		return false
	}
	return now.Sub(g.away[(g.oldest-more+len(g.away))%len(g.away)]) >= soonest
}

// sendAway counts a call that was refused.
func (g *gate) sendAway(now time.Time) {
	g.away[g.oldest] = now
	g.oldest = (g.oldest + 1) % len(g.away)
}

// inside is how many calls are at work, wait for it, or went on from their look and have not asked yet, without those that wait
// to send files.
func (g *gate) inside(now time.Time) int {
	n := g.busy
	for kind, q := range g.queues {
		if work(kind) == uploading {
			continue
		}
		n += len(q.waiting)
		if now.Sub(q.paced) <= pace {
			n += q.coming
		}
	}
	return n
}

// mayWait is how long a call that comes now may wait.
func (g *gate) mayWait(kind work, now time.Time) time.Duration {
	if g.few(now) {
		return fewPatience
	}
	return g.queues[kind].patience
}

// comeBack is when to try again: not before those who wait had their turn, and not all of them soon.
func comeBack(wait time.Duration) time.Duration {
	return min(soonest+4*wait, 10*time.Second)
}
