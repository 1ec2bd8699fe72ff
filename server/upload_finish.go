package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// FinishUpload makes a complete upload evidence of the caller's agency. Repeated, it returns the same evidence.
func (s *evidenceServer) FinishUpload(ctx context.Context, req *meritv1.FinishUploadRequest) (*meritv1.FinishUploadResponse, error) {
	if err := checkValidity(req.GetEffectiveDate(), req.GetValidUntil()); err != nil {
		return nil, err
	}
	resp := &meritv1.FinishUploadResponse{}
	err := s.land(ctx, req.GetUploadId(), landing{
		record: func(tx *store.Tx, u *store.Upload, found *finding) (audit.Entry, error) {
			e := newEvidence(tx, access.From(ctx), store.EvidenceFile, req.GetTitle())
			e.FileName, e.MediaType, e.Size, e.SHA256 = found.kind.NameFor(u.FileName), found.kind.MediaType, u.Size, u.SHA256
			e.Examination = found.Examination
			e.EffectiveDate, e.ValidUntil = req.GetEffectiveDate(), req.GetValidUntil()
			if e.Title == "" {
				e.Title = e.FileName
			}
			u.FinishedAs = e.ID
			resp.Evidence = evidenceMessage(&e)
			return audit.Entry{Action: "EvidenceService.FinishUpload", Agency: e.AgencyID, Subject: e.ID}, tx.InsertEvidence(e)
		},
		again: func(tx *store.Tx, u *store.Upload) error {
			e, err := tx.Evidence(u.FinishedAs)
			if errors.Is(err, store.ErrNotFound) { // it became a document
				return uploadFinished(u)
			}
			resp.Evidence = evidenceMessage(&e)
			return err
		},
	})
	return resp, err
}

// landing is what an upload becomes. Both closures run in a transaction, perhaps more than once.
type landing struct {
	// allow, if set, asks whether the caller may, before the bytes are looked at and again with record.
	allow func(tx *store.Tx) error
	// record adds what the upload becomes, whose id it sets in FinishedAs.
	record func(tx *store.Tx, u *store.Upload, found *finding) (audit.Entry, error)
	// again answers for an upload that has landed already.
	again func(tx *store.Tx, u *store.Upload) error
}

// land checks the bytes of the caller's own upload, makes them durable under their SHA-256 and records what they become,
// while nobody else can finish the same upload. The caller must act for the agency for which the upload was started.
// Faults: OUT_OF_SCOPE, UPLOAD_INCOMPLETE, HASH_MISMATCH, FILE_TYPE_REFUSED, FILE_UNSAFE.
func (s *evidenceServer) land(ctx context.Context, uploadID string, l landing) error {
	u, landed, err := s.landed(ctx, uploadID, l)
	if landed || err != nil {
		return err
	}
	v, err := s.blobs.Verify(ctx, u.ID, u.Size, u.SHA256)
	if err != nil {
		// A call beside this one may have finished it meanwhile, and its bytes are where they belong.
		if _, landed, lookup := s.landed(ctx, uploadID, l); landed || lookup != nil {
			return lookup
		}
		return unverified(&u, err)
	}
	defer v.Close() //nolint:errcheck // what counts was synced by Keep
	found, err := s.examine(ctx, v, u.Size, u.FileName)
	if err != nil {
		return err
	}
	if err := v.Keep(ctx); err != nil {
		return err
	}
	// The bytes are in place: a caller who goes away now must not leave them without their record.
	err = s.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) ([]audit.Entry, error) {
		if l.allow != nil {
			if err := l.allow(tx); err != nil {
				return nil, err
			}
		}
		u := u
		entry, err := l.record(tx, &u, found)
		if err != nil {
			return nil, err
		}
		x := found.Examination
		x.FileID = u.FinishedAs
		return []audit.Entry{entry}, errors.Join(tx.SaveExamination(x), tx.FinishUpload(u.ID, u.FinishedAs))
	})
	if err == nil {
		v.Recorded()
	}
	return err
}

// landed reads the upload and, if it has become something already, answers for that.
func (s *evidenceServer) landed(ctx context.Context, uploadID string, l landing) (u store.Upload, landed bool, err error) {
	c := access.From(ctx)
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if u, err = ownUpload(tx, c, uploadID); err != nil {
			return err
		}
		if u.AgencyID != c.Scope.AgencyID {
			return fault.OutOfScope()
		}
		if l.allow != nil {
			if err := l.allow(tx); err != nil {
				return err
			}
		}
		if landed = u.FinishedAs != ""; landed {
			return l.again(tx, &u)
		}
		return nil
	})
	return u, landed, err
}

// unverified says why an upload cannot be finished.
func unverified(u *store.Upload, err error) error {
	var short *blob.OffsetError
	switch {
	case errors.As(err, &short):
		return fault.New(meritv1.Reason_REASON_UPLOAD_INCOMPLETE,
			"Baru %d dari %d bita diterima. Kirim sisanya mulai bita %[1]d, lalu selesaikan lagi.",
			"Only %d of %d bytes were received. Send the rest from byte %[1]d and finish again.", short.Next, u.Size).
			With(uploadMessage(u, short.Next))
	case errors.Is(err, blob.ErrHash):
		return fault.New(meritv1.Reason_REASON_HASH_MISMATCH,
			"Isi yang diterima tidak cocok dengan SHA-256 yang diumumkan (%s). Kirim lagi dari awal; bila berkasnya berubah, mulai unggahan baru.",
			"The bytes received do not have the announced SHA-256 (%s). Send them again from the start; if the file has changed, start a new upload.", u.SHA256).
			With(uploadMessage(u, 0))
	}
	return err
}
