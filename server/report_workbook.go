package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/report"
	"github.com/meritindex/merit/server/store"
)

// ExportWorkbook returns the questionnaire of an assessment as XLSX.
func (s *reportServer) ExportWorkbook(ctx context.Context, req *meritv1.ExportWorkbookRequest) (*meritv1.ExportWorkbookResponse, error) {
	w := report.Workbook{ExportedAt: s.now(), Language: speaks(ctx)}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		o, err := reachOverview(tx, access.From(ctx), req.GetAssessmentId())
		if err != nil {
			return err
		}
		p := &portrait{Overview: &o, caller: access.From(ctx), full: true}
		if err := s.sketch(tx, p); err != nil {
			return err
		}
		w.Assessment, w.Agency, w.Cycle, w.Kind, w.Revision = o.ID, o.AgencyName, o.CycleName, o.AgencyKind, o.Revision
		w.Instrument, w.Items = p.in, p.answered()
		return nil
	})
	if err != nil {
		return nil, err
	}
	data, err := w.Bytes()
	return &meritv1.ExportWorkbookResponse{File: &meritv1.ReportFile{
		FileName: report.FileName(".xlsx", "kertas-kerja", w.Agency, w.Cycle), MediaType: typeXLSX, Data: data,
	}}, err
}

// answered says how every item stands and whether the caller may answer it, whatever its gate is answered with: that may
// be changed in the same workbook.
func (p *portrait) answered() map[string]report.Answered {
	fills := p.caller.InAgency(p.AgencyID) &&
		p.caller.Acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER)
	all := map[string]report.Answered{}
	add := func(code string) {
		a := report.Answered{Open: fills && p.open.to(code) && p.mine(code)}
		if v := p.visible[code]; v != nil && v.claimed != nil {
			a.Sequence, a.Value, a.Note = v.claimed.Seq, written(v.claimed.Standing()), v.claimed.Note
		}
		all[code] = a
	}
	for _, item := range p.in.Scoring().Items() {
		add(item.Code)
	}
	for i := range p.in.Profile {
		add(profilePrefix + p.in.Profile[i].Code)
	}
	return all
}

// written is what stands of an item as it is written into a cell.
func written(d store.Standing) string {
	switch d.Kind {
	case store.KindLevel:
		return strconv.Itoa(d.Level)
	case store.KindChoice, store.KindText:
		return d.Value
	}
	return ""
}

var errForeignWorkbook = fault.New(meritv1.Reason_REASON_IMPORT_INVALID,
	"Kertas kerja ini tidak diunduh dari penilaian ini. Unduh kertas kerja penilaian ini, lalu isi di dalamnya.",
	"This workbook was not exported from this assessment. Export the workbook of this assessment and fill that in.")

// openWorkbook reads a workbook that was filled in, whosever it is.
func openWorkbook(data []byte) (*report.Filled, error) {
	filled, err := report.ReadWorkbook(data)
	switch {
	case errors.Is(err, report.ErrTooLarge):
		return nil, fault.New(meritv1.Reason_REASON_FILE_TYPE_REFUSED,
			"Berkas ini memuat jauh lebih banyak daripada kuesioner. Salin jawaban ke kertas kerja yang baru diunduh, lalu unggah itu.",
			"This file holds far more than a questionnaire. Copy the answers into a workbook exported anew and upload that.").Because(err)
	case errors.Is(err, report.ErrNotWorkbook):
		return nil, fault.New(meritv1.Reason_REASON_FILE_TYPE_REFUSED,
			"Berkas ini bukan XLSX yang dapat dibaca. Simpan kertas kerja sebagai XLSX tanpa kata sandi, lalu unggah lagi.",
			"This file is no XLSX that can be read. Save the workbook as XLSX without a password and upload it again.").Because(err)
	case errors.Is(err, report.ErrForeign):
		return nil, errForeignWorkbook
	}
	return filled, err
}

var errPreviewOutdated = fault.New(meritv1.Reason_REASON_STALE_REVISION,
	"Penilaian atau kertas kerja berubah sejak pratinjau yang Anda setujui. Lihat pratinjaunya sekali lagi lalu terapkan.",
	"The assessment or the workbook changed since the preview that you agreed to. Preview it once more and apply that.")

// PreviewWorkbook says what a workbook would change and what is wrong in it.
func (s *reportServer) PreviewWorkbook(ctx context.Context, req *meritv1.PreviewWorkbookRequest) (*meritv1.PreviewWorkbookResponse, error) {
	received := s.now()
	book, err := openWorkbook(req.GetWorkbook())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(req.GetWorkbook())
	var resp *meritv1.PreviewWorkbookResponse
	err = s.store.View(ctx, func(tx *store.Tx) error {
		f, err := s.fill(tx, access.From(ctx), req.GetAssessmentId(), received)
		if err != nil {
			return err
		}
		w, err := f.compare(book)
		if err != nil {
			return err
		}
		resp, err = w.preview(access.From(ctx).Language)
		if err == nil {
			resp.Digest = w.digest(sum)
		}
		return err
	})
	return resp, err
}

// preview says what would be saved, and stores nothing.
func (w *filledIn) preview(language string) (*meritv1.PreviewWorkbookResponse, error) {
	before, err := scoreOf(w.in, w.AgencyKind, &w.Sheet, scored.ByAspect, store.StageClaimed)
	if err != nil {
		return nil, err
	}
	after, err := w.put()
	if err != nil {
		return nil, err
	}
	return &meritv1.PreviewWorkbookResponse{
		Changes: w.changes, Mistakes: w.mistakeMessages(language), Before: before, After: scored.Sheet(w.in, after, scored.ByAspect),
		Revision: w.Revision, ExportedAt: timestamp(w.book.ExportedAt),
	}, nil
}

// ApplyWorkbook saves the changes of a workbook, all or none.
func (s *reportServer) ApplyWorkbook(ctx context.Context, req *meritv1.ApplyWorkbookRequest) (*meritv1.ApplyWorkbookResponse, error) {
	received := s.now()
	book, err := openWorkbook(req.GetWorkbook())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(req.GetWorkbook())
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.ApplyWorkbookResponse, []audit.Entry, error) {
		f, err := s.fill(tx, access.From(ctx), req.GetAssessmentId(), received)
		if err != nil {
			return nil, nil, err
		}
		w, err := f.compare(book)
		if err != nil {
			return nil, nil, err
		}
		if w.digest(sum) != req.GetDigest() {
			return nil, nil, errPreviewOutdated
		}
		sheet, err := w.put()
		if err != nil {
			return nil, nil, err
		}
		resp := &meritv1.ApplyWorkbookResponse{Changes: w.changes}
		if len(w.mistakes) > 0 {
			return nil, nil, w.refuseWorkbook()
		}
		if len(w.changes) == 0 {
			resp.Score = scored.Sheet(f.in, sheet, scored.ByAspect)
			return resp, nil, nil
		}
		_, resp.Score, err = f.keep(sheet)
		return resp, []audit.Entry{{Action: "ReportService.ApplyWorkbook", Agency: f.AgencyID, Subject: f.ID}}, err
	})
}
