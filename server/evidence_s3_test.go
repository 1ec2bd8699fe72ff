package server_test

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/servertest"
)

// inS3 keeps evidence in a bucket.
func inS3(tb testing.TB, o blob.S3Options) servertest.Option {
	tb.Helper()
	return func(so *server.Options) { so.Blobs = blobtest.MustOpenS3(tb, o) }
}

// Two replicas share a database and a bucket, and no folder: one takes the first bytes, the other the rest.
func TestEvidenceInS3GoesOnAtAnotherReplica(t *testing.T) {
	const part, sent = 5 << 20, 6 << 20
	bucket := blobtest.FakeS3(t)
	first := newArchive(t, servertest.New(t, inS3(t, bucket)))
	second := servertest.New(t, inS3(t, bucket), func(o *server.Options) { o.Store = first.Store })
	content := append(pdf(""), bytes.Repeat([]byte("% kosong\n"), 800_000)...)
	up := MustStartUpload(t, first.operator, "sk.pdf", content)
	stream, _ := openStream(t, t.Context(), first.operator, up.GetId())
	for at := 0; at < sent; at += part / 20 {
		chunk := &meritv1.UploadChunksRequest{Offset: int64(at), Data: content[at:min(at+part/20, sent)]}
		if err := stream.Send(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if up := servertest.Must(stream.CloseAndRecv())(t).GetUpload(); up.GetDurableOffset() != part {
		t.Errorf("%d bytes are durable of %d that came, want the whole part", up.GetDurableOffset(), sent)
	}
	operator := second.Bearer(first.operator.Secret)
	if _, from := openStream(t, t.Context(), operator, up.GetId()); from != part {
		t.Errorf("the other replica goes on at %d, want %d", from, part)
	}
	servertest.Must(send(t.Context(), operator, up.GetId(), content, part, 256<<10))(t)
	e := servertest.Must(finish(t.Context(), operator, up.GetId()))(t)
	got := servertest.Must(download(t.Context(), first.operator, &meritv1.DownloadRequest{EvidenceId: e.GetId()}))(t)
	if !bytes.Equal(got.GetData(), content) {
		t.Error("other bytes came back than were sent")
	}
}

func TestAnEvidenceStoreThatDoesNotAnswerIsUnavailable(t *testing.T) {
	var down atomic.Bool
	a := newArchive(t, servertest.New(t, inS3(t, blobtest.FakeS3Behind(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() {
				panic(http.ErrAbortHandler) // the connection ends
			}
			h.ServeHTTP(w, r)
		})
	}))))
	there := MustAdd(t, a.operator, "sk.pdf", pdf("ada"))
	id := MustUpload(t, a.operator, "sk.pdf", pdf(""))
	down.Store(true)
	_, err := finish(t.Context(), a.operator, id)
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
	_, err = download(t.Context(), a.operator, &meritv1.DownloadRequest{EvidenceId: there.GetId()})
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
	down.Store(false)
	servertest.Must(finish(t.Context(), a.operator, id))(t)
}
