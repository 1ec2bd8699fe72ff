package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// mustRefuse is a refusal as the service sends it.
func mustRefuse(t *testing.T, reason string, after time.Duration) error {
	t.Helper()
	st, err := status.New(codes.ResourceExhausted, "not now").WithDetails(
		&errdetails.ErrorInfo{Reason: reason, Domain: "merit"}, &errdetails.RetryInfo{RetryDelay: durationpb.New(after)})
	if err != nil {
		t.Fatal(err)
	}
	return st.Err()
}

func TestWhoIsRefusedForNowComesBackWhenTheServiceSaid(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      error
		refusals int
		options  Options
		deadline time.Duration
		tries    int
		waited   time.Duration // at least; less than twice
		done     bool
	}{
		{name: "overloaded twice", err: mustRefuse(t, "OVERLOADED", time.Second), refusals: 2, tries: 3, waited: 2 * time.Second, done: true},
		{name: "called too often", err: mustRefuse(t, "RATE_LIMITED", time.Second), refusals: 1, tries: 2, waited: time.Second, done: true},
		{name: "overloaded for long", err: mustRefuse(t, "OVERLOADED", time.Second), refusals: 99, tries: mostTries, waited: (mostTries - 1) * time.Second},
		{name: "for longer than anybody waits", err: mustRefuse(t, "RATE_LIMITED", time.Minute), refusals: 1, tries: 1},
		{name: "no room on the disk", err: mustRefuse(t, "STORAGE_FULL", time.Second), refusals: 1, tries: 1},
		{name: "another error", err: errors.New("broken"), refusals: 1, tries: 1},
		{name: "the deadline is before that", err: mustRefuse(t, "OVERLOADED", time.Second), refusals: 1, deadline: 900 * time.Millisecond, tries: 1},
		{name: "impatient", err: mustRefuse(t, "OVERLOADED", time.Second), refusals: 1, options: Options{Impatient: true}, tries: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.deadline > 0 {
					within, cancel := context.WithTimeout(ctx, c.deadline)
					defer cancel()
					ctx = within
				}
				tries, began := 0, time.Now()
				err := comeBack(c.options)(ctx, "/any", nil, nil, nil, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
					if tries++; tries <= c.refusals {
						return c.err
					}
					return nil
				})
				waited := time.Since(began)
				if tries != c.tries || (err == nil) != c.done || waited < c.waited || c.waited > 0 && waited >= 2*c.waited || c.waited == 0 && waited > 0 {
					t.Errorf("%d tries over %v ended with %v; want %d over %v", tries, waited, err, c.tries, c.waited)
				}
			})
		})
	}
}
