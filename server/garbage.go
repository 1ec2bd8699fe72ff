package server

import (
	"context"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// DefaultEvidenceGrace is how long files that nobody ever cited are kept unless the options say otherwise.
const DefaultEvidenceGrace = 30 * 24 * time.Hour

// MinEvidenceGrace is the shortest such time: an upload may be on its way for 72 hours before its record names its bytes.
const MinEvidenceGrace = 4 * 24 * time.Hour

// The lease under which one of all processes removes files.
const (
	garbageLease = "remove-files"
	garbageTTL   = 10 * time.Minute
)

// garbageAtOnce is how many pieces of evidence one transaction removes.
const garbageAtOnce = 100

// CollectGarbage removes files of evidence that nobody ever cited, once the time of grace is over and no open sheet of
// their agency could cite them, and bytes that no record names. Whether others keep the same bytes makes no difference to
// the agency: its evidence is removed, and the bytes go when nobody has them any more. It returns how many pieces of
// evidence and how many bytes' files it removed; none when another process is at it.
func (s *Server) CollectGarbage(ctx context.Context) (evidence, files int, err error) {
	err = s.withLease(ctx, garbageLease, garbageTTL, func(lease store.Lease) (err error) {
		before := s.now().Add(-s.grace)
		for n := garbageAtOnce; n == garbageAtOnce && err == nil; evidence += n {
			n, err = s.removeSome(ctx, lease, before)
		}
		if err == nil {
			files, err = s.removeBytes(ctx, lease, before)
		}
		return err
	})
	return evidence, files, err
}

func (s *Server) removeSome(ctx context.Context, lease store.Lease, before time.Time) (n int, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := tx.CheckLease(lease); err != nil {
			return nil, err
		}
		garbage, err := tx.NeverCited(before, garbageAtOnce)
		if err != nil {
			return nil, err
		}
		entries := make([]audit.Entry, len(garbage))
		for i := range garbage {
			e := &garbage[i]
			if err := tx.RemoveEvidence(e, audit.System); err != nil {
				return nil, err
			}
			entries[i] = tx.Entry(audit.Entry{Action: "Service.RemoveEvidence", Actor: audit.System, Agency: e.AgencyID, Subject: e.ID})
		}
		n = len(garbage)
		return entries, nil
	})
	return n, err
}

// removeBytes removes the finished files that have lain there since before the instant and that no record names.
func (s *Server) removeBytes(ctx context.Context, lease store.Lease, before time.Time) (n int, err error) {
	for f, err := range s.blobs.Files(ctx) {
		if err == nil && f.Came.Before(before) {
			var removed bool
			if removed, err = s.removeFile(ctx, lease, f.SHA256, before); removed {
				n++
			}
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Server) removeFile(ctx context.Context, lease store.Lease, sum string, before time.Time) (bool, error) {
	unused, err := s.unusedBytes(ctx, lease, sum)
	if err != nil || !unused {
		return false, err
	}
	return s.blobs.Remove(ctx, sum, before, func(ctx context.Context) (bool, error) { return s.nameless(ctx, sum) })
}

// nameless reports whether no record names the bytes.
func (s *Server) nameless(ctx context.Context, sum string) (unused bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		used, err := tx.BytesInUse(sum)
		unused = !used
		return err
	})
	return unused, err
}

// unusedBytes reports whether no record names the bytes, and then notes in the trail that they go.
func (s *Server) unusedBytes(ctx context.Context, lease store.Lease, sum string) (unused bool, err error) {
	if unused, err = s.nameless(ctx, sum); err != nil || !unused {
		return false, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := tx.CheckLease(lease); err != nil {
			return nil, err
		}
		return []audit.Entry{{Action: "Service.RemoveBytes", Actor: audit.System, Subject: sum}}, nil
	})
	return unused, err
}

// WatchGarbage removes files that nobody ever cited, at once and then every so often until the context ends.
func (s *Server) WatchGarbage(ctx context.Context, every time.Duration) {
	s.repeat(ctx, every, "files that nobody cited not removed", func() error {
		_, _, err := s.CollectGarbage(ctx)
		return err
	})
}
