// Package blobtest makes places for evidence to test with: folders, a bucket in this process, and one of a real S3 server.
package blobtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/meritindex/merit/server/blob"
)

// Bucket is the name of every bucket that is made here.
const Bucket = "merit-test"

// FakeS3 starts an S3 server in this process, with a bucket, until the test ends.
func FakeS3(tb testing.TB) blob.S3Options {
	tb.Helper()
	return FakeS3Behind(tb, func(h http.Handler) http.Handler { return h })
}

// FakeS3Behind is FakeS3 with every request going through the handler that front makes.
func FakeS3Behind(tb testing.TB, front func(http.Handler) http.Handler) blob.S3Options {
	tb.Helper()
	server := httptest.NewServer(front(gofakes3.New(s3mem.New(), gofakes3.WithLogger(gofakes3.DiscardLog())).Server()))
	tb.Cleanup(server.Close)
	o := blob.S3Options{
		Bucket: Bucket, Prefix: "evidence", Endpoint: strings.TrimPrefix(server.URL, "http://"), Plaintext: true, Region: "us-east-1",
		PathStyle: true, Credentials: credentials.NewStaticV4("test", "test-secret", ""),
	}
	mustMakeBucket(tb, o)
	return o
}

// MustClient is a client of S3 that looks at the objects themselves.
func MustClient(tb testing.TB, o blob.S3Options) *minio.Client {
	tb.Helper()
	c, err := minio.New(o.Endpoint, &minio.Options{Creds: o.Credentials, Region: o.Region, BucketLookup: minio.BucketLookupPath})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func mustMakeBucket(tb testing.TB, o blob.S3Options) {
	tb.Helper()
	if err := MustClient(tb, o).MakeBucket(tb.Context(), o.Bucket, minio.MakeBucketOptions{Region: o.Region}); err != nil {
		tb.Fatal(err)
	}
}

// MustOpenS3 opens a bucket until the test ends.
func MustOpenS3(tb testing.TB, o blob.S3Options) *blob.S3 {
	tb.Helper()
	s, err := blob.OpenS3(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// MustOpenDisk opens a folder until the test ends.
func MustOpenDisk(tb testing.TB, dir string) *blob.Disk {
	tb.Helper()
	s, err := blob.OpenDisk(blob.DiskOptions{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}
