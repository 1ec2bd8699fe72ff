package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/scoring/problem"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/instruments"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// instrumentServer keeps instruments.
type instrumentServer struct {
	meritv1.UnimplementedInstrumentServiceServer
	*core
}

// seesDrafts reports whether the caller may know of instruments that are not published.
func seesDrafts(ctx context.Context) bool {
	return access.From(ctx).Acts(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR)
}

// ListInstruments lists instruments by id.
func (s *instrumentServer) ListInstruments(ctx context.Context, req *meritv1.ListInstrumentsRequest) (*meritv1.ListInstrumentsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListInstrumentsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Instruments(seesDrafts(ctx), lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		rows, resp.NextPageToken = page.Cut(p, rows, func(in store.Instrument) []string { return []string{in.ID} })
		resp.Instruments = make([]*meritv1.Instrument, len(rows))
		for i, row := range rows {
			in, err := s.compiled(tx, row)
			if err != nil {
				return err
			}
			resp.Instruments[i] = instrumentHead(row, in)
		}
		return nil
	})
}

// compiled gives the instrument of a row without its source: from the cache, or by reading the row again.
func (s *instrumentServer) compiled(tx *store.Tx, row store.Instrument) (*instrument.Instrument, error) {
	if row.Lifecycle != store.Draft {
		return s.instruments.Published(tx, row.ID)
	}
	row, err := tx.Instrument(row.ID)
	if err != nil {
		return nil, err
	}
	return s.instruments.Compiled(row)
}

// lastKey is the one-part sort key of the last record of the page before; empty on the first page.
func lastKey(p page.Page) string {
	if len(p.After) == 0 {
		return ""
	}
	return p.After[0]
}

// GetInstrument returns an instrument whole.
func (s *instrumentServer) GetInstrument(ctx context.Context, req *meritv1.GetInstrumentRequest) (*meritv1.GetInstrumentResponse, error) {
	resp := &meritv1.GetInstrumentResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		row, in, err := s.visible(ctx, tx, req.GetInstrumentId())
		if err != nil {
			return err
		}
		resp.Instrument = wholeInstrument(row, in)
		return nil
	})
}

// visible returns an instrument that the caller may know of.
func (s *instrumentServer) visible(ctx context.Context, tx *store.Tx, id string) (store.Instrument, *instrument.Instrument, error) {
	row, err := tx.Instrument(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && row.Lifecycle == store.Draft && !seesDrafts(ctx) {
		return row, nil, fault.NotFound(instruments.What, id)
	}
	if err != nil {
		return row, nil, err
	}
	in, err := s.instruments.Compiled(row)
	return row, in, err
}

// published returns an instrument for a caller who names it: a draft is REASON_NOT_FOUND, as what is not there, because the
// public may not know of it.
func (c *core) published(tx *store.Tx, id string) (*instrument.Instrument, error) {
	in, err := c.instruments.Published(tx, id)
	if errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED}) {
		err = fault.NotFound(instruments.What, id)
	}
	return in, err
}

// ValidateInstrument checks a file and stores nothing.
func (s *instrumentServer) ValidateInstrument(ctx context.Context, req *meritv1.ValidateInstrumentRequest) (*meritv1.ValidateInstrumentResponse, error) {
	in, err := instrument.Parse(fileName(req.GetFileName()), req.GetSource())
	var problems problem.Problems
	if errors.As(err, &problems) {
		resp := &meritv1.ValidateInstrumentResponse{Problems: make([]*meritv1.InstrumentProblem, len(problems))}
		for i, p := range problems {
			resp.Problems[i] = &meritv1.InstrumentProblem{Line: int32(p.Line), Column: int32(p.Column), Rule: p.Rule, Message: p.Message.In(access.From(ctx).Language)}
		}
		return resp, nil
	}
	if err != nil {
		return nil, err
	}
	return &meritv1.ValidateInstrumentResponse{Instrument: wholeInstrument(rowOf(in), in)}, nil
}

// fileName is the name by which messages call a file that came without one.
func fileName(name string) string {
	if name == "" {
		return "instrument.yaml"
	}
	return name
}

// rowOf is the row in which a draft of the instrument is kept.
func rowOf(in *instrument.Instrument) store.Instrument {
	digest := in.Digest()
	return store.Instrument{
		ID: in.ID, Title: in.Title, Status: in.Status, Lifecycle: store.Draft, Source: in.Source(),
		Digest: hex.EncodeToString(digest[:]), Replaces: in.Replaces,
	}
}

// SaveInstrumentDraft stores a valid file as a draft.
func (s *instrumentServer) SaveInstrumentDraft(ctx context.Context, req *meritv1.SaveInstrumentDraftRequest) (*meritv1.SaveInstrumentDraftResponse, error) {
	in, err := instrument.Parse(fileName(req.GetFileName()), req.GetSource())
	var problems problem.Problems
	if errors.As(err, &problems) {
		return nil, invalidInstrument(problems)
	}
	if err != nil {
		return nil, err
	}
	draft := rowOf(in)
	draft.SavedBy = access.From(ctx).AccountID
	resp := &meritv1.SaveInstrumentDraftResponse{Instrument: wholeInstrument(draft, in)}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		before, err := tx.Instrument(in.ID)
		switch {
		case err == nil && before.Lifecycle != store.Draft:
			return nil, immutable(in.ID)
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
		return []audit.Entry{{Action: "InstrumentService.SaveInstrumentDraft", Subject: in.ID}}, tx.SaveDraft(draft)
	})
}

// invalidInstrument is REASON_INSTRUMENT_INVALID with every problem at its line and column.
func invalidInstrument(problems problem.Problems) *fault.Error {
	f := fault.New(meritv1.Reason_REASON_INSTRUMENT_INVALID,
		"Instrumen melanggar %s dan tidak disimpan. Perbaiki, lalu kirim lagi berkasnya.",
		"The instrument breaks %s and was not stored. Correct the file and send it again.",
		fault.Count(len(problems), "aturan", "rule", "rules"))
	for _, p := range problems {
		f = f.Field(fmt.Sprintf("line %d, column %d", p.Line, max(p.Column, 1)), "%s (%s)", "%s (%s)", fault.Text{ID: p.Message.Indonesian, EN: p.Message.English}, p.Rule)
	}
	return f
}

func immutable(id string) *fault.Error {
	return fault.New(meritv1.Reason_REASON_INSTRUMENT_IMMUTABLE,
		"Instrumen %s sudah terbit dan tidak dapat diubah. Beri versi barunya id yang baru dan sebutkan yang digantikannya.",
		"Instrument %s is published and never changes. Give the new version a new id and say which it replaces.", id)
}

// PublishInstrument makes a draft immutable.
func (s *instrumentServer) PublishInstrument(ctx context.Context, req *meritv1.PublishInstrumentRequest) (*meritv1.PublishInstrumentResponse, error) {
	resp := &meritv1.PublishInstrumentResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		published, proposal, err := s.publish(ctx, tx, req)
		if err != nil {
			return nil, err
		}
		resp.Instrument, resp.ProposalId = published, proposal
		if proposal != "" {
			return []audit.Entry{proposed(proposal)}, nil
		}
		return []audit.Entry{publishEntry(req.GetInstrumentId())}, nil
	})
}

func publishEntry(id string) audit.Entry {
	return audit.Entry{Action: "InstrumentService.PublishInstrument", Subject: id}
}

// publish makes a draft immutable, or proposes it.
func (s *instrumentServer) publish(ctx context.Context, tx *store.Tx, req *meritv1.PublishInstrumentRequest) (_ *meritv1.Instrument, proposal string, err error) {
	row, in, err := s.publishable(ctx, tx, req)
	if err != nil {
		return nil, "", err
	}
	proposal, err = propose(tx, access.From(ctx), act{kind: meritv1.ProposalKind_PROPOSAL_KIND_PUBLISH_INSTRUMENT, request: req})
	if err != nil || proposal != "" {
		return nil, proposal, err
	}
	if err := tx.PublishInstrument(row.ID, access.From(ctx).AccountID); err != nil {
		return nil, "", err
	}
	row.Lifecycle, row.PublishedAt = store.Published, tx.Now()
	return wholeInstrument(row, in), "", nil
}

// publishable returns the draft that was read, if it can be published.
func (s *instrumentServer) publishable(ctx context.Context, tx *store.Tx, req *meritv1.PublishInstrumentRequest) (store.Instrument, *instrument.Instrument, error) {
	row, in, err := s.visible(ctx, tx, req.GetInstrumentId())
	switch {
	case err != nil:
		return row, nil, err
	case row.Lifecycle != store.Draft:
		return row, nil, immutable(row.ID)
	case row.Digest != req.GetDigest():
		return row, nil, fault.New(meritv1.Reason_REASON_STALE_REVISION,
			"Konsep %s sudah berubah sejak Anda baca: sidiknya %s. Baca lagi, lalu terbitkan.",
			"The draft %s has changed since you read it: its digest is %s. Read it again, then publish it.",
			row.ID, row.Digest).With(instrumentHead(row, in))
	}
	return row, in, s.checkReplaced(tx, in)
}

// checkReplaced checks what an instrument says of the one it replaces.
func (s *instrumentServer) checkReplaced(tx *store.Tx, in *instrument.Instrument) error {
	if in.Replaces == "" {
		return nil
	}
	f := fault.New(meritv1.Reason_REASON_INSTRUMENT_INVALID,
		"Instrumen %s tidak cocok dengan %s yang digantikannya.", "Instrument %s does not fit %s, which it replaces.", in.ID, in.Replaces)
	before, err := s.instruments.Published(tx, in.Replaces)
	var unknown *fault.Error
	if errors.As(err, &unknown) {
		return f.Field("replaces", "%s", "%s", unknown.Text)
	}
	if err != nil {
		return err
	}
	for i := range in.Scoring().Items() {
		item := in.Item(i)
		if item.Predecessor != "" && before.ItemByCode(item.Predecessor) == nil {
			f = f.Field("item "+item.Code, "%s tidak punya butir %s.", "%s has no item %s.", before.ID, item.Predecessor)
		}
	}
	if len(f.Violations) > 0 {
		return f
	}
	return nil
}

// RetireInstrument closes a published instrument to new cycles.
func (s *instrumentServer) RetireInstrument(ctx context.Context, req *meritv1.RetireInstrumentRequest) (*meritv1.RetireInstrumentResponse, error) {
	resp := &meritv1.RetireInstrumentResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		row, in, err := s.visible(ctx, tx, req.GetInstrumentId())
		if err != nil {
			return nil, err
		}
		if row.Lifecycle != store.Published {
			return nil, fault.New(meritv1.Reason_REASON_WRONG_STATE,
				"Instrumen %s berstatus %s; hanya yang PUBLISHED dapat ditarik.",
				"Instrument %s is %s; only one that is PUBLISHED can be retired.", row.ID, row.Lifecycle)
		}
		if err := tx.RetireInstrument(row.ID, access.From(ctx).AccountID); err != nil {
			return nil, err
		}
		row.Lifecycle = store.Retired
		resp.Instrument = wholeInstrument(row, in)
		return []audit.Entry{{Action: "InstrumentService.RetireInstrument", Subject: row.ID}}, nil
	})
}

// DiffInstruments lists what differs between two instruments.
func (s *instrumentServer) DiffInstruments(ctx context.Context, req *meritv1.DiffInstrumentsRequest) (*meritv1.DiffInstrumentsResponse, error) {
	resp := &meritv1.DiffInstrumentsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		_, from, err := s.visible(ctx, tx, req.GetFromId())
		if err != nil {
			return err
		}
		_, to, err := s.visible(ctx, tx, req.GetToId())
		if err != nil {
			return err
		}
		resp.Changes = nil
		for _, c := range instrument.Diff(from, to) {
			resp.Changes = append(resp.Changes, &meritv1.InstrumentChange{
				Kind: string(c.Kind), Subject: c.Subject, Before: c.Before, After: c.After,
			})
		}
		return nil
	})
}
