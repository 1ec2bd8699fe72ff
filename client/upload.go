package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/proto/chunk"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

const (
	// uploadOffset is the header in which the service gives the go-ahead and tells from where to send.
	uploadOffset = "merit-upload-offset"

	maxAttempts = 6 // in a row, without a byte of progress
)

// ErrOtherFile is returned when an upload is to be resumed with bytes that are not those it was started for.
var ErrOtherFile = errors.New("client: the upload was started for another file")

// UploadOptions say how a file is uploaded; the zero value starts a new upload.
type UploadOptions struct {
	// Name of the file; the last part of its path when empty.
	Name string
	// SHA256 of the content in hexadecimal, when the caller knows it already; the content is read for it when empty. The
	// service refuses content that has another.
	SHA256 string
	// Resume is the id of an upload to go on with, within 72 hours of its start.
	Resume string
	// Started is told the id of the upload before the first byte is sent, for a later Resume; may be nil.
	Started func(uploadID string)
	// Progress is told how many bytes of how many the service has been sent, after every chunk; may be nil. The number
	// falls when a stream broke and bytes are sent again.
	Progress func(sent, total int64)
}

// UploadFile uploads the file at the path: see Upload.
func (c *Client) UploadFile(ctx context.Context, path string, o UploadOptions) (*meritv1.Upload, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = filepath.Base(path)
	}
	return c.Upload(ctx, f, info.Size(), o)
}

// Upload sends size bytes of content and returns the upload, complete and durable: give its id to FinishUpload to make
// it evidence, or to AttachDocument. A stream that breaks is taken up again where the service's durable bytes end, until
// several attempts in a row bring nothing; the upload can still be resumed then. ErrOtherFile when it is resumed with
// other bytes.
func (c *Client) Upload(ctx context.Context, content io.ReaderAt, size int64, o UploadOptions) (*meritv1.Upload, error) {
	sum, err := o.SHA256, error(nil)
	if sum == "" {
		sum, err = hashOf(content, size)
	}
	if err != nil {
		return nil, err
	}
	up, err := c.startUpload(ctx, size, sum, o)
	if err != nil || up.GetFinishedAs() != "" {
		return up, err
	}
	if o.Started != nil {
		o.Started(up.GetId())
	}
	err = retryStream(ctx, func() (int64, error) {
		done, err := c.sendChunks(ctx, up.GetId(), content, size, o.Progress)
		if err == nil {
			up = done
			return size, nil
		}
		now, lookup := c.Evidence.GetUpload(ctx, &meritv1.GetUploadRequest{UploadId: up.GetId()})
		if lookup != nil {
			return 0, err // what broke the stream says more than that nothing can be asked either
		}
		return now.GetUpload().GetDurableOffset(), err
	})
	return up, err
}

func hashOf(content io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(content, 0, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", fmt.Errorf("client: read the file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (c *Client) startUpload(ctx context.Context, size int64, sum string, o UploadOptions) (*meritv1.Upload, error) {
	if o.Resume == "" {
		resp, err := c.Evidence.StartUpload(ctx, &meritv1.StartUploadRequest{FileName: o.Name, Size: size, Sha256: sum})
		return resp.GetUpload(), err
	}
	resp, err := c.Evidence.GetUpload(ctx, &meritv1.GetUploadRequest{UploadId: o.Resume})
	if err != nil {
		return nil, err
	}
	if up := resp.GetUpload(); up.GetSize() != size || up.GetSha256() != sum {
		return nil, fmt.Errorf("%w (%s)", ErrOtherFile, up.GetFileName())
	}
	return resp.GetUpload(), nil
}

// sendChunks opens one stream and sends what is missing over it.
func (c *Client) sendChunks(ctx context.Context, id string, content io.ReaderAt, size int64, progress func(int64, int64)) (*meritv1.Upload, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, offset, err := c.openUpload(ctx, id)
	if err != nil {
		return nil, err
	}
	for offset < size {
		if ctx.Err() != nil { // Send would notice only some chunks later
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		buf := chunk.Buffer()
		buf = buf[:min(chunk.Size, size-offset)]
		if _, err := content.ReadAt(buf, offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("client: read the file: %w", err)
		}
		n := int64(len(buf))
		err := stream.Send(&meritv1.UploadChunksRequest{Offset: offset, Data: buf}) // the buffer is gRPC's now
		if errors.Is(err, io.EOF) {
			break // the service has ended the stream: CloseAndRecv tells why
		}
		if err != nil {
			return nil, err
		}
		offset += n
		if progress != nil {
			progress(offset, size)
		}
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetUpload(), err
}

type uploadStream = grpc.ClientStreamingClient[meritv1.UploadChunksRequest, meritv1.UploadChunksResponse]

// openUpload names the upload, waits for the service's go-ahead and returns from where to send.
func (c *Client) openUpload(ctx context.Context, id string) (uploadStream, int64, error) {
	stream, err := c.Evidence.UploadChunks(ctx, grpc.ForceCodecV2(chunk.Codec{}))
	if err != nil {
		return nil, 0, err
	}
	if err := stream.Send(&meritv1.UploadChunksRequest{UploadId: id}); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	goAhead, err := stream.Header()
	if err != nil {
		return nil, 0, err
	}
	at := goAhead.Get(uploadOffset)
	if len(at) == 0 {
		if _, err := stream.CloseAndRecv(); err != nil {
			return nil, 0, err // refused
		}
		return nil, 0, errors.New("client: the service gave no go-ahead for the upload")
	}
	offset, err := strconv.ParseInt(at[0], 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("client: offset of the upload: %w", err)
	}
	return stream, offset, nil
}

// retryStream calls do until it succeeds, fails for good, or has failed several times in a row without getting further.
// do returns how far it got.
func retryStream(ctx context.Context, do func() (int64, error)) error {
	var best int64
	for attempt := 1; ; attempt++ {
		got, err := do()
		if err == nil || !mayRetry(err) {
			return err
		}
		if got > best {
			best, attempt = got, 1
		}
		if attempt == maxAttempts {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond << attempt):
		case <-ctx.Done():
			return err
		}
	}
}

// mayRetry reports whether a stream may be taken up again after it broke this way.
func mayRetry(err error) bool {
	return status.Code(err) == codes.Unavailable || Is(err, meritv1.Reason_REASON_UPLOAD_OFFSET)
}
