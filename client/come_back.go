package client

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

const (
	mostTries   = 6                // of one call that is refused for now
	longestWait = 15 * time.Second // that is waited without the caller's being told
)

// comeBack makes a call again that was refused before anything of it was begun, because the service had too much to do or
// this caller had called too often. It waits for as long as the service said and up to as long again, at random, so that
// all who were refused together do not come back together. A call whose deadline would pass meanwhile ends at once.
func comeBack(o Options) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		for try := 1; ; try++ {
			err := invoke(ctx, method, req, reply, cc, opts...)
			if err == nil || o.Impatient || try == mostTries {
				return err
			}
			wait := refusedFor(err)
			if wait == 0 || !pause(ctx, wait+rand.N(wait)) {
				return err
			}
		}
	}
}

// refusedFor is how long to stay away after a refusal; 0 when coming back does not help or nobody said when.
func refusedFor(err error) time.Duration {
	p := Explain(err)
	switch p.Reason {
	case meritv1.Reason_REASON_OVERLOADED, meritv1.Reason_REASON_RATE_LIMITED:
		if p.RetryAfter <= longestWait {
			return max(p.RetryAfter, 0)
		}
	}
	return 0
}

// pause waits, unless the context ends before that would be over; it reports whether it has waited.
func pause(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}
