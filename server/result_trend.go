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
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.GetTrendResponse, error) {
		if _, err := tx.Agency(req.GetAgencyId(), calendar.Day(tx.Now())); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return nil, fault.NotFound(fault.Text{ID: "Instansi", EN: "agency"}, req.GetAgencyId())
			}
			return nil, err
		}
		lineage, err := tx.Lineage(req.GetAgencyId())
		if err != nil {
			return nil, err
		}
		results, err := tx.ResultsOfAgencies(append(lineage.Before, lineage.ID)...)
		if err != nil {
			return nil, err
		}
		points, err := s.trend(tx, lineage, results)
		if err != nil {
			return nil, err
		}
		resp := &meritv1.GetTrendResponse{Points: make([]*meritv1.TrendPoint, len(points))}
		for i, p := range points {
			resp.Points[i] = p.message(lineage.ID)
		}
		return resp, nil
	})
}

// trendPoint is a result in a trend, and the one before it when the two can be compared.
type trendPoint struct {
	result *store.Result
	in     *instrument.Instrument
	before *trendPoint // nil when there is none to compare with
}

// change is how many points the total grew, for a point that has one before it.
func (p *trendPoint) change() scoring.Points { return p.result.Total - p.before.result.Total }

// message says a point of the trend of an agency.
func (p *trendPoint) message(agencyID string) *meritv1.TrendPoint {
	m := &meritv1.TrendPoint{Result: resultMessage(p.result, p.in), Predecessor: p.result.AgencyID != agencyID, Comparable: p.before != nil}
	if m.Comparable {
		m.Change = p.change().String()
	}
	return m
}

// trend makes a point of every result of the agency itself, and of those of what it came from until they parted.
func (s *resultServer) trend(tx *store.Tx, lineage store.Lineage, results []store.Result) (points []*trendPoint, err error) {
	until := partings(lineage)
	var last *trendPoint
	for i := range results {
		r := &results[i]
		if !before(r, until[r.AgencyID]) {
			continue
		}
		p := &trendPoint{result: r}
		if p.in, err = s.instruments.Published(tx, r.InstrumentID); err != nil {
			return nil, err
		}
		if last != nil && sameBody(last.result.AgencyID, r.AgencyID, lineage) && bothExact(last.result, r) && sameMeasure(last.in, p.in) {
			p.before = last
		}
		points, last = append(points, p), p
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
func sameMeasure(old, in *instrument.Instrument) bool {
	return old.ID == in.ID || in.Replaces == old.ID && continues(in, old)
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
