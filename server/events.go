package server

import (
	"strings"
	"sync"

	"github.com/meritindex/merit/server/audit"
)

// events tell the streams of this process that something was committed. They say only of which record: a stream
// reads for itself what is new and what its caller may see of it.
type events struct {
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]bool // by record id
}

// watch returns a channel that receives after something happened to the record since the last receive, and the
// function that ends it.
func (e *events) watch(id string) (happened <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watchers == nil {
		e.watchers = map[string]map[chan struct{}]bool{}
	}
	if e.watchers[id] == nil {
		e.watchers[id] = map[chan struct{}]bool{}
	}
	e.watchers[id][c] = true
	return c, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if delete(e.watchers[id], c); len(e.watchers[id]) == 0 {
			delete(e.watchers, id)
		}
	}
}

// committed wakes those who watch an assessment that an update answered, decided or moved on. It never waits.
func (e *events) committed(entries []audit.Entry) {
	last := ""
	for i := range entries {
		for _, row := range entries[i].Rows {
			if row.Table != "decision" && row.Table != "assessment_step" {
				continue
			}
			if id, _, _ := strings.Cut(row.Key, "/"); id != last {
				last = id
				e.wake(id)
			}
		}
	}
}

func (e *events) wake(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.watchers[id] {
		select {
		case c <- struct{}{}:
		default: // it has not come around to the one before
		}
	}
}
