package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/meritindex/merit/server/store"
)

// Replicas count calls each for itself, so that no call waits for another trip to the database, and tell each other once in
// a while who calls much: so much that others need to know, a tenth of its rate. Who calls less on each of up to ten
// replicas is within its limit by all of them together.
const toldFrom = 10

// share makes the limiters count for other replicas too.
func (l *limiters) share() {
	for _, one := range l.named() {
		one.made = map[string]int{}
	}
}

// busy is how long the calls of those who call much, made since the last time over a while, take to be had again.
func (l *limiter) busy(while time.Duration) map[string]time.Duration {
	if l.rate.PerSecond == 0 {
		return nil
	}
	l.mu.Lock()
	made := l.made
	l.made = make(map[string]int, len(made))
	l.mu.Unlock()
	busy := map[string]time.Duration{}
	for subject, n := range made {
		if took := time.Duration(n) * l.each(); took >= while/toldFrom {
			busy[subject] = took
		}
	}
	return busy
}

// learn takes in when a subject has all of its calls again by what all replicas have counted.
func (l *limiter) learn(subject string, full time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if full.After(l.full[subject]) {
		l.full[subject] = full
	}
}

// heavy is somebody who calls much.
type heavy struct {
	limiter *limiter
	subject string
	key     string        // of the subject, among those of all limiters
	took    time.Duration // until the calls are to be had again
}

// WatchLimits tells other replicas who calls much, and learns it from them, every so often until the context ends. On
// SQLite there are none.
func (s *Server) WatchLimits(ctx context.Context, every time.Duration) {
	if s.store.Alone() {
		return
	}
	s.repeat(ctx, every, "limits not shared", func() error { return s.ShareLimits(ctx, every) })
}

// ShareLimits does so once, after a while in which calls were counted. Nothing is asked of the database while nobody calls
// much.
func (s *Server) ShareLimits(ctx context.Context, while time.Duration) error {
	var all []heavy
	for name, l := range s.limits.named() {
		for subject, took := range l.busy(while) {
			all = append(all, heavy{l, subject, name + ":" + subject, took})
		}
	}
	if len(all) == 0 {
		return nil
	}
	// In one order, so that replicas do not wait for each other crosswise.
	slices.SortFunc(all, func(a, b heavy) int { return strings.Compare(a.key, b.key) })
	full := make([]time.Time, len(all))
	err := s.store.Touch(ctx, func(tx *store.Tx) (err error) {
		for i := range all {
			if full[i], err = tx.UseRate(all[i].key, all[i].took); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, h := range all {
		h.limiter.learn(h.subject, full[i])
	}
	return nil
}

func (l *limiters) named() map[string]*limiter {
	return map[string]*limiter{"account": l.accounts, "public": l.public, "sign-in": l.signIns, "upload": l.uploads}
}
