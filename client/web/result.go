package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/meritindex/merit/client/web/chart"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// resultView is one result explained to the point.
type resultView struct {
	Logged    int64 // size of the checkpoint under which the result stands in the log; 0 under none
	Result    *meritv1.Result
	Agency    *meritv1.Agency                // as it is today: its code may have moved
	Score     *meritv1.Score                 // nil for one published elsewhere
	Decisions map[string]*meritv1.ResultItem // by item, for those who may see them
	Source    []sourcePart
	Similar   []*meritv1.SimilarResult
	Aspects   chart.Figure
}

var resultPage = newPage[resultView]("result")

func showResult(w http.ResponseWriter, r *request) error {
	found, err := r.result()
	if err != nil {
		return err
	}
	view := resultView{
		Result: found.GetResult(), Score: found.GetScore(), Decisions: map[string]*meritv1.ResultItem{},
		Source: sourceParts(found.GetResult().GetSource()),
	}
	for _, item := range found.GetItems() {
		view.Decisions[item.GetItem()] = item
	}
	agency, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{AgencyId: view.Result.GetAgencyId()})
	if err != nil {
		return err
	}
	view.Agency = agency.GetAgency()
	if view.Logged, err = r.logged(view.Result); err != nil {
		return err
	}
	if view.Aspects, err = aspectsChart(r, found); err != nil {
		return err
	}
	if view.Result.GetCorrectedBy() == "" {
		similar, err := r.Results.GetSimilar(r.Context(), &meritv1.GetSimilarRequest{AgencyId: view.Result.GetAgencyId(), Year: view.Result.GetYear()})
		if err != nil {
			return err
		}
		view.Similar = similar.GetSimilar()
	}
	return resultPage.show(w, r, view)
}

// result is the one that the address means: the agency's of the year, or the one whose id is in the query, which has to
// be of that code and year.
func (r *request) result() (*meritv1.GetResultResponse, error) {
	year, err := strconv.ParseInt(r.PathValue("year"), 10, 32)
	if err != nil || year < 1900 || year > 2200 {
		return nil, errNoPage
	}
	id := r.URL.Query().Get("result")
	if id == "" {
		return r.agencyAt(r.PathValue("code"), int32(year))
	}
	found, err := r.Results.GetResult(r.Context(), &meritv1.GetResultRequest{ResultId: id})
	if err != nil {
		return nil, err
	}
	if found.GetResult().GetAgencyCode() != r.PathValue("code") || int64(found.GetResult().GetYear()) != year {
		return nil, errNoPage
	}
	return found, nil
}

// sendResult answers with a result as a file to print or to compute with.
func sendResult(w http.ResponseWriter, r *request) error {
	format, ok := map[string]meritv1.ReportFormat{
		"result.pdf": meritv1.ReportFormat_REPORT_FORMAT_PDF, "result.xlsx": meritv1.ReportFormat_REPORT_FORMAT_XLSX,
	}[r.PathValue("file")]
	if !ok {
		return errNoPage
	}
	found, err := r.result()
	if err != nil {
		return err
	}
	file, err := r.Reports.GetResultDocument(r.Context(), &meritv1.GetResultDocumentRequest{ResultId: found.GetResult().GetId(), Format: format})
	if err != nil {
		return err
	}
	return sendFile(w, file.GetFile())
}

// sourcePart is a word of where a result was published; one that is an address is linked.
type sourcePart struct{ Text, Address string }

// sourceParts finds the addresses in a source. Only those of the web are linked.
func sourceParts(source string) (parts []sourcePart) {
	for _, word := range strings.Fields(source) {
		part := sourcePart{Text: word}
		if address := strings.TrimRight(word, ";,."); strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
			part = sourcePart{address, address}
		}
		parts = append(parts, part)
	}
	return parts
}
