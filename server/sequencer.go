package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// The lease under which one of all processes numbers entries. It is taken when there is something to number, and kept
// while there is.
const (
	sequencerLease = "log-sequencer"
	sequencerTTL   = 15 * time.Second
)

// numberedAtOnce bounds a batch, and with it how long a writer of the same SQLite file can have to wait for it.
const numberedAtOnce = 5000

// Sequencer gives audit entries their places in the transparency log and signs a checkpoint over each batch. Several
// processes may have one on the same database: one at a time writes.
type Sequencer struct {
	store *store.Store
	keys  audit.KeyRing
	now   func() time.Time
	log   *slog.Logger

	holder  string
	lease   store.Lease
	until   time.Time // when the lease ends
	horizon horizon
}

// NewSequencer returns a sequencer that signs with the keys, or an error when they are not those of the log.
func (s *Server) NewSequencer(ctx context.Context, keys audit.KeyRing) (*Sequencer, error) {
	var head store.LogHead
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		head, err = tx.LogHead()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Sequencer{store: s.store, keys: keys, now: s.now, log: s.log, holder: leaseHolder()}, keys.Check(head.Verifier)
}

// lastWords is how long the last batch may take when the service ends.
const lastWords = 5 * time.Second

// Run numbers what is there, at once, then every so often until the context ends, and then once more, so that a service
// that was ended in order leaves no entry without a place.
func (q *Sequencer) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		q.numberOrLog(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	q.numberOrLog(last)
	if q.lease.Epoch > 0 {
		_ = q.store.ReleaseLease(last, q.lease) // it runs out anyway
	}
}

func (q *Sequencer) numberOrLog(ctx context.Context) {
	if _, err := q.Number(ctx); err != nil && ctx.Err() == nil {
		q.log.ErrorContext(ctx, "no entries numbered", "error", err)
	}
}

// Number gives places to all entries that have none and returns how many it numbered; none while another process is at
// it. Writers never wait for it on PostgreSQL, and on SQLite no longer than one batch takes to be written.
func (q *Sequencer) Number(ctx context.Context) (numbered int, err error) {
	for n := numberedAtOnce; n == numberedAtOnce && err == nil; numbered += n {
		n, err = q.numberSome(ctx)
	}
	if errors.Is(err, store.ErrLeaseHeld) || errors.Is(err, store.ErrLeaseLost) || errors.Is(err, store.ErrLogMoved) {
		q.lease = store.Lease{}
		return numbered, nil
	}
	return numbered, err
}

func (q *Sequencer) numberSome(ctx context.Context) (int, error) {
	writing, err := q.store.WritingEntries(ctx)
	if err != nil {
		return 0, err
	}
	q.horizon.observe(writing)
	batch, head, err := q.next(ctx)
	if err != nil || batch == nil {
		return 0, err
	}
	if err := q.hold(ctx); err != nil {
		return 0, err
	}
	if batch.Signing, err = q.keys.Sign(batch.Growth, head.Verifier); err != nil {
		return 0, err
	}
	if err := q.store.AppendLog(ctx, q.lease, batch); err != nil {
		return 0, fmt.Errorf("number entries %d to %d: %w", batch.From, batch.Size-1, err)
	}
	q.horizon.floor = batch.Floor
	return len(batch.Seqs), nil
}

// next computes the next batch, nil when every entry has a place, and reads where the log ends. It does so outside the
// transaction that writes, which would otherwise be in the way of every writer of entries: PostgreSQL would have one of
// them repeat its work.
func (q *Sequencer) next(ctx context.Context) (batch *store.Numbered, head store.LogHead, err error) {
	var newest int64
	err = q.store.View(ctx, func(tx *store.Tx) (err error) {
		batch = nil
		if newest, err = tx.NewestSeq(); err != nil {
			return err
		}
		if head, err = tx.LogHead(); err != nil {
			return err
		}
		leaves, err := tx.Unnumbered(max(head.Floor, q.horizon.floor), numberedAtOnce)
		if err != nil || len(leaves) == 0 {
			return err
		}
		batch, err = growLog(tx, head.Size, leaves)
		return err
	})
	if err != nil {
		return nil, head, err
	}
	floor := max(head.Floor, q.horizon.floor, q.horizon.settled)
	switch {
	case batch == nil:
		q.horizon.floor = floor
	case len(batch.Seqs) < numberedAtOnce:
		batch.Floor = floor
	default: // what comes after the batch has no place yet
		batch.Floor = min(floor, batch.Seqs[len(batch.Seqs)-1])
	}
	q.horizon.propose(newest)
	return batch, head, nil
}

// growLog computes what the leaves add to the log.
func growLog(tx *store.Tx, size int64, leaves []store.Leaf) (*store.Numbered, error) {
	n := &store.Numbered{}
	bytes := make([][]byte, len(leaves))
	for i, l := range leaves {
		n.Seqs, bytes[i] = append(n.Seqs, l.Seq), l.Leaf
	}
	frontier, err := audit.ReadFrontier(size, tx)
	if err != nil {
		return nil, err
	}
	n.Growth, err = frontier.Grow(bytes)
	return n, err
}

// hold takes the lease, or extends it when less than half of its time is left.
func (q *Sequencer) hold(ctx context.Context) (err error) {
	now := q.now()
	switch {
	case q.lease.Epoch > 0 && now.Before(q.until.Add(-sequencerTTL/2)):
		return nil
	case q.lease.Epoch > 0 && now.Before(q.until):
		err = q.store.RenewLease(ctx, q.lease, sequencerTTL)
	default:
		q.lease, err = q.store.AcquireLease(ctx, sequencerLease, q.holder, sequencerTTL)
	}
	if err == nil {
		q.until = now.Add(sequencerTTL)
	}
	return err
}

// horizon finds out up to which Seq every entry can be seen that will ever exist.
//
// PostgreSQL gives out numbers as they are asked for, and shows an entry when its transaction commits: 12 can be seen
// before 11, and 11 may never come. A transaction takes a lock on the table before it draws a number and keeps it until
// everybody sees what it did. So: once 12 is seen, every transaction that drew a lower number has either ended or is among
// those that hold the lock when one looks afterwards. When all of these have ended, whatever was drawn up to 12 is seen by
// every snapshot taken from then on, or never will be. However long a transaction takes, also one whose process was
// stopped in the middle of it, the floor waits for it, and the search for entries without a place begins at the floor.
type horizon struct {
	floor   int64 // every entry up to here has a place
	settled int64 // every transaction that drew a number up to here has ended
	next    int64 // settled next, once those it waits for have ended; 0 for none
	looked  bool  // whether waiting is known
	waiting []string
}

// observe takes in which transactions were writing at a moment after the last propose.
func (h *horizon) observe(writing []string) {
	if h.next == 0 {
		return
	}
	if h.looked {
		h.waiting = slices.DeleteFunc(h.waiting, func(name string) bool { return !slices.Contains(writing, name) })
	} else {
		h.waiting, h.looked = slices.Clone(writing), true
	}
	if len(h.waiting) == 0 {
		h.settled, h.next, h.looked = h.next, 0, false
	}
}

// propose takes in the highest Seq that is seen.
func (h *horizon) propose(newest int64) {
	if h.next == 0 && newest > h.settled {
		h.next = newest
	}
}
