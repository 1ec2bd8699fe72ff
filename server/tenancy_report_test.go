package server_test

import (
	"strings"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// reportDoors are those of the files that are made of records: whoever may not read a record gets no file of it.
var reportDoors = map[string][]door{
	"ReportService/ExportWorkbook assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.ExportWorkbookRequest{AssessmentId: id}
	}),
	"ReportService/PreviewWorkbook assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.PreviewWorkbookRequest{AssessmentId: id, Workbook: w.ownWorkbook}
	}}},
	"ReportService/ApplyWorkbook assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.ApplyWorkbookRequest{AssessmentId: id, Workbook: w.ownWorkbook, Digest: strings.Repeat("0", 64)}
	}}},
	"ReportService/GetMinutesDocument assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.GetMinutesDocumentRequest{AssessmentId: id}
	}),
	"ReportService/GetSessionMinutesDocument session_id": {{records: theOpenSession, ask: asked(func(id string) proto.Message {
		return &meritv1.GetSessionMinutesDocumentRequest{SessionId: id}
	})}},
	"ReportService/GetCertificate award_id": {{records: theAward, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.GetCertificateRequest{AwardId: id, AgencyId: w.own.agency}
	}}},
	"ReportService/GetCertificate agency_id":    open("recipients of published awards are public, and " + agenciesArePublic),
	"ReportService/GetResultDocument result_id": open("results are public"),
	"ReportService/ExportEvidence assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.ExportEvidenceRequest{AssessmentId: id}
	}),
}
