package blob_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

func TestFilesAreCopiedToAnotherPlaceAndBack(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		from, to := blobtest.MustOpenDisk(t, t.TempDir()), p.open(t)
		one, two := random(part+1), random(1000)
		want := []string{nameOf(MustKeep(t, from, id, one)), nameOf(MustKeep(t, from, other, two))}
		slices.Sort(want)
		var done, total int64
		copied, err := blob.CopyAll(t.Context(), from, to, blob.CopyOptions{Progress: func(d, of int64) { done, total = d, of }})
		if all := int64(len(one) + len(two)); err != nil || copied != (blob.Copied{Files: 2, Bytes: all}) || done != all || total != all {
			t.Errorf("copied %+v, %v, and told %d of %d", copied, err, done, total)
		}
		if got := p.names(t); !slices.Equal(got, want) {
			t.Errorf("there: %v, want %v", got, want)
		}
		dir := t.TempDir()
		if _, err := blob.CopyAll(t.Context(), to, blobtest.MustOpenDisk(t, dir), blob.CopyOptions{}); err != nil {
			t.Error(err)
		}
		if got := files(t, dir); !slices.Equal(got, want) {
			t.Errorf("back: %v, want %v", got, want)
		}
	})
}

func TestACopyThatWasBrokenOffGoesOn(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		from, to := blobtest.MustOpenDisk(t, t.TempDir()), p.open(t)
		MustKeep(t, from, id, []byte("a"))
		MustKeep(t, from, other, []byte("b"))
		ctx, cancel := context.WithCancel(t.Context())
		copied, err := blob.CopyAll(ctx, from, to, blob.CopyOptions{AtOnce: 1, Progress: func(int64, int64) { cancel() }})
		if !errors.Is(err, context.Canceled) || copied.Files != 1 {
			t.Fatalf("copied %+v, %v, want one and context.Canceled", copied, err)
		}
		if copied, err = blob.CopyAll(t.Context(), from, to, blob.CopyOptions{}); err != nil || copied.Files != 1 || copied.There != 1 {
			t.Errorf("copied %+v, %v, want the other one", copied, err)
		}
		if got := p.names(t); len(got) != 2 {
			t.Errorf("there: %v, want two files and nothing else", got)
		}
	})
}

func TestAFileThatWasDamagedIsNotCopied(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		dir := t.TempDir()
		from, to := blobtest.MustOpenDisk(t, dir), p.open(t)
		sum := MustKeep(t, from, id, []byte("abc"))
		if err := os.WriteFile(filepath.Join(dir, nameOf(sum)), []byte("abX"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := blob.CopyAll(t.Context(), from, to, blob.CopyOptions{}); !errors.Is(err, blob.ErrHash) {
			t.Errorf("CopyAll = %v, want ErrHash", err)
		}
		wantNoFile(t, to, sum)
	})
}
