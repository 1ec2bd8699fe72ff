package server

import (
	"context"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/report"
	"github.com/meritindex/merit/server/store"
)

// reportServer makes files of what other services tell, to whom those tell it.
type reportServer struct {
	meritv1.UnimplementedReportServiceServer
	*core
}

// The media types of reports.
const (
	typePDF  = "application/pdf"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// speaks is the language of a caller's reports.
func speaks(ctx context.Context) report.Language { return report.Language(access.From(ctx).Language) }

// GetMinutesDocument returns the minutes of a verification as PDF.
func (s *reportServer) GetMinutesDocument(ctx context.Context, req *meritv1.GetMinutesDocumentRequest) (*meritv1.GetMinutesDocumentResponse, error) {
	doc := report.Minutes{Language: speaks(ctx)}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if doc.Minutes, err = s.readMinutes(tx, access.From(ctx), req.GetAssessmentId()); err != nil {
			return err
		}
		doc.Instrument, err = s.instruments.Published(tx, doc.Minutes.GetInstrumentId())
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := doc.PDF()
	return &meritv1.GetMinutesDocumentResponse{File: &meritv1.ReportFile{
		FileName: report.FileName(".pdf", "berita-acara", doc.Minutes.GetAgencyName(), doc.Minutes.GetNumber()), MediaType: typePDF, Data: data,
	}}, err
}

// GetSessionMinutesDocument returns the minutes of a plenary session as PDF.
func (s *reportServer) GetSessionMinutesDocument(ctx context.Context, req *meritv1.GetSessionMinutesDocumentRequest) (*meritv1.GetSessionMinutesDocumentResponse, error) {
	doc := report.SessionMinutes{Language: speaks(ctx)}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		h, err := s.readHearing(ctx, tx, req.GetSessionId())
		if err != nil {
			return err
		}
		doc.Cycle, doc.Assessor, doc.Instrument = h.cycle.Name, h.cycle.Assessor, h.in
		doc.Session, err = h.message()
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := doc.PDF()
	return &meritv1.GetSessionMinutesDocumentResponse{File: &meritv1.ReportFile{
		FileName: report.FileName(".pdf", "risalah-pleno", doc.Session.GetHeldOn(), doc.Session.GetTitle()), MediaType: typePDF, Data: data,
	}}, err
}
