package web

import (
	"fmt"
	"net/http"

	"github.com/meritindex/merit/client/web/chart"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// homeView is the front page: the results of the nation in one year, and year by year.
type homeView struct {
	Periods periods
	Summary *meritv1.GetSummaryResponse
	Spread  *meritv1.GetDistributionResponse

	Target, Categories, Aspects, Totals, Years chart.Figure
}

var homePage = newPage[homeView]("home")

func (rt router) home() { rt.get("/{$}", showHome) }

func showHome(w http.ResponseWriter, r *request) error {
	p, err := r.periods()
	if err != nil {
		return err
	}
	view := homeView{Periods: p}
	if p.Current == nil {
		return homePage.show(w, r, view)
	}
	view.Summary, err = r.Results.GetSummary(r.Context(), &meritv1.GetSummaryRequest{InstrumentId: p.Instrument(), Year: p.Year()})
	if err != nil {
		return err
	}
	view.Spread, err = r.Results.GetDistribution(r.Context(), &meritv1.GetDistributionRequest{InstrumentId: p.Instrument(), Year: p.Year()})
	if err != nil {
		return err
	}
	instrument, err := r.instrument(p.Instrument())
	if err != nil {
		return err
	}
	if err := view.draw(r, instrument); err != nil {
		return err
	}
	return homePage.show(w, r, view)
}

// draw makes the charts of the page.
func (v *homeView) draw(r *request, in *meritv1.Instrument) (err error) {
	if v.Target, err = targetChart(r, v.Summary.GetTarget()); err != nil {
		return err
	}
	if v.Aspects, err = meansChart(r, v.Summary.GetAspects(), v.Spread.GetDetermined()); err != nil {
		return err
	}
	if v.Totals, err = spreadChart(r, in, v.Spread); err != nil {
		return err
	}
	v.Categories, v.Years = kindsChart(r, in, v.Summary), yearsChart(r, in, v.Periods)
	return nil
}

// chartText is what a chart of the page says.
func (r *request) chartText(id, title, description string) chart.Text {
	return chart.Text{ID: id, Title: title, Description: description, Lang: r.lang}
}

// targetChart shows how many of the agencies to assess reached "baik" against the target.
func targetChart(r *request, target *meritv1.Target) (chart.Figure, error) {
	if target.GetPercent() == "" {
		return chart.Figure{}, nil
	}
	var d decimals
	targeted := fmt.Sprintf(r.say("%s: %d of %d ¦ %s: %d dari %d"), r.kinds(target.GetKinds()), target.GetBaikOrBetter(), target.GetAssessedAgencies())
	figure := chart.Bars{
		Text: r.chartText("target", r.say("Baik or better, against the target ¦ Baik atau lebih baik, terhadap target"),
			fmt.Sprintf(r.say("%d of %d agencies to assess, target %d percent. ¦ %d dari %d instansi yang dinilai, target %d persen."),
				target.GetBaikOrBetter(), target.GetAssessedAgencies(), target.GetTargetPercent())),
		Of: r.say("Agencies ¦ Instansi"), Value: r.say("Percent ¦ Persen"), Unit: "%",
		Goal: &chart.Goal{Name: "Target", Value: d.of(fmt.Sprint(target.GetTargetPercent()))},
		Bars: []chart.Bar{{Name: targeted, Value: d.of(target.GetPercent()), Maximum: d.of("100")}},
	}.Figure()
	return figure, d.err
}

// kindsChart divides the results of each kind of agency into categories.
func kindsChart(r *request, in *meritv1.Instrument, summary *meritv1.GetSummaryResponse) chart.Figure {
	c := chart.Shares{
		Text: r.chartText("categories", r.say("Categories by kind of agency ¦ Kategori menurut jenis instansi"),
			r.say("One bar for each kind of agency, divided by the share of its results in each category. ¦ Satu batang untuk setiap jenis instansi, dibagi menurut bagian hasilnya di tiap kategori.")),
		Of: r.say("Kind ¦ Jenis"), Parts: categoryNames(in),
	}
	for _, kind := range summary.GetKinds() {
		if kind.GetResults() > 0 {
			c.Rows = append(c.Rows, chart.ShareRow{Name: r.kinds([]meritv1.AgencyKind{kind.GetKind()}), Counts: counts(in, kind.GetCategories())})
		}
	}
	return c.Figure()
}

// yearsChart divides the results of each year under the instrument into its categories, the newest year first.
func yearsChart(r *request, in *meritv1.Instrument, p periods) chart.Figure {
	c := chart.Shares{
		Text: r.chartText("years", r.say("Year by year ¦ Dari tahun ke tahun"),
			r.say("One bar for each year, divided by the share of its results in each category. ¦ Satu batang untuk setiap tahun, dibagi menurut bagian hasilnya di tiap kategori.")),
		Of: r.say("Year ¦ Tahun"), Parts: categoryNames(in),
	}
	for _, year := range p.All {
		if year.GetInstrumentId() == in.GetId() {
			c.Rows = append(c.Rows, chart.ShareRow{Name: fmt.Sprint(year.GetYear()), Counts: counts(in, year.GetCategories())})
		}
	}
	return c.Figure()
}

func categoryNames(in *meritv1.Instrument) (names []string) {
	for _, category := range in.GetCategories() {
		names = append(names, category.GetName())
	}
	return names
}

// counts are in the order of the instrument's categories.
func counts(in *meritv1.Instrument, all []*meritv1.CategoryCount) []int {
	byCode := map[string]int{}
	for _, c := range all {
		byCode[c.GetCategory()] = int(c.GetCount())
	}
	out := make([]int, len(in.GetCategories()))
	for i, category := range in.GetCategories() {
		out[i] = byCode[category.GetCode()]
	}
	return out
}

// meansChart shows the mean of every aspect over the determined results.
func meansChart(r *request, aspects []*meritv1.AspectMean, determined int32) (chart.Figure, error) {
	var d decimals
	c := chart.Bars{
		Text: r.chartText("aspects", fmt.Sprintf(r.say("Mean of each aspect, determined results: %d ¦ Rata-rata tiap aspek, hasil yang ditetapkan: %d"), determined),
			r.say("One bar for each aspect, against its maximum. ¦ Satu batang untuk setiap aspek, terhadap nilai maksimumnya.")),
		Of: r.say("Aspect ¦ Aspek"), Value: r.say("Mean ¦ Rata-rata"),
	}
	for _, a := range aspects {
		c.Bars = append(c.Bars, chart.Bar{Name: a.GetName(), Value: d.of(a.GetMean()), Maximum: d.of(a.GetMaximum())})
	}
	return c.Figure(), d.err
}

// fewest is how many totals are a distribution: fewer say more one by one, in the ranking.
const fewest = 5

// spreadChart shows how totals spread.
func spreadChart(r *request, in *meritv1.Instrument, spread *meritv1.GetDistributionResponse) (chart.Figure, error) {
	if spread.GetResults() < fewest {
		return chart.Figure{}, nil
	}
	var d decimals
	q := spread.GetTotals()
	c := chart.Distribution{
		Text: r.chartText("totals", r.say("How totals spread ¦ Sebaran nilai"),
			r.say("The number of results in every range of ten points, with the least totals of the categories and the quartiles. ¦ Banyaknya hasil di setiap rentang sepuluh poin, dengan batas bawah kategori dan kuartil.")),
		Thresholds: thresholds(in, &d),
		Quartiles:  &chart.Quartiles{Least: d.of(q.GetLeast()), Lower: d.of(q.GetLower()), Median: d.of(q.GetMedian()), Upper: d.of(q.GetUpper()), Greatest: d.of(q.GetGreatest())},
	}
	for _, b := range spread.GetBuckets() {
		c.Buckets = append(c.Buckets, chart.Bucket{From: int(b.GetFrom()), Below: int(b.GetBelow()), Count: int(b.GetCount())})
	}
	return c.Figure(), d.err
}

// thresholds are the least totals of the categories.
func thresholds(in *meritv1.Instrument, d *decimals) (all []chart.Threshold) {
	for _, category := range in.GetCategories() {
		all = append(all, chart.Threshold{Name: category.GetName(), Min: d.of(category.GetMin())})
	}
	return all
}
