package server

import "sync"

// cache keeps what was read under a version of the store, while that version stands. It is safe for use by many goroutines.
type cache[V any] struct {
	limit   int                           // of all together, by their sizes
	size    func(key string, value V) int // of one
	mu      sync.RWMutex
	version int64
	filled  int
	byKey   map[string]V
}

// get returns what is kept under the version.
func (c *cache[V]) get(version int64, key string) (value V, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if version != c.version {
		return value, false
	}
	value, ok = c.byKey[key]
	return value, ok
}

// put keeps a value that is no larger than all together may be. When there is no more room all are forgotten: what is asked
// for comes back at once.
func (c *cache[V]) put(version int64, key string, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version < c.version {
		return // a slow reader, overtaken
	}
	c.forgetLocked(key)
	n := c.size(key, value)
	if n > c.limit {
		return
	}
	if version > c.version || c.byKey == nil || c.filled+n > c.limit {
		c.version, c.filled, c.byKey = version, 0, make(map[string]V)
	}
	c.byKey[key] = value
	c.filled += n
}

// forget has the value of a key read again.
func (c *cache[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetLocked(key)
}

func (c *cache[V]) forgetLocked(key string) {
	if old, ok := c.byKey[key]; ok {
		c.filled -= c.size(key, old)
		delete(c.byKey, key)
	}
}
