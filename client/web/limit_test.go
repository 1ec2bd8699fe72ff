package web_test

import (
	"net/http"
	"testing"

	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
)

func TestAPageSaysWhenToComeBackToWhoAskedTooOften(t *testing.T) {
	s := newSite(t, servertest.New(t, func(o *server.Options) { o.Limits.Public = server.Rate{PerSecond: 1, Burst: 1} }))
	b := s.anyone(t)
	refused := b.get(t, "/results")
	for refused.status == http.StatusOK { // a page takes one call or more
		refused = b.get(t, "/results")
	}
	refused.want(t, http.StatusTooManyRequests, "Too many requests in a short time")
	if got := refused.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q, want 1", got)
	}
}
