package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bench"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// cluster is the service as a nation runs it: PostgreSQL with a standby that has every acknowledged commit, evidence in
// S3, three replicas, and clients that call them in turn.
type cluster struct {
	*replicas
	long             bool
	primary, standby *storetest.Cluster
	three            []*served
	gone             int         // which of them was killed
	cast             *bench.Cast // who plays the evening
	ledgers          []*ledger
}

// While the evening goes on, a replica is paused with the lease of the sequencer, its successor is killed, one ends in order,
// PostgreSQL is restarted and then lost for its standby. No acknowledged answer is lost or saved twice, clients are told only
// what they can try again, and the log verifies. make cluster-test does the same for longer, with a real S3 server, and
// measures.
func TestAClusterLosesNothingThatWasAcknowledged(t *testing.T) {
	c := mustCluster(t)
	addresses := []string{c.three[0].address, c.three[1].address, c.three[2].address}
	if c.long {
		for n := range addresses {
			c.measure(t, addresses[:n+1])
		}
	}
	everybody := strings.Join(addresses, ",")
	evening := c.begin(t, everybody)
	for _, fault := range []struct {
		name string
		do   func(t *testing.T)
	}{
		{"nothing", func(*testing.T) {}},
		{"the replica that numbers entries is paused", c.pause},
		{"the one that numbers entries now is killed", c.kill},
		{"it comes back", func(t *testing.T) { c.start(t, c.three[c.gone], c.database) }},
		{"another ends in order", func(t *testing.T) { c.three[c.other()].end(t) }},
		{"it comes back", func(t *testing.T) { c.start(t, c.three[c.other()], c.database) }},
		{"PostgreSQL is restarted", func(t *testing.T) {
			c.primary.MustStop(t, "fast")
			c.primary.MustStart(t)
		}},
		{"PostgreSQL is lost and its standby takes over", c.lose},
	} {
		c.during(t, fault.name, fault.do)
	}
	evening()
	c.mustHaveAll(t)
}

func mustCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{long: os.Getenv("MERIT_CLUSTER") != "", primary: storetest.NewCluster(t)}
	bucket := blobtest.FakeS3
	if _, err := os.Stat(blobtest.GatewayProgram()); c.long && err == nil {
		bucket = blobtest.Gateway
	}
	c.mustSeed(t)
	c.standby = c.primary.NewStandby(t)
	c.replicas = newReplicas(t, storetest.Writable(c.primary, c.standby), bucket(t))
	c.three = append(c.three, c.serve(t))
	c.await(t, "the first replica takes the lease", "SELECT count(*) FROM log_checkpoint")
	c.three = append(c.three, c.serve(t), c.serve(t))
	return c
}

// keepers are people of the cast who keep an exact ledger; the others play the evening.
const keepers = 2

func (c *cluster) mustSeed(t *testing.T) {
	t.Helper()
	agencies := 12
	if c.long {
		agencies = 719
	}
	seeded, err := server.Seed(t.Context(), server.SeedOptions{URL: c.primary.URL, Agencies: agencies, Years: 2, Citations: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.cast = castOf(seeded)
	for _, p := range c.cast.People[:keepers] {
		c.ledgers = append(c.ledgers, &ledger{assessment: p.AssessmentID, secret: p.Session})
	}
	c.cast.People = c.cast.People[keepers:]
}

// evening is the load of the last evening at the addresses, until the context ends.
func (c *cluster) evening(addresses string, during time.Duration) bench.Options {
	o := bench.Options{
		Address: addresses, Cast: c.cast, Mix: bench.Evening, Callers: 4, Connections: 2, Duration: during, Timeout: patience,
		UploadSize: 20_000, Check: true, Now: time.Now, Dial: client.Options{Plaintext: true},
	}
	if c.long {
		o.Callers, o.Connections, o.UploadSize = 64, 8, 1_000_000
	}
	return o
}

// measure logs how much of the evening so many replicas do.
func (c *cluster) measure(t *testing.T, addresses []string) {
	t.Helper()
	o := c.evening(strings.Join(addresses, ","), 20*time.Second)
	o.Timeout = 30 * time.Second // nothing is lost here that one could turn away from
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	r.Write(&out, "en")
	t.Logf("%d replicas:\n%s", len(addresses), out.String())
}

// begin begins the evening and the ledgers, and returns what ends them and looks at what they were told.
func (c *cluster) begin(t *testing.T, addresses string) (end func()) {
	t.Helper()
	var everybody sync.WaitGroup
	over, stop := context.WithCancel(t.Context())
	end = func() {
		stop()
		everybody.Wait()
	}
	t.Cleanup(end) // also when a fault fails the test
	everybody.Go(func() {
		r, err := bench.Run(over, c.evening(addresses, time.Hour))
		if err != nil {
			t.Errorf("the evening: %v", err)
			return
		}
		for why := range r.Errors {
			if !slices.Contains(again, why) {
				t.Errorf("clients were told %s, which they cannot try again: %v", why, r.Errors)
			}
		}
		t.Logf("the evening: %d calls, errors %v, %d of %d acknowledged answers lost", r.All.Calls, r.Errors, r.Lost.Lost, r.Lost.Acknowledged)
		if r.Lost.Lost > 0 || r.Lost.Acknowledged == 0 {
			t.Errorf("of %d acknowledged answers %d are lost", r.Lost.Acknowledged, r.Lost.Lost)
		}
	})
	for _, l := range c.ledgers {
		everybody.Go(func() { l.keep(over, t, addresses) })
	}
	return end
}

// during does something to the cluster, waits until everybody who keeps a ledger has gone on, and logs how long they waited.
func (c *cluster) during(t *testing.T, name string, do func(*testing.T)) {
	t.Helper()
	for _, l := range c.ledgers {
		l.mark()
	}
	do(t)
	for _, l := range c.ledgers {
		l.await(t, name)
	}
	longest := time.Duration(0)
	for _, l := range c.ledgers {
		longest = max(longest, l.longest())
	}
	t.Logf("%s: the longest wait for an answer to be saved was %v", name, longest.Round(time.Millisecond))
}

// stopHolder stops the replica that numbers entries, and returns which it is.
func (c *cluster) stopHolder(t *testing.T) int {
	t.Helper()
	holds := func(s *served) bool {
		return c.count(t, "SELECT count(*) FROM lease WHERE name = 'log-sequencer' AND holder LIKE $1", fmt.Sprintf("%%/%d/%%", s.Process.Pid)) > 0
	}
	for {
		for n, s := range c.three {
			if !holds(s) {
				continue
			}
			if mustStop(t, s); holds(s) {
				return n
			}
			mustSignal(t, s, syscall.SIGCONT)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// pause stops the replica that numbers entries until another has taken its lease and numbered some.
func (c *cluster) pause(t *testing.T) {
	t.Helper()
	holder := c.three[c.stopHolder(t)]
	if c.long { // nobody helps: its time passes
		epoch := c.count(t, "SELECT epoch FROM lease WHERE name = 'log-sequencer'")
		c.await(t, "another replica takes over", "SELECT count(*) FROM log_checkpoint WHERE epoch > $1", epoch)
	} else {
		c.handOver(t)()
	}
	mustSignal(t, holder, syscall.SIGCONT)
}

// kill kills the replica that numbers entries, whose lease is free when its time has passed.
func (c *cluster) kill(t *testing.T) {
	t.Helper()
	c.gone = c.stopHolder(t)
	c.three[c.gone].kill()
	if !c.long {
		c.handOver(t)()
	}
}

// lose takes PostgreSQL away, which crashes, or in the long form falls silent as when its machine is lost, and promotes the
// standby.
func (c *cluster) lose(t *testing.T) {
	t.Helper()
	if c.long {
		c.primary.MustFreeze(t)
	} else {
		c.primary.MustStop(t, "immediate")
	}
	c.standby.MustPromote(t)
}

// other is a replica that was not killed.
func (c *cluster) other() int { return (c.gone + 1) % len(c.three) }

// mustHaveAll ends the replicas and looks at what is there.
func (c *cluster) mustHaveAll(t *testing.T) {
	t.Helper()
	for _, s := range c.three {
		s.end(t)
	}
	log := c.verifyLog(t)
	t.Log(log[:strings.Index(log, "\n")])
	if n := strings.Count(log, "not under a checkpoint"); n > 0 {
		t.Errorf("%d entries are without a place", n)
	}
	c.open(t, func(st *store.Store, _ blob.Store) {
		for _, l := range c.ledgers {
			l.check(t, st)
		}
	})
}

// again are the reasons after which a call may be made again. From the fourth on they are the client's own: it turned to
// another replica, or the evening was over.
var again = []string{"UNAVAILABLE", "OVERLOADED", "Unavailable", "DeadlineExceeded", "TOO_SLOW", "Canceled", "CANCELLED"}

// retryable are the codes after which a call may be made again.
var retryable = []codes.Code{codes.Unavailable, codes.ResourceExhausted, codes.DeadlineExceeded}

// patience is how long a client waits for a replica before it turns to another.
const patience = time.Second

func note(n int) string { return fmt.Sprintf("catatan %d", n) }
