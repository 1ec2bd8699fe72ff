package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
		b := &receiptBuilder{tx: tx, r: &meritv1.Receipt{}, whole: req.GetWhole()}
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
	whole   bool
	result  *store.Result // nil before the determination
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
	if err == nil {
		b.r.ResultId, b.result = r.ID, &r
	}
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
	b.r.AgencyId, b.r.AssessmentId, b.r.ResultId, b.result = r.AgencyID, r.AssessmentID, r.ID, &r
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
	if b.r.Determination, err = b.prove(b.r.GetDetermination(), entries, nil); err != nil || !b.whole {
		return err
	}
	return b.fillWhole()
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
		newest, err := b.prove(nil, submitted[n-1:], nil)
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
		if b.r.Determination, err = b.prove(nil, decided, nil); err != nil {
			return err
		}
	}
	cited, err := b.tx.EvidenceEntries(b.r.GetAssessmentId())
	if err != nil {
		return err
	}
	if b.r.Evidence, err = b.prove(nil, cited, nil); err != nil {
		return err
	}
	if err := b.fillChanged(cited); err != nil {
		return err
	}
	return b.fillCitations()
}

// fillChanged proves evidence that was described anew since it came in: the row stands in a later entry.
func (b *receiptBuilder) fillChanged(cited []store.LoggedEntry) error {
	changed := map[string]rowSet{} // by agency
	for i, e := range b.r.GetEvidence() {
		agency, asIs := cited[i].Entry.Agency, func(r *meritv1.ProvenRow) bool { return r.GetTable() == "evidence" }
		if !slices.ContainsFunc(e.GetRows(), asIs) {
			if changed[agency] == nil {
				changed[agency] = rowSet{}
			}
			changed[agency]["evidence "+cited[i].Entry.Subject] = true
		}
	}
	for _, agency := range slices.Sorted(maps.Keys(changed)) {
		later, err := b.proveRows(agency, changed[agency])
		if err != nil {
			return err
		}
		b.r.Evidence = append(b.r.Evidence, later...)
	}
	return nil
}

// fillCitations proves what ties the evidence to the assessment.
func (b *receiptBuilder) fillCitations() error {
	citations, err := b.tx.Citations(b.r.GetAssessmentId(), "")
	if err != nil {
		return err
	}
	wanted := rowSet{}
	for _, c := range citations {
		wanted["citation "+c.ID] = true
	}
	b.r.Citations, err = b.proveRows(b.r.GetAgencyId(), wanted)
	return err
}

// fillWhole adds what the score can be computed from again.
func (b *receiptBuilder) fillWhole() error {
	in, err := b.proveRows("", rowSet{"instrument " + b.result.InstrumentID: true})
	if err != nil {
		return err
	}
	if len(in) > 0 {
		b.r.Instrument = in[len(in)-1]
	}
	if !b.private {
		return nil
	}
	decisions, err := b.tx.Decisions(b.r.GetAssessmentId(), "")
	if err != nil {
		return err
	}
	newest := map[string]string{}
	for _, d := range decisions {
		if d.Stage != store.StageDetermined && !d.DecidedAt.After(b.result.RecordedAt) { // the determined ones stand in the determination
			at := string(d.Stage) + "/" + d.Item
			newest[at] = fmt.Sprintf("decision %s/%s/%d", b.r.GetAssessmentId(), at, d.Seq)
		}
	}
	wanted := rowSet{}
	for _, name := range newest {
		wanted[name] = true
	}
	b.r.Decisions, err = b.proveRows(b.r.GetAgencyId(), wanted)
	return err
}

// rowSet names rows: "table key".
type rowSet map[string]bool

func (w rowSet) has(r audit.Row) bool { return w[r.Table+" "+r.Key] }

// proveRows proves rows by the entries that left them as they are.
func (b *receiptBuilder) proveRows(agencyID string, wanted rowSet) ([]*meritv1.ProvenEntry, error) {
	entries, err := b.tx.EntriesOfRows(agencyID, wanted.has)
	if err != nil {
		return nil, err
	}
	return b.prove(nil, entries, wanted)
}

// prove appends entries with their proofs and the rows that still are as they left them: all, or those that are wanted.
func (b *receiptBuilder) prove(all []*meritv1.ProvenEntry, entries []store.LoggedEntry, wanted rowSet) ([]*meritv1.ProvenEntry, error) {
	for _, e := range entries {
		p := &meritv1.ProvenEntry{Leaf: e.Leaf, NotYetLogged: e.Position < 0 || e.Position >= b.r.GetCheckpoint().GetSize()}
		if !p.GetNotYetLogged() {
			var err error
			if p.Proof, err = inclusion(b.tx, b.r.GetCheckpoint(), e.Position); err != nil {
				return nil, err
			}
		}
		for _, r := range e.Entry.Rows {
			if wanted != nil && !wanted.has(r) {
				continue
			}
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
