// Package servertest runs whole servers for tests: a fresh store, the chain of interceptors, real clients.
//
//	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
//		agency := s.MustAgency(t, store.Agency{})
//		operator := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency)
//		_, err := meritv1.NewAssessmentServiceClient(operator).StartAssessment(t.Context(), req)
//		servertest.WantReason(t, err, meritv1.Reason_REASON_OUTSIDE_WINDOW)
//	})
package servertest

import (
	"bytes"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// Start is what the clock of a new server shows: a working day in the self-assessment of 2021, 10:00 WIB.
var Start = time.Date(2021, time.February, 1, 3, 0, 0, 0, time.UTC)

// Server is a running server with a store and a clock of its own.
type Server struct {
	*server.Server
	Store *store.Store
	Clock *Clock
	Log   *Log   // what the server logged, in JSON
	Blobs string // the folder with the bytes of evidence

	inside *grpc.ClientConn
	work   work
}

// Option changes how a server is built.
type Option = func(*server.Options)

// Each runs f once for each engine, as subtests "sqlite" and "postgres", with a fresh server.
func Each(t *testing.T, f func(t *testing.T, s *Server), options ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, New(t, options...)) })
	t.Run("postgres", func(t *testing.T) { f(t, start(t, storetest.PostgresURL(t), options)) })
}

// New starts a server on a fresh SQLite store: for what does not depend on the engine.
func New(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	return start(tb, storetest.SQLiteURL(tb), options)
}

// At starts a server on the database at a URL, for tests that reach behind its back.
func At(tb testing.TB, url string, options ...Option) *Server {
	tb.Helper()
	return start(tb, url, options)
}

func start(tb testing.TB, url string, options []Option) *Server {
	tb.Helper()
	s := &Server{Clock: &Clock{now: Start}, Log: &Log{}, Blobs: storetest.Folder(tb)}
	s.Store = storetest.MustOpen(tb, url, func(o *store.Options) { o.Now, o.Watch = s.Clock.Now, s.work.note })
	o := server.Options{
		Store: s.Store, Now: s.Clock.Now, Blobs: mustOpenBlobs(tb, s.Blobs),
		Logger:       slog.New(slog.NewJSONHandler(s.Log, nil)),
		PasswordCost: access.Cost{MemoryKiB: 64, Passes: 1},
	}
	for _, option := range options {
		option(&o)
	}
	s.Store = o.Store
	var err error
	if s.Server, err = server.New(o); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Shutdown(tb.Context()) }) // the context has ended by then, so nothing is waited for
	if s.inside, err = s.Dial(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.inside.Close() })
	return s
}

func mustOpenBlobs(tb testing.TB, dir string) blob.Store {
	tb.Helper()
	b, err := blob.OpenDisk(blob.DiskOptions{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	return b
}

// Listen opens the door on the network, on loopback in plaintext, and returns its address.
func (s *Server) Listen(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		if err := s.Serve(listener); err != nil {
			tb.Error(err)
		}
	}()
	return listener.Addr().String()
}

// Clock is the time as the server sees it.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	since time.Time // when it began to run; zero while it stands
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.since.IsZero() {
		return c.now.Add(time.Since(c.since))
	}
	return c.now
}

// Run lets the clock go on by itself, as benchmarks want it. Tests let it stand.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// Set sets the time.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Add lets time pass.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

// Log is what a server logged.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is the whole log: one JSON object on each line.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
