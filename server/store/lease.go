package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrLeaseHeld says that another holder has the lease.
	ErrLeaseHeld = errors.New("store: another process holds the lease")
	// ErrLeaseLost says that the lease has gone to another holder, or ran out and was taken anew.
	ErrLeaseLost = errors.New("store: the lease was lost")
)

// Lease is the right of one process to do a piece of background work for a while.
type Lease struct {
	Name   string
	Holder string // the process, any name of its own
	Epoch  int64  // grows with every AcquireLease; work is refused when a newer epoch exists
}

// AcquireLease takes the named lease until ttl from now when it is free or has run out, also from an earlier
// life of the same holder. It returns ErrLeaseHeld when another holder has it.
func (s *Store) AcquireLease(ctx context.Context, name, holder string, ttl time.Duration) (Lease, error) {
	lease := Lease{Name: name, Holder: holder}
	err := s.Touch(ctx, func(tx *Tx) error {
		n, err := tx.Exec(`INSERT INTO lease (name, holder, epoch, expires_at) VALUES ($1, $2, 1, $3)
			ON CONFLICT (name) DO UPDATE SET holder = $2, epoch = lease.epoch + 1, expires_at = $3
			WHERE lease.expires_at <= $4 OR lease.holder = $2`,
			name, holder, Micros(tx.Now().Add(ttl)), Micros(tx.Now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: %s", ErrLeaseHeld, name)
		}
		return tx.QueryRow("SELECT epoch FROM lease WHERE name = $1", name).Scan(&lease.Epoch)
	})
	return lease, err
}

// RenewLease extends a lease to ttl from now, or returns ErrLeaseLost.
func (s *Store) RenewLease(ctx context.Context, l Lease, ttl time.Duration) error {
	return s.Touch(ctx, func(tx *Tx) error { return tx.setLeaseEnd(l, tx.Now().Add(ttl)) })
}

// ReleaseLease lets another process take the lease at once, or returns ErrLeaseLost.
func (s *Store) ReleaseLease(ctx context.Context, l Lease) error {
	return s.Touch(ctx, func(tx *Tx) error { return tx.setLeaseEnd(l, time.Time{}) })
}

// FreeLeases lets all leases be taken at once, whoever holds them. It is for the start of a process that has the store for
// itself, whose earlier life may have been killed while it held some; should there be another process after all, it loses
// its leases and nothing else.
func (s *Store) FreeLeases(ctx context.Context) error {
	return s.Touch(ctx, func(tx *Tx) error {
		_, err := tx.Exec("UPDATE lease SET expires_at = $1", Micros(time.Time{}))
		return err
	})
}

func (tx *Tx) setLeaseEnd(l Lease, end time.Time) error {
	n, err := tx.Exec("UPDATE lease SET expires_at = $4 WHERE name = $1 AND holder = $2 AND epoch = $3",
		l.Name, l.Holder, l.Epoch, Micros(end))
	if err == nil && n == 0 {
		return fmt.Errorf("%w: %s", ErrLeaseLost, l.Name)
	}
	return err
}

// CheckLease returns ErrLeaseLost when a newer epoch of the lease exists or it was released. Work under a
// lease calls it in the transaction that writes, so that a process that slept through the end of its lease
// cannot write beside its successor.
func (tx *Tx) CheckLease(l Lease) error {
	var valid bool
	err := tx.QueryRow("SELECT count(*) = 1 FROM lease WHERE name = $1 AND holder = $2 AND epoch = $3 AND expires_at > 0",
		l.Name, l.Holder, l.Epoch).Scan(&valid)
	if err == nil && !valid {
		return fmt.Errorf("%w: %s", ErrLeaseLost, l.Name)
	}
	return err
}
