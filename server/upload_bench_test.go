package server_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// BenchmarkUpload makes a file of 10 MB evidence through the client library over loopback, from its announcement to the
// durable record, and reports how much longer that takes than the least that could be done for the bytes: one SHA-256,
// one write, one fsync.
func BenchmarkUpload(b *testing.B) {
	s := newArchive(b, servertest.New(b))
	merit := servertest.Must(client.Dial(s.Listen(b), client.Options{Plaintext: true, Token: client.StaticToken(s.operator.Secret)}))(b)
	defer merit.Close()
	content := make([]byte, 10_000_000)
	_, _ = rand.Read(content)
	copy(content, "%PDF-1.7\n")
	least := filepath.Join(b.TempDir(), "least")
	b.SetBytes(int64(len(content)))
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		up := servertest.Must(merit.Upload(b.Context(), bytes.NewReader(content), int64(len(content)), client.UploadOptions{Name: "sk.pdf"}))(b)
		servertest.Must(merit.Evidence.FinishUpload(b.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId()}))(b)
		ours += time.Since(start)
		start = time.Now()
		writeLeast(b, least, content)
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-least")
	b.ReportMetric(float64(len(content)*b.N)/ours.Seconds()/1e6, "MB/s-uploaded")
}

func writeLeast(b *testing.B, name string, content []byte) {
	_ = sha256.Sum256(content)
	f := servertest.Must(os.Create(name))(b)
	_, err := f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
}
