package main

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// ledger is what one person, who saves one answer after the other and sends each until it is acknowledged, was told.
type ledger struct {
	assessment, secret string

	mu    sync.Mutex
	begun time.Time       // of the answer that is being saved
	saved []time.Duration // what each took, with everything that was sent again
	from  int             // the first answer that counts for longest
}

// keep saves answers until the context ends; the last is acknowledged too.
func (l *ledger) keep(ctx context.Context, t *testing.T, addresses string) {
	c, err := client.Dial(addresses, client.Options{Plaintext: true, Token: client.StaticToken(l.secret)})
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	for ctx.Err() == nil && l.save(t, c) {
	}
}

// save sends an answer until it is acknowledged, as the same request.
func (l *ledger) save(t *testing.T, c *client.Client) bool {
	l.mu.Lock()
	n := len(l.saved) + 1
	l.begun = time.Now()
	l.mu.Unlock()
	req := &meritv1.SaveAnswerRequest{
		RequestId: ulid.Make().String(), AssessmentId: l.assessment, Item: "1.1", Answer: yeartest.Answer(n%4 + 1), Note: note(n),
	}
	for {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := c.Assessments.SaveAnswer(ctx, req)
		cancel()
		if err == nil {
			break
		}
		if !slices.Contains(retryable, status.Code(err)) {
			t.Errorf("answer %d: told what cannot be tried again: %v", n, err)
			return false
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.saved = append(l.saved, time.Since(l.begun))
	return true
}

// mark begins what longest and await are about.
func (l *ledger) mark() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from = len(l.saved)
}

// await waits until some more answers are saved.
func (l *ledger) await(t *testing.T, after string) {
	t.Helper()
	const some = 10
	l.mu.Lock()
	until := len(l.saved) + some
	l.mu.Unlock()
	deadline := time.After(2 * time.Minute)
	for {
		l.mu.Lock()
		done := len(l.saved) >= until
		l.mu.Unlock()
		if done {
			return
		}
		if t.Failed() { // nothing more will come
			t.FailNow()
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%s: nothing is saved any more", after)
		}
	}
}

// longest is how long the slowest answer since mark took.
func (l *ledger) longest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Max(l.saved[l.from:])
}

// check fails the test unless exactly the acknowledged answers are there, each once and in their order.
func (l *ledger) check(t *testing.T, st *store.Store) {
	t.Helper()
	var notes []string
	err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		notes, err = store.All(tx, func(row store.Scanner, note *string) error { return row.Scan(note) },
			"SELECT note FROM decision WHERE assessment_id = $1 AND stage = 'CLAIMED' AND item = '1.1' AND note LIKE 'catatan %' ORDER BY seq", l.assessment)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range l.saved {
		want = append(want, note(i+1))
	}
	if !slices.Equal(notes, want) {
		t.Errorf("%d answers are there, %d were acknowledged, or they are not the same:\n%q", len(notes), len(want), notes)
	}
}
