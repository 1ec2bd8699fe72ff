package server

import "sync"

// events tell the streams of this process that something was committed, by whichever process. They say only of which
// record: a stream reads for itself what is new and what its caller may see of it.
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

// changed wakes those who watch one of the assessments; all when there is no telling which. It never waits.
func (e *events) changed(assessments []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if assessments == nil {
		for id := range e.watchers {
			e.wake(id)
		}
	}
	for _, id := range assessments {
		e.wake(id)
	}
}

func (e *events) wake(id string) {
	for c := range e.watchers[id] {
		select {
		case c <- struct{}{}:
		default: // it has not come around to the one before
		}
	}
}
