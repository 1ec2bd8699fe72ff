package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/store"
)

// withLease does work that one of all processes at a time is to do; none of it while another process is at it.
func (s *Server) withLease(ctx context.Context, name string, ttl time.Duration, work func(store.Lease) error) error {
	lease, err := s.store.AcquireLease(ctx, name, leaseHolder(), ttl)
	if errors.Is(err, store.ErrLeaseHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(work(lease), s.store.ReleaseLease(context.WithoutCancel(ctx), lease))
}

// leaseHolder returns a name that no other holder has, and that tells whoever reads the table of leases which process it is.
func leaseHolder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), ulid.Make())
}
