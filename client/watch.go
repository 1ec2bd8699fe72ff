package client

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

const (
	longestGone  = 2 * time.Minute        // that a watcher waits for a service
	shortestRest = 100 * time.Millisecond // between its tries
	longestRest  = 5 * time.Second
)

// Watch tells what happens to an assessment from now on, and what of earlier happenings becomes visible, until ctx ends, the
// caller stops, or there is an error, which comes last. It asks what AssessmentService.WatchAssessment and GetHistory do, of
// whoever may call them, but goes on when the connection breaks or the service is replaced: then it says what happened
// meanwhile, oldest first and without the score, of which GetAssessment has the newest. UNAVAILABLE means that the service was
// not there when it began, or gone for two minutes.
func (c *Client) Watch(ctx context.Context, assessmentID string) iter.Seq2[*meritv1.WatchAssessmentResponse, error] {
	return func(yield func(*meritv1.WatchAssessmentResponse, error) bool) {
		w := &watch{client: c, id: assessmentID, yield: yield, heard: now()}
		for rest := shortestRest; ; rest = min(2*rest, longestRest) {
			began := now()
			err := w.follow(ctx)
			if w.stopped || ctx.Err() != nil {
				return
			}
			wait, again := mayComeBack(err)
			if !again || w.told == nil || time.Since(w.heard) > longestGone {
				yield(nil, err)
				return
			}
			if time.Since(began) > longestRest {
				rest = shortestRest
			}
			if wait = max(wait, rest); !pause(ctx, wait+rand.N(wait)) {
				return
			}
		}
	}
}

// mayComeBack reports whether a stream that ended so may be opened again, and how long the service wants it to wait. A balancer
// whose server has gone may end streams with codes of its own, to which nobody gave a reason of ours.
func mayComeBack(err error) (wait time.Duration, again bool) {
	if wait = refusedFor(err); wait > 0 {
		return wait, true
	}
	p := Explain(err)
	switch p.Code {
	case codes.Unavailable:
		return 0, true
	case codes.Canceled, codes.Internal, codes.Unknown:
		return 0, p.Reason == meritv1.Reason_REASON_UNSPECIFIED
	}
	return 0, false
}

// now is when, for how long something lasted.
func now() time.Time { return time.Now() } //nolint:forbidigo // no date is taken from it

// watch is what somebody was told of an assessment.
type watch struct {
	client  *Client
	id      string
	yield   func(*meritv1.WatchAssessmentResponse, error) bool
	stopped bool      // by whom is told
	heard   time.Time // when the service was there, last
	told    map[happening]bool
}

// happening tells the events of an assessment apart.
type happening struct {
	at         int64 // in microseconds
	stage      meritv1.Stage
	item, step string
}

func happeningOf(e *meritv1.HistoryEvent) happening {
	return happening{e.GetAt().AsTime().UnixMicro(), e.GetStage(), e.GetItem(), e.GetStep()}
}

// follow watches until the stream ends. What happened while nobody watched is told once it has begun.
func (w *watch) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if w.told == nil {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	stream, err := w.client.Assessments.WatchAssessment(ctx, &meritv1.WatchAssessmentRequest{AssessmentId: w.id})
	if err != nil {
		return err
	}
	if header, err := stream.Header(); err != nil || header == nil {
		_, err = stream.Recv() // without headers it has ended, and this says why
		return err
	}
	defer func() { w.heard = now() }()
	missed, err := w.history(ctx)
	if err != nil {
		return err
	}
	for _, e := range missed {
		w.tell(&meritv1.WatchAssessmentResponse{Event: e})
	}
	for !w.stopped {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		w.tell(m)
	}
	return nil
}

// begin notes what had happened already.
func (w *watch) begin(ctx context.Context) error {
	earlier, err := w.history(ctx)
	if err != nil {
		return err
	}
	w.told = make(map[happening]bool, len(earlier))
	for _, e := range earlier {
		w.told[happeningOf(e)] = true
	}
	return nil
}

// history is everything that may be seen, oldest first.
func (w *watch) history(ctx context.Context) (all []*meritv1.HistoryEvent, err error) {
	req := &meritv1.GetHistoryRequest{AssessmentId: w.id, PageSize: 500}
	for {
		page, err := w.client.Assessments.GetHistory(ctx, req)
		if err != nil {
			return nil, err
		}
		all = append(all, page.GetEvents()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

// tell passes an event on, once.
func (w *watch) tell(m *meritv1.WatchAssessmentResponse) {
	h := happeningOf(m.GetEvent())
	if w.stopped || w.told[h] {
		return
	}
	w.told[h] = true
	w.stopped = !w.yield(m, nil)
}
