package web

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/answers"
)

// dataView is what there is to download.
type dataView struct {
	Years   []*meritv1.NationalYear
	Columns []columnText
	API     string // where programs ask for the same
	Logged  int64  // size of the newest checkpoint of the log; 0 before the first
}

// columnText explains columns of the files.
type columnText struct{ Names, Text string } // Text is "English ¦ Indonesia"

var columnTexts = []columnText{
	{"agency_code, agency_name, agency_kind", "the agency as it was at the time ¦ instansi sebagaimana adanya saat itu"},
	{"rank_in_kind", "rank among agencies of its kind; equal totals share it ¦ peringkat di antara instansi sejenis; nilai yang sama berbagi peringkat"},
	{"total, index", "exact decimals with a point; the index is rounded and decides nothing ¦ desimal tepat dengan titik; indeks dibulatkan dan tidak menentukan apa pun"},
	{"category", "code of the category that the total reaches ¦ kode kategori yang dicapai nilai"},
	{"decree_number, decree_date, valid_until", "of a determined result ¦ dari hasil yang ditetapkan"},
	{"published_elsewhere, year_uncertain, source", "results taken over from a publication, and what it leaves open ¦ hasil yang diambil dari terbitan, dan yang tidak dipastikan terbitan itu"},
	{"rests_on_reconstructed", "the weights of some items are reconstructed ¦ bobot sebagian butir direkonstruksi"},
}

var dataPage = newPage[dataView]("data")

func (rt router) openData() {
	rt.get("/data", showData)
	rt.get("/data/{instrument}/{file}", sendData)
	rt.get("/audit/checkpoint", sendCheckpoint)
}

func showData(w http.ResponseWriter, r *request) error {
	p, err := r.periods()
	if err != nil {
		return err
	}
	view := dataView{Years: p.All, Columns: columnTexts, API: "POST /api" + meritv1.ResultService_ListResults_FullMethodName}
	checkpoint, err := r.Audit.GetCheckpoint(r.Context(), &meritv1.GetCheckpointRequest{})
	if err != nil && client.Explain(err).Code != codes.NotFound {
		return err
	}
	view.Logged = checkpoint.GetCheckpoint().GetSize()
	return dataPage.show(w, r, view)
}

// openResult is a result as a row of open data. Decimals are texts, so that they stay exact.
type openResult struct {
	AgencyCode           string `json:"agency_code"`
	AgencyName           string `json:"agency_name"`
	AgencyKind           string `json:"agency_kind"`
	Year                 int32  `json:"year"`
	Instrument           string `json:"instrument"`
	RankInKind           int32  `json:"rank_in_kind"`
	Total                string `json:"total"`
	Index                string `json:"index"`
	Category             string `json:"category"`
	DecreeNumber         string `json:"decree_number"`
	DecreeDate           string `json:"decree_date"`
	ValidUntil           string `json:"valid_until"`
	RestsOnReconstructed bool   `json:"rests_on_reconstructed"`
	PublishedElsewhere   bool   `json:"published_elsewhere"`
	YearUncertain        bool   `json:"year_uncertain"`
	Source               string `json:"source"`
	ResultID             string `json:"result_id"`
}

var openColumns = []string{
	"agency_code", "agency_name", "agency_kind", "year", "instrument", "rank_in_kind", "total", "index", "category",
	"decree_number", "decree_date", "valid_until", "rests_on_reconstructed", "published_elsewhere", "year_uncertain", "source", "result_id",
}

// record is the row in the order of openColumns. A text that a spreadsheet would take for a formula is guarded.
func (o openResult) record() []string {
	record := []string{
		o.AgencyCode, o.AgencyName, o.AgencyKind, strconv.Itoa(int(o.Year)), o.Instrument, strconv.Itoa(int(o.RankInKind)),
		o.Total, o.Index, o.Category, o.DecreeNumber, o.DecreeDate, o.ValidUntil, strconv.FormatBool(o.RestsOnReconstructed),
		strconv.FormatBool(o.PublishedElsewhere), strconv.FormatBool(o.YearUncertain), o.Source, o.ResultID,
	}
	for i, cell := range record {
		record[i] = answers.Guard(cell)
	}
	return record
}

func openRow(ranked *meritv1.RankedResult) openResult {
	m := ranked.GetResult()
	return openResult{
		AgencyCode: m.GetAgencyCode(), AgencyName: m.GetAgencyName(), AgencyKind: written(m.GetAgencyKind()), Year: m.GetYear(),
		Instrument: m.GetInstrumentId(), RankInKind: ranked.GetRank(), Total: m.GetTotal(), Index: m.GetIndex(), Category: m.GetCategory(),
		DecreeNumber: m.GetDecreeNumber(), DecreeDate: m.GetDecreeDate(), ValidUntil: m.GetValidUntil(),
		RestsOnReconstructed: m.GetRestsOnReconstructed(), PublishedElsewhere: m.GetImported(), YearUncertain: m.GetYearUncertain(),
		Source: m.GetSource(), ResultID: m.GetId(),
	}
}

// agencyLicence is what whoever uses the list of agencies has to pass on (client/demo/data/README.md).
const agencyLicence = "Contains information from idn-area-data (https://github.com/fityannugroho/idn-area-data), available under the Open Database License (https://opendatacommons.org/licenses/odbl/1-0/). ¦ Memuat informasi dari idn-area-data (https://github.com/fityannugroho/idn-area-data), tersedia dengan Open Database License (https://opendatacommons.org/licenses/odbl/1-0/)."

// sendData answers with all ranked results of a year and instrument, kind by kind, as they come.
func sendData(w http.ResponseWriter, r *request) error {
	name, form, _ := strings.Cut(r.PathValue("file"), ".")
	p, err := r.periods()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(p.All, func(y *meritv1.NationalYear) bool {
		return fmt.Sprint(y.GetYear()) == name && y.GetInstrumentId() == r.PathValue("instrument")
	})
	if at < 0 || form != "csv" && form != "json" {
		return errNoPage
	}
	mediaType, write := "text/csv; charset=utf-8", writeOpenCSV
	if form == "json" {
		mediaType, write = "application/json", r.writeOpenJSON
	}
	body := &begun{ResponseWriter: w, begin: func(h http.Header) {
		h.Set("Content-Type", mediaType)
		h.Set("Content-Disposition", disposition("attachment", fmt.Sprintf("merit-%s-%d.%s", p.All[at].GetInstrumentId(), p.All[at].GetYear(), form)))
		h.Set("Link", `<https://opendatacommons.org/licenses/odbl/1-0/>; rel="license"`)
	}}
	err = write(body, r.openResults(p.All[at]))
	if err != nil && body.begin == nil {
		panic(http.ErrAbortHandler) // the connection must not look as if the file had come whole
	}
	return err
}

func writeOpenCSV(w io.Writer, rows iter.Seq2[openResult, error]) error {
	out := csv.NewWriter(w) // it keeps the first bytes until there are more, so a refusal of the first page is still a page
	if err := out.Write(openColumns); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := out.Write(row.record()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeOpenJSON writes an object with the licence and the rows, one on a line.
func (r *request) writeOpenJSON(w io.Writer, rows iter.Seq2[openResult, error]) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	_, _ = out.WriteString(`{"agencies":`) // Flush returns what failed
	_ = lines.Encode(bilingual.Pick(r.lang, agencyLicence))
	_, _ = out.WriteString(`,"results":[`)
	comma := ""
	for row, err := range rows {
		if err != nil {
			return err
		}
		_, _ = out.WriteString(comma)
		if err := lines.Encode(row); err != nil {
			return err
		}
		comma = ","
	}
	_, _ = out.WriteString("]}\n")
	return out.Flush()
}

// openPageSize is how many results are asked for at once: as many as the service gives.
const openPageSize = 500

// openResults asks for results page by page, as they are taken.
func (r *request) openResults(y *meritv1.NationalYear) iter.Seq2[openResult, error] {
	return func(yield func(openResult, error) bool) {
		for _, kind := range agencyKinds {
			req := &meritv1.ListResultsRequest{InstrumentId: y.GetInstrumentId(), Year: y.GetYear(), Kind: kind, PageSize: openPageSize}
			for more := true; more; more = req.PageToken != "" {
				list, err := r.Results.ListResults(r.Context(), req)
				if err != nil {
					yield(openResult{}, err)
					return
				}
				for _, ranked := range list.GetResults() {
					if !yield(openRow(ranked), nil) {
						return
					}
				}
				req.PageToken = list.GetNextPageToken()
			}
		}
	}
}

// agencyKinds are all kinds, in the order of the contract.
var agencyKinds = []meritv1.AgencyKind{
	meritv1.AgencyKind_AGENCY_KIND_KEMENTERIAN, meritv1.AgencyKind_AGENCY_KIND_LPNK, meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA,
	meritv1.AgencyKind_AGENCY_KIND_PROVINSI, meritv1.AgencyKind_AGENCY_KIND_KABUPATEN, meritv1.AgencyKind_AGENCY_KIND_KOTA,
}
