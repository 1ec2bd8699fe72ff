package server

import (
	"context"
	"errors"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// GetReceipt returns what proves an agency's record.
func (s *auditServer) GetReceipt(ctx context.Context, req *meritv1.GetReceiptRequest) (*meritv1.GetReceiptResponse, error) {
	if (req.GetAssessmentId() == "") == (req.GetResultId() == "") {
		return nil, fault.Invalid("result_id", "sebutkan assessment_id atau result_id, salah satu saja.", "say either assessment_id or result_id.")
	}
	resp := &meritv1.GetReceiptResponse{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		b := &receiptBuilder{tx: tx, r: &meritv1.Receipt{}}
		if err := b.find(access.From(ctx), req); err != nil {
			return err
		}
		if err := b.checkpoint(); err != nil {
			return err
		}
		resp.Receipt = b.r
		return b.fill()
	})
	return resp, err
}

// receiptBuilder puts a receipt together.
type receiptBuilder struct {
	tx      *store.Tx
	r       *meritv1.Receipt
	private bool // the caller may see what stands behind the result
}

// find finds what the receipt is about and how much of it the caller may see.
func (b *receiptBuilder) find(c *access.Caller, req *meritv1.GetReceiptRequest) error {
	if id := req.GetResultId(); id != "" {
		return b.findResult(c, id)
	}
	a, _, err := reach(b.tx, c, req.GetAssessmentId())
	if err != nil {
		return err
	}
	if !seesDecisions(c, &store.Result{AgencyID: a.AgencyID, AssessmentID: a.ID}) {
		return fault.NotFound(whatAssessment, req.GetAssessmentId())
	}
	b.private, b.r.AgencyId, b.r.AssessmentId = true, a.AgencyID, a.ID
	r, err := b.tx.ResultOfAssessment(a.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	b.r.ResultId = r.ID
	return err
}

func (b *receiptBuilder) findResult(c *access.Caller, id string) error {
	r, err := b.tx.Result(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.AssessmentID == "" {
		return fault.NotFound(aResult, id)
	}
	if err != nil {
		return err
	}
	b.r.AgencyId, b.r.AssessmentId, b.r.ResultId = r.AgencyID, r.AssessmentID, r.ID
	within, err := withinRegion(b.tx, c, &r)
	b.private = within && seesDecisions(c, &r)
	return err
}

func (b *receiptBuilder) checkpoint() (err error) {
	b.r.Checkpoint, err = readCheckpoint(b.tx, 0)
	if errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_NOT_FOUND}) {
		return nil // every entry says that it is not yet logged
	}
	return err
}

const closeSession audit.Action = "PlenaryService.CloseSession"

func (b *receiptBuilder) fill() (err error) {
	if b.private {
		if err := b.fillPrivate(); err != nil {
			return err
		}
	}
	if b.r.GetResultId() == "" {
		return nil
	}
	entries, err := b.tx.EntriesAbout(b.r.GetAgencyId(), closeSession, b.r.GetResultId())
	if err != nil {
		return err
	}
	if !b.private {
		entries = slices.DeleteFunc(entries, func(e store.LoggedEntry) bool { return slices.ContainsFunc(e.Entry.Rows, isPrivate) })
	}
	b.r.Determination, err = b.prove(b.r.GetDetermination(), entries)
	return err
}

// isPrivate reports whether a row is of a table that is not public. Who reads an entry has its salt, and could find out by
// trying what stands in a row.
func isPrivate(r audit.Row) bool {
	return r.Table != "determination" && r.Table != "result" && r.Table != "result_aspect"
}

func (b *receiptBuilder) fillPrivate() error {
	submitted, err := b.tx.EntriesAbout(b.r.GetAgencyId(), "AssessmentService.Submit", b.r.GetAssessmentId())
	if err != nil {
		return err
	}
	if n := len(submitted); n > 0 {
		newest, err := b.prove(nil, submitted[n-1:])
		if err != nil {
			return err
		}
		b.r.Submission = newest[0]
	}
	if b.r.GetResultId() != "" { // before it, what the plenary is about is told to nobody
		decided, err := b.tx.EntriesAbout(b.r.GetAgencyId(), closeSession, b.r.GetAssessmentId())
		if err != nil {
			return err
		}
		if b.r.Determination, err = b.prove(nil, decided); err != nil {
			return err
		}
	}
	cited, err := b.tx.EvidenceEntries(b.r.GetAssessmentId())
	if err != nil {
		return err
	}
	b.r.Evidence, err = b.prove(nil, cited)
	return err
}

// prove appends entries with their proofs and the rows that still are as they left them.
func (b *receiptBuilder) prove(all []*meritv1.ProvenEntry, entries []store.LoggedEntry) ([]*meritv1.ProvenEntry, error) {
	for _, e := range entries {
		p := &meritv1.ProvenEntry{Leaf: e.Leaf, NotYetLogged: e.Position < 0 || e.Position >= b.r.GetCheckpoint().GetSize()}
		if !p.GetNotYetLogged() {
			var err error
			if p.Proof, err = inclusion(b.tx, b.r.GetCheckpoint(), e.Position); err != nil {
				return nil, err
			}
		}
		for _, r := range e.Entry.Rows {
			row, err := b.tx.CanonicalRow(r.Table, r.Key)
			if err != nil {
				return nil, err
			}
			if row != nil && !r.Deleted && audit.HashRow(e.Entry.Salt, row) == r.Hash {
				p.Rows = append(p.Rows, &meritv1.ProvenRow{Table: r.Table, Key: r.Key, Canonical: row})
			}
		}
		all = append(all, p)
	}
	return all, nil
}
