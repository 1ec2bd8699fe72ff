package client_test

import (
	"context"
	"iter"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// wire is a network that can be cut, and mended.
type wire struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (w *wire) dial(ctx context.Context, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, errLost
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		w.conns = append(w.conns, c)
	}
	return c, err
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.conns = nil
	}
}

// watcher is an approver who watches a draft over a wire.
type watcher struct {
	*yeartest.Case
	server *servertest.Server
	wire   *wire
	next   func() (*meritv1.WatchAssessmentResponse, error, bool)
}

// MustWatch begins to watch a draft in which item 1.1 is answered, and hears of an answer to item 1.2.
func MustWatch(t *testing.T) *watcher {
	t.Helper()
	y := yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{})
	w := &watcher{Case: y.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 1}), server: y.Server, wire: &wire{}}
	c := MustDial(t, y.Server, w.Approver.Secret, func(o *client.Options) { o.Dialer = w.wire.dial })
	next, stop := iter.Pull2(c.Watch(t.Context(), w.AssessmentID))
	t.Cleanup(stop)
	w.next = next
	go func() {
		for t.Context().Err() == nil && calls(y.Server, "AssessmentService/GetHistory") < 2 {
			<-time.After(time.Millisecond)
		}
		w.answer(t, "1.2")
	}()
	if m := w.hears(t, "1.2"); m.GetScore().GetTotal() == "" {
		t.Error("an answer came without the score")
	}
	return w
}

// answer lets the operator answer an item.
func (w *watcher) answer(t *testing.T, item string) {
	_, err := meritv1.NewAssessmentServiceClient(w.Operator).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: w.AssessmentID, Item: item, Answer: yeartest.Answer(2),
	})
	if err != nil {
		t.Error(err)
	}
}

// hears wants the next news to be of an item.
func (w *watcher) hears(t *testing.T, item string) *meritv1.WatchAssessmentResponse {
	t.Helper()
	m, err, _ := w.next()
	if err != nil || m.GetEvent().GetItem() != item {
		t.Fatalf("the watcher heard %v, %v; want an answer to item %s", m.GetEvent(), err, item)
	}
	return m
}

func TestAWatcherHearsWhatHappenedWhileTheServiceWasAway(t *testing.T) {
	w := MustWatch(t)
	w.wire.set(true)
	w.answer(t, "2.1")
	w.answer(t, "2.2")
	w.wire.set(false)
	w.hears(t, "2.1")
	w.hears(t, "2.2")
}

func TestAWatcherIsToldWhyItMayNotWatch(t *testing.T) {
	w := MustWatch(t)
	stranger := w.server.MustAccount(t, meritv1.Role_ROLE_OPERATOR, w.server.MustAgency(t, store.Agency{}))
	for news, err := range MustDial(t, w.server, stranger.Secret).Watch(t.Context(), w.AssessmentID) {
		if code := client.Explain(err).Code; news != nil || code != codes.NotFound {
			t.Errorf("a stranger heard %v, %v; want NOT_FOUND", news, err)
		}
	}
}

func TestAWatcherEndsWithItsContext(t *testing.T) {
	w := MustWatch(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for news, err := range MustDial(t, w.server, w.Approver.Secret).Watch(ctx, w.AssessmentID) {
		t.Errorf("it was told %v, %v", news, err)
	}
}
