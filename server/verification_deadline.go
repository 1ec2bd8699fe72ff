package server

import (
	"context"
	"errors"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// settleRound returns the open round of an assessment, or nil. A round whose deadline has passed is over; settle
// records that as the service's own doing, so whoever writes to an assessment settles it first, in the same
// transaction. The entries come before those of the caller.
func settleRound(tx *store.Tx, a *store.Assessment) (*store.Clarification, []audit.Entry, error) {
	round, err := tx.PendingRound(a.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case !round.Overdue(tx.Now()):
		return &round, nil, nil
	}
	if _, err := tx.CloseClarification(round.ID, round.ClosesAt(), audit.System); err != nil {
		return nil, nil, err
	}
	rule, err := workflow.TakeBySystem(a.State, closingStep(round.Kind))
	if err != nil {
		return nil, nil, err
	}
	if err := closeRound(tx, a, &round, rule, audit.Actor{Account: audit.System}); err != nil {
		return nil, nil, err
	}
	entry := tx.Entry(audit.Entry{Action: "Service.ExpireClarification", Actor: audit.System, Agency: a.AgencyID, Subject: round.ID})
	return nil, []audit.Entry{entry}, nil
}

// closingStep is the step that ends a round.
func closingStep(kind store.RoundKind) workflow.Step {
	if kind == store.RoundRepair {
		return workflow.CloseRepair
	}
	return workflow.CloseClarification
}

// closeRound takes the step that ends a round, a repair bringing the assessment back to its verifier, and tells both sides.
func closeRound(tx *store.Tx, a *store.Assessment, c *store.Clarification, rule workflow.Rule, by audit.Actor) error {
	if err := tellClosed(tx, a, c, by); err != nil {
		return err
	}
	step := store.Step{Step: rule.Step, From: a.State, To: rule.To, TakenBy: by.Account, MembershipID: by.Membership}
	if rule.From == rule.To {
		return tx.AddStep(a.ID, step)
	}
	return tx.TakeStep(a, step)
}

// The lease under which one of all processes acts on deadlines. A pass takes far less than its time.
const (
	deadlineLease = "clarification-deadline"
	deadlineTTL   = time.Minute
)

// overdueAtOnce is how many rounds one pass takes from the list at a time.
const overdueAtOnce = 100

// CloseOverdueRounds records the closing of every round whose deadline has passed and returns how many it
// recorded; none when another process is at it. Answers and claims are refused from the deadline on in any
// case: this makes lists and states say so.
func (s *Server) CloseOverdueRounds(ctx context.Context) (closed int, err error) {
	err = s.withLease(ctx, deadlineLease, deadlineTTL, func(lease store.Lease) (err error) {
		for n := overdueAtOnce; n == overdueAtOnce && err == nil; closed += n {
			n, err = s.closeSomeRounds(ctx, lease)
		}
		return err
	})
	return closed, err
}

func (s *Server) closeSomeRounds(ctx context.Context, lease store.Lease) (int, error) {
	var overdue []string
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		overdue, err = tx.OverdueRounds(calendar.Day(tx.Now()), overdueAtOnce)
		return err
	})
	if err != nil {
		return 0, err
	}
	for i, id := range overdue {
		if err := s.settleOne(ctx, lease, id); err != nil {
			return i, err
		}
	}
	return len(overdue), nil
}

func (s *Server) settleOne(ctx context.Context, lease store.Lease, assessmentID string) error {
	return s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := tx.CheckLease(lease); err != nil {
			return nil, err
		}
		a, err := tx.Assessment(assessmentID)
		if err != nil {
			return nil, err
		}
		_, entries, err := settleRound(tx, &a)
		return entries, err
	})
}

// WatchDeadlines records overdue rounds and gives notice of windows that end soon, at once and then every so often until
// the context ends.
func (s *Server) WatchDeadlines(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := s.CloseOverdueRounds(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "overdue rounds not closed", "error", err)
		}
		if _, err := s.TellClosingWindows(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "nobody told of windows that end soon", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
