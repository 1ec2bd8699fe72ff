package blob_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

// mustDieBeforeTheRecord keeps an upload in a process that ends before anybody records the file.
func mustDieBeforeTheRecord(tb testing.TB, p *place, id string, data []byte) {
	tb.Helper()
	s := p.open(tb)
	MustUpload(tb, s, id, data)
	if err := MustVerify(tb, s, id, data).Keep(tb.Context()); err != nil { // and never Close
		tb.Fatal(err)
	}
}

// A process dies after the bytes got their name and before their record: the upload still has all of them, whatever became
// of the file meanwhile, and the next process finishes it.
func TestAnUploadThatWasKeptAndNotRecordedIsFinishedByTheNextProcess(t *testing.T) {
	small := random(1000)
	for name, test := range map[string]struct {
		data      []byte
		before    func(testing.TB, blob.Store)
		meanwhile func(testing.TB, blob.Store)
	}{
		"nothing else happened":            {data: small},
		"of parts":                         {data: random(part + 1000)},
		"the bytes were a file before":     {data: small, before: func(tb testing.TB, s blob.Store) { MustKeep(tb, s, other, small) }},
		"others kept the same bytes after": {data: small, meanwhile: func(tb testing.TB, s blob.Store) { MustKeep(tb, s, other, small) }},
		"the file was removed, as nobody names it": {data: small, meanwhile: func(tb testing.TB, s blob.Store) {
			if removed, err := s.Remove(tb.Context(), sumOf(small), later, unused); err != nil || !removed {
				tb.Fatalf("Remove = %t, %v", removed, err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				if test.before != nil {
					test.before(t, p.open(t))
				}
				mustDieBeforeTheRecord(t, p, id, test.data)
				s := p.open(t)
				if test.meanwhile != nil {
					test.meanwhile(t, s)
				}
				if n, err := s.Durable(t.Context(), id, int64(len(test.data))); err != nil || n != int64(len(test.data)) {
					t.Errorf("%d of %d bytes are durable: %v", n, len(test.data), err)
				}
				sum := MustFinish(t, s, id, test.data)
				if got := MustRead(t, p.open(t), sum); !bytes.Equal(got, test.data) {
					t.Error("the file has other bytes")
				}
				if got := p.names(t); !slices.Equal(got, []string{nameOf(sum)}) {
					t.Errorf("left: %v", got)
				}
			})
		})
	}
}

func TestAnUploadThatIsFoundDamagedAfterItWasKeptLeavesTheFileAlone(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		data := random(1000)
		mustDieBeforeTheRecord(t, p, id, data)
		s := p.open(t)
		// Another hash is announced now, as if the bytes had rotted: they go from the upload, and from nowhere else.
		if _, err := s.Verify(t.Context(), id, 1000, sumOf([]byte("x"))); err == nil {
			t.Fatal("the hash is not looked at")
		}
		MustUpload(t, s, id, random(1000))
		if got := MustRead(t, s, sumOf(data)); !bytes.Equal(got, data) {
			t.Error("the file has other bytes")
		}
	})
}

func TestAnUploadThatWasKeptAndIsGivenUpIsSwept(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		data := random(1000)
		mustDieBeforeTheRecord(t, p, id, data)
		s := p.open(t)
		if err := s.Sweep(t.Context(), later); err != nil {
			t.Fatal(err)
		}
		if got := p.names(t); !slices.Equal(got, []string{nameOf(sumOf(data))}) {
			t.Errorf("left: %v", got)
		}
	})
}

// On a disk the second name of an upload is made beside it first, and a process may die there.
func TestOnDiskALinkThatWasLeftOnTheWayIsInNobodysWay(t *testing.T) {
	dir, data := t.TempDir(), random(1000)
	s := blobtest.MustOpenDisk(t, dir)
	MustUpload(t, s, id, data)
	MustUpload(t, s, other, data)
	for _, upload := range []string{id, other} {
		name := filepath.Join(dir, "upload", upload)
		if err := os.Link(name, name+".kept"); err != nil {
			t.Fatal(err)
		}
	}
	sum := MustFinish(t, s, id, data)
	if err := s.Sweep(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); !slices.Equal(got, []string{nameOf(sum)}) {
		t.Errorf("left: %v", got)
	}
}

// The same bytes are kept many times at once, and every other upload is never recorded.
func TestEqualBytesAreKeptAtOnce(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s, data := p.open(t), random(1000)
		ids := make([]string, 8)
		var all sync.WaitGroup
		for i := range ids {
			ids[i] = ulid.Make().String()
			MustUpload(t, s, ids[i], data)
			all.Go(func() {
				v, err := s.Verify(t.Context(), ids[i], int64(len(data)), sumOf(data))
				if err != nil {
					t.Error(err)
					return
				}
				if err := v.Keep(t.Context()); err != nil {
					t.Error(err)
				}
				if i%2 == 0 {
					v.Recorded()
				}
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i, id := range ids {
			want := int64(i % 2 * len(data))
			if n, err := s.Durable(t.Context(), id, int64(len(data))); err != nil || n != want {
				t.Errorf("upload %d has %d bytes, want %d: %v", i, n, want, err)
			}
		}
		if got := MustRead(t, s, sumOf(data)); !bytes.Equal(got, data) {
			t.Error("the file has other bytes")
		}
	})
}
