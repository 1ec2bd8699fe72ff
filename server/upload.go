package server

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/meritindex/merit/proto/chunk"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/filetype"
	"github.com/meritindex/merit/server/store"
)

const (
	// DefaultUploadLimit is how many bytes a file may have unless the options say otherwise: 25 MiB.
	DefaultUploadLimit = 25 << 20
	// UploadOffset is the header in which UploadChunks tells, before the first byte, from where it goes on.
	UploadOffset = "merit-upload-offset"

	uploadLife = 72 * time.Hour // from a Friday over the weekend
	sweepEvery = 10 * time.Minute

	mostUnfinished = 500 // uploads of one account
)

// sweeper remembers when uploads that nobody finished were last cleared away.
type sweeper struct{ last atomic.Int64 }

// due reports, to one caller, that it is time again.
func (s *sweeper) due(now time.Time) bool {
	last := s.last.Load()
	return now.UnixMicro()-last >= sweepEvery.Microseconds() && s.last.CompareAndSwap(last, now.UnixMicro())
}

var whatUpload = fault.Text{ID: "Unggahan", EN: "upload"}

// StartUpload announces a file. Uploads that have expired are forgotten with it, so that they need no work of their own.
func (s *evidenceServer) StartUpload(ctx context.Context, req *meritv1.StartUploadRequest) (*meritv1.StartUploadResponse, error) {
	if req.GetSize() > s.uploadLimit {
		return nil, fault.New(meritv1.Reason_REASON_UPLOAD_TOO_LARGE,
			"Berkas berukuran %d bita, lebih besar dari batas %d bita. Perkecil atau bagi menjadi beberapa berkas.",
			"The file has %d bytes, more than the limit of %d. Make it smaller or split it.", req.GetSize(), s.uploadLimit)
	}
	c := access.From(ctx)
	resp, err := updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.StartUploadResponse, []audit.Entry, error) {
		u := store.Upload{
			ID: tx.NewID(), AccountID: c.AccountID, AgencyID: c.Scope.AgencyID, FileName: filetype.CleanName(req.GetFileName()),
			Size: req.GetSize(), SHA256: req.GetSha256(), StartedAt: tx.Now(), ExpiresAt: tx.Now().Add(uploadLife),
		}
		if err := errors.Join(tx.ForgetUploads(), fewUnfinished(tx, c.AccountID)); err != nil {
			return nil, nil, err
		}
		return &meritv1.StartUploadResponse{Upload: uploadMessage(&u, 0)}, nil, tx.InsertUpload(u)
	})
	if s.sweeps.due(s.now()) {
		if err := s.blobs.Sweep(ctx, s.now().Add(-uploadLife)); err != nil {
			s.log.WarnContext(ctx, "expired uploads not cleared", "error", err)
		}
	}
	return resp, err
}

// fewUnfinished returns REASON_TOO_MANY_UPLOADS when an account has too many uploads under way or given up.
func fewUnfinished(tx *store.Tx, accountID string) error {
	n, err := tx.UnfinishedUploads(accountID)
	if err == nil && n >= mostUnfinished {
		return fault.New(meritv1.Reason_REASON_TOO_MANY_UPLOADS,
			"%d unggahan Anda belum selesai, sebanyak yang dibolehkan. Selesaikan dahulu; yang ditinggalkan hilang setelah 72 jam.",
			"%d of your uploads are not finished, as many as there may be. Finish them first; those given up go after 72 hours.", n)
	}
	return err
}

// GetUpload tells from where the caller's own upload goes on.
func (s *evidenceServer) GetUpload(ctx context.Context, req *meritv1.GetUploadRequest) (*meritv1.GetUploadResponse, error) {
	u, err := s.ownUpload(ctx, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	durable := u.Size
	if u.FinishedAs == "" {
		if durable, err = s.blobs.Durable(ctx, u.ID, u.Size); err != nil {
			return nil, err
		}
	}
	return &meritv1.GetUploadResponse{Upload: uploadMessage(&u, durable)}, nil
}

// ownUpload returns an upload of the caller, or REASON_NOT_FOUND, also for those of others.
func (s *evidenceServer) ownUpload(ctx context.Context, id string) (u store.Upload, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		u, err = ownUpload(tx, access.From(ctx), id)
		return err
	})
	return u, err
}

func ownUpload(tx *store.Tx, c *access.Caller, id string) (store.Upload, error) {
	u, err := tx.Upload(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.AccountID != c.AccountID {
		return u, fault.NotFound(whatUpload, id)
	}
	return u, err
}

type uploadStream = grpc.ClientStreamingServer[meritv1.UploadChunksRequest, meritv1.UploadChunksResponse]

// UploadChunks receives the bytes of one upload. The first message names it; then the header gives the go-ahead and
// tells the offset. What came before a stream breaks is kept.
func (s *evidenceServer) UploadChunks(stream uploadStream) error {
	ctx := stream.Context()
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return fault.Invalid("upload_id", "Pesan pertama menyebut unggahan.", "The first message names the upload.")
	}
	if err != nil {
		return err
	}
	r, err := s.receiver(ctx, first.GetUploadId())
	if err != nil {
		return err
	}
	turn, err := s.goAheads.take(ctx)
	if err != nil {
		return errors.Join(err, r.bytes.Close())
	}
	defer turn.end()
	if err := stream.SendHeader(metadata.Pairs(UploadOffset, strconv.FormatInt(r.bytes.Next(), 10))); err != nil {
		return errors.Join(err, r.bytes.Close())
	}
	// A stream that waits for its client is woken only by returning.
	received := make(chan error, 1)
	go func() { received <- r.receive(ctx, stream, turn, first) }()
	select {
	case err = <-received:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return stream.SendAndClose(&meritv1.UploadChunksResponse{Upload: uploadMessage(&r.upload, r.bytes.Durable())})
}

// receiver takes the chunks of one stream.
type receiver struct {
	upload store.Upload
	bytes  blob.Upload
}

func (s *evidenceServer) receiver(ctx context.Context, id string) (*receiver, error) {
	u, err := s.ownUpload(ctx, id)
	if err != nil {
		return nil, err
	}
	if u.FinishedAs != "" {
		return nil, uploadFinished(&u)
	}
	b, err := s.blobs.Resume(ctx, u.ID, u.Size)
	if err != nil {
		return nil, err
	}
	return &receiver{upload: u, bytes: b}, nil
}

// receive appends chunk after chunk and makes durable what came, however the stream ends.
func (r *receiver) receive(ctx context.Context, stream uploadStream, t *goAhead, message *meritv1.UploadChunksRequest) (err error) {
	defer func() { err = errors.Join(err, r.bytes.Close()) }()
	for {
		err := r.append(ctx, message)
		chunk.Free(message.GetData())
		if err != nil {
			return err
		}
		t.wait()
		if message, err = stream.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		t.came()
	}
}

func (r *receiver) append(ctx context.Context, chunk *meritv1.UploadChunksRequest) error {
	u := &r.upload
	if id := chunk.GetUploadId(); id != "" && id != u.ID {
		return fault.Invalid("upload_id", "Satu aliran membawa satu unggahan (%s).", "A stream carries one upload (%s).", u.ID)
	}
	if len(chunk.GetData()) == 0 {
		return nil
	}
	if end := chunk.GetOffset() + int64(len(chunk.GetData())); end > u.Size {
		return fault.New(meritv1.Reason_REASON_UPLOAD_TOO_LARGE,
			"Potongan ini berakhir pada bita %d, padahal berkas diumumkan berukuran %d bita. Mulai unggahan baru dengan ukuran yang benar.",
			"This chunk ends at byte %d, but the file was announced with %d bytes. Start a new upload with the true size.", end, u.Size)
	}
	return bytesFault(u, r.bytes.Append(ctx, chunk.GetOffset(), chunk.GetData()))
}

// bytesFault says in words for people what the blob store refuses.
func bytesFault(u *store.Upload, err error) error {
	var wrong *blob.OffsetError
	switch {
	case errors.As(err, &wrong):
		return fault.New(meritv1.Reason_REASON_UPLOAD_OFFSET,
			"Potongan tidak mulai di akhir bita yang sudah diterima. Lanjutkan dari bita %d.",
			"The chunk does not start where the bytes received end. Go on from byte %d.", wrong.Next).
			With(uploadMessage(u, wrong.Next))
	case errors.Is(err, blob.ErrFinished):
		return uploadFinished(u)
	}
	return err
}

func uploadFinished(u *store.Upload) error {
	return fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Unggahan ini sudah selesai. Untuk berkas lain mulailah unggahan baru.",
		"This upload is finished. Start a new one for another file.").With(uploadMessage(u, u.Size))
}

func uploadMessage(u *store.Upload, durable int64) *meritv1.Upload {
	return &meritv1.Upload{
		Id: u.ID, FileName: u.FileName, Size: u.Size, Sha256: u.SHA256, DurableOffset: durable,
		ExpiresAt: timestamp(u.ExpiresAt), FinishedAs: u.FinishedAs,
	}
}
