package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

// place is somewhere to keep bytes, which several processes can open.
type place struct {
	// open is what a process does.
	open func(testing.TB) blob.Store
	// names are those of everything there, also of what has come of an upload.
	names func(testing.TB) []string
	// whole is how many bytes are durable at once; 0 for any.
	whole int64
}

// part is what S3 makes durable at once.
const part = 5 << 20

// durable is how many bytes survive when n of size have come.
func (p *place) durable(n, size int64) int64 {
	if n == size || p.whole == 0 {
		return n
	}
	return n / p.whole * p.whole
}

// each runs a test on every kind of place; on a real S3 server too where there is one.
func each(t *testing.T, test func(*testing.T, *place)) {
	t.Helper()
	t.Run("disk", func(t *testing.T) { test(t, disk(t)) })
	t.Run("fake S3", func(t *testing.T) { test(t, bucket(blobtest.FakeS3(t))) })
	t.Run("S3", func(t *testing.T) { test(t, bucket(blobtest.Gateway(t))) })
}

func disk(tb testing.TB) *place {
	dir := tb.TempDir()
	return &place{
		open:  func(tb testing.TB) blob.Store { return blobtest.MustOpenDisk(tb, dir) },
		names: func(tb testing.TB) []string { return files(tb, dir) },
	}
}

func bucket(o blob.S3Options) *place {
	return &place{
		open:  func(tb testing.TB) blob.Store { return blobtest.MustOpenS3(tb, o) },
		names: func(tb testing.TB) []string { return objects(tb, o) },
		whole: part,
	}
}

// files lists a folder.
func files(tb testing.TB, dir string) (names []string) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

// objects lists a bucket, with the multipart uploads that are under way.
func objects(tb testing.TB, o blob.S3Options) (names []string) {
	tb.Helper()
	c := blobtest.MustClient(tb, o)
	for info := range c.ListObjects(tb.Context(), o.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		if info.Err != nil {
			tb.Fatal(info.Err)
		}
		names = append(names, strings.TrimPrefix(info.Key, o.Prefix+"/"))
	}
	for info := range c.ListIncompleteUploads(tb.Context(), o.Bucket, "", true) {
		if minio.ToErrorResponse(info.Err).Code == minio.NoSuchUpload {
			break // as the fake says that there is none
		}
		if info.Err != nil {
			tb.Fatal(info.Err)
		}
		names = append(names, strings.TrimPrefix(info.Key, o.Prefix+"/"))
	}
	slices.Sort(names)
	return names
}

// MustResume opens an upload of so many bytes and closes it at the end of the test.
func MustResume(tb testing.TB, s blob.Store, id string, size int) blob.Upload {
	tb.Helper()
	u, err := s.Resume(tb.Context(), id, int64(size))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { MustClose(tb, u) })
	return u
}

// MustClose closes an upload.
func MustClose(tb testing.TB, u blob.Upload) {
	tb.Helper()
	if err := u.Close(); err != nil {
		tb.Error(err)
	}
}

// MustAppend adds bytes to an upload.
func MustAppend(tb testing.TB, u blob.Upload, offset int64, data []byte) {
	tb.Helper()
	if err := u.Append(tb.Context(), offset, data); err != nil {
		tb.Fatal(err)
	}
}

// MustUpload sends bytes as an upload.
func MustUpload(tb testing.TB, s blob.Store, id string, data []byte) {
	tb.Helper()
	u := MustResume(tb, s, id, len(data))
	MustAppend(tb, u, 0, data)
	MustClose(tb, u)
}

// MustVerify verifies an upload that has all its bytes.
func MustVerify(tb testing.TB, s blob.Store, id string, data []byte) blob.Verified {
	tb.Helper()
	v, err := s.Verify(tb.Context(), id, int64(len(data)), sumOf(data))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// MustFinish keeps an upload that has all its bytes, and records it.
func MustFinish(tb testing.TB, s blob.Store, id string, data []byte) (sum string) {
	tb.Helper()
	v := MustVerify(tb, s, id, data)
	err := v.Keep(tb.Context())
	v.Recorded()
	if err := errors.Join(err, v.Close()); err != nil {
		tb.Fatal(err)
	}
	return sumOf(data)
}

// MustKeep uploads bytes under the id and makes them a finished file.
func MustKeep(tb testing.TB, s blob.Store, id string, data []byte) (sum string) {
	tb.Helper()
	MustUpload(tb, s, id, data)
	return MustFinish(tb, s, id, data)
}

// MustRead reads a finished file.
func MustRead(tb testing.TB, s blob.Store, sum string) []byte {
	tb.Helper()
	f, err := s.OpenFile(tb.Context(), sum)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	data := make([]byte, f.Size())
	if err := f.ReadAt(tb.Context(), data, 0); err != nil {
		tb.Fatal(err)
	}
	return data
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func nameOf(sum string) string { return "sha256/" + sum[:2] + "/" + sum }

const (
	id    = "01J00000000000000000000000"
	other = "01J00000000000000000000001"
)

func TestAFileIsFoundUnderItsHashOnlyOnceKept(t *testing.T) {
	for name, size := range map[string]int{"a byte": 1, "less than a part": 300 << 10, "a part": part, "some parts": 2*part + 12_345} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				s, data := p.open(t), random(size)
				MustUpload(t, s, id, data)
				wantNoFile(t, s, sumOf(data))
				if err := MustVerify(t, s, id, data).Close(); err != nil {
					t.Fatal(err)
				}
				wantNoFile(t, s, sumOf(data))
				if got := MustRead(t, s, MustFinish(t, s, id, data)); !bytes.Equal(got, data) {
					t.Error("the file has other bytes than were uploaded")
				}
				if got, want := p.names(t), []string{nameOf(sumOf(data))}; !slices.Equal(got, want) {
					t.Errorf("left: %v, want %v", got, want)
				}
			})
		})
	}
}

func wantNoFile(tb testing.TB, s blob.Store, sum string) {
	tb.Helper()
	if _, err := s.OpenFile(tb.Context(), sum); !errors.Is(err, blob.ErrNotFound) {
		tb.Errorf("OpenFile = %v, want ErrNotFound", err)
	}
}

func TestEqualBytesAreOneFile(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s, data := p.open(t), random(1000)
		MustKeep(t, s, id, data)
		reader, err := s.OpenFile(t.Context(), sumOf(data))
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		sum := MustKeep(t, s, other, data)
		if got := p.names(t); len(got) != 1 || got[0] != nameOf(sum) {
			t.Errorf("files: %v, want the one under its hash", got)
		}
		got := make([]byte, len(data))
		if err := reader.ReadAt(t.Context(), got, 0); err != nil || !bytes.Equal(got, data) {
			t.Errorf("who reads while the same bytes come again: %v", err)
		}
	})
}

func TestBytesMustStartWhereTheUploadEnds(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		u := MustResume(t, s, id, 6)
		MustAppend(t, u, 0, []byte("abc"))
		for name, offset := range map[string]int64{"again": 0, "inside": 2, "beyond": 4} {
			var wrong *blob.OffsetError
			if err := u.Append(t.Context(), offset, []byte("x")); !errors.As(err, &wrong) || wrong.Next != 3 {
				t.Errorf("%s: Append at %d = %v, want an OffsetError that tells 3", name, offset, err)
			}
		}
		if err := u.Append(t.Context(), 3, []byte("defg")); !errors.Is(err, blob.ErrTooLong) {
			t.Errorf("Append of more than was announced = %v, want ErrTooLong", err)
		}
		MustAppend(t, u, 3, []byte("def"))
		if sum := MustFinish(t, s, id, []byte("abcdef")); !bytes.Equal(MustRead(t, s, sum), []byte("abcdef")) {
			t.Error("refused bytes left a trace")
		}
	})
}

func TestAnUploadGoesOnInAnotherProcess(t *testing.T) {
	data := random(2*part + part/2)
	for name, sent := range map[string]int{"nothing": 0, "less than a part": 1000, "a part": part, "more than a part": part + 1000, "all": len(data)} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				// The first process is killed: nothing is closed and nothing synced.
				MustAppend(t, MustResume(t, p.open(t), id, len(data)), 0, data[:sent])
				s, want := p.open(t), p.durable(int64(sent), int64(len(data)))
				if got, err := s.Durable(t.Context(), id, int64(len(data))); err != nil || got != want {
					t.Fatalf("durable in another process: %d, %v, want %d", got, err, want)
				}
				u := MustResume(t, s, id, len(data))
				if u.Next() != want || u.Durable() != want {
					t.Fatalf("it goes on at %d with %d durable, want %d", u.Next(), u.Durable(), want)
				}
				MustAppend(t, u, want, data[want:])
				if got := MustRead(t, s, MustFinish(t, s, id, data)); !bytes.Equal(got, data) {
					t.Error("the file has other bytes than were uploaded")
				}
			})
		})
	}
}

func TestAnUploadIsFinishedByAnotherProcess(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		data := random(part + 1)
		MustUpload(t, p.open(t), id, data)
		MustFinish(t, p.open(t), id, data)
		if got := MustRead(t, p.open(t), sumOf(data)); !bytes.Equal(got, data) {
			t.Error("the file has other bytes than were uploaded")
		}
	})
}

func TestBytesMissingAreNotKept(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		MustAppend(t, MustResume(t, s, id, 4), 0, []byte("abc"))
		var wrong *blob.OffsetError
		if _, err := s.Verify(t.Context(), id, 4, sumOf([]byte("abcd"))); !errors.As(err, &wrong) || wrong.Next != 3 {
			t.Errorf("Verify with a byte missing = %v, want an OffsetError that tells 3", err)
		}
		if _, err := s.Verify(t.Context(), other, 4, sumOf([]byte("abcd"))); !errors.As(err, &wrong) || wrong.Next != 0 {
			t.Errorf("Verify with no bytes = %v, want an OffsetError that tells 0", err)
		}
	})
}

func TestOtherBytesThanAnnouncedStartAgain(t *testing.T) {
	for name, size := range map[string]int{"small": 3, "of parts": part + 3} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				s, data := p.open(t), random(size)
				wrong := slices.Clone(data)
				wrong[1]++
				u := MustResume(t, s, id, size)
				MustAppend(t, u, 0, wrong)
				if _, err := s.Verify(t.Context(), id, int64(size), sumOf(data)); !errors.Is(err, blob.ErrHash) {
					t.Fatalf("Verify = %v, want ErrHash", err)
				}
				MustAppend(t, u, 0, data)
				MustFinish(t, s, id, data)
			})
		})
	}
}

func TestAFinishedUploadTakesNoMoreBytes(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		late := MustResume(t, s, id, 3)
		MustAppend(t, late, 0, []byte("abc"))
		sum := MustFinish(t, s, id, []byte("abc"))
		if err := late.Append(t.Context(), 3, []byte("d")); !errors.Is(err, blob.ErrFinished) {
			t.Errorf("Append after the end = %v, want ErrFinished", err)
		}
		if _, err := s.Verify(t.Context(), id, 3, sum); !errors.Is(err, blob.ErrFinished) {
			t.Errorf("Verify after the end = %v, want ErrFinished", err)
		}
		if got := MustRead(t, s, sum); string(got) != "abc" {
			t.Errorf("the file is %q", got)
		}
	})
}

func TestTwoStreamsOfOneUploadDoNotMix(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s, data := p.open(t), random(64<<10)
		var both sync.WaitGroup
		for range 2 {
			u := MustResume(t, s, id, len(data))
			both.Go(func() {
				for offset := int64(0); offset < int64(len(data)); {
					err := u.Append(t.Context(), offset, data[offset:offset+1<<10])
					var wrong *blob.OffsetError
					switch {
					case err == nil:
						offset += 1 << 10
					case errors.As(err, &wrong):
						offset = wrong.Next
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		both.Wait()
		MustFinish(t, s, id, data)
	})
}

func TestSweepRemovesOldUploadsThatNobodyUses(t *testing.T) {
	at := func(tm time.Time) string { return ulid.MustNew(ulid.Timestamp(tm), rand.Reader).String() }
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	each(t, func(t *testing.T, p *place) {
		s, data := p.open(t), random(part+1)
		want := []string{nameOf(MustKeep(t, s, at(day.Add(-time.Hour)), []byte("kept")))}
		begun := func(tm time.Time, size int) (name string, u blob.Upload) {
			id := at(tm)
			u = MustResume(t, s, id, size)
			MustAppend(t, u, 0, data[:min(size, part)])
			return "upload/" + id, u
		}
		for _, size := range []int{1, part + 1} {
			_, old := begun(day.Add(-time.Hour), size)
			MustClose(t, old)
			young, u := begun(day, size)
			MustClose(t, u)
			used, _ := begun(day.Add(-2*time.Hour), size)
			want = append(want, young, used)
		}
		if err := s.Sweep(t.Context(), day); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if got := p.names(t); !slices.Equal(got, want) {
			t.Errorf("left: %v, want %v", got, want)
		}
	})
}

func TestDiscardRemovesAnUpload(t *testing.T) {
	for name, sent := range map[string]int{"nothing": 0, "a part": part, "all": part + 1} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				s := p.open(t)
				u := MustResume(t, s, id, part+1)
				MustAppend(t, u, 0, make([]byte, sent))
				MustClose(t, u)
				if err := errors.Join(s.Discard(t.Context(), id), s.Discard(t.Context(), id)); err != nil {
					t.Fatal(err)
				}
				if got := p.names(t); got != nil {
					t.Errorf("left: %v", got)
				}
			})
		})
	}
}

func TestNamesAreThoseOfUploadsAndHashes(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		if _, err := s.Resume(t.Context(), "../../out", 1); err == nil {
			t.Error("an upload outside the place was opened")
		}
		for _, sum := range []string{"", "../../upload/x", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
			if _, err := s.OpenFile(t.Context(), sum); err == nil || errors.Is(err, blob.ErrNotFound) {
				t.Errorf("OpenFile(%q) = %v, want it refused", sum, err)
			}
		}
		if got := p.names(t); got != nil {
			t.Errorf("left: %v", got)
		}
	})
}

func TestWorkThatWaitsEndsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		MustUpload(t, s, id, []byte("abc"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Verify(ctx, id, 3, sumOf([]byte("abc"))); !errors.Is(err, context.Canceled) {
			t.Errorf("Verify = %v, want context.Canceled", err)
		}
		MustFinish(t, s, id, []byte("abc"))
	})
}

func TestFilesAreListedInTheOrderOfTheirHashes(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		want := []string{MustKeep(t, s, id, []byte("a")), MustKeep(t, s, other, []byte("bc"))}
		slices.Sort(want)
		var got []string
		for f, err := range s.Files(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Size != int64(len(MustRead(t, s, f.SHA256))) || f.Came.IsZero() {
				t.Errorf("listed %+v", f)
			}
			got = append(got, f.SHA256)
		}
		if !slices.Equal(got, want) {
			t.Errorf("listed %v, want %v", got, want)
		}
	})
}
