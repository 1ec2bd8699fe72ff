package server_test

import (
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// many is how many people call at once in the benchmarks, each on a connection of their own.
const many = 64

// laps are how long one call of each name took in each round of a benchmark. What is compared takes turns within a
// round, so that whatever else the machine does slows all of it down.
type laps struct {
	*testing.B
	took, busy map[string][]float64 // in seconds
}

func newLaps(b *testing.B) *laps {
	return &laps{B: b, took: map[string][]float64{}, busy: map[string][]float64{}}
}

// run lets callers make calls at once, so many each, and notes for one of them all how much time passed and how long
// processors were busy with it, on both sides of the connection.
func (l *laps) run(name string, callers, calls int, call func(caller int) error) {
	l.Helper()
	start, busy := time.Now(), processorTime()
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for range calls {
				if err := call(caller); err != nil {
					l.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	l.took[name] = append(l.took[name], time.Since(start).Seconds()/float64(callers*calls))
	l.busy[name] = append(l.busy[name], (processorTime()-busy).Seconds()/float64(callers*calls))
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ratio reports the median over all rounds of how many of one thing are done in the time of one of each of the others.
func (l *laps) ratio(unit, name string, others ...string) {
	ratios := make([]float64, len(l.took[name]))
	for round, took := range l.took[name] {
		for _, other := range others {
			ratios[round] += l.took[other][round] / took
		}
	}
	l.ReportMetric(median(ratios), unit)
}

// rate reports the median of how many were done in a second, and of the processor time of one.
func (l *laps) rate(name string) {
	l.ReportMetric(1/median(l.took[name]), name+"/s")
	l.ReportMetric(1e6*median(l.busy[name]), name+"-cpu-µs")
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// newBench is a fresh server on SQLite, as it is run: its clock goes on and its log is written, to where it costs no
// disk.
func newBench(tb testing.TB, options ...servertest.Option) *servertest.Server {
	tb.Helper()
	devNull, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = devNull.Close() })
	server.Reserve()
	logged := func(o *server.Options) {
		o.Logger, o.Limits.AtOnce = slog.New(slog.NewJSONHandler(devNull, nil)), 96
	}
	s := servertest.New(tb, append([]servertest.Option{logged}, options...)...)
	s.Clock.Run()
	return s
}

// ungrouped gives every update a commit of its own.
func ungrouped(tb testing.TB) servertest.Option {
	return func(o *server.Options) {
		o.Store = storetest.New(tb, func(s *store.Options) { s.Now, s.GroupLimit = o.Now, 1 })
	}
}

// MustListen lets the server answer the network, the empty call too, and gives the people connections, one each.
func MustListen(tb testing.TB, s *servertest.Server, people ...*servertest.Person) []*servertest.Person {
	tb.Helper()
	s.RegisterEmpty()
	return over(tb, s.Listen(tb), people...)
}

// over gives the people connections to an address, as the client library makes them.
func over(tb testing.TB, address string, people ...*servertest.Person) []*servertest.Person {
	tb.Helper()
	there := make([]*servertest.Person, len(people))
	for i, p := range people {
		c, err := client.Dial(address, client.Options{Plaintext: true})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = c.Close() })
		there[i] = p.Over(c.Conn())
	}
	return there
}

// bare gives the people connections to a server that answers nothing but the empty call, with no steps around it.
func bare(tb testing.TB, people ...*servertest.Person) []*servertest.Person {
	tb.Helper()
	s := grpc.NewServer()
	server.RegisterEmpty(s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }() // ends with Stop
	tb.Cleanup(s.Stop)
	return over(tb, listener.Addr().String(), people...)
}

// empty returns the empty call of those people with an answer of so many bytes.
func empty(tb testing.TB, people []*servertest.Person, size int) func(caller int) error {
	return func(caller int) error {
		return people[caller].Invoke(tb.Context(), server.EmptyMethod, wrapperspb.Int32(int32(size)), new(wrapperspb.BytesValue))
	}
}

// ready returns the call of those people that is answered with a message which the server has ready: what is left is the
// way there and back, and that both sides encode and decode it.
func ready(tb testing.TB, people []*servertest.Person, answer proto.Message) func(caller int) error {
	server.Ready = answer
	return func(caller int) error {
		return people[caller].Invoke(tb.Context(), server.ReadyMethod, wrapperspb.Int32(0), answer.ProtoReflect().New().Interface())
	}
}

// BenchmarkSteps compares the empty call with and without the steps around it: without an account, signed in, and
// signed in with one call in a hundred traced.
func BenchmarkSteps(b *testing.B) {
	const size = 1000
	s := newBench(b)
	traced := newBench(b, func(o *server.Options) {
		o.Tracing = sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.TraceIDRatioBased(0.01)))
	})
	public := slices.Repeat([]*servertest.Person{s.Anyone()}, many)
	none, strangers := empty(b, bare(b, public...), size), empty(b, MustListen(b, s, public...), size)
	signedIn := empty(b, over(b, s.Listen(b), operators(b, s)...), size)
	sampled := empty(b, MustListen(b, traced, operators(b, traced)...), size)
	l := newLaps(b)
	for b.Loop() {
		l.run("bare", many, 40, none)
		l.run("public", many, 40, strangers)
		l.run("signed-in", many, 40, signedIn)
		l.run("traced", many, 40, sampled)
	}
	l.rate("bare")
	l.rate("signed-in")
	l.ratio("public/bare", "public", "bare")
	l.ratio("signed-in/bare", "signed-in", "bare")
	l.ratio("traced/bare", "traced", "bare")
}

// operators are as many as call at once, of one agency.
func operators(tb testing.TB, s *servertest.Server) []*servertest.Person {
	tb.Helper()
	agency := s.MustAgency(tb, store.Agency{})
	all := make([]*servertest.Person, many)
	for i := range all {
		all[i] = s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, agency)
	}
	return all
}
