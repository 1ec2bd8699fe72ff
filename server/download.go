package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// downloadChunk is how many bytes a message of a download carries.
const downloadChunk = 256 << 10

var downloadBuffers = sync.Pool{New: func() any { return new([downloadChunk]byte) }}

// Download streams the bytes of evidence or of a document. It is in the trail before the first byte leaves.
func (s *evidenceServer) Download(req *meritv1.DownloadRequest, stream grpc.ServerStreamingServer[meritv1.DownloadResponse]) error {
	ctx := stream.Context()
	head, err := s.openDownload(ctx, req)
	if err != nil {
		return err
	}
	from, to, err := downloadRange(req, head.GetSize())
	if err != nil {
		return err
	}
	f, err := s.blobs.OpenFile(ctx, head.GetSha256())
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	if f.Size() != head.GetSize() {
		return fmt.Errorf("the file %s has %d bytes, not %d", head.GetSha256(), f.Size(), head.GetSize())
	}
	buf := downloadBuffers.Get().(*[downloadChunk]byte)
	defer downloadBuffers.Put(buf)
	for m := head; from < to || m != nil; m = nil {
		if m == nil {
			m = &meritv1.DownloadResponse{}
		}
		m.Data = buf[:min(downloadChunk, to-from)]
		if err := f.ReadAt(ctx, m.Data, from); err != nil {
			return err
		}
		if err := stream.Send(m); err != nil { // the message is encoded when Send returns
			return err
		}
		from += int64(len(m.Data))
	}
	return nil
}

// downloadRange is where the bytes asked for begin and end.
func downloadRange(req *meritv1.DownloadRequest, size int64) (from, to int64, err error) {
	from, to = req.GetOffset(), size
	if from > size {
		return 0, 0, fault.Invalid("offset", "%d melewati akhir berkas (%d bita).", "%d lies behind the end of the file (%d bytes).", from, size)
	}
	if n := req.GetLength(); n > 0 && n < size-from {
		to = from + n
	}
	return from, to, nil
}

// openDownload finds what the caller may download, notes that they do, and says it as the first message does.
func (s *evidenceServer) openDownload(ctx context.Context, req *meritv1.DownloadRequest) (m *meritv1.DownloadResponse, err error) {
	if (req.GetEvidenceId() == "") == (req.GetDocumentId() == "") {
		return nil, fault.Invalid("evidence_id", "Sebutkan bukti dukung atau dokumen, satu saja.", "Give either evidence or a document.")
	}
	c := access.From(ctx)
	err = s.store.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		if req.GetDocumentId() != "" {
			m, entries, err = openDocument(tx, c, req.GetDocumentId())
		} else {
			m, entries, err = openEvidence(tx, c, req.GetEvidenceId())
		}
		return entries, err
	})
	return m, err
}

func openEvidence(tx *store.Tx, c *access.Caller, id string) (*meritv1.DownloadResponse, []audit.Entry, error) {
	e, _, err := seenEvidence(tx, c, id)
	if err != nil {
		return nil, nil, err
	}
	if e.Kind == store.EvidenceLink {
		return nil, nil, fault.Invalid("evidence_id",
			"Bukti dukung ini tautan dan tidak punya berkas. Buka alamatnya: %s.", "This evidence is a link and has no file. Open its address: %s.", e.URL)
	}
	if err := mayDownload(&e.Examination, c.InAgency(e.AgencyID)); err != nil {
		return nil, nil, err
	}
	return &meritv1.DownloadResponse{FileName: e.FileName, MediaType: e.MediaType, Size: e.Size, Sha256: e.SHA256},
		[]audit.Entry{{Action: "EvidenceService.Download", Agency: e.AgencyID, Subject: e.ID}}, nil
}

func openDocument(tx *store.Tx, c *access.Caller, id string) (*meritv1.DownloadResponse, []audit.Entry, error) {
	d, err := tx.Document(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	agency, err := maySeeDocument(tx, c, &d)
	if errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_NOT_FOUND}) {
		err = fault.NotFound(whatDocument, id)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := mayDownload(&d.Examination, c.InAgency(agency) || d.AddedBy == c.AccountID); err != nil {
		return nil, nil, err
	}
	return &meritv1.DownloadResponse{FileName: d.FileName, MediaType: d.MediaType, Size: d.Size, Sha256: d.SHA256},
		[]audit.Entry{{Action: "EvidenceService.Download", Agency: agency, Subject: d.ID}}, nil
}

// maySeeDocument is maySeeDocuments for one document, or for none. It looks for the record among all kinds of records, so
// that a document that the caller may not know of takes as long as none.
func maySeeDocument(tx *store.Tx, c *access.Caller, d *store.Document) (agency string, err error) {
	err = fault.NotFound(whatDocument, d.ID)
	for _, kind := range []store.DocumentSubject{store.DocumentOfSubmission, store.DocumentOfMinutes, store.DocumentOfSession, store.DocumentOfAward} {
		if kind == d.Subject {
			agency, err = maySeeDocuments(tx, c, kind, d.SubjectID)
		} else {
			_, _ = maySeeDocuments(tx, c, kind, "") // finds nothing; a broken store fails the transaction
		}
	}
	return agency, err
}
