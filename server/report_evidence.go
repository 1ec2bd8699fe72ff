package server

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/report"
	"github.com/meritindex/merit/server/store"
)

// ExportEvidence streams the evidence of an assessment as ZIP. Every file is in the trail before the first byte leaves.
func (s *reportServer) ExportEvidence(req *meritv1.ExportEvidenceRequest, stream grpc.ServerStreamingServer[meritv1.ExportEvidenceResponse]) error {
	ctx := stream.Context()
	archive, fileName, err := s.openArchive(ctx, req.GetAssessmentId())
	if err != nil {
		return err
	}
	if err := stream.Send(&meritv1.ExportEvidenceResponse{FileName: fileName}); err != nil {
		return err
	}
	out := bufio.NewWriterSize(sending(stream.Send), downloadChunk)
	err = archive.Write(out, s.now(), func(f *report.ArchivedFile, to io.Writer) error { return s.copyBlob(ctx, f, to) })
	if err != nil {
		return err
	}
	return out.Flush()
}

// sending is a writer whose every write is a message, which is encoded when Send returns.
type sending func(*meritv1.ExportEvidenceResponse) error

// Write sends some bytes.
func (send sending) Write(p []byte) (int, error) {
	if err := send(&meritv1.ExportEvidenceResponse{Data: p}); err != nil {
		return 0, err
	}
	return len(p), nil
}

// copyBlob copies the bytes of one file.
func (s *reportServer) copyBlob(ctx context.Context, file *report.ArchivedFile, to io.Writer) error {
	f, err := s.blobs.OpenFile(ctx, file.SHA256)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if f.Size() != file.Size {
		return fmt.Errorf("the file %s has %d bytes, not %d", file.SHA256, f.Size(), file.Size)
	}
	buf := downloadBuffers.Get().(*[downloadChunk]byte)
	defer downloadBuffers.Put(buf)
	for from := int64(0); from < f.Size(); {
		some := buf[:min(downloadChunk, f.Size()-from)]
		if err := f.ReadAt(ctx, some, from); err != nil {
			return err
		}
		if _, err := to.Write(some); err != nil {
			return err
		}
		from += int64(len(some))
	}
	return nil
}

// openArchive finds the evidence that an assessment cites, and notes that the caller takes it.
func (s *reportServer) openArchive(ctx context.Context, assessmentID string) (archive *report.Archive, fileName string, err error) {
	c := access.From(ctx)
	err = s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		a, agency, err := reach(tx, c, assessmentID)
		if err != nil {
			return nil, err
		}
		archive = &report.Archive{Language: speaks(ctx)}
		fileName = report.FileName(".zip", "bukti-dukung", agency.Name)
		if err := s.fillArchive(tx, archive, &a, c); err != nil {
			return nil, err
		}
		entries := []audit.Entry{{Action: "ReportService.ExportEvidence", Agency: a.AgencyID, Subject: a.ID}}
		for i := range archive.Files {
			if archive.Files[i].URL == "" && archive.Files[i].Withheld == "" {
				entries = append(entries, audit.Entry{Action: "ReportService.ExportEvidence", Agency: a.AgencyID, Subject: archive.Files[i].EvidenceID})
			}
		}
		return entries, nil
	})
	return archive, fileName, err
}

// fillArchive lists what an assessment cites, for the caller.
func (s *reportServer) fillArchive(tx *store.Tx, archive *report.Archive, a *store.Assessment, c *access.Caller) error {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return err
	}
	citations, err := tx.Citations(a.ID, "")
	if err != nil {
		return err
	}
	for _, c := range citations {
		archive.Citations = append(archive.Citations, report.ArchivedCitation{
			EvidenceID: c.EvidenceID, Item: c.Item, ItemName: itemName(in, c.Item), Page: c.Page, Quote: c.Quote,
		})
	}
	const some = 500
	f := store.EvidenceFilter{AssessmentID: a.ID, IncludeWithdrawn: true, Limit: some}
	for {
		evidence, err := tx.EvidenceList(f)
		if err != nil {
			return err
		}
		for i := range evidence {
			e := &evidence[i]
			archive.Files = append(archive.Files, report.ArchivedFile{
				EvidenceID: e.ID, Title: e.Title, FileName: e.FileName, URL: e.URL, SHA256: e.SHA256, Size: e.Size,
				EffectiveDate: e.EffectiveDate, ValidUntil: e.ValidUntil, AddedAt: e.AddedAt,
				Withheld: withheld(&e.Examination, c.InAgency(a.AgencyID)).In(c.Language),
			})
			f.Before = e.ID
		}
		if len(evidence) < some {
			return nil
		}
	}
}

// withheld says in a few words why an archive has no bytes of a file.
func withheld(x *store.Examination, own bool) fault.Text {
	switch {
	case mayDownload(x, own) == nil:
		return fault.Text{}
	case x.Scan == store.Quarantined:
		return fault.T("(dikarantina)", "(in quarantine)")
	}
	return fault.T("(belum dipindai)", "(not scanned yet)")
}
