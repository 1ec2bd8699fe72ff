package web

import (
	"context"
	"errors"
	"io"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// evidenceBytes reads the bytes of evidence for http.ServeContent. Nothing is asked of the service, and nothing noted in
// its trail, before the first byte is read; going elsewhere in the file opens another stream there.
type evidenceBytes struct {
	ctx    context.Context
	api    *client.Client
	id     string
	size   int64
	at     int64 // of the next byte
	rest   []byte
	stream interface {
		Recv() (*meritv1.DownloadResponse, error)
	}
	end context.CancelFunc // of the stream
}

// Read returns the next bytes as they come.
func (b *evidenceBytes) Read(p []byte) (int, error) {
	if b.stream == nil {
		ctx, end := context.WithCancel(b.ctx)
		stream, err := b.api.Evidence.Download(ctx, &meritv1.DownloadRequest{EvidenceId: b.id, Offset: b.at})
		if err != nil {
			end()
			return 0, err
		}
		b.stream, b.end = stream, end
	}
	for len(b.rest) == 0 {
		m, err := b.stream.Recv()
		if err != nil {
			return 0, err // io.EOF at the end
		}
		b.rest = m.GetData()
	}
	n := copy(p, b.rest)
	b.rest, b.at = b.rest[n:], b.at+int64(n)
	return n, nil
}

// Seek goes to a place counted from the start or the end.
func (b *evidenceBytes) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekEnd:
		offset += b.size
	default:
		return b.at, errors.New("evidence is not read from where it is")
	}
	if offset != b.at {
		b.Close()
		b.at = offset
	}
	return b.at, nil
}

// Close ends the stream that is open.
func (b *evidenceBytes) Close() {
	if b.end != nil {
		b.end()
	}
	b.stream, b.end, b.rest = nil, nil, nil
}
