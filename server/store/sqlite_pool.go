package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// pool is a few sessions, opened when they are needed. The one used last is used first: it has the pages.
type pool struct {
	connector *sqliteConnector
	places    chan struct{} // has room for as many as may use a session at once
	mu        sync.Mutex
	idle      []*session
	closed    chan struct{}
	once      sync.Once
}

func newPool(c *sqliteConnector, size int) *pool {
	return &pool{connector: c, places: make(chan struct{}, size), closed: make(chan struct{})}
}

// with has fn use a session that nobody else uses meanwhile.
func (p *pool) with(ctx context.Context, fn func(*session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.places <- struct{}{}:
	case <-p.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.places }()
	s, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(s)
	return fn(s)
}

func (p *pool) take(ctx context.Context) (*session, error) {
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		s := p.idle[last]
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	select {
	case <-p.closed: // and what was idle is gone
		return nil, ErrClosed
	default:
	}
	s, err := openSession(ctx, p.connector)
	if err != nil {
		return nil, fmt.Errorf("store: open a connection: %w", err)
	}
	return s, nil
}

func (p *pool) give(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

// close waits for those who use sessions, and closes them.
func (p *pool) close() (err error) {
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.places) {
			p.places <- struct{}{}
		}
		for _, s := range p.idle {
			err = errors.Join(err, s.close())
		}
		p.idle = nil
	})
	return err
}
