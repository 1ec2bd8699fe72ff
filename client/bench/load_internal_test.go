package bench

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/meritindex/merit/client"
)

// A caller of an evening is a person with our client: whoever is told to come back in a second does not call a thousand times
// before that.
func TestInTheClosedLoopWhoIsRefusedStaysAwayForAsLongAsTheServiceSaid(t *testing.T) {
	refused, err := status.New(codes.ResourceExhausted, "not now").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := &driver{Options: Options{Cast: &Cast{People: []Person{{}}}, Now: time.Now}, connections: []*client.Client{nil}}
		var at []time.Time
		d.loop(t.Context(), time.Minute, 1, func(context.Context, *caller) (Kind, error) {
			at = append(at, time.Now())
			return Save, refused.Err()
		})
		for i, now := range at[1:] {
			if away := now.Sub(at[i]); away < time.Second || away > 2*time.Second {
				t.Errorf("call %d came %v after the one before was refused, want one second and up to as much again", i+2, away)
			}
		}
		if len(at) < 30 {
			t.Errorf("%d calls in a minute, want 30 to 60", len(at))
		}
	})
}

// Timers are too coarse for the last part of a millisecond, so calls are made a little before they are due: one that takes no
// time has not ended before it began.
func TestInTheOpenLoopNoCallTakesLessThanNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &driver{Options: Options{Cast: &Cast{People: []Person{{}}}, Rate: 5000, Now: time.Now}, connections: []*client.Client{nil}}
		made := d.load(t.Context(), time.Second, func(context.Context, *caller) (Kind, error) { return Save, nil })
		for _, took := range made.took[Save] {
			if took != 0 {
				t.Fatalf("a call that takes no time took %d µs", took)
			}
		}
		if n := len(made.took[Save]); n < 4000 || n > 6000 {
			t.Errorf("%d calls in a second, want 5000 or so", n)
		}
	})
}
