package server

import (
	"context"
	"errors"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// The lease under which one of all processes looks into files. It is renewed for each of them.
const (
	examineLease = "examine-files"
	examineTTL   = 2 * time.Minute
)

// examineAtOnce is how many files one pass takes from the list at a time.
const examineAtOnce = 100

// ExamineFiles looks into the files that came before files were looked into, and has those scanned that no virus scanner
// has seen yet. It returns how many it is through with; none when another process is at it.
func (s *Server) ExamineFiles(ctx context.Context) (done int, err error) {
	err = s.withLease(ctx, examineLease, examineTTL, func(lease store.Lease) (err error) {
		done, err = s.examineAll(ctx, lease, (*store.Tx).UnexaminedFiles, s.examineOld)
		if err == nil && s.examiner.scanner != nil {
			var scanned int
			scanned, err = s.examineAll(ctx, lease, (*store.Tx).UnscannedFiles, s.scanLater)
			done += scanned
		}
		return err
	})
	return done, err
}

// examineAll takes the files of a list one after the other.
func (s *Server) examineAll(ctx context.Context, lease store.Lease, list func(*store.Tx, string, int) ([]store.File, error),
	examine func(context.Context, *store.File, blob.File) (bool, error),
) (done int, err error) {
	for after := ""; ; {
		var files []store.File
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			files, err = list(tx, after, examineAtOnce)
			return err
		})
		if err != nil || len(files) == 0 {
			return done, err
		}
		for i := range files {
			after = files[i].ID
			ok, err := s.examineOne(ctx, lease, &files[i], examine)
			if err != nil {
				return done, err
			}
			if ok {
				done++
			}
		}
	}
}

func (s *Server) examineOne(ctx context.Context, lease store.Lease, f *store.File,
	examine func(context.Context, *store.File, blob.File) (bool, error),
) (bool, error) {
	if err := s.store.RenewLease(ctx, lease, examineTTL); err != nil {
		return false, err
	}
	content, err := s.blobs.OpenFile(ctx, f.SHA256)
	if errors.Is(err, blob.ErrNotFound) {
		s.log.ErrorContext(ctx, "the bytes of a file are missing", "file", f.ID, "sha256", f.SHA256)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer content.Close() //nolint:errcheck // it was only read
	if ok, err := examine(ctx, f, content); !ok || err != nil {
		return false, err
	}
	return true, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := tx.CheckLease(lease); err != nil {
			return nil, err
		}
		return []audit.Entry{{Action: "Service.ExamineFile", Actor: audit.System, Agency: f.AgencyID, Subject: f.ID}},
			tx.SaveExamination(f.Examination)
	})
}

// examineOld looks into a file that was accepted before files were looked into. What would be refused today stays as it is
// and says that it was not examined.
func (s *Server) examineOld(ctx context.Context, f *store.File, content blob.File) (bool, error) {
	found, err := s.examine(ctx, blob.Within(ctx, content), f.Size, f.Name)
	if errors.As(err, new(*fault.Error)) {
		_ = s.scan(ctx, blob.Within(ctx, content), f.Size, &f.Examination) // is pending then
		return true, nil
	}
	if err != nil {
		return false, err
	}
	found.FileID = f.ID
	f.Examination = found.Examination
	return true, nil
}

// scanLater has a file scanned. A scanner that does not answer ends the pass; one that cannot scan this file does not.
func (s *Server) scanLater(ctx context.Context, f *store.File, content blob.File) (bool, error) {
	err := s.scan(ctx, blob.Within(ctx, content), f.Size, &f.Examination)
	if errors.Is(err, clamd.ErrFailed) {
		return false, nil
	}
	return err == nil, err
}

// WatchFiles looks into files at once and then every so often until the context ends.
func (s *Server) WatchFiles(ctx context.Context, every time.Duration) {
	s.repeat(ctx, every, "files not looked into", func() error {
		_, err := s.ExamineFiles(ctx)
		return err
	})
}

// repeat does something at once and then every so often until the context ends, and logs its failures.
func (s *Server) repeat(ctx context.Context, every time.Duration, failed string, do func() error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := do(); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
