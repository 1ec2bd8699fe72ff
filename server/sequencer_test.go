package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

const origin = "merit.example.test"

// MustKeys makes the key ring of a new log.
func MustKeys(tb testing.TB) audit.KeyRing {
	tb.Helper()
	return audit.KeyRing{Current: servertest.Must(audit.NewKey(origin))(tb)}
}

// MustSequence returns a sequencer of a server that signs with the keys.
func MustSequence(tb testing.TB, s *servertest.Server, keys audit.KeyRing) *server.Sequencer {
	tb.Helper()
	return servertest.Must(s.NewSequencer(tb.Context(), keys))(tb)
}

// MustNumber lets a sequencer work and wants so many entries numbered.
func MustNumber(tb testing.TB, q *server.Sequencer, want int) {
	tb.Helper()
	if n, err := q.Number(tb.Context()); err != nil || n != want {
		tb.Fatalf("numbered %d, %v, want %d", n, err, want)
	}
}

// MustDo keeps so many entries of one person.
func MustDo(tb testing.TB, s *servertest.Server, n int) {
	tb.Helper()
	for range n {
		s.MustUpdate(tb, "test.act", func(*store.Tx) error { return nil })
	}
}

func mustCheckpoint(tb testing.TB, s *servertest.Server) *meritv1.Checkpoint {
	tb.Helper()
	client := meritv1.NewAuditServiceClient(s.Anyone())
	return servertest.Must(client.GetCheckpoint(tb.Context(), &meritv1.GetCheckpointRequest{}))(tb).GetCheckpoint()
}

// signatures is how many keys signed a checkpoint.
func signatures(checkpoint *meritv1.Checkpoint) int {
	return strings.Count(string(checkpoint.GetNote()), "\n— "+origin+" ")
}

func TestNewEntriesComeUnderACheckpoint(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		client := meritv1.NewAuditServiceClient(s.Anyone())
		_, err := client.GetCheckpoint(t.Context(), &meritv1.GetCheckpointRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)

		keys := MustKeys(t)
		q := MustSequence(t, s, keys)
		MustDo(t, s, 3)
		MustNumber(t, q, 3)
		first := mustCheckpoint(t, s)
		MustNumber(t, q, 0)
		if again := mustCheckpoint(t, s); string(again.GetNote()) != string(first.GetNote()) {
			t.Error("there is another checkpoint though nothing was done")
		}
		MustDo(t, s, 2)
		MustNumber(t, q, 2)
		newest := mustCheckpoint(t, s)
		verifier := servertest.Must(note.NewVerifier(keys.Current.Verifier))(t)
		opened := servertest.Must(note.Open(newest.GetNote(), note.VerifierList(verifier)))(t)
		if !strings.HasPrefix(opened.Text, origin+"\n5\n") || newest.GetSize() != 5 || newest.GetOrigin() != origin {
			t.Errorf("checkpoint %q, size %d, of %s", opened.Text, newest.GetSize(), newest.GetOrigin())
		}
		old := servertest.Must(client.GetCheckpoint(t.Context(), &meritv1.GetCheckpointRequest{Size: 3}))(t)
		if string(old.GetCheckpoint().GetNote()) != string(first.GetNote()) {
			t.Errorf("the checkpoint of 3 entries is %s", old.GetCheckpoint().GetNote())
		}
		_, err = client.GetCheckpoint(t.Context(), &meritv1.GetCheckpointRequest{Size: 4})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

func TestAReplicaThatSleptPastItsLeaseWritesNothing(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		keys := MustKeys(t)
		sleeper, successor := MustSequence(t, s, keys), MustSequence(t, s, keys)
		MustDo(t, s, 1)
		MustNumber(t, sleeper, 1)
		MustDo(t, s, 1)
		MustNumber(t, successor, 0) // the lease is held

		// The sleeper stops after it computed its batch: its clock stands while the successor's goes on.
		asleep := s.Clock.Now()
		s.Clock.Add(time.Minute)
		MustNumber(t, successor, 1)
		s.Clock.Set(asleep)
		MustDo(t, s, 1)
		MustNumber(t, sleeper, 0)
		s.Clock.Add(2 * time.Minute)
		MustNumber(t, successor, 1)
		if size := mustCheckpoint(t, s).GetSize(); size != 3 {
			t.Errorf("%d entries are under the newest checkpoint, want 3", size)
		}
	})
}

func TestAKeyIsHandedOverByACheckpointThatBothSign(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		old := MustKeys(t)
		MustDo(t, s, 2)
		MustNumber(t, MustSequence(t, s, old), 2)
		if n := signatures(mustCheckpoint(t, s)); n != 1 {
			t.Errorf("%d signatures before the rotation", n)
		}
		s.Clock.Add(time.Minute)
		rotated := audit.KeyRing{Current: MustKeys(t).Current, Previous: old.Current}
		q := MustSequence(t, s, rotated)
		MustDo(t, s, 1)
		MustNumber(t, q, 1)
		if c := mustCheckpoint(t, s); signatures(c) != 2 || len(c.GetKeys()) != 2 {
			t.Errorf("the hand-over has %d signatures and %d keys", signatures(c), len(c.GetKeys()))
		}
		MustDo(t, s, 1)
		MustNumber(t, q, 1)
		after := mustCheckpoint(t, s)
		verifier := servertest.Must(note.NewVerifier(rotated.Current.Verifier))(t)
		if _, err := note.Open(after.GetNote(), note.VerifierList(verifier)); err != nil || signatures(after) != 1 {
			t.Errorf("after the hand-over: %d signatures, %v", signatures(after), err)
		}
		if _, err := s.NewSequencer(t.Context(), old); err == nil {
			t.Error("the old key may sign on")
		}
		if _, err := s.NewSequencer(t.Context(), MustKeys(t)); err == nil {
			t.Error("a key that nobody handed over to may sign")
		}
	})
}

// PostgreSQL shows entries in the order of their commits: one whose transaction drew its number long ago comes late.
func TestAnEntryCommittedLateIsNotMissed(t *testing.T) {
	url := storetest.PostgresURL(t)
	now := servertest.Start
	clock := func() time.Time { return now }
	s := servertest.New(t, func(o *server.Options) {
		o.Store, o.Now = storetest.MustOpen(t, url, func(o *store.Options) { o.Now = clock }), clock
	})
	keys := MustKeys(t)
	q := MustSequence(t, s, keys)
	MustDo(t, s, 1)
	MustNumber(t, q, 1)
	db := storetest.MustConnect(t, url)
	late := servertest.Must(db.BeginTx(t.Context(), nil))(t)
	leaf := servertest.Must((&audit.Entry{Action: "test.late", Actor: audit.System, ID: "late"}).Leaf())(t)
	if _, err := late.ExecContext(t.Context(), `INSERT INTO audit_entry (id, at, actor, membership, action, agency_id, subject, leaf)
		VALUES ('late', 0, 'system', '', 'test.late', '', '', $1)`, leaf); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time another process has taken over
		for range 4 {
			MustDo(t, s, 2)
			MustNumber(t, q, 2)
			MustNumber(t, q, 0)
		}
		now = now.Add(time.Minute)
		q = MustSequence(t, s, keys)
	}
	if err := late.Commit(); err != nil {
		t.Fatal(err)
	}
	MustNumber(t, q, 1)
	MustNumber(t, q, 0)
	MustDo(t, s, 1)
	MustNumber(t, q, 1)
	var floor, newest int64
	if err := db.QueryRowContext(t.Context(), "SELECT max(floor_seq), (SELECT max(seq) FROM audit_entry) FROM log_checkpoint").Scan(&floor, &newest); err != nil {
		t.Fatal(err)
	}
	if floor < newest-1 {
		t.Errorf("the floor stays at %d though everything up to %d has its place", floor, newest)
	}
}

func TestABacklogIsWorkedThroughAtOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		const backlog = 5321 // more than a batch
		s.MustUpdate(t, "test.first", func(*store.Tx) error { return nil })
		err := s.Store.Update(t.Context(), func(*store.Tx) ([]audit.Entry, error) {
			entries := make([]audit.Entry, backlog-1)
			for i := range entries {
				entries[i] = audit.Entry{Action: "test.backlog", Actor: audit.System, Subject: fmt.Sprint(i)}
			}
			return entries, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		MustNumber(t, MustSequence(t, s, MustKeys(t)), backlog)
		if c := mustCheckpoint(t, s); c.GetSize() != backlog {
			t.Errorf("%d entries are under the checkpoint", c.GetSize())
		}
	})
}
