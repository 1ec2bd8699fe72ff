package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// replicas are two processes of the service on one PostgreSQL database and one bucket.
type replicas struct {
	*deployment
	db        *sql.DB // for looking on, and for letting time pass for a lease
	first     *served
	second    *served
	home      context.CancelFunc // sends everybody home
	everybody sync.WaitGroup
}

// The sessions of each replica at the database have its name.
const firstName, secondName = "first", "second"

// Of two replicas under load the one that numbers entries is stopped (SIGSTOP) in the middle of writing into the log, then the
// other between two batches, and each is let go on (SIGCONT) when its lease has gone to the other, of which it knows nothing;
// in the end the one that holds the lease is killed. Nobody writes a second sequence, no entry is lost or numbered twice.
func TestNothingAcknowledgedIsLostWhenAReplicaIsPausedWhileItHoldsTheLease(t *testing.T) {
	for range max(1, rounds(t, 1)/20) {
		r := mustReplicas(t)
		r.pauseInTheMiddle(t)
		r.pauseBetween(t)
		r.killHolder(t)
		r.check(t)
	}
}

// newReplicas is what replicas share, with nobody at work yet and none serving.
func newReplicas(t *testing.T, database string, bucket blob.S3Options) *replicas {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
	d := &deployment{
		dir: t.TempDir(), database: database,
		evidence: "s3://" + bucket.Bucket + "/evidence?style=path&region=us-east-1&endpoint=http://" + bucket.Endpoint,
	}
	if _, err := makeKeys(filepath.Join(d.dir, "log.key"), "merit.example.test"); err != nil {
		t.Fatal(err)
	}
	return &replicas{deployment: d, db: storetest.MustConnect(t, database)}
}

func mustReplicas(t *testing.T) *replicas {
	t.Helper()
	r := newReplicas(t, storetest.PostgresURL(t), blobtest.FakeS3(t))
	r.mustSettle(t, r.database, 2)
	address := r.database + "&idle_in_transaction_session_timeout=2000&application_name="
	r.first = r.serveAt(t, address+firstName)
	r.await(t, "the first replica numbers what is there", "SELECT count(*) FROM log_checkpoint")
	r.second = r.serveAt(t, address+secondName)
	var ctx context.Context
	ctx, r.home = context.WithCancel(t.Context())
	for i, replica := range []*served{r.first, r.second} {
		r.everybody.Go(func() { work(ctx, t, replica.address, r.offices[i:i+1]) })
	}
	return r
}

// await waits until a query counts something.
func (r *replicas) await(t *testing.T, what, query string, args ...any) {
	t.Helper()
	deadline := time.After(time.Minute)
	for r.count(t, query, args...) == 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			r.describe(t)
			t.Fatal("this did not happen: " + what)
		}
	}
}

// describe logs what the sessions and the lease are at.
func (r *replicas) describe(t *testing.T) {
	t.Helper()
	rows, err := r.db.QueryContext(t.Context(), `SELECT concat_ws(' ', application_name, pid, state, wait_event_type, 'waits for', pg_blocking_pids(pid), left(query, 80))
		FROM pg_stat_activity WHERE datname = current_database() UNION ALL SELECT concat_ws(' ', name, holder, epoch, expires_at) FROM lease
		UNION ALL SELECT concat_ws(' ', 'checkpoint', max(size), max(epoch)) FROM log_checkpoint`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		t.Log(line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func (r *replicas) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := r.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// handOver lets the time of the lease pass and returns what waits until its successor has numbered entries.
func (r *replicas) handOver(t *testing.T) (await func()) {
	t.Helper()
	epoch := r.count(t, "UPDATE lease SET expires_at = 1 WHERE name = 'log-sequencer' RETURNING epoch")
	return func() {
		t.Helper()
		r.await(t, "the other replica takes over", "SELECT count(*) FROM log_checkpoint WHERE epoch > $1", epoch)
	}
}

func mustSignal(t *testing.T, s *served, signal syscall.Signal) {
	t.Helper()
	if err := s.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// mustStop stops a process and waits until each of its threads stands: on a busy machine some run on for a while.
func mustStop(t *testing.T, s *served) {
	t.Helper()
	mustSignal(t, s, syscall.SIGSTOP)
	for {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.Process.Pid))
		if err != nil || len(threads) == 0 {
			t.Fatalf("no threads of process %d: %v", s.Process.Pid, err)
		}
		if !slices.ContainsFunc(threads, func(thread string) bool {
			stat, _ := os.ReadFile(thread) // one that has ended meanwhile runs no more
			return len(stat) > 0 && !strings.Contains(string(stat), ") T ")
		}) {
			return
		}
		<-time.After(time.Millisecond)
	}
}

// pauseInTheMiddle stops the first replica within the transaction that writes into the log, after it looked at its lease.
func (r *replicas) pauseInTheMiddle(t *testing.T) {
	t.Helper()
	block, err := r.db.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = block.ExecContext(t.Context(), "LOCK TABLE log_checkpoint IN SHARE ROW EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	r.await(t, "the first replica is about to write a checkpoint", `SELECT count(*) FROM pg_stat_activity
		WHERE application_name = $1 AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO log_checkpoint%'`, firstName)
	mustStop(t, r.first)
	awaitSuccessor := r.handOver(t)
	if err := block.Rollback(); err != nil {
		t.Fatal(err)
	}
	awaitSuccessor() // for whom PostgreSQL ends what the first left open
	mustSignal(t, r.first, syscall.SIGCONT)
}

// pauseBetween stops the second replica while it holds the lease and writes nothing into the log.
func (r *replicas) pauseBetween(t *testing.T) {
	t.Helper()
	mustStop(t, r.second)
	for r.count(t, `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle' AND (query LIKE '%log\_%' OR query LIKE '%lease%')`, secondName) > 0 {
		mustSignal(t, r.second, syscall.SIGCONT)
		<-time.After(10 * time.Millisecond)
		mustStop(t, r.second)
	}
	r.handOver(t)()
	mustSignal(t, r.second, syscall.SIGCONT)
}

// killHolder kills the first replica while the second, let go on, still thinks that the lease is its own.
func (r *replicas) killHolder(t *testing.T) {
	t.Helper()
	r.first.kill()
	r.handOver(t)()
}

// check ends the load and the service in order, and looks at what is there.
func (r *replicas) check(t *testing.T) {
	t.Helper()
	r.home()
	r.everybody.Wait()
	r.second.end(t)
	if log := r.verifyLog(t); strings.Contains(log, "not under a checkpoint") {
		t.Errorf("there are entries without a place:\n%s", log)
	}
	r.open(t, func(st *store.Store, blobs blob.Store) {
		for _, o := range r.offices {
			o.check(t, st, blobs)
			o.checkLogged(t, st)
			if len(o.notes) == 0 {
				t.Errorf("office %s saved nothing: the load is too light to show anything", o.agency)
			}
		}
	})
}
