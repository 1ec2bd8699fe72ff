package blob_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

// BenchmarkKeep appends, verifies and keeps 10 MB and reports how much longer that takes than the least that could be
// done for them: one SHA-256, one write, one fsync.
func BenchmarkKeep(b *testing.B) {
	data := random(10_000_000)
	sum := sumOf(data)
	dir := b.TempDir()
	s := blobtest.MustOpenDisk(b, dir)
	b.SetBytes(int64(len(data)))
	var ours, least time.Duration
	for b.Loop() {
		start := time.Now()
		keep(b, s, data, sum)
		ours += time.Since(start)
		start = time.Now()
		writeLeast(b, filepath.Join(dir, "least"), data)
		least += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(least), "x-least")
	b.ReportMetric(float64(len(data)*b.N)/ours.Seconds()/1e6, "MB/s-kept")
}

func keep(b *testing.B, s blob.Store, data []byte, sum string) {
	id := ulid.Make().String()
	u, err := s.Resume(b.Context(), id, int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	const chunk = 256 << 10
	for offset := 0; offset < len(data); offset += chunk {
		MustAppend(b, u, int64(offset), data[offset:min(offset+chunk, len(data))])
	}
	MustClose(b, u)
	v, err := s.Verify(b.Context(), id, int64(len(data)), sum)
	if err != nil {
		b.Fatal(err)
	}
	err = v.Keep(b.Context())
	v.Recorded()
	if err := errors.Join(err, v.Close()); err != nil {
		b.Fatal(err)
	}
}

func writeLeast(b *testing.B, name string, data []byte) {
	_ = sha256.Sum256(data)
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
}
