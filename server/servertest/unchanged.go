package servertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store/storetest"
)

// WantUnchanged fails the test if call leaves anything behind in the store, but for sessions, counters of failures and
// remembered answers: for calls that are refused, of which nothing may be half done.
func (s *Server) WantUnchanged(tb testing.TB, call func()) {
	tb.Helper()
	before := storetest.Dump(tb, s.Store)
	call()
	if diff := cmp.Diff(before, storetest.Dump(tb, s.Store)); diff != "" {
		tb.Errorf("a call that was to change nothing left this behind (-before +after):\n%s", diff)
	}
}
