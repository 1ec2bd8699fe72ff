package server

import (
	"cmp"
	"context"
	"errors"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// GetVerifierStatistics compares what verifiers decided with what was claimed, each beside the colleagues.
func (s *verificationServer) GetVerifierStatistics(ctx context.Context, req *meritv1.GetVerifierStatisticsRequest) (*meritv1.GetVerifierStatisticsResponse, error) {
	c := access.From(ctx)
	if err := beyondAgencies(c); err != nil {
		return nil, err
	}
	resp := new(meritv1.GetVerifierStatisticsResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		cycle, err := tx.Cycle(req.GetCycleId())
		if errors.Is(err, store.ErrNotFound) {
			return fault.NotFound(whatCycle, req.GetCycleId())
		}
		if err != nil {
			return err
		}
		in, err := s.instruments.Published(tx, cycle.InstrumentID)
		if err != nil {
			return err
		}
		shifts, err := tx.VerifierShifts(cycle.ID, c.Scope.Region, calendar.Day(tx.Now()), scoredCodes(in))
		if err != nil {
			return err
		}
		resp.Verifiers, err = shiftMessages(tx, c, shifts)
		return err
	})
}

func scoredCodes(in *instrument.Instrument) (codes []string) {
	for _, item := range in.Scoring().Items() {
		if item.Kind == scoring.Scored {
			codes = append(codes, item.Code)
		}
	}
	return codes
}

// shiftMessages puts everybody beside all others: for a verifier themselves alone, with or without decisions.
func shiftMessages(tx *store.Tx, c *access.Caller, shifts []store.VerifierShift) ([]*meritv1.VerifierStatistics, error) {
	var all store.VerifierShift
	ids := []string{c.AccountID}
	for _, v := range shifts {
		all.Add(v, 1)
		ids = append(ids, v.AccountID)
	}
	if c.Acts(meritv1.Role_ROLE_VERIFIER) {
		own := slices.IndexFunc(shifts, func(v store.VerifierShift) bool { return v.AccountID == c.AccountID })
		if own >= 0 {
			shifts = shifts[own : own+1]
		} else {
			shifts = []store.VerifierShift{{AccountID: c.AccountID}}
		}
	}
	who, err := readPeople(tx, ids...)
	if err != nil {
		return nil, err
	}
	messages := make([]*meritv1.VerifierStatistics, len(shifts))
	for i, v := range shifts {
		others := all
		others.Add(v, -1)
		messages[i] = &meritv1.VerifierStatistics{Verifier: who.of(v.AccountID), Own: shiftMessage(v), Colleagues: shiftMessage(others)}
	}
	slices.SortStableFunc(messages, func(a, b *meritv1.VerifierStatistics) int {
		return cmp.Compare(a.GetVerifier().GetName(), b.GetVerifier().GetName())
	})
	return messages, nil
}

func shiftMessage(v store.VerifierShift) *meritv1.DecisionStatistics {
	m := &meritv1.DecisionStatistics{
		Assessments: int32(v.Assessments), Decided: int32(v.Decided), Lowered: int32(v.Lowered), Raised: int32(v.Raised),
		Equal: int32(v.Decided - v.Lowered - v.Raised),
	}
	if v.Decided > 0 {
		m.MeanShift = meanShift(v.Shift, v.Decided).String()
	}
	return m
}

// meanShift is a mean of levels to the thousandth, halves away from 0, so that lowering and raising weigh the same.
func meanShift(sum, n int) scoring.Points {
	if sum < 0 {
		return -meanShift(-sum, n)
	}
	return scoring.Points((2*int(scoring.Point)*sum + n) / (2 * n))
}
