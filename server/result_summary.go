package server

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// The target of a summary when the request does not say.
const (
	targetCategory = "baik"
	targetPercent  = 30
)

var targetKinds = []scoring.AgencyKind{scoring.Kabupaten, scoring.Kota}

// GetSummary counts the results of a year.
func (s *resultServer) GetSummary(ctx context.Context, req *meritv1.GetSummaryRequest) (*meritv1.GetSummaryResponse, error) {
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.GetSummaryResponse, error) {
		y, err := s.readYear(tx, req)
		if err != nil {
			return nil, err
		}
		return &meritv1.GetSummaryResponse{
			Categories: y.categories(y.counts), Kinds: y.kinds(), Provinces: y.provinceSummaries(), Target: y.target(req),
			Aspects: y.aspectMeans(""), Results: y.counts.sum(),
			WithoutTotal: by(y.counts, func(c store.ResultCount) bool { return c.HasTotal })[false].sum(),
		}, nil
	})
}

// resultCounts are counts of results of a part of the country.
type resultCounts []store.ResultCount

// yearSummary is what the results of one year and instrument are summed up from.
type yearSummary struct {
	in         *instrument.Instrument
	counts     resultCounts
	ofProvince map[string]resultCounts
	sums       []store.AspectSum
	assessed   map[scoring.AgencyKind]int // on the last day of the year, or today
	provinces  map[string]store.Agency
}

// readYear reads what is counted along with the results: four queries, whose cost does not grow with the results.
func (s *resultServer) readYear(tx *store.Tx, req *meritv1.GetSummaryRequest) (y yearSummary, err error) {
	day := min(yearEnd(int(req.GetYear())), calendar.Day(tx.Now()))
	if y.in, err = s.published(tx, req.GetInstrumentId()); err != nil {
		return y, err
	}
	if y.counts, err = tx.CountResults(y.in.ID, int(req.GetYear())); err != nil {
		return y, err
	}
	if y.sums, err = tx.SumAspects(y.in.ID, int(req.GetYear())); err != nil {
		return y, err
	}
	if y.assessed, err = tx.CountAssessed(day); err != nil {
		return y, err
	}
	y.ofProvince = by(y.counts, func(c store.ResultCount) string { return c.ProvinceID })
	y.provinces, err = tx.AgenciesByID(day, slices.Collect(maps.Keys(y.ofProvince))...)
	return y, err
}

// sum adds up the results.
func (all resultCounts) sum() (n int32) {
	for _, c := range all {
		n += int32(c.Results)
	}
	return n
}

// by groups counts, in one pass.
func by[K comparable](all resultCounts, key func(store.ResultCount) K) map[K]resultCounts {
	parts := map[K]resultCounts{}
	for _, c := range all {
		parts[key(c)] = append(parts[key(c)], c)
	}
	return parts
}

// categories tells how many of the results are in each category of the instrument.
func (y *yearSummary) categories(counts resultCounts) []*meritv1.CategoryCount {
	of := by(counts, func(c store.ResultCount) string { return c.Category })
	all := make([]*meritv1.CategoryCount, len(y.in.Categories))
	for i, category := range y.in.Categories {
		all[i] = &meritv1.CategoryCount{Category: category.Code, CategoryName: category.Name, Count: of[category.Code].sum()}
	}
	return all
}

// kinds sums up every kind that has agencies to assess or results.
func (y *yearSummary) kinds() (all []*meritv1.KindSummary) {
	of := by(y.counts, func(c store.ResultCount) scoring.AgencyKind { return c.Kind })
	for _, kind := range scoring.AgencyKinds() {
		m := &meritv1.KindSummary{
			Kind: agencyKindMessage(kind), AssessedAgencies: int32(y.assessed[kind]), Results: of[kind].sum(),
			Categories: y.categories(of[kind]), Aspects: y.aspectMeans(kind),
		}
		if m.AssessedAgencies > 0 || m.Results > 0 {
			all = append(all, m)
		}
	}
	return all
}

// provinceSummaries sums up the provinces that have results, by code. Central agencies belong to none.
func (y *yearSummary) provinceSummaries() (all []*meritv1.ProvinceSummary) {
	byCode := slices.SortedFunc(maps.Keys(y.ofProvince), func(a, b string) int {
		return cmp.Or(cmp.Compare(y.provinces[a].Code, y.provinces[b].Code), cmp.Compare(a, b))
	})
	for _, id := range byCode {
		if id == "" {
			continue
		}
		of := y.ofProvince[id]
		all = append(all, &meritv1.ProvinceSummary{
			ProvinceId: id, ProvinceName: y.provinces[id].Name, Results: of.sum(), Categories: y.categories(of),
		})
	}
	return all
}

// aspectMeans averages each aspect over the determined results of a kind, or of all kinds when it is empty.
func (y *yearSummary) aspectMeans(kind scoring.AgencyKind) (all []*meritv1.AspectMean) {
	for _, aspect := range y.in.Aspects {
		var sum store.AspectSum
		for _, s := range y.sums {
			if s.Aspect == aspect.Code && (kind == "" || s.Kind == kind) {
				sum.Results += s.Results
				sum.Points += s.Points
				sum.Maximum = max(sum.Maximum, s.Maximum)
			}
		}
		if sum.Results > 0 {
			all = append(all, &meritv1.AspectMean{
				Aspect: aspect.Code, Name: aspect.Name, Mean: meanPoints(sum.Points, sum.Results), Maximum: sum.Maximum.String(),
			})
		}
	}
	return all
}

// target compares the share of "baik" or better among the agencies to assess with a goal; nil for an instrument without
// that category.
func (y *yearSummary) target(req *meritv1.GetSummaryRequest) *meritv1.Target {
	baik := categoryRank(y.in, targetCategory)
	if baik < 0 {
		return nil
	}
	kinds := targetKinds
	if len(req.GetTargetKinds()) > 0 {
		kinds = nil
		for _, k := range req.GetTargetKinds() {
			kinds = append(kinds, agencyKind(k))
		}
	}
	t := &meritv1.Target{TargetPercent: cmp.Or(req.GetTargetPercent(), targetPercent)}
	for _, kind := range scoring.AgencyKinds() {
		if slices.Contains(kinds, kind) {
			t.Kinds = append(t.Kinds, agencyKindMessage(kind))
			t.AssessedAgencies += int32(y.assessed[kind])
		}
	}
	for _, c := range y.counts {
		if slices.Contains(kinds, c.Kind) && c.CategoryRank >= baik {
			t.BaikOrBetter += int32(c.Results)
		}
	}
	if t.AssessedAgencies > 0 {
		t.Percent = percentOf(t.BaikOrBetter, t.AssessedAgencies)
		t.Reached = int64(t.BaikOrBetter)*100 >= int64(t.TargetPercent)*int64(t.AssessedAgencies)
	}
	return t
}

// percentOf is a share, rounded half up to one decimal.
func percentOf(part, whole int32) string {
	tenths := (2*1000*int64(part) + int64(whole)) / (2 * int64(whole))
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
