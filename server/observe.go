package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/server/store"
)

// logCall writes one line for each call: which, by which account, how it ended and how long it took. Names,
// addresses, secrets and what was asked never reach the log.
func (s *Server) logCall(ctx context.Context, c *call, next func(context.Context) error) error {
	began := time.Now() //nolint:forbidigo // how long it takes is measured, not a date
	err := next(ctx)
	level := slog.LevelInfo
	switch {
	case !s.ours(c):
		level = slog.LevelDebug
	case status.Code(err) == codes.Internal:
		level = slog.LevelError
	}
	if s.log.Enabled(ctx, level) {
		s.log.LogAttrs(ctx, level, "call", append(c.attrs(ctx),
			slog.String("code", status.Code(err).String()),
			slog.String("reason", reasonOf(err)),
			slog.Duration("took", time.Since(began)))...)
	}
	return err
}

func (c *call) attrs(ctx context.Context) []slog.Attr {
	attrs := []slog.Attr{slog.String("method", strings.TrimPrefix(c.method, "/merit.v1."))}
	if c.caller != nil && c.caller.SignedIn() {
		attrs = append(attrs, slog.String("account", c.caller.AccountID), slog.String("membership", c.caller.MembershipID))
	}
	if id := requestID(ctx); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	return attrs
}

// requestID is the id that the client gave the call for finding it in the log; ids that could hide something
// else in the log are left out.
func requestID(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	id := first(md, RequestID)
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return id
}

func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// logIncident writes everything that is known of a mistake of ours.
func (s *Server) logIncident(ctx context.Context, c *call, incident string, err error) {
	attrs := append(c.attrs(ctx), slog.String("incident", incident), slog.String("error", err.Error()))
	var p *panicError
	var inStore *store.PanicError
	switch {
	case errors.As(err, &p):
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	case errors.As(err, &inStore):
		attrs = append(attrs, slog.String("stack", string(inStore.Stack)))
	}
	s.log.LogAttrs(ctx, slog.LevelError, "internal error", attrs...)
}

// logOutage writes what the machine below the service refused; callers read only that something did.
func (s *Server) logOutage(ctx context.Context, c *call, err error) {
	s.log.LogAttrs(ctx, slog.LevelError, "storage refused", append(c.attrs(ctx), slog.String("error", err.Error()))...)
}

// count keeps the metrics of calls.
func (s *Server) count(ctx context.Context, c *call, next func(context.Context) error) error {
	began := came(ctx)
	s.metrics.Begin(c.method)
	err := next(ctx)
	s.metrics.End(c.method, status.Code(err).String(), time.Since(began))
	return err
}

// turnedAway tells the log how many calls the gate refused, a line a second while there are any: a line for each would cost
// more than the refusal does.
type turnedAway struct {
	log    *slog.Logger
	mu     sync.Mutex
	counts [works]int
	due    *time.Timer // nil while there is nothing to tell
}

func (a *turnedAway) note(kind work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[kind]++
	if a.due == nil {
		a.due = time.AfterFunc(time.Second, a.tell)
	}
}

// tell writes what there is to tell.
func (a *turnedAway) tell() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.due == nil {
		return
	}
	a.due.Stop()
	a.due = nil
	attrs := make([]slog.Attr, works)
	for kind, n := range a.counts {
		attrs[kind] = slog.Int(workNames[kind], n)
	}
	a.counts = [works]int{}
	a.log.LogAttrs(context.Background(), slog.LevelWarn, "calls refused: more was asked than can be done", attrs...)
}

// panicError is a panic of a handler.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// recoverPanics turns a panic into an error. It stands inside the steps that log, count and map errors, so that a
// panic is all of these.
func recoverPanics(ctx context.Context, _ *call, next func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return next(ctx)
}
