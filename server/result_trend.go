package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// GetTrend returns an agency's results year by year along its lineage.
func (s *resultServer) GetTrend(ctx context.Context, req *meritv1.GetTrendRequest) (*meritv1.GetTrendResponse, error) {
	var resp *meritv1.GetTrendResponse
	err := s.store.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.Agency(req.GetAgencyId(), calendar.Day(tx.Now())); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return fault.NotFound(fault.Text{ID: "Instansi", EN: "agency"}, req.GetAgencyId())
			}
			return err
		}
		lineage, err := tx.Lineage(req.GetAgencyId())
		if err != nil {
			return err
		}
		results, err := tx.ResultsOfAgencies(append(lineage.Before, lineage.ID)...)
		if err != nil {
			return err
		}
		resp = &meritv1.GetTrendResponse{}
		resp.Points, err = s.trend(tx, lineage, results)
		return err
	})
	return resp, err
}

// trend makes a point of every result of the agency itself, and of those of what it came from until they parted.
func (s *resultServer) trend(tx *store.Tx, lineage store.Lineage, results []store.Result) ([]*meritv1.TrendPoint, error) {
	until := partings(lineage)
	var points []*meritv1.TrendPoint
	var last *store.Result
	for i := range results {
		r := &results[i]
		if !before(r, until[r.AgencyID]) {
			continue
		}
		in, err := s.instruments.Published(tx, r.InstrumentID)
		if err != nil {
			return nil, err
		}
		p := &meritv1.TrendPoint{Result: resultMessage(r, in), Predecessor: r.AgencyID != lineage.ID}
		if last != nil && sameBody(last.AgencyID, r.AgencyID, lineage) && bothExact(last, r) {
			if p.Comparable, err = s.sameMeasure(tx, last.InstrumentID, in); err != nil {
				return nil, err
			}
		}
		if p.Comparable {
			p.Change = (r.Total - last.Total).String()
		}
		points, last = append(points, p), r
	}
	return points, nil
}

// partings says until which day each agency of the past is the past of the one the lineage is of.
func partings(lineage store.Lineage) map[string]string {
	until := map[string]string{lineage.ID: store.Forever}
	for range lineage.Before { // enough rounds for the longest way
		for _, link := range lineage.Links {
			from, to := link.Passage()
			if day, ok := until[to]; ok {
				until[from] = max(until[from], min(link.OnDate, day))
			}
		}
	}
	return until
}

// before reports whether a result was determined before a day; of one without a decree only the year is known.
func before(r *store.Result, day string) bool {
	year := fmt.Sprintf("%04d", r.Year)
	return year < day[:4] || year == day[:4] && r.DecreeDate < day
}

// sameBody reports whether two agencies are one and the same: the second perhaps under a new name.
func sameBody(a, b string, lineage store.Lineage) bool {
	return a == b || slices.ContainsFunc(lineage.Links, func(l store.AgencyLink) bool {
		return l.Kind == store.Renamed && l.AgencyID == a && l.OtherID == b
	})
}

// bothExact reports whether two results have totals of years that are known.
func bothExact(a, b *store.Result) bool {
	return a.HasTotal && b.HasTotal && !a.YearUncertain && !b.YearUncertain
}

// sameMeasure reports whether totals of one instrument mean the same under another: it is the same, or the other replaced
// it and every scored item of each is a comparable item of the same weight.
func (s *resultServer) sameMeasure(tx *store.Tx, beforeID string, in *instrument.Instrument) (bool, error) {
	if beforeID == in.ID {
		return true, nil
	}
	if in.Replaces != beforeID {
		return false, nil
	}
	old, err := s.instruments.Published(tx, beforeID)
	if err != nil {
		return false, err
	}
	return continues(in, old), nil
}

func continues(in, old *instrument.Instrument) bool {
	if in.Scale != old.Scale || scoredItems(in) != scoredItems(old) {
		return false
	}
	for i, item := range in.Scoring().Items() {
		was := old.ItemByCode(in.Item(i).Predecessor)
		if item.Kind == scoring.Scored && (was == nil || !in.Item(i).Comparable || was.Weight != item.Weight) {
			return false
		}
	}
	return true
}

func scoredItems(in *instrument.Instrument) (n int) {
	for _, item := range in.Scoring().Items() {
		if item.Kind == scoring.Scored {
			n++
		}
	}
	return n
}
