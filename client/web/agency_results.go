package web

import (
	"fmt"
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/web/chart"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// agenciesView is a search for agencies.
type agenciesView struct {
	Text  string
	List  *meritv1.ListAgenciesResponse
	Pager pager
}

var agenciesPage = newPage[agenciesView]("agencies")

// agencyView is an agency and its results, the newest first in sight.
type agencyView struct {
	Agency  *meritv1.GetAgencyResponse
	Newest  *meritv1.Result // nil while there is none
	Points  []*meritv1.TrendPoint
	Similar []*meritv1.SimilarResult

	Aspects, Trend chart.Figure
}

var agencyPage = newPage[agencyView]("agency")

func (rt router) agencies() {
	rt.get("/agencies", showAgencies)
	rt.get("/agencies/{code}", showAgency)
	rt.get("/agencies/{code}/{year}", showResult)
	rt.get("/agencies/{code}/{year}/receipt.json", sendReceipt)
	rt.get("/agencies/{code}/{year}/{file}", sendResult)
}

// agenciesPageSize is how many agencies stand on a page.
const agenciesPageSize = 50

func showAgencies(w http.ResponseWriter, r *request) error {
	view := agenciesView{Text: r.URL.Query().Get("text")}
	list, err := r.Agencies.ListAgencies(r.Context(), &meritv1.ListAgenciesRequest{
		Text: view.Text, AssessedOnly: true, PageSize: agenciesPageSize, PageToken: r.pageToken(),
	})
	if err != nil {
		return agenciesPage.again(w, r, view, err)
	}
	view.List, view.Pager = list, r.pager(list.GetNextPageToken())
	return agenciesPage.show(w, r, view)
}

func showAgency(w http.ResponseWriter, r *request) error {
	agency, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{Code: r.PathValue("code")})
	if err != nil {
		return err
	}
	view := agencyView{Agency: agency}
	trend, err := r.Results.GetTrend(r.Context(), &meritv1.GetTrendRequest{AgencyId: agency.GetAgency().GetId()})
	if err != nil {
		return err
	}
	view.Points = trend.GetPoints()
	for _, p := range view.Points {
		if !p.GetPredecessor() {
			view.Newest = p.GetResult()
		}
	}
	if view.Newest != nil {
		if err := view.compare(r); err != nil {
			return err
		}
	}
	return agencyPage.show(w, r, view)
}

// compare puts the newest result beside those of its kind, and the years beside each other.
func (v *agencyView) compare(r *request) error {
	instrument, err := r.instrument(v.Newest.GetInstrumentId())
	if err != nil {
		return err
	}
	if v.Trend, err = trendChart(r, instrument, v.Points); err != nil {
		return err
	}
	result, err := r.Results.GetResult(r.Context(), &meritv1.GetResultRequest{ResultId: v.Newest.GetId()})
	if err != nil {
		return err
	}
	if v.Aspects, err = aspectsChart(r, result); err != nil {
		return err
	}
	similar, err := r.Results.GetSimilar(r.Context(), &meritv1.GetSimilarRequest{AgencyId: v.Newest.GetAgencyId(), Year: v.Newest.GetYear()})
	v.Similar = similar.GetSimilar()
	return err
}

// aspectsChart draws the aspects of a result against the medians of its kind, year and instrument. Imported results have
// no aspects.
func aspectsChart(r *request, result *meritv1.GetResultResponse) (chart.Figure, error) {
	own := result.GetResult()
	if len(result.GetScore().GetAspects()) == 0 {
		return chart.Figure{}, nil
	}
	spread, err := r.Results.GetDistribution(r.Context(), &meritv1.GetDistributionRequest{
		InstrumentId: own.GetInstrumentId(), Year: own.GetYear(), Kind: own.GetAgencyKind(),
	})
	if err != nil {
		return chart.Figure{}, err
	}
	c := chart.Radar{
		Text: r.chartText("aspects", fmt.Sprintf(r.say("The aspects in %d ¦ Aspek tahun %d"), own.GetYear()),
			fmt.Sprintf(r.say("Each aspect of %s against its maximum, and the median of its kind. ¦ Setiap aspek %s terhadap nilai maksimumnya, dan median instansi sejenis."), own.GetAgencyName())),
		Own: own.GetAgencyName(),
	}
	if spread.GetDetermined() > 1 { // of one result it would be the agency itself
		c.Others = fmt.Sprintf(r.say("Median of %d ¦ Median dari %d"), spread.GetDetermined())
	}
	var d decimals
	medians := map[string]string{}
	for _, a := range spread.GetAspects() {
		medians[a.GetAspect()] = a.GetPoints().GetMedian()
	}
	for _, a := range result.GetScore().GetAspects() {
		c.Axes = append(c.Axes, chart.RadarAxis{
			Name: a.GetName(), Own: d.of(a.GetPoints()), Others: d.of(medians[a.GetAspect()]), Maximum: d.of(a.GetMaximum()),
		})
	}
	return c.Figure(), d.err
}

// trendChart draws the totals year by year against the categories of the newest instrument. What cannot be compared is
// not joined.
func trendChart(r *request, in *meritv1.Instrument, all []*meritv1.TrendPoint) (chart.Figure, error) {
	var d decimals
	c := chart.Trend{
		Text: r.chartText("trend", r.say("The total year by year ¦ Nilai dari tahun ke tahun"),
			r.say("Years that can be compared are joined by a line; results published elsewhere are open squares. ¦ Tahun yang dapat dibandingkan dihubungkan garis; hasil terbitan digambar sebagai kotak kosong.")),
		Thresholds: thresholds(in, &d), Maximum: d.of(in.GetIndexDivisor()),
	}
	for _, p := range all {
		if p.GetResult().GetHasTotal() {
			c.Points = append(c.Points, chart.TrendPoint{
				Name: fmt.Sprint(p.GetResult().GetYear()), Total: d.of(p.GetResult().GetTotal()), Joined: p.GetComparable(),
				Open: p.GetResult().GetImported(), Note: trendNote(r, p),
			})
		}
	}
	return c.Figure(), d.err
}

// trendNote is what the table says of a year.
func trendNote(r *request, p *meritv1.TrendPoint) string {
	note := p.GetResult().GetCategoryName()
	if p.GetPredecessor() {
		note += ", " + p.GetResult().GetAgencyName()
	}
	if p.GetResult().GetImported() {
		note += ", " + r.say("published elsewhere ¦ terbitan")
	}
	return note
}

// agencyAt finds the agency that had the code at the end of the year, at its beginning or has it today, and its result of
// the year: codes move from one agency to another.
func (r *request) agencyAt(code string, year int32) (*meritv1.GetResultResponse, error) {
	missing := errNoPage
	for _, day := range []string{fmt.Sprintf("%04d-12-31", year), fmt.Sprintf("%04d-01-01", year), ""} {
		agency, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{Code: code, AsOf: day})
		if err == nil {
			var result *meritv1.GetResultResponse
			result, err = r.Results.GetResult(r.Context(), &meritv1.GetResultRequest{AgencyId: agency.GetAgency().GetId(), Year: year})
			if err == nil {
				return result, nil
			}
		}
		if client.Explain(err).Code != codes.NotFound {
			return nil, err
		}
		missing = err
	}
	return nil, missing
}
