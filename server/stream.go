package server

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
)

// recheckEvery is how often a stream asks whether its caller may still make the call.
const recheckEvery = 30 * time.Second

var errShuttingDown = fault.New(meritv1.Reason_REASON_UNAVAILABLE,
	"Layanan sedang dimatikan. Coba lagi sebentar lagi.",
	"The service is shutting down. Try again in a moment.")

// watch runs the handler of a stream with a context that ends when the caller may no longer make the call
// and when the server shuts down. The stream then ends with that reason, whatever the handler makes of it.
func (s *Server) watch(ctx context.Context, c *call, handler func(context.Context) error) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		tick := time.NewTicker(recheckEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.stopping:
				end(errShuttingDown)
			case <-tick.C:
				if err := s.recheck(ctx, c); err != nil {
					end(err)
				}
			}
		}
	}()
	err := handler(ctx)
	var why *fault.Error
	if err != nil && errors.As(context.Cause(ctx), &why) {
		return why
	}
	return err
}

// recheck reports why the caller of a stream may no longer be served: the credential or the membership has
// ended, or the session acts in another one by now.
func (s *Server) recheck(ctx context.Context, c *call) error {
	if c.caller.Credential == "" {
		return nil
	}
	now := &access.Caller{Credential: c.caller.Credential, TokenID: c.caller.TokenID}
	err := s.identify(ctx, now)
	if err != nil && ctx.Err() == nil && !errors.As(err, new(*fault.Error)) {
		s.log.WarnContext(ctx, "stream not rechecked", "method", c.method, "error", err)
		return nil // a store that does not answer for a moment ends no stream; the next tick asks again
	}
	if err == nil && now.MembershipID != c.caller.MembershipID {
		return access.ErrNotSignedIn
	}
	return err
}

// guardedStream gives the handler of a stream the context that watch ends, and checks every message that
// comes in.
type guardedStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context is that of the call, with the caller in it.
func (g *guardedStream) Context() context.Context { return g.ctx }

// RecvMsg refuses messages after the caller was refused, and messages that break their rules.
func (g *guardedStream) RecvMsg(m any) error {
	if err := g.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return validate(m)
}

// SendMsg sends nothing after the caller was refused.
func (g *guardedStream) SendMsg(m any) error {
	if g.ctx.Err() != nil {
		return context.Cause(g.ctx)
	}
	return g.ServerStream.SendMsg(m)
}
