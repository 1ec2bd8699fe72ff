package bench

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meritindex/merit/client"
)

// makes makes one call and says of which kind it was.
type makes func(context.Context, *caller) (Kind, error)

// load makes calls for a while: by callers who each wait for their answers, or at a rate.
func (d *driver) load(ctx context.Context, duration time.Duration, call makes) *tally {
	if d.Rate > 0 {
		return d.arrive(ctx, duration, call)
	}
	return d.loop(ctx, duration, d.Callers, call)
}

// loop is the closed loop. Who was refused for now stays away as the client library does before the next call: callers who come
// back at once, thousands of times a second, would be an attack and no evening.
func (d *driver) loop(ctx context.Context, duration time.Duration, callers int, call makes) *tally {
	began := d.Now()
	tallies := make([]*tally, callers)
	var all sync.WaitGroup
	for i := range tallies {
		tallies[i] = new(tally)
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), uint64(began.UnixNano())))
			for ctx.Err() == nil && d.Now().Sub(began) < duration {
				away := d.one(ctx, i, random, d.Now(), call, tallies[i])
				pause(ctx, min(away+time.Duration(random.Int64N(int64(away)+1)), duration-d.Now().Sub(began)))
			}
		})
	}
	all.Wait()
	t := sum(tallies)
	t.over = d.Now().Sub(began)
	return t
}

// mostOpen is how many calls may be under way at a rate before further ones are given up.
const mostOpen = 20_000

// arrive is the open loop: calls come at random, independent of each other. How long one took counts from when it was to
// be sent.
func (d *driver) arrive(ctx context.Context, duration time.Duration, call makes) *tally {
	began := d.Now()
	random := rand.New(rand.NewPCG(1, uint64(began.UnixNano())))
	var open atomic.Int64
	var all sync.WaitGroup
	total := &sharedTally{}
	due := began
	for n := 0; ctx.Err() == nil && due.Sub(began) < duration; n++ {
		due = due.Add(time.Duration(random.ExpFloat64() / d.Rate * float64(time.Second)))
		pause(ctx, due.Sub(d.Now()))
		if open.Load() >= mostOpen {
			total.add(func(t *tally) { t.failed("not sent", 1) })
			continue
		}
		open.Add(1)
		seed, at := random.Uint64(), due
		if now := d.Now(); now.Before(at) {
			at = now // the pause has left out the last part of a millisecond
		}
		all.Go(func() {
			defer open.Add(-1)
			own := new(tally)
			d.one(ctx, n, rand.New(rand.NewPCG(seed, 2)), at, call, own)
			total.add(func(t *tally) { t.take(own) })
		})
	}
	all.Wait()
	total.over = d.Now().Sub(began)
	return &total.tally
}

// pause waits when there is time for it; timers are too coarse for less than a millisecond.
func pause(ctx context.Context, wait time.Duration) {
	if wait < time.Millisecond {
		return
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// one makes a call as somebody of the cast on connection n, that was due at an instant, and returns how long the service said to
// stay away.
func (d *driver) one(ctx context.Context, n int, random *rand.Rand, due time.Time, call makes, t *tally) time.Duration {
	c := &caller{driver: d, Client: d.connections[n%len(d.connections)], person: d.Cast.People[random.IntN(len(d.Cast.People))], random: random}
	ctx = context.WithValue(ctx, sessionKey{}, c.person.Session)
	if d.Timeout > 0 {
		within, cancel := context.WithDeadline(ctx, due.Add(d.Timeout))
		defer cancel()
		ctx = within
	}
	kind, err := call(ctx, c)
	t.note(kind, d.Now().Sub(due), err)
	if err == nil {
		return 0
	}
	return client.Explain(err).RetryAfter
}
