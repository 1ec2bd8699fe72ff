package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
)

// BenchmarkUpload compares making a file evidence through the client library over loopback, from its announcement to the
// durable record, with the least that could be done for its bytes: one SHA-256, one write, one fsync. The client library hashes a
// file before it announces it; known is without that, as for a client that knows the hash.
func BenchmarkUpload(b *testing.B) {
	for _, megabytes := range []int{10, 200} {
		b.Run(strconv.Itoa(megabytes)+"MB", func(b *testing.B) {
			s := newArchive(b, newBench(b, func(o *server.Options) { o.UploadLimit = 1 << 30 }))
			merit := servertest.Must(client.Dial(s.Listen(b), client.Options{Plaintext: true, Token: client.StaticToken(s.operator.Secret)}))(b)
			defer merit.Close()
			content := make([]byte, megabytes*1_000_000)
			_, _ = rand.Read(content)
			copy(content, "%PDF-1.7\n")
			sum := fmt.Sprintf("%x", sha256.Sum256(content))
			least, l := filepath.Join(b.TempDir(), "least"), newLaps(b)
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				l.run("uploaded", 1, 1, func(int) error { return upload(b.Context(), merit, content, "") })
				l.run("known", 1, 1, func(int) error { return upload(b.Context(), merit, content, sum) })
				l.run("least", 1, 1, func(int) error { return writeLeast(least, content) })
			}
			l.rate("uploaded")
			l.ratio("uploaded/least", "uploaded", "least")
			l.ratio("known/least", "known", "least")
		})
	}
}

// upload makes the content evidence. Its client hashes it first where sum is empty.
func upload(ctx context.Context, merit *client.Client, content []byte, sum string) error {
	up, err := merit.Upload(ctx, bytes.NewReader(content), int64(len(content)), client.UploadOptions{Name: "sk.pdf", SHA256: sum})
	if err != nil {
		return err
	}
	_, err = merit.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: up.GetId()})
	return err
}

func writeLeast(name string, content []byte) error {
	_ = sha256.Sum256(content)
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
