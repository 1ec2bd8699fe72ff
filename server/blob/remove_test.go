package blob_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/meritindex/merit/server/blob"
)

var (
	longAgo = time.Unix(0, 0)
	later   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func unused(context.Context) (bool, error) { return true, nil }

func TestAFileIsRemovedUnlessItsBytesCameLately(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s := p.open(t)
		sum := MustKeep(t, s, id, []byte("a"))
		if removed, err := s.Remove(t.Context(), sum, longAgo, unused); err != nil || removed {
			t.Errorf("Remove of what came after the instant = %t, %v", removed, err)
		}
		MustRead(t, s, sum)
		if removed, err := s.Remove(t.Context(), sum, later, unused); err != nil || !removed {
			t.Errorf("Remove = %t, %v", removed, err)
		}
		if removed, err := s.Remove(t.Context(), sum, later, unused); err != nil || removed {
			t.Errorf("Remove once more = %t, %v", removed, err)
		}
		if got := p.names(t); got != nil {
			t.Errorf("left: %v", got)
		}
	})
}

func TestAFileThatARecordNamesByNowIsNotRemoved(t *testing.T) {
	broken := errors.New("broken")
	for name, answer := range map[string]func(context.Context) (bool, error){
		"it is named":         func(context.Context) (bool, error) { return false, nil },
		"nobody knows":        func(context.Context) (bool, error) { return false, broken },
		"nobody knows for us": func(context.Context) (bool, error) { return true, broken },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				s, data := p.open(t), []byte("a")
				sum := MustKeep(t, s, id, data)
				if removed, err := s.Remove(t.Context(), sum, later, answer); removed || err != nil && !errors.Is(err, broken) {
					t.Errorf("Remove = %t, %v", removed, err)
				}
				if got := MustRead(t, s, sum); !bytes.Equal(got, data) {
					t.Errorf("the file is %q", got)
				}
				if got := p.names(t); !slices.Equal(got, []string{nameOf(sum)}) {
					t.Errorf("left: %v", got)
				}
			})
		})
	}
}

// Another process removes what no record names just after these bytes were kept and before they are recorded.
func TestAFileRemovedBeforeItsRecordIsPutBack(t *testing.T) {
	data := []byte("a")
	each(t, func(t *testing.T, p *place) {
		if p.whole == 0 {
			t.Skip("one process writes to a folder, and bytes that came lately stay")
		}
		s := p.open(t)
		MustUpload(t, s, id, data)
		v := MustVerify(t, s, id, data)
		if err := v.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if removed, err := p.open(t).Remove(t.Context(), sumOf(data), later, unused); err != nil || !removed {
			t.Fatalf("Remove = %t, %v", removed, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if got := MustRead(t, p.open(t), sumOf(data)); !bytes.Equal(got, data) {
			t.Errorf("the file is %q", got)
		}
	})
}

// Two processes send the same upload, and one of them other bytes.
func TestBytesThatWereVerifiedAreThoseThatAreKept(t *testing.T) {
	for name, size := range map[string]int{"small": 1000, "of parts": part + 1000} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				if p.whole == 0 {
					t.Skip("one process writes to a folder")
				}
				data, wrong := random(size), random(size)
				late := MustResume(t, p.open(t), id, size)
				MustAppend(t, late, 0, wrong[:size-1])
				first := p.open(t)
				u := MustResume(t, first, id, size)
				MustAppend(t, u, u.Next(), data[u.Next():])
				v, err := first.Verify(t.Context(), id, int64(size), sumOf(data))
				if errors.Is(err, blob.ErrHash) { // the part of the other had come already
					MustUpload(t, first, id, data)
					v, err = first.Verify(t.Context(), id, int64(size), sumOf(data))
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := late.Append(t.Context(), int64(size)-1, wrong[size-1:]); err == nil {
					t.Error("the other's last byte was taken")
				}
				if err := errors.Join(v.Keep(t.Context()), v.Close()); err != nil {
					t.Fatal(err)
				}
				if got := MustRead(t, first, sumOf(data)); !bytes.Equal(got, data) {
					t.Error("other bytes than were verified are kept")
				}
			})
		})
	}
}
