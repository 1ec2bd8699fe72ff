package client

import (
	"context"
	"errors"
	"io"

	"github.com/meritindex/merit/proto/chunk"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// UploadPart sends what content has, until it ends, as the bytes of an upload from an offset on, and returns the upload
// with what is durable then. It is for callers that pass on a stream which they cannot read twice: what breaks is not
// taken up again, and GetUpload tells from where to go on. REASON_UPLOAD_OFFSET unless the durable bytes end at the
// offset. What came before content failed is kept.
func (c *Client) UploadPart(ctx context.Context, uploadID string, offset int64, content io.Reader) (*meritv1.Upload, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, _, err := c.openUpload(ctx, uploadID)
	if err != nil {
		return nil, err
	}
	var failed error
	for failed == nil {
		var n int
		buf := chunk.Buffer()
		if n, failed = fill(buf, content); n == 0 {
			chunk.Free(buf)
			continue
		}
		if err := stream.Send(&meritv1.UploadChunksRequest{Offset: offset, Data: buf[:n]}); errors.Is(err, io.EOF) {
			break // the service has ended the stream: CloseAndRecv tells why
		} else if err != nil {
			return nil, err
		}
		offset += int64(n)
	}
	resp, err := stream.CloseAndRecv()
	if err == nil && !errors.Is(failed, io.EOF) {
		err = failed
	}
	return resp.GetUpload(), err
}

// fill reads until the buffer is full or the content ends or fails. Unlike io.ReadFull it keeps apart a content that ends
// from one that says itself that it was cut off.
func fill(buf []byte, content io.Reader) (n int, err error) {
	for n < len(buf) && err == nil {
		var got int
		got, err = content.Read(buf[n:])
		n += got
	}
	return n, err
}
