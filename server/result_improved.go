package server

import (
	"cmp"
	"context"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/store"
)

// mostImproved is how many ListMostImproved returns when the request does not say.
const mostImproved = 10

// ListMostImproved ranks agencies by how much their total grew.
func (s *resultServer) ListMostImproved(ctx context.Context, req *meritv1.ListMostImprovedRequest) (*meritv1.ListMostImprovedResponse, error) {
	ascent := store.Ascent{
		InstrumentID: req.GetInstrumentId(), Year: int(req.GetYear()), Kind: agencyKind(req.GetKind()), ProvinceID: req.GetProvinceId(),
	}
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.ListMostImprovedResponse, error) {
		if _, err := s.published(tx, ascent.InstrumentID); err != nil {
			return nil, err
		}
		climbed, err := s.climb(tx, ascent)
		if err != nil {
			return nil, err
		}
		return &meritv1.ListMostImprovedResponse{
			Compared: int32(len(climbed)), Results: rankImproved(climbed, cmp.Or(int(req.GetLimit()), mostImproved)),
		}, nil
	})
}

// climb finds every result of the ascent that has one before it to compare with, with the rule that trends have. It takes
// two queries, however many agencies there are.
func (s *resultServer) climb(tx *store.Tx, ascent store.Ascent) (climbed []*trendPoint, err error) {
	results, err := tx.ResultsUpTo(ascent)
	if err != nil {
		return nil, err
	}
	lineages, err := tx.Lineages()
	if err != nil {
		return nil, err
	}
	for id, own := range results {
		if !slices.ContainsFunc(own, func(r store.Result) bool { return ascent.Holds(&r) }) {
			continue
		}
		lineage := lineages[id]
		lineage.ID = id
		for _, before := range lineage.Before {
			own = append(own, results[before]...)
		}
		store.InTime(own)
		points, err := s.trend(tx, lineage, own)
		if err != nil {
			return nil, err
		}
		for _, p := range points {
			if p.result.AgencyID == id && ascent.Holds(p.result) && p.before != nil {
				climbed = append(climbed, p)
			}
		}
	}
	return climbed, nil
}

// rankImproved ranks those whose total grew, the most first, and returns at most limit of them.
func rankImproved(climbed []*trendPoint, limit int) (ranked []*meritv1.ImprovedResult) {
	improved := slices.DeleteFunc(slices.Clone(climbed), func(p *trendPoint) bool { return p.change() <= 0 })
	slices.SortFunc(improved, func(a, b *trendPoint) int {
		return cmp.Or(cmp.Compare(b.change(), a.change()), cmp.Compare(a.result.AgencyCode, b.result.AgencyCode), cmp.Compare(a.result.ID, b.result.ID))
	})
	rank := 0
	var last scoring.Points
	for i, p := range improved[:min(len(improved), limit)] {
		if p.change() != last {
			rank, last = i+1, p.change()
		}
		ranked = append(ranked, &meritv1.ImprovedResult{
			Rank: int32(rank), Result: resultMessage(p.result, p.in), Before: resultMessage(p.before.result, p.before.in), Change: p.change().String(),
		})
	}
	return ranked
}

// GetNationalTrend counts results year by year.
func (s *resultServer) GetNationalTrend(ctx context.Context, req *meritv1.GetNationalTrendRequest) (*meritv1.GetNationalTrendResponse, error) {
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.GetNationalTrendResponse, error) {
		resp := new(meritv1.GetNationalTrendResponse)
		counts, err := tx.ResultYears(agencyKind(req.GetKind()))
		if err != nil {
			return nil, err
		}
		for len(counts) > 0 {
			first := counts[0]
			n := slices.IndexFunc(counts, func(c store.ResultYear) bool { return c.Year != first.Year || c.InstrumentID != first.InstrumentID })
			if n < 0 {
				n = len(counts)
			}
			year, err := s.nationalYear(tx, counts[:n])
			if err != nil {
				return nil, err
			}
			resp.Years, counts = append(resp.Years, year), counts[n:]
		}
		return resp, nil
	})
}

// nationalYear adds up the counts of one year and instrument.
func (s *resultServer) nationalYear(tx *store.Tx, counts []store.ResultYear) (*meritv1.NationalYear, error) {
	in, err := s.instruments.Published(tx, counts[0].InstrumentID)
	if err != nil {
		return nil, err
	}
	y := &meritv1.NationalYear{Year: int32(counts[0].Year), InstrumentId: in.ID, InstrumentTitle: in.Title}
	for _, category := range in.Categories {
		y.Categories = append(y.Categories, &meritv1.CategoryCount{Category: category.Code, CategoryName: category.Name})
	}
	baik := categoryRank(in, targetCategory)
	var sum scoring.Points
	var better int32
	for _, c := range counts {
		n := int32(c.Results)
		y.Results += n
		if c.CategoryRank >= 0 {
			y.Categories[c.CategoryRank].Count += n
		}
		if c.CategoryRank >= baik {
			better += n
		}
		if c.Imported {
			y.Imported += n
		}
		if !c.HasTotal {
			y.WithoutTotal += n
			continue
		}
		sum += c.Total
	}
	if with := int(y.Results - y.WithoutTotal); with > 0 {
		y.MeanTotal = meanPoints(sum, with)
	}
	if baik >= 0 {
		y.BaikPercent = percentOf(better, y.Results)
	}
	return y, nil
}
