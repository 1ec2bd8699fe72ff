package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
)

// MustOpen opens a store on a folder.
func MustOpen(tb testing.TB, o blob.Options) *blob.Store {
	tb.Helper()
	s, err := blob.Open(o)
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

// MustResume opens an upload and closes it at the end of the test.
func MustResume(tb testing.TB, s *blob.Store, id string) *blob.Upload {
	tb.Helper()
	u, err := s.Resume(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { MustClose(tb, u) })
	return u
}

// MustClose closes an upload.
func MustClose(tb testing.TB, u *blob.Upload) {
	tb.Helper()
	if err := u.Close(); err != nil {
		tb.Error(err)
	}
}

// MustAppend adds bytes to an upload.
func MustAppend(tb testing.TB, u *blob.Upload, offset int64, data []byte) {
	tb.Helper()
	if err := u.Append(tb.Context(), offset, data); err != nil {
		tb.Fatal(err)
	}
}

// MustKeep uploads bytes under the id and makes them a finished file.
func MustKeep(tb testing.TB, s *blob.Store, id string, data []byte) (sum string) {
	tb.Helper()
	MustAppend(tb, MustResume(tb, s, id), 0, data)
	v, err := s.Verify(tb.Context(), id, int64(len(data)), sumOf(data))
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(v.Keep(tb.Context()), v.Close()); err != nil {
		tb.Fatal(err)
	}
	return sumOf(data)
}

// MustRead reads a finished file.
func MustRead(tb testing.TB, s *blob.Store, sum string) []byte {
	tb.Helper()
	f, err := s.OpenFile(sum)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	data := make([]byte, f.Size)
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

const id = "01J00000000000000000000000"

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

func TestAFileIsFoundUnderItsHashOnlyOnceKept(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	data := random(300 << 10)
	MustAppend(t, MustResume(t, s, id), 0, data)
	if _, err := s.OpenFile(sumOf(data)); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("OpenFile before it is kept = %v, want ErrNotFound", err)
	}
	v, err := s.Verify(t.Context(), id, int64(len(data)), sumOf(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenFile(sumOf(data)); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("OpenFile of what was verified but not kept = %v, want ErrNotFound", err)
	}
	if got := MustRead(t, s, MustKeepAgain(t, s, data)); !bytes.Equal(got, data) {
		t.Error("the file has other bytes than were uploaded")
	}
}

// MustKeepAgain keeps an upload that has all its bytes.
func MustKeepAgain(tb testing.TB, s *blob.Store, data []byte) string {
	tb.Helper()
	v, err := s.Verify(tb.Context(), id, int64(len(data)), sumOf(data))
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(v.Keep(tb.Context()), v.Close()); err != nil {
		tb.Fatal(err)
	}
	return sumOf(data)
}

func TestEqualBytesAreOneFile(t *testing.T) {
	dir := t.TempDir()
	s := MustOpen(t, blob.Options{Dir: dir})
	data := random(1000)
	MustKeep(t, s, "01J00000000000000000000001", data)
	reader, err := s.OpenFile(sumOf(data))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	sum := MustKeep(t, s, "01J00000000000000000000002", data)
	if got := files(t, dir); len(got) != 1 || got[0] != "sha256/"+sum[:2]+"/"+sum {
		t.Errorf("files: %v, want the one under its hash", got)
	}
	got := make([]byte, len(data))
	if err := reader.ReadAt(t.Context(), got, 0); err != nil || !bytes.Equal(got, data) {
		t.Errorf("who reads while the same bytes come again: %v", err)
	}
}

func TestBytesMustStartWhereTheUploadEnds(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	u := MustResume(t, s, id)
	MustAppend(t, u, 0, []byte("abc"))
	for name, offset := range map[string]int64{"again": 0, "inside": 2, "beyond": 4} {
		t.Run(name, func(t *testing.T) {
			var wrong *blob.OffsetError
			if err := u.Append(t.Context(), offset, []byte("x")); !errors.As(err, &wrong) || wrong.Durable != 3 {
				t.Errorf("Append at %d = %v, want an OffsetError that tells 3", offset, err)
			}
		})
	}
	MustAppend(t, u, 3, []byte("def"))
	if sum := MustKeepAgain(t, s, []byte("abcdef")); !bytes.Equal(MustRead(t, s, sum), []byte("abcdef")) {
		t.Error("refused bytes left a trace")
	}
}

func TestTheDurableOffsetIsWhatWasSynced(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir(), SyncEvery: 10})
	u := MustResume(t, s, id)
	MustAppend(t, u, 0, []byte("123456"))
	if got := u.Durable(); got != 0 {
		t.Errorf("durable after 6 of 10 bytes: %d, want 0", got)
	}
	MustAppend(t, u, 6, []byte("789012"))
	if got := u.Durable(); got != 12 {
		t.Errorf("durable after 12 of 10 bytes: %d, want 12", got)
	}
	MustAppend(t, u, 12, []byte("3"))
	if got, err := u.Sync(t.Context()); err != nil || got != 13 {
		t.Errorf("Sync = %d, %v, want 13", got, err)
	}
}

func TestAskingForTheDurableOffsetMakesItSo(t *testing.T) {
	dir := t.TempDir()
	s := MustOpen(t, blob.Options{Dir: dir})
	if got, err := s.Durable(t.Context(), id); err != nil || got != 0 || files(t, dir) != nil {
		t.Errorf("Durable without bytes = %d, %v, leaving %v", got, err, files(t, dir))
	}
	u := MustResume(t, s, id)
	MustAppend(t, u, 0, []byte("abc"))
	if got, err := s.Durable(t.Context(), id); err != nil || got != 3 || u.Durable() != 3 {
		t.Errorf("Durable = %d, %v, want 3, also for who is uploading", got, err)
	}
}

func TestAnUploadGoesOnInAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	// The first process is killed: nothing is closed and nothing synced.
	killed := MustOpen(t, blob.Options{Dir: dir})
	MustAppend(t, MustResume(t, killed, id), 0, []byte("abc"))
	s := MustOpen(t, blob.Options{Dir: dir})
	u := MustResume(t, s, id)
	if got := u.Durable(); got != 3 {
		t.Fatalf("durable offset after a restart: %d, want 3", got)
	}
	MustAppend(t, u, 3, []byte("def"))
	MustKeepAgain(t, s, []byte("abcdef"))
}

func TestBytesMissingAreNotKept(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	MustAppend(t, MustResume(t, s, id), 0, []byte("abc"))
	var wrong *blob.OffsetError
	if _, err := s.Verify(t.Context(), id, 4, sumOf([]byte("abcd"))); !errors.As(err, &wrong) || wrong.Durable != 3 {
		t.Errorf("Verify with a byte missing = %v, want an OffsetError that tells 3", err)
	}
	if _, err := s.Verify(t.Context(), "01J00000000000000000000009", 4, sumOf([]byte("abcd"))); !errors.As(err, &wrong) || wrong.Durable != 0 {
		t.Errorf("Verify with no bytes = %v, want an OffsetError that tells 0", err)
	}
}

func TestOtherBytesThanAnnouncedStartAgain(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	u := MustResume(t, s, id)
	MustAppend(t, u, 0, []byte("abX"))
	if _, err := s.Verify(t.Context(), id, 3, sumOf([]byte("abc"))); !errors.Is(err, blob.ErrHash) {
		t.Fatalf("Verify = %v, want ErrHash", err)
	}
	MustAppend(t, u, 0, []byte("abc"))
	MustKeepAgain(t, s, []byte("abc"))
}

func TestAFinishedUploadTakesNoMoreBytes(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	late := MustResume(t, s, id)
	MustAppend(t, late, 0, []byte("abc"))
	sum := MustKeepAgain(t, s, []byte("abc"))
	if err := late.Append(t.Context(), 3, []byte("d")); !errors.Is(err, blob.ErrFinished) {
		t.Errorf("Append after the end = %v, want ErrFinished", err)
	}
	if _, err := s.Verify(t.Context(), id, 3, sum); !errors.Is(err, blob.ErrFinished) {
		t.Errorf("Verify after the end = %v, want ErrFinished", err)
	}
	if got := MustRead(t, s, sum); string(got) != "abc" {
		t.Errorf("the file is %q", got)
	}
}

func TestTwoStreamsOfOneUploadDoNotMix(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir()})
	data := random(64 << 10)
	var both sync.WaitGroup
	for range 2 {
		u := MustResume(t, s, id)
		both.Go(func() {
			for offset := int64(0); offset < int64(len(data)); {
				err := u.Append(t.Context(), offset, data[offset:offset+1<<10])
				var wrong *blob.OffsetError
				switch {
				case err == nil:
					offset += 1 << 10
				case errors.As(err, &wrong):
					offset = wrong.Durable
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	both.Wait()
	MustKeepAgain(t, s, data)
}

func TestSweepRemovesOldUploadsThatNobodyUses(t *testing.T) {
	dir := t.TempDir()
	s := MustOpen(t, blob.Options{Dir: dir})
	at := func(tm time.Time) string {
		return ulid.MustNew(ulid.Timestamp(tm), rand.Reader).String()
	}
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	old, used, young := at(day.Add(-time.Hour)), at(day.Add(-2*time.Hour)), at(day)
	kept := MustKeep(t, s, at(day.Add(-time.Hour)), []byte("kept"))
	for _, id := range []string{old, young} {
		u := MustResume(t, s, id)
		MustAppend(t, u, 0, []byte("x"))
		MustClose(t, u)
	}
	MustAppend(t, MustResume(t, s, used), 0, []byte("x"))
	if err := os.WriteFile(filepath.Join(dir, "upload", "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(day); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"upload/" + young: true, "upload/" + used: true, "upload/README": true, "sha256/" + kept[:2] + "/" + kept: true}
	got := files(t, dir)
	for _, name := range got {
		if !want[name] {
			t.Errorf("%s is still there", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("left: %v", got)
	}
}

func TestDiscardRemovesAnUpload(t *testing.T) {
	dir := t.TempDir()
	s := MustOpen(t, blob.Options{Dir: dir})
	u := MustResume(t, s, id)
	MustAppend(t, u, 0, []byte("x"))
	MustClose(t, u)
	if err := errors.Join(s.Discard(id), s.Discard(id)); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); got != nil {
		t.Errorf("left: %v", got)
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := MustOpen(t, blob.Options{Dir: filepath.Join(dir, "in")})
	if _, err := s.Resume(t.Context(), "../../out"); err == nil {
		t.Error("an upload outside the folder was opened")
	}
	for _, sum := range []string{"", "../../upload/x", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		if _, err := s.OpenFile(sum); err == nil || errors.Is(err, blob.ErrNotFound) {
			t.Errorf("OpenFile(%q) = %v, want it refused", sum, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was made outside the folder")
	}
}

func TestWorkThatWaitsForADiskEndsWithItsContext(t *testing.T) {
	s := MustOpen(t, blob.Options{Dir: t.TempDir(), Hashes: 1})
	MustAppend(t, MustResume(t, s, id), 0, []byte("abc"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Verify(ctx, id, 3, sumOf([]byte("abc"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify = %v, want context.Canceled", err)
	}
	MustKeepAgain(t, s, []byte("abc"))
}
