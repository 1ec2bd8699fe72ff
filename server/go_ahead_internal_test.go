package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func MustTake(t *testing.T, all *goAheads) *goAhead {
	t.Helper()
	mine, err := all.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return mine
}

// free is how many turns nobody has.
func free(all *goAheads) int {
	synctest.Wait()
	return len(all.free)
}

func TestAnUploadWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newGoAheads(1, time.Second)
		first := MustTake(t, all)
		first.came()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := all.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("take = %v while the only turn is taken and used, want to wait to the end", err)
		}
		first.end()
		first.end()
		if n := free(all); n != 1 {
			t.Errorf("%d turns are free after the only one was ended, twice", n)
		}
		MustTake(t, all).end()
	})
}

func TestTheTurnOfAnUploadWhoseClientSendsNothingGoesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newGoAheads(1, time.Second)
		slow := MustTake(t, all)
		for range 3 { // slow, but not too slow: the time that writing takes is not the client's
			slow.came()
			time.Sleep(time.Minute) //nolint:forbidigo // of a synctest bubble
			slow.wait()
			time.Sleep(time.Second - time.Nanosecond) //nolint:forbidigo // of a synctest bubble
		}
		if n := free(all); n != 0 {
			t.Fatal("it lost its turn although every chunk came in time")
		}
		slow.wait()
		next := MustTake(t, all)
		slow.came()
		slow.wait()
		slow.end()
		if n := free(all); n != 0 {
			t.Error("the turn of the next upload is free: the one who lost it gave it back again")
		}
		next.end()
	})
}
