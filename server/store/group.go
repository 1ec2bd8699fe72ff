package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// errExited is the outcome of a closure whose goroutine ended in it, as t.FailNow does.
var errExited = errors.New("store: the goroutine of a transaction ended")

// groupWriter lets many goroutines share one writing connection and its commits: making a commit durable
// costs far more than the statements in it. Callers that wait for the connection take turns inside one
// transaction, each in a savepoint of its own, and all learn their outcome only after the shared commit.
// A caller that is alone does not wait for company.
//
// A closure runs on its caller's goroutine, so a panic or t.FailNow in it is the caller's, but under a
// context that never ends: go-sqlite3 answers a cancelled context by interrupting the connection, which
// rolls back the whole transaction, neighbours included.
type groupWriter struct {
	session *session
	limit   int
	told    func(updates int) // of every commit of a group
	queue   chan *turn        // unbuffered: who is received from has the connection until it sends to done
	done    chan error        // outcome of the closure of who has the connection
	closing chan struct{}     // closed by close
	stopped chan struct{}     // closed when the loop has ended
	once    sync.Once
	begun   bool // a transaction is open; belongs to who has the connection
	broken  bool // the transaction ended early; belongs to who has the connection
}

// turn is one caller in a group. verdict has room for one so that the writer never waits for the caller.
type turn struct {
	verdict chan verdict
	result  error
}

// verdict is what a caller learns after the commit: its result, or that it has the connection again, alone.
type verdict struct {
	err   error
	again bool
}

type txFunc = func(context.Context, conn) error

func newGroupWriter(s *session, limit int, told func(updates int)) *groupWriter {
	w := &groupWriter{
		session: s, limit: limit, told: told, queue: make(chan *turn), done: make(chan error),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

// do runs fn in a turn and returns when its effects are durable or gone. When ctx ends before the turn has
// come, fn is not run; afterwards ctx no longer matters.
func (w *groupWriter) do(ctx context.Context, fn txFunc) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &turn{verdict: make(chan verdict, 1)}
	select {
	case w.queue <- t:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopped:
		return ErrClosed
	}
	w.take(fn, w.inSavepoint)
	v := <-t.verdict
	if v.again {
		w.take(fn, w.alone)
		v = <-t.verdict
	}
	return v.err
}

// take uses the connection and hands it back with the outcome, even when fn ends the goroutine.
func (w *groupWriter) take(fn txFunc, how func(txFunc) error) {
	err := errExited
	defer func() { w.done <- err }()
	err = how(fn)
}

func (w *groupWriter) inSavepoint(fn txFunc) (err error) {
	if !w.begun {
		if err := w.session.do("BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("store: begin: %w", err)
		}
		w.begun = true
	}
	if err := w.session.do("SAVEPOINT turn"); err != nil {
		w.broken = true
		return err
	}
	err = errExited
	defer func() {
		if err != nil && w.session.do("ROLLBACK TO turn") != nil {
			w.broken = true // the error ended the transaction and the savepoint with it
		} else if w.session.do("RELEASE turn") != nil {
			w.broken = true
		}
	}()
	return fn(context.Background(), w.session)
}

func (w *groupWriter) alone(fn txFunc) (err error) {
	if err := w.session.do("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	err = errExited
	defer func() {
		if err == nil {
			err = w.commit()
		}
		if err != nil {
			_ = w.session.do("ROLLBACK") // fails when the error has ended the transaction already
		}
	}()
	return fn(context.Background(), w.session)
}

func (w *groupWriter) commit() error {
	if err := w.session.do("COMMIT"); err != nil {
		return fmt.Errorf("store: commit: %w", mapError(err))
	}
	return nil
}

// loop serves groups until close is called and nobody waits any more.
func (w *groupWriter) loop() {
	defer close(w.stopped)
	for {
		select {
		case t := <-w.queue:
			w.group(t)
			continue
		case <-w.closing:
		}
		t := w.waiting()
		if t == nil {
			return
		}
		w.group(t)
	}
}

// waiting gives the connection to a caller who waits for it, if there is one.
func (w *groupWriter) waiting() *turn {
	select {
	case t := <-w.queue:
		return t
	default:
		return nil
	}
}

// group lets first and those who wait behind it take their turns, commits, and tells everyone.
func (w *groupWriter) group(first *turn) {
	var members []*turn
	for t := first; t != nil; {
		t.result = <-w.done
		members = append(members, t)
		t = nil
		if w.begun && !w.broken && len(members) < w.limit {
			t = w.waiting()
		}
	}
	if w.begun && !w.broken && w.commit() != nil {
		w.broken = true
	}
	lost := w.broken
	w.begun, w.broken = false, false // before anyone can be received from again
	if lost {
		_ = w.session.do("ROLLBACK") // fails when the transaction has ended already
		w.oneByOne(members)
		return
	}
	for _, t := range members {
		t.verdict <- verdict{err: t.result}
	}
	w.told(len(members))
}

// oneByOne repeats a group whose transaction was lost, each closure in a transaction of its own, so that
// the one that caused the loss fails alone.
func (w *groupWriter) oneByOne(members []*turn) {
	for _, t := range members {
		if !errors.Is(t.result, errExited) {
			t.verdict <- verdict{again: true}
			t.result = <-w.done
		}
		t.verdict <- verdict{err: t.result}
	}
}

// close lets those who have or await a turn finish, and gives the connection back.
func (w *groupWriter) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	return w.session.close()
}
