package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// mustHear gives what a store is told; nil once it listens.
func mustHear(tb testing.TB, s *store.Store) <-chan []string {
	tb.Helper()
	heard := make(chan []string, 100)
	s.OnChange(func(ids []string) { heard <- ids })
	return heard
}

func wantHeard(tb testing.TB, heard <-chan []string, want ...string) {
	tb.Helper()
	select {
	case got := <-heard:
		if !slices.Equal(got, want) || (got == nil) != (want == nil) {
			tb.Errorf("heard %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		tb.Errorf("heard nothing, want %q", want)
	}
}

// mustStep takes a step with an assessment.
func mustStep(tb testing.TB, s *store.Store, id string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		return tx.AddStep(id, store.Step{Step: "SUBMIT", From: "DRAFT", To: "SUBMITTED", TakenBy: "o", MembershipID: "m"})
	})
}

func TestAProcessHearsOfItsOwnChangesBeforeItIsToldThatTheyAreMade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		heard := mustHear(t, s)
		if s.Engine() == "postgres" {
			wantHeard(t, heard)
		}
		mustStep(t, s, "a")
		select {
		case got := <-heard:
			if !slices.Equal(got, []string{"a"}) {
				t.Errorf("heard %q", got)
			}
		default:
			t.Error("heard nothing")
		}
	})
}

func TestReplicasHearOfEachOthersChangesAndThatTheyMayHaveMissedSome(t *testing.T) {
	url := storetest.PostgresURL(t)
	one, other := storetest.MustOpen(t, url, quiet), storetest.MustOpen(t, url, quiet)
	MustSeedAssessment(t, one, "a")
	one.OnChange(func([]string) {})
	heard := mustHear(t, other)
	wantHeard(t, heard) // it listens
	mustStep(t, one, "a")
	wantHeard(t, heard, "a")

	storetest.MustTamper(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN merit_changed' AND datname = current_database()")
	wantHeard(t, heard) // it listens again
	mustStep(t, one, "a")
	wantHeard(t, heard, "a")
}
