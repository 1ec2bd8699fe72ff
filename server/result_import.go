package server

import (
	"context"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/table"
)

const (
	// mostImportedShown bounds the answer to an import.
	mostImportedShown = 1000
	// importStep is how many results share an audit entry.
	importStep = 512
)

// ImportPublishedResults adds results published elsewhere, all or nothing.
func (s *resultServer) ImportPublishedResults(ctx context.Context, req *meritv1.ImportPublishedResultsRequest) (*meritv1.ImportPublishedResultsResponse, error) {
	if req.GetPreview() {
		var resp *meritv1.ImportPublishedResultsResponse
		err := s.store.View(ctx, func(tx *store.Tx) error {
			im, err := s.planResults(tx, req)
			if err == nil {
				resp = im.response()
			}
			return err
		})
		return resp, err
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.ImportPublishedResultsResponse, []audit.Entry, error) {
		im, err := s.planResults(tx, req)
		if err != nil {
			return nil, nil, err
		}
		entries, err := im.store(tx, access.From(ctx).AccountID)
		if err != nil {
			return nil, nil, err
		}
		return im.response(), entries, nil
	})
}

// resultImport is a file of published results on its way into the store.
type resultImport struct {
	*table.Table
	rows        map[store.ResultKey]int // row numbers of the file
	instruments map[string]*instrument.Instrument
	fallback    *instrument.Instrument    // of rows that name none
	agencies    map[string][]store.Agency // versions by code, in the order of time
	standings   store.Standings
	thisYear    int

	added     []store.Result
	unchanged int
	corrected int // of the added ones
}

// planResults reads the file and says what it would do, or REASON_IMPORT_INVALID with every mistake.
func (s *resultServer) planResults(tx *store.Tx, req *meritv1.ImportPublishedResultsRequest) (*resultImport, error) {
	in, err := s.instruments.Published(tx, req.GetInstrumentId())
	if err != nil {
		return nil, err
	}
	im := &resultImport{
		Table: table.Read(req.GetCsv(), "agency_code", "agency?", "year", "nilai?", "category?", "source", "index?",
			"year_uncertain?", "instrument?"),
		rows: map[store.ResultKey]int{}, instruments: map[string]*instrument.Instrument{in.ID: in}, fallback: in,
		agencies: map[string][]store.Agency{}, thisYear: yearOf(tx.Now()),
	}
	if err := im.readStore(tx, s); err != nil {
		return nil, err
	}
	for _, row := range im.Rows {
		if r, ok := im.read(row); ok {
			im.place(row, r)
		}
	}
	return im, im.Err()
}

// readStore reads what the rows are checked against: three queries and one for each instrument that rows name.
func (im *resultImport) readStore(tx *store.Tx, s *resultServer) error {
	for _, row := range im.Rows {
		id := row.Get("instrument")
		if _, known := im.instruments[id]; id == "" || known {
			continue
		}
		in, err := s.instruments.Published(tx, id)
		if notFault(err) {
			return err
		}
		im.instruments[id] = in // nil for one that does not exist or is a draft
	}
	var ids []string
	for id, in := range im.instruments {
		if in != nil {
			ids = append(ids, id)
		}
	}
	agencies, err := tx.AgenciesSince(yearEnd(firstYear))
	if err != nil {
		return err
	}
	for _, a := range agencies {
		im.agencies[a.Code] = append(im.agencies[a.Code], a)
	}
	im.standings, err = tx.Standings(ids...)
	return err
}

// place decides what becomes of a row: new, there already, or a correction of an earlier import.
func (im *resultImport) place(row table.Row, r store.Result) {
	key := r.Key()
	if first, twice := im.rows[key]; twice {
		im.Problem(row, "agency_code", "Baris %d sudah menyebut instansi, tahun dan instrumen ini. Hapus salah satunya.",
			"Row %d has this agency, year and instrument already. Remove one of them.", first)
		return
	}
	im.rows[key] = row.Number
	before, known := im.standings.Imported[key]
	if known && sameFacts(before, r) {
		im.unchanged++
		return
	}
	if known {
		im.corrected++
		r.Corrects = before.ID
	}
	r.CorrectedBy = im.standings.Determined[key]
	im.added = append(im.added, r)
}

// sameFacts reports whether two imported results of one agency, year and instrument say the same.
func sameFacts(a, b store.Result) bool {
	return a.HasTotal == b.HasTotal && a.Total == b.Total && a.Index == b.Index && a.Category == b.Category &&
		a.YearUncertain == b.YearUncertain && a.Source == b.Source
}

// store records what is new, an audit entry for every importStep results so that none grows without bound.
func (im *resultImport) store(tx *store.Tx, by string) (entries []audit.Entry, err error) {
	for i := range im.added {
		im.added[i].ID, im.added[i].RecordedBy = tx.NewID(), by
	}
	for some := range slices.Chunk(im.added, importStep) {
		if err := tx.ImportResults(some); err != nil {
			return nil, err
		}
		entries = append(entries, tx.Entry(audit.Entry{Action: "ResultService.ImportPublishedResults"}))
	}
	return entries, nil
}

// response says what the import does; results that are not stored have no id.
func (im *resultImport) response() *meritv1.ImportPublishedResultsResponse {
	resp := &meritv1.ImportPublishedResultsResponse{
		Added: int32(len(im.added)), Unchanged: int32(im.unchanged), Corrected: int32(im.corrected),
	}
	for i := range im.added[:min(len(im.added), mostImportedShown)] {
		resp.Results = append(resp.Results, resultMessage(&im.added[i], im.instruments[im.added[i].InstrumentID]))
	}
	return resp
}
