package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
)

// Verified is what Verify found. The backup is whole when there are no problems.
type Verified struct {
	Restored
	Files    int64    // of evidence
	Problems []string // one line each, in English
}

// Verify reads all of a backup, the newest one when no name is given: whether every part is as the manifest says, whether
// every file of evidence that the rows name is there with its bytes, and whether the rows are as the trail says. It brings
// the rows into a SQLite file in the folder scratch, which it removes. check, when not nil, is given that database to
// look at it further; its error is a problem.
func Verify(ctx context.Context, name string, k Key, o Options, scratch string, check func(context.Context, *store.Store) error) (v *Verified, err error) {
	r, err := newReader(o, name, k)
	if err != nil {
		return nil, err
	}
	v = &Verified{Restored: Restored{Manifest: r.manifest}}
	have, err := v.files(ctx, r)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(scratch, "merit-verify-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(dir, "merit.db"), Now: o.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return v, v.rows(ctx, r, s, have, check)
}

// found adds a problem, unless the error is one of the machine or of the caller rather than of the backup.
func (v *Verified) found(err error) error {
	if err == nil || !errors.Is(err, ErrDamaged) && !errors.As(err, new(*store.ConstraintError)) {
		return err
	}
	v.Problems = append(v.Problems, err.Error())
	return nil
}

// files reads every file of evidence and returns which there are.
func (v *Verified) files(ctx context.Context, r *reader) (have map[string]bool, err error) {
	have = map[string]bool{}
	err = r.eachFile(ctx, func(f blob.Listed) error {
		v.Files++
		have[f.SHA256] = true
		return v.found(r.checkFile(f))
	})
	r.progress("evidence", v.Files)
	return have, v.found(err)
}

func (r *reader) checkFile(f blob.Listed) error {
	plain, done, err := r.openFile(f.SHA256)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // it was only read
	sum, size, err := hashOf(plain)
	if err != nil {
		return fmt.Errorf("file of evidence %s: %w", f.SHA256, err)
	}
	if sum != f.SHA256 || size != f.Size {
		return fmt.Errorf("%w: the file of evidence %s has other bytes than its name says", ErrDamaged, f.SHA256)
	}
	return nil
}

func (v *Verified) rows(ctx context.Context, r *reader, s *store.Store, have map[string]bool, check func(context.Context, *store.Store) error) error {
	restored, err := r.fill(ctx, s)
	if err != nil {
		return v.found(err)
	}
	v.Found = restored.Found
	for _, d := range v.Found {
		v.Problems = append(v.Problems, fmt.Sprintf("%s %s: %s (entry %s)", d.Table, d.Key, d.Problem, d.Entry))
	}
	named, err := s.NamedFiles(ctx)
	if err != nil {
		return err
	}
	for _, sum := range named {
		if !have[sum] {
			v.Problems = append(v.Problems, "the rows name a file of evidence that the backup does not have: "+sum)
		}
	}
	if check == nil {
		return nil
	}
	if err := check(ctx, s); err != nil {
		v.Problems = append(v.Problems, err.Error())
	}
	return nil
}
