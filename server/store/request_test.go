package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// once does work unless the same request was answered before, as a handler does.
func once(t *testing.T, s *store.Store, r store.Request, work func(*store.Tx) error) (response string, err error) {
	err = s.Update(asTester(t), func(tx *store.Tx) ([]audit.Entry, error) {
		old, ok, err := tx.Remembered(r)
		if response = string(old); ok || err != nil {
			return nil, err
		}
		response = "done"
		return []audit.Entry{{Action: "Test.Work"}}, errors.Join(work(tx), tx.Remember(r, []byte(response)))
	})
	return response, err
}

func TestRequestIsAnsweredOnce(t *testing.T) {
	request := store.Request{Account: "a", Method: "m", ID: "1", Hash: store.HashRequest([]byte("save 4"))}
	with := func(change func(*store.Request)) store.Request {
		r := request
		change(&r)
		return r
	}
	cases := []struct {
		name  string
		again store.Request
		later time.Duration
		works bool
		want  error
	}{
		{"the same", request, 0, false, nil},
		{"the same, a day later less a moment", request, 24*time.Hour - time.Microsecond, false, nil},
		{"the same, a day later", request, 24 * time.Hour, true, nil},
		{"another request with the id", with(func(r *store.Request) { r.Hash = store.HashRequest([]byte("save 1")) }), 0, false, store.ErrRequestReused},
		{"another id", with(func(r *store.Request) { r.ID = "2" }), 0, true, nil},
		{"another account", with(func(r *store.Request) { r.Account = "b" }), 0, true, nil},
		{"another method", with(func(r *store.Request) { r.Method = "n" }), 0, true, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				if _, err := once(t, s, request, nothingMore); err != nil {
					t.Fatal(err)
				}
				now = now.Add(c.later)
				worked := false
				response, err := once(t, s, c.again, func(*store.Tx) error { worked = true; return nil })
				if worked != c.works || !errors.Is(err, c.want) || err == nil && response != "done" {
					t.Errorf("worked %v, answered %q, %v", worked, response, err)
				}
			}, func(o *store.Options) { o.Now = func() time.Time { return now } })
		})
	}
}

func TestRequestThatComesManyTimesAtOnceIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		request := store.Request{Account: "a", Method: "m", ID: "1", Hash: store.HashRequest(nil)}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				response, err := once(t, s, request, func(tx *store.Tx) error { return addAgency(tx, tx.NewID()) })
				if err != nil || response != "done" {
					t.Errorf("answered %q, %v", response, err)
				}
			})
		}
		wg.Wait()
		if kept := agencies(t, s); len(kept) != 1 {
			t.Errorf("it was done %d times", len(kept))
		}
	})
}

func TestOldAnswersAreForgotten(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"1", "2", "3"} {
			if _, err := once(t, s, store.Request{ID: id}, nothingMore); err != nil {
				t.Fatal(err)
			}
			now = now.Add(12 * time.Hour)
		}
		for _, want := range []int64{2, 0} { // the third is 12 hours old
			if n, err := s.ForgetRequests(t.Context()); n != want || err != nil {
				t.Errorf("forgot %d, %v; want %d", n, err, want)
			}
		}
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}
