package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyWithin is how long the store may take to answer for the service to be ready, and the evidence to count as there.
const readyWithin = 2 * time.Second

// Ops is what the people and machines that run the service look at, to be served on a listener of its own that the
// public does not reach: /healthz says that the process lives, /readyz that it can do its work, /metrics how it does.
func (s *Server) Ops() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	metrics := promhttp.HandlerFor(s.metrics.Registry, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		s.look(r.Context()) // what it finds is a metric
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// ready says whether to send calls here. Without its database the service can do nothing. Without its evidence, or with a
// database that takes no writes, it can do most, and so can no other replica do more: then it says so and stays in its place.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	found := s.look(r.Context())
	switch {
	case found["database"] != nil:
		http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
	case found["writes"] != nil:
		fmt.Fprintln(w, "ok for reading only: the store takes no writes")
	case found["evidence"] != nil:
		fmt.Fprintln(w, "ok, but the evidence store does not answer")
	default:
		fmt.Fprintln(w, "ok")
	}
}

// look asks what the service depends on whether it answers, in time: that of the service, as whoever asked may have less.
func (s *Server) look(ctx context.Context) (found map[string]error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	var database, writes, evidence error
	var all sync.WaitGroup
	all.Go(func() { database = s.store.Ping(ctx) })
	all.Go(func() { writes = s.store.Writable(ctx) })
	all.Go(func() { evidence = s.blobs.Ping(ctx) })
	all.Wait()
	found = map[string]error{"database": database, "writes": writes, "evidence": evidence}
	for part, err := range found {
		s.metrics.Answers(part, err == nil)
		s.tellChange(ctx, part, err)
	}
	return found
}

// silences are since when parts of the service do not answer.
type silences struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// tellChange logs when a part stops answering and when it answers again. In between it logs nothing: it is asked often.
func (s *Server) tellChange(ctx context.Context, part string, err error) {
	s.silent.mu.Lock()
	defer s.silent.mu.Unlock()
	since, silent := s.silent.since[part]
	switch {
	case err != nil && !silent:
		s.silent.since[part] = s.now()
		s.log.ErrorContext(ctx, "does not answer", "part", part, "error", err)
	case err == nil && silent:
		delete(s.silent.since, part)
		s.log.InfoContext(ctx, "answers again", "part", part, "after", s.now().Sub(since).Round(time.Second).String())
	}
}
