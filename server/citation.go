package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

var whatCitation = fault.Text{ID: "Rujukan", EN: "citation"}

// Cite ties evidence to items, all or none. What is cited already with the same page and passage is returned as it is.
func (s *evidenceServer) Cite(ctx context.Context, req *meritv1.CiteRequest) (*meritv1.CiteResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.CiteResponse, []audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, nil, err
		}
		if err := s.mayCite(d, req.GetItems()); err != nil {
			return nil, nil, err
		}
		e, err := citable(d, req.GetEvidenceId())
		if err != nil {
			return nil, nil, err
		}
		cited, err := d.cite(&e, req)
		if err != nil {
			return nil, nil, err
		}
		return &meritv1.CiteResponse{Citations: citationMessages(cited)}, d.entries, nil
	})
}

// mayCite asks whether the caller may change now what those items cite. It names every item that is unknown, does not
// apply to the agency, is closed, or is assigned to somebody else.
func (s *evidenceServer) mayCite(d *docket, items []string) error {
	if _, err := d.may(workflow.Cite); err != nil {
		return err
	}
	in, err := s.instruments.Published(d.tx, d.a.InstrumentID)
	if err != nil {
		return err
	}
	var violations []fault.Violation
	for i, item := range items {
		v, err := d.mayCiteItem(in, fmt.Sprintf("items[%d]", i), item)
		if err != nil {
			return err
		}
		if v != nil {
			violations = append(violations, *v)
		}
	}
	if len(violations) == 0 {
		return nil
	}
	return refuseItems(violations)
}

func (d *docket) mayCiteItem(in *instrument.Instrument, field, item string) (*fault.Violation, error) {
	if v := citedItem(in, d, field, item); v != nil {
		return v, nil
	}
	if d.a.State != workflow.Draft && (d.round == nil || d.round.Item(item) == nil) {
		return refused(field, meritv1.Reason_REASON_ITEM_CLOSED,
			"Butir %s tidak sedang dibuka bagi instansi: tidak ada putaran klarifikasi atau perbaikan terbuka yang menyebutnya.",
			"Item %s is not open to the agency: no open round of clarification or repair names it.", item), nil
	}
	if !d.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
		return nil, nil
	}
	assigned, err := d.tx.IsAssigned(d.a.ID, item, d.caller.AccountID)
	if err != nil || assigned {
		return nil, err
	}
	return refused(field, meritv1.Reason_REASON_NOT_ASSIGNED,
		"Butir %s bukan tugas Anda. Mintalah operator menugaskannya kepada Anda.",
		"Item %s is not assigned to you. Ask an operator to assign it.", item), nil
}

// citedItem returns a violation unless the item is one of the instrument that applies to the kind of agency.
func citedItem(in *instrument.Instrument, d *docket, field, item string) *fault.Violation {
	if code, ok := strings.CutPrefix(item, profilePrefix); ok && profileField(in, code) != nil {
		return nil
	}
	i, ok := in.Scoring().ItemIndex(item)
	switch {
	case !ok:
		return refused(field, meritv1.Reason_REASON_UNKNOWN_ITEM,
			"Instrumen %s tidak punya butir %q. Periksa kode butirnya.", "Instrument %s has no item %q. Check the code.", in.ID, item)
	case !in.Scoring().AppliesToKind(i, d.a.AgencyKind):
		return refused(field, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
			"Butir %s tidak berlaku bagi instansi jenis %s.", "Item %s does not apply to agencies of kind %s.", item, d.a.AgencyKind)
	}
	return nil
}

// refuseItems makes one fault of violations, of which there is at least one. It has their reason when they share one.
func refuseItems(violations []fault.Violation) *fault.Error {
	f := &fault.Error{Reason: violations[0].Reason, Text: violations[0].Text}
	for _, v := range violations {
		if v.Reason != f.Reason {
			f.Reason = meritv1.Reason_REASON_INVALID_REQUEST
		}
	}
	if n := len(violations); n > 1 {
		f.Text = fault.T("%d butir tidak dapat diberi rujukan dan tidak ada yang disimpan. Yang pertama: %s",
			"%d items cannot take a citation and nothing was stored. The first: %s", n, f.Text)
	}
	return f.Add(violations...)
}

// citable returns evidence of the assessment's own agency that is in use.
func citable(d *docket, id string) (store.Evidence, error) {
	e, err := d.tx.Evidence(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && e.AgencyID != d.a.AgencyID {
		return e, fault.NotFound(whatEvidence, id)
	}
	if err == nil && !e.WithdrawnAt.IsZero() {
		return e, fault.New(meritv1.Reason_REASON_WRONG_STATE,
			"Bukti dukung %q sudah ditarik. Tambahkan lagi sebelum merujuknya.",
			"The evidence %q was withdrawn. Add it again before citing it.", e.Title)
	}
	return e, err
}

// cite adds what is not cited yet and returns the citations of all items asked for.
func (d *docket) cite(e *store.Evidence, req *meritv1.CiteRequest) (cited []store.Citation, err error) {
	there, err := d.tx.CitationsOf(e.ID, false)
	if err != nil {
		return nil, err
	}
	added := false
	for _, item := range slices.Compact(slices.Sorted(slices.Values(req.GetItems()))) {
		c := store.Citation{
			ID: d.tx.NewID(), AssessmentID: d.a.ID, Item: item, EvidenceID: e.ID, EvidenceTitle: e.Title,
			Page: strings.TrimSpace(req.GetPage()), Quote: strings.TrimSpace(req.GetQuote()),
			CitedAt: d.tx.Now(), CitedBy: d.caller.AccountID, CitedByName: d.caller.Name,
		}
		if d.round != nil {
			c.RoundID = d.round.ID
		}
		if i := slices.IndexFunc(there, c.SaysTheSame); i >= 0 {
			cited = append(cited, there[i])
			continue
		}
		if err := d.tx.InsertCitation(c); err != nil {
			return nil, err
		}
		cited, added = append(cited, c), true
	}
	if added {
		d.entry("EvidenceService.Cite", e.ID)
	}
	return cited, nil
}

// Uncite removes a citation that no verifier has seen. Repeated, it does nothing.
func (s *evidenceServer) Uncite(ctx context.Context, req *meritv1.UnciteRequest) (*meritv1.UnciteResponse, error) {
	return &meritv1.UnciteResponse{}, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		c, err := tx.Citation(req.GetCitationId())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		d, err := takeAssessment(ctx, tx, c.AssessmentID) // also of none, which takes as long as one out of reach
		if errors.Is(err, fault.NotFound(whatAssessment, "")) {
			return nil, fault.NotFound(whatCitation, req.GetCitationId())
		}
		if err != nil {
			return nil, err
		}
		if !c.RemovedAt.IsZero() {
			return d.entries, nil // what taking the assessment recorded stays
		}
		if err := s.mayUncite(d, &c); err != nil {
			return nil, err
		}
		if _, err := tx.RemoveCitation(c.ID, access.From(ctx).AccountID); err != nil {
			return nil, err
		}
		d.entry("EvidenceService.Uncite", c.EvidenceID)
		return d.entries, nil
	})
}

// mayUncite asks whether the caller may take a citation back: while its item is open, and unless it was there before the
// item was opened to the agency again.
func (s *evidenceServer) mayUncite(d *docket, c *store.Citation) error {
	seen, err := seenByVerifier(d.tx, &d.a, c)
	if err != nil {
		return err
	}
	if d.round != nil && c.RoundID == d.round.ID {
		seen = false
	}
	if _, err := d.may(workflow.Cite); err != nil {
		return err
	}
	if seen {
		return fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Rujukan ini sudah dilihat verifikator dan tetap. Tambahkan rujukan lain bila perlu.",
			"A verifier has seen this citation: it stays. Add another one if need be.")
	}
	return s.mayCite(d, []string{c.Item})
}

// seenByVerifier reports whether a verifier has seen a citation, or may: its assessment is submitted, or a verifier gave
// it back after the citation was made.
func seenByVerifier(tx *store.Tx, a *store.Assessment, c *store.Citation) (bool, error) {
	if a.State != workflow.Draft {
		return true, nil
	}
	if a.SubmittedAt.IsZero() {
		return false, nil
	}
	steps, err := tx.Steps(a.ID)
	return slices.ContainsFunc(steps, func(s store.Step) bool {
		return s.Step == workflow.Return && s.TakenAt.After(c.CitedAt)
	}), err
}

func citationMessages(all []store.Citation) []*meritv1.Citation {
	messages := make([]*meritv1.Citation, len(all))
	for i := range all {
		messages[i] = citationMessage(&all[i])
	}
	return messages
}

func citationMessage(c *store.Citation) *meritv1.Citation {
	return &meritv1.Citation{
		Id: c.ID, AssessmentId: c.AssessmentID, Item: c.Item, EvidenceId: c.EvidenceID, EvidenceTitle: c.EvidenceTitle,
		Page: c.Page, Quote: c.Quote, CitedBy: person(c.CitedBy, c.CitedByName), CitedAt: timestamp(c.CitedAt),
		RoundId: c.RoundID, CarriedFrom: c.CarriedFrom,
	}
}
