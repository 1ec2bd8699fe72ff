package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
)

// periods are the years that have results and the one that a page shows: what was asked for, else the newest year, and
// in it the instrument with most results.
type periods struct {
	All     []*meritv1.NationalYear // newest first
	Current *meritv1.NationalYear   // nil while there is no result at all
	Kind    meritv1.AgencyKind      // of agencies, as asked for; UNSPECIFIED for all
}

// periods reads the years that have results, and chooses by the query: year, instrument and kind.
func (r *request) periods() (periods, error) {
	trend, err := r.Results.GetNationalTrend(r.Context(), &meritv1.GetNationalTrendRequest{})
	if err != nil {
		return periods{}, err
	}
	p := periods{All: trend.GetYears(), Kind: enum[meritv1.AgencyKind](r.URL.Query().Get("kind"))}
	slices.SortStableFunc(p.All, func(a, b *meritv1.NationalYear) int {
		return cmp.Or(cmp.Compare(b.GetYear(), a.GetYear()), cmp.Compare(b.GetResults(), a.GetResults()))
	})
	p.choose(r.URL.Query().Get("year"), r.URL.Query().Get("instrument"))
	return p, nil
}

// choose takes the first that is what was asked for, of both or of one; what has no results is not chosen.
func (p *periods) choose(year, instrument string) {
	n, _ := strconv.ParseInt(year, 10, 32) // what is no year has no results
	for _, fits := range []func(*meritv1.NationalYear) bool{
		func(y *meritv1.NationalYear) bool {
			return int64(y.GetYear()) == n && y.GetInstrumentId() == instrument
		},
		func(y *meritv1.NationalYear) bool { return int64(y.GetYear()) == n },
		func(y *meritv1.NationalYear) bool { return y.GetInstrumentId() == instrument },
		func(*meritv1.NationalYear) bool { return true },
	} {
		if i := slices.IndexFunc(p.All, fits); i >= 0 {
			p.Current = p.All[i]
			return
		}
	}
}

// Year is that of the page; 0 while there is none.
func (p periods) Year() int32 { return p.Current.GetYear() }

// Instrument is that of the page; empty while there is none.
func (p periods) Instrument() string { return p.Current.GetInstrumentId() }

// Years are the different years, newest first.
func (p periods) Years() (years []int32) {
	for _, y := range p.All {
		years = append(years, y.GetYear())
	}
	return slices.Compact(years)
}

// Instruments are the different instruments that have results.
func (p periods) Instruments() (all []*meritv1.NationalYear) {
	for _, y := range p.All {
		if !slices.ContainsFunc(all, func(o *meritv1.NationalYear) bool { return o.GetInstrumentId() == y.GetInstrumentId() }) {
			all = append(all, y)
		}
	}
	return all
}

// decimals reads decimals of the contract for charts, and keeps the first that is none.
type decimals struct{ err error }

// of is a decimal as points; 0 for an empty one.
func (d *decimals) of(decimal string) scoring.Points {
	if decimal == "" {
		return 0
	}
	p, err := scoring.ParsePoints(decimal)
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("%q: %w", decimal, err)
	}
	return p
}

// kinds names kinds of agencies at the beginning of a line: "Kabupaten, kota".
func (r *request) kinds(kinds []meritv1.AgencyKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = bilingual.Word(r.lang, kind)
	}
	joined := strings.Join(names, ", ")
	return strings.ToUpper(joined[:min(1, len(joined))]) + joined[min(1, len(joined)):]
}
