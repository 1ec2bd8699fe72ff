package server

import (
	"context"
	"errors"
	"time"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/store"
)

// Tidy removes what has no effect any more (expired sessions, forgotten failures, answers to requests of more than a
// day ago) at once and then every so often until the context ends. Several replicas may do it side by side.
func (s *Server) Tidy(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.tidy(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "nothing tidied", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) tidy(ctx context.Context) error {
	_, err := s.store.ForgetRequests(ctx)
	return errors.Join(err, s.store.Touch(ctx, func(tx *store.Tx) error {
		return tx.ForgetOld(s.now().Add(-access.ForgetFailuresAfter))
	}))
}
