// Package bench measures a running service with the calls of the last evening of the window: many people save answers,
// read their sheets, look at the ranking and upload files. It is a client like any other; besides it can measure what the
// machine itself does, so that every figure can be read as a part of that.
package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/meritindex/merit/client"
)

// Options say what to measure. Address, Cast, Mix, Callers, Connections, Duration and Now are required.
type Options struct {
	Address     string
	Dial        client.Options // how to connect; tokens are those of the cast
	Cast        *Cast
	Mix         Mix
	Callers     int           // who call at once, each after the answer to the call before
	Rate        float64       // calls a second that come whether others are answered or not, in place of Callers; 0 for callers
	Connections int           // that the calls share
	Duration    time.Duration // of the mix
	Timeout     time.Duration // of one call; 0 for none
	UploadSize  int
	Check       bool // whether every acknowledged answer is there in the end
	Now         func() time.Time

	Metrics string        // address of the service's /metrics, for its processor time and memory; may be empty
	Limits  *LimitTargets // also measure the machine; nil: not
}

// Run measures. It returns what it measured even when the context ended before it was done.
func Run(ctx context.Context, o Options) (*Report, error) {
	d, err := newDriver(o)
	if err != nil {
		return nil, err
	}
	defer d.close()
	r := &Report{
		Callers: o.Callers, Rate: o.Rate, Connections: o.Connections, Agencies: len(o.Cast.People), Seconds: o.Duration.Seconds(),
	}
	if err := d.greet(ctx); err != nil {
		return nil, err
	}
	d.load(ctx, o.beside(), d.anyCall) // and forget
	before := d.empty(ctx)
	d.watch(ctx, func() { r.load(d.load(ctx, o.Duration, d.anyCall)) }, r)
	r.setEmpty(before, d.empty(ctx))
	if o.Limits != nil && ctx.Err() == nil {
		if r.Machine, err = o.Limits.measure(ctx, o); err != nil {
			return nil, err
		}
	}
	if o.Check {
		r.Lost, err = d.lost(context.WithoutCancel(ctx)) // also of what was cut short
	}
	r.finish()
	return r, err
}

// beside is how long the mix is made before it is measured, and how long the empty call is measured before and after it.
func (o *Options) beside() time.Duration { return min(2*time.Second, o.Duration/4) }

// driver is a measurement under way.
type driver struct {
	Options
	connections []*client.Client
	files       *files
	acked       acknowledged
}

func newDriver(o Options) (*driver, error) {
	d := &driver{Options: o, files: newFiles(o.UploadSize)}
	o.Dial.Token = func(ctx context.Context) (string, error) {
		secret, _ := ctx.Value(sessionKey{}).(string)
		return secret, nil
	}
	o.Dial.UserAgent, o.Dial.Impatient = "merit-bench", true

	for range o.Connections {
		c, err := client.Dial(o.Address, o.Dial)
		if err != nil {
			d.close()
			return nil, err
		}
		d.connections = append(d.connections, c)
	}
	return d, nil
}

func (d *driver) close() {
	for _, c := range d.connections {
		_ = c.Close() // nothing is under way
	}
}

// sessionKey is under what the context of a call has the session of who calls.
type sessionKey struct{}

// ErrNotSeeded says that the service does not know the people of the cast.
var ErrNotSeeded = errors.New("bench: the service does not know these people: seed its database with merit bench seed, and give the file that this wrote")

// greet makes one call on each connection, and so connects.
func (d *driver) greet(ctx context.Context) error {
	for i := range d.connections {
		p := d.Cast.People[i%len(d.Cast.People)]
		if err := d.read(ctx, &caller{driver: d, Client: d.connections[i], person: p}); err != nil {
			return fmt.Errorf("%w (%w)", ErrNotSeeded, err)
		}
	}
	return nil
}

// caller makes one call: somebody of the cast on one of the connections.
type caller struct {
	*driver
	*client.Client
	person Person
	random *rand.Rand
}

// empty measures the empty call: the health service, through the interceptors and over the same connections.
func (d *driver) empty(ctx context.Context) *tally {
	return d.loop(ctx, d.beside(), max(d.Callers, 1), func(ctx context.Context, c *caller) (Kind, error) {
		_, err := grpc_health_v1.NewHealthClient(c.Conn()).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		return emptyCall, err
	})
}

// anyCall makes one call of the mix.
func (d *driver) anyCall(ctx context.Context, c *caller) (Kind, error) {
	kind := d.Mix.pick(c.random)
	return kind, calls[kind](d, ctx, c)
}
