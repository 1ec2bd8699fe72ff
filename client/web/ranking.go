package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// rankingView is the ranking of one kind of agency in one year, narrowed by what the address asks for.
type rankingView struct {
	Periods    periods
	Province   string // id
	Category   string // code
	Text       string
	Provinces  []*meritv1.ProvinceSummary // that have results
	Categories []*meritv1.CategoryCount
	List       *meritv1.ListResultsResponse
	Pager      pager
}

var rankingPage = newPage[rankingView]("ranking")

func (rt router) ranking() {
	rt.get("/results", showRanking)
	rt.get("/improved", showImproved)
}

// rankingPageSize is how many agencies stand on a page.
const rankingPageSize = 50

func showRanking(w http.ResponseWriter, r *request) error {
	p, err := r.periods()
	if err != nil {
		return err
	}
	query := r.URL.Query()
	view := rankingView{
		Periods: p, Province: query.Get("province"), Category: query.Get("category"), Text: query.Get("text"),
	}
	if p.Current == nil {
		return rankingPage.show(w, r, view)
	}
	if err := view.choices(r); err != nil {
		return err
	}
	view.List, err = r.Results.ListResults(r.Context(), &meritv1.ListResultsRequest{
		InstrumentId: p.Instrument(), Year: p.Year(), Kind: view.Periods.Kind, ProvinceId: view.Province,
		Category: view.Category, Text: view.Text, PageSize: rankingPageSize, PageToken: r.pageToken(),
	})
	if err != nil {
		return rankingPage.again(w, r, view, err)
	}
	view.Pager = r.pager(view.List.GetNextPageToken())
	return rankingPage.show(w, r, view)
}

// choices reads what the filters offer. Without a kind, the one with most results is shown: kinds are never ranked
// together.
func (v *rankingView) choices(r *request) error {
	summary, err := r.Results.GetSummary(r.Context(), &meritv1.GetSummaryRequest{InstrumentId: v.Periods.Instrument(), Year: v.Periods.Year()})
	if err != nil {
		return err
	}
	v.Provinces, v.Categories = summary.GetProvinces(), summary.GetCategories()
	if v.Periods.Kind != meritv1.AgencyKind_AGENCY_KIND_UNSPECIFIED {
		return nil
	}
	most := int32(-1)
	for _, kind := range summary.GetKinds() {
		if kind.GetResults() > most {
			most, v.Periods.Kind = kind.GetResults(), kind.GetKind()
		}
	}
	return nil
}

// ProvinceName is the province of a result, where one with results has that id.
func (v rankingView) ProvinceName(id string) string {
	for _, p := range v.Provinces {
		if p.GetProvinceId() == id {
			return p.GetProvinceName()
		}
	}
	return ""
}

// Local reports whether the kind lies in provinces.
func (v rankingView) Local() bool {
	return v.Periods.Kind == meritv1.AgencyKind_AGENCY_KIND_KABUPATEN || v.Periods.Kind == meritv1.AgencyKind_AGENCY_KIND_KOTA
}

// improvedView is who gained most points since the result before.
type improvedView struct {
	Periods periods
	List    *meritv1.ListMostImprovedResponse
}

var improvedPage = newPage[improvedView]("improved")

// improvedSize is how many of the most improved are shown.
const improvedSize = 50

func showImproved(w http.ResponseWriter, r *request) error {
	p, err := r.periods()
	if err != nil {
		return err
	}
	view := improvedView{Periods: p}
	if p.Current == nil {
		return improvedPage.show(w, r, view)
	}
	view.List, err = r.Results.ListMostImproved(r.Context(), &meritv1.ListMostImprovedRequest{
		InstrumentId: p.Instrument(), Year: p.Year(), Kind: p.Kind, Limit: improvedSize,
	})
	if err != nil {
		return err
	}
	return improvedPage.show(w, r, view)
}
