package server

import (
	"cmp"
	"context"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// GetDistribution shows how the results of a year spread.
func (s *resultServer) GetDistribution(ctx context.Context, req *meritv1.GetDistributionRequest) (*meritv1.GetDistributionResponse, error) {
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.GetDistributionResponse, error) {
		in, err := s.published(tx, req.GetInstrumentId())
		if err != nil {
			return nil, err
		}
		kind := agencyKind(req.GetKind())
		totals, err := tx.Totals(in.ID, int(req.GetYear()), kind)
		if err != nil {
			return nil, err
		}
		aspects, err := tx.AspectPoints(in.ID, int(req.GetYear()), kind)
		if err != nil {
			return nil, err
		}
		resp := &meritv1.GetDistributionResponse{Results: int32(len(totals)), Totals: quartiles(totals), Buckets: buckets(totals)}
		resp.Aspects, resp.Determined = spreadAspects(in, aspects)
		return resp, nil
	})
}

// bucketWidth is ten points.
const bucketWidth = 10 * scoring.Point

// buckets counts sorted totals by tens, from the first that has one to the last.
func buckets(totals []scoring.Points) (all []*meritv1.TotalBucket) {
	for _, total := range totals {
		from := int32(total/bucketWidth) * 10
		for len(all) == 0 || all[len(all)-1].From < from {
			next := from
			if len(all) > 0 {
				next = all[len(all)-1].Below
			}
			all = append(all, &meritv1.TotalBucket{From: next, Below: next + 10})
		}
		all[len(all)-1].Count++
	}
	return all
}

// spreadAspects sums up the points of every aspect, which come sorted, and says how many results have aspects.
func spreadAspects(in *instrument.Instrument, points []store.ResultAspect) (all []*meritv1.AspectQuartiles, results int32) {
	byAspect := map[string][]scoring.Points{}
	maximum := map[string]scoring.Points{}
	for _, p := range points {
		byAspect[p.Aspect] = append(byAspect[p.Aspect], p.Points)
		maximum[p.Aspect] = max(maximum[p.Aspect], p.Maximum)
	}
	for _, aspect := range in.Aspects {
		if values := byAspect[aspect.Code]; len(values) > 0 {
			results = max(results, int32(len(values)))
			all = append(all, &meritv1.AspectQuartiles{
				Aspect: aspect.Code, Name: aspect.Name, Maximum: maximum[aspect.Code].String(), Points: quartiles(values),
			})
		}
	}
	return all, results
}

// quartiles sum up sorted values; nil when there are none. The lower quartile is the median of the lower half and the
// upper one of the upper half; of an odd number the middle value belongs to both.
func quartiles(sorted []scoring.Points) *meritv1.Quartiles {
	n := len(sorted)
	if n == 0 {
		return nil
	}
	return &meritv1.Quartiles{
		Least: sorted[0].String(), Lower: median(sorted[:(n+1)/2]).String(), Median: median(sorted).String(),
		Upper: median(sorted[n/2:]).String(), Greatest: sorted[n-1].String(),
	}
}

// median is the middle of sorted values, of which there is at least one, or the mean of the two middle ones, half a
// thousandth rounded up.
func median(sorted []scoring.Points) scoring.Points {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2] + 1) / 2
}

// mostSimilar is how many GetSimilar returns when the request does not say.
const mostSimilar = 5

// GetSimilar returns the results that lie nearest to an agency's.
func (s *resultServer) GetSimilar(ctx context.Context, req *meritv1.GetSimilarRequest) (*meritv1.GetSimilarResponse, error) {
	resp := new(meritv1.GetSimilarResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		own, err := findResult(tx, &meritv1.GetResultRequest{AgencyId: req.GetAgencyId(), Year: req.GetYear()})
		if err != nil {
			return err
		}
		in, err := s.instruments.Published(tx, own.InstrumentID)
		if err != nil {
			return err
		}
		resp.Result = resultMessage(&own, in)
		near, err := similar(tx, &own, req.GetBy(), cmp.Or(int(req.GetLimit()), mostSimilar))
		for i := range near {
			resp.Similar = append(resp.Similar, &meritv1.SimilarResult{
				Result: resultMessage(&near[i].Result, in), Distance: near[i].Distance.String(),
			})
		}
		return err
	})
}

func similar(tx *store.Tx, own *store.Result, by meritv1.Similarity, limit int) ([]store.NearResult, error) {
	switch {
	case by == meritv1.Similarity_SIMILARITY_ASPECTS:
		return tx.NearestAspects(own, limit)
	case own.HasTotal:
		return tx.NearestTotals(own, limit)
	}
	return nil, nil
}
