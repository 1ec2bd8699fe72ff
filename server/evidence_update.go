package server

import (
	"context"
	"errors"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// UpdateEvidence changes how evidence is described. What a submitted assessment cites stays as it was read.
func (s *evidenceServer) UpdateEvidence(ctx context.Context, req *meritv1.UpdateEvidenceRequest) (*meritv1.UpdateEvidenceResponse, error) {
	title := strings.TrimSpace(req.GetTitle())
	if err := checkValidity(req.GetEffectiveDate(), req.GetValidUntil()); err != nil {
		return nil, err
	}
	e, err := s.changeEvidence(ctx, "EvidenceService.UpdateEvidence", req.GetEvidenceId(), func(tx *store.Tx) (bool, error) {
		return tx.DescribeEvidence(req.GetEvidenceId(), req.GetRevision(), title, req.GetEffectiveDate(), req.GetValidUntil())
	})
	return &meritv1.UpdateEvidenceResponse{Evidence: e}, err
}

// WithdrawEvidence takes evidence out of use. Drafts that cite it no longer do.
func (s *evidenceServer) WithdrawEvidence(ctx context.Context, req *meritv1.WithdrawEvidenceRequest) (*meritv1.WithdrawEvidenceResponse, error) {
	c := access.From(ctx)
	e, err := s.changeEvidence(ctx, "EvidenceService.WithdrawEvidence", req.GetEvidenceId(), func(tx *store.Tx) (bool, error) {
		cited, err := tx.CitationsOf(req.GetEvidenceId(), false)
		if err != nil {
			return false, err
		}
		for _, citation := range cited {
			if _, err := tx.RemoveCitation(citation.ID, c.AccountID); err != nil {
				return false, err
			}
		}
		return tx.WithdrawEvidence(req.GetEvidenceId(), req.GetRevision(), c.AccountID)
	})
	return &meritv1.WithdrawEvidenceResponse{Evidence: e}, err
}

// changeEvidence changes evidence of the caller's own agency at the revision that change knows, which reports whether it
// still was the newest. Faults: NOT_FOUND, IN_USE, IMMUTABLE once withdrawn, STALE_REVISION.
func (s *evidenceServer) changeEvidence(ctx context.Context, action audit.Action, id string, change func(*store.Tx) (bool, error)) (*meritv1.Evidence, error) {
	c := access.From(ctx)
	var m *meritv1.Evidence
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		before, err := ownEvidence(tx, c, id)
		if err != nil {
			return nil, err
		}
		if err := checkUnused(tx, &before); err != nil {
			return nil, err
		}
		ok, err := change(tx)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, staleEvidence(&before)
		}
		after, err := tx.Evidence(id)
		m = evidenceMessage(&after)
		return []audit.Entry{{Action: action, Agency: after.AgencyID, Subject: id}}, err
	})
	return m, err
}

// ownEvidence returns evidence of the agency that the caller acts for, or REASON_NOT_FOUND.
func ownEvidence(tx *store.Tx, c *access.Caller, id string) (store.Evidence, error) {
	e, err := tx.Evidence(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.InAgency(e.AgencyID) {
		return e, fault.NotFound(whatEvidence, id)
	}
	return e, err
}

// checkUnused returns REASON_IMMUTABLE for withdrawn evidence and REASON_IN_USE for evidence that a verifier has seen or
// may see.
func checkUnused(tx *store.Tx, e *store.Evidence) error {
	if !e.WithdrawnAt.IsZero() {
		return fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Bukti dukung ini sudah ditarik. Tambahkan lagi bila masih diperlukan.",
			"This evidence was withdrawn. Add it again if it is still needed.")
	}
	citations, err := tx.CitationsOf(e.ID, false)
	if err != nil {
		return err
	}
	for _, citation := range citations {
		a, err := tx.Assessment(citation.AssessmentID)
		if err != nil {
			return err
		}
		if seen, err := seenByVerifier(tx, &a, &citation); err != nil {
			return err
		} else if seen {
			return evidenceInUse(&a, &citation)
		}
	}
	return nil
}

func evidenceInUse(a *store.Assessment, c *store.Citation) error {
	if a.State == workflow.Determined {
		return fault.New(meritv1.Reason_REASON_IN_USE,
			"Hasil penilaian %s sudah ditetapkan dan bertumpu pada bukti dukung ini (butir %s). Bukti itu tetap untuk selamanya.",
			"The result of assessment %s is determined and rests on this evidence (item %s). It stays for good.", c.AssessmentID, c.Item)
	}
	return fault.New(meritv1.Reason_REASON_IN_USE,
		"Penilaian %s yang sudah diajukan merujuk bukti dukung ini pada butir %s. Tambahkan bukti dukung yang baru, yang ini tetap.",
		"The submitted assessment %s cites this evidence for item %s. Add new evidence; this stays as it is.", c.AssessmentID, c.Item)
}

func staleEvidence(now *store.Evidence) error {
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Bukti dukung ini diubah orang lain menjadi revisi %d. Baca lagi lalu ulangi.",
		"Somebody changed this evidence to revision %d. Read it again and repeat.", now.Revision).With(evidenceMessage(now))
}
