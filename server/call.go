package server

import (
	"context"

	"google.golang.org/grpc"

	"github.com/meritindex/merit/server/access"
)

// call is what the steps around a handler know of a call, unary or stream.
type call struct {
	method   string // full name: /merit.v1.AccountService/WhoAmI
	message  any    // the request; nil for streams, whose messages come one by one
	language string // of the messages for people: "id" or "en"
	caller   *access.Caller
}

// step is one thing done around every call, written once for unary calls and streams.
type step func(ctx context.Context, c *call, next func(context.Context) error) error

// walk takes the steps from the outside in and ends at the handler.
func walk(ctx context.Context, steps []step, c *call, handler func(context.Context) error) error {
	if len(steps) == 0 {
		return handler(ctx)
	}
	return steps[0](ctx, c, func(ctx context.Context) error { return walk(ctx, steps[1:], c, handler) })
}

// around makes the interceptors of a gRPC server that take the steps.
func (s *Server) around(steps []step) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
			c := &call{method: info.FullMethod, message: req}
			err = walk(ctx, steps, c, func(ctx context.Context) error {
				resp, err = handler(ctx, req)
				return err
			})
			return resp, err
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			c := &call{method: info.FullMethod}
			return walk(stream.Context(), steps, c, func(ctx context.Context) error {
				if !s.ours(c) {
					return handler(srv, stream)
				}
				return s.watch(ctx, c, func(ctx context.Context) error {
					return handler(srv, &guardedStream{ServerStream: stream, ctx: ctx})
				})
			})
		}),
	}
}

// ours reports whether the call is one of our services, not health or reflection, which know no callers.
func (s *Server) ours(c *call) bool {
	_, ok := s.rules[c.method]
	return ok
}
