package server

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/report"
	"github.com/meritindex/merit/server/store"
)

// GetResultDocument returns a result explained as PDF or XLSX.
func (s *reportServer) GetResultDocument(ctx context.Context, req *meritv1.GetResultDocumentRequest) (*meritv1.GetResultDocumentResponse, error) {
	doc := report.Result{Language: speaks(ctx)}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		r, err := findResult(tx, &meritv1.GetResultRequest{ResultId: req.GetResultId()})
		if err != nil {
			return err
		}
		if doc.Instrument, err = s.instruments.Published(tx, r.InstrumentID); err != nil {
			return err
		}
		doc.Result = resultMessage(&r, doc.Instrument)
		if len(r.Score) > 0 {
			doc.Score = new(meritv1.Score)
			if err := proto.Unmarshal(r.Score, doc.Score); err != nil {
				return err
			}
		}
		doc.Assessor, err = assessorOf(tx, doc.Result, doc.Instrument)
		return err
	})
	if err != nil {
		return nil, err
	}
	file := &meritv1.ReportFile{MediaType: typePDF}
	extension, render := ".pdf", doc.PDF
	if req.GetFormat() == meritv1.ReportFormat_REPORT_FORMAT_XLSX {
		extension, render, file.MediaType = ".xlsx", doc.XLSX, typeXLSX
	}
	file.FileName = report.FileName(extension, "hasil", doc.Result.GetAgencyName(), fmt.Sprint(doc.Result.GetYear()))
	file.Data, err = render()
	return &meritv1.GetResultDocumentResponse{File: file}, err
}

// assessorOf is the body that determined a result; that of the instrument for one that was published elsewhere.
func assessorOf(tx *store.Tx, r *meritv1.Result, in *instrument.Instrument) (string, error) {
	if r.GetCycleId() == "" {
		return in.Assessor, nil
	}
	cycle, err := tx.Cycle(r.GetCycleId())
	return cycle.Assessor, err
}

// GetCertificate returns the certificate of a recipient of a published award.
func (s *reportServer) GetCertificate(ctx context.Context, req *meritv1.GetCertificateRequest) (*meritv1.GetCertificateResponse, error) {
	doc := report.Certificate{Language: speaks(ctx)}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		a, err := findAward(tx, access.From(ctx), req.GetAwardId())
		if err != nil {
			return err
		}
		if a.State != store.AwardPublished {
			return fault.NotFound(anAward, req.GetAwardId())
		}
		if doc.Instrument, err = s.instruments.Published(tx, a.InstrumentID); err != nil {
			return err
		}
		if doc.Award, err = s.awardMessage(tx, access.From(ctx), &a); err != nil {
			return err
		}
		for _, r := range doc.Award.GetRecipients() {
			if r.GetResult().GetAgencyId() == req.GetAgencyId() {
				doc.Recipients = append(doc.Recipients, r)
			}
		}
		if len(doc.Recipients) == 0 {
			return fault.NotFound(fault.Text{ID: "Penerima anugerah", EN: "recipient of the award"}, req.GetAgencyId())
		}
		doc.Assessor, err = assessorOf(tx, doc.Recipients[0].GetResult(), doc.Instrument)
		return err
	})
	if err != nil {
		return nil, err
	}
	data, err := doc.PDF()
	return &meritv1.GetCertificateResponse{File: &meritv1.ReportFile{
		FileName:  report.FileName(".pdf", "piagam", doc.Award.GetTitle(), doc.Recipients[0].GetResult().GetAgencyName()),
		MediaType: typePDF, Data: data,
	}}, err
}
