package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// Decide settles one agenda item.
func (s *plenaryServer) Decide(ctx context.Context, req *meritv1.DecideRequest) (*meritv1.DecideResponse, error) {
	resp := new(meritv1.DecideResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		h, err := s.takeSession(ctx, tx, req.GetSessionId())
		if err != nil {
			return nil, err
		}
		item, err := h.toDecide(req)
		if err != nil {
			return nil, err
		}
		a, agency, err := reach(tx, h.caller, item.AssessmentID)
		if err != nil {
			return nil, err
		}
		if err := h.recuseByRule(); err != nil {
			return nil, err
		}
		if err := h.mayDecide(item, agency.Name); err != nil {
			return nil, err
		}
		if err := h.decide(item, &a, agency, req); err != nil {
			return nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlenaryService.Decide", Agency: a.AgencyID, Subject: a.ID})
		resp.Item, err = h.itemNow(a.ID)
		return []audit.Entry{entry}, err
	})
	return resp, err
}

// decide checks an outcome and records it: to postpone takes a reason, to determine everything else.
func (h *hearing) decide(item *store.AgendaItem, a *store.Assessment, agency store.Agency, req *meritv1.DecideRequest) error {
	counted := h.count(item)
	item.Counted = h.eligible(item)
	item.Outcome, item.Acknowledged = outcomes[req.GetOutcome()], req.GetAcknowledgeReconstructed()
	item.Reason = cmp.Or(strings.TrimSpace(req.GetReason()), item.Reason)
	item.DecidedAt, item.DecidedBy = h.tx.Now(), h.caller.AccountID
	item.Eligible, item.InFavour = counted.eligible, counted.inFavour
	if err := checkOutcome(item, len(req.GetLevels())); err != nil {
		return err
	}
	if item.Outcome != store.Postponed {
		if err := h.mayDetermine(item, a, agency, counted); err != nil {
			return err
		}
		if err := h.setLevels(item, a, req.GetLevels()); err != nil {
			return err
		}
	}
	_, err := h.tx.DecideAgendaItem(*item)
	return err
}

var outcomes = map[meritv1.Outcome]store.Outcome{
	meritv1.Outcome_OUTCOME_ADOPTED:   store.Adopted,
	meritv1.Outcome_OUTCOME_CHANGED:   store.Changed,
	meritv1.Outcome_OUTCOME_POSTPONED: store.Postponed,
}

func outcomeMessage(o store.Outcome) meritv1.Outcome {
	for m, outcome := range outcomes {
		if outcome == o {
			return m
		}
	}
	return meritv1.Outcome_OUTCOME_UNSPECIFIED
}

// checkOutcome checks that levels and reason fit the outcome.
func checkOutcome(item *store.AgendaItem, levels int) error {
	switch {
	case item.Outcome == store.Changed && levels == 0:
		return fault.Invalid("levels", "CHANGED harus menyebut sekurang-kurangnya satu tingkat.", "CHANGED names at least one level.")
	case item.Outcome != store.Changed && levels > 0:
		return fault.Invalid("levels", "Hanya CHANGED yang mengubah tingkat.", "Only CHANGED sets levels.")
	case item.Outcome == store.Postponed && item.Reason == "":
		return fault.New(meritv1.Reason_REASON_REASON_REQUIRED,
			"Tulis alasan penundaan.", "Say why the item is postponed.").Field("reason", "Wajib diisi.", "It must not be empty.")
	}
	return nil
}

// mayDetermine asks whether the plenary may determine an assessment now: in its state and window, with an official
// instrument, quorum and majority.
func (h *hearing) mayDetermine(item *store.AgendaItem, a *store.Assessment, agency store.Agency, counted tally) error {
	rule, err := workflow.Take(a.State, determining(item), h.caller.Role)
	if err != nil {
		return err
	}
	if _, err := openPhase(h.tx, a.CycleID, agency, rule.Phases); err != nil {
		return err
	}
	if h.in.Status != instrument.Official {
		return fault.New(meritv1.Reason_REASON_PROVISIONAL_INSTRUMENT,
			"Instrumen %s masih sementara: hasilnya dapat diukur, tidak dapat ditetapkan. Tunggu instrumen resmi.",
			"Instrument %s is provisional: it can be measured with, not determined. Wait for an official one.", h.in.ID)
	}
	return counted.carries(&h.cycle, agency.Name)
}

// determining is the step that an agenda item leads to.
func determining(item *store.AgendaItem) workflow.Step {
	if item.Corrects != "" {
		return workflow.Correct
	}
	return workflow.Determine
}

// setLevels checks the levels that the plenary sets otherwise and the sheet they make, and keeps them.
func (h *hearing) setLevels(item *store.AgendaItem, a *store.Assessment, levels []*meritv1.DeterminedLevel) error {
	sheet, err := h.tx.Sheet(a.ID)
	if err != nil {
		return err
	}
	set, err := h.readLevels(item, a, &sheet, levels)
	if err != nil {
		return err
	}
	h.levels = append(h.levels, set...)
	determined := h.determined(item, &sheet)
	scored, err := scoringSheet(h.in, a.AgencyKind, determined, store.StageDetermined)
	if err != nil {
		return err
	}
	if err := h.checkDetermined(item, scored, levels); err != nil {
		return err
	}
	for _, l := range set {
		if err := h.tx.InsertPlenaryLevel(l); err != nil {
			return err
		}
	}
	return nil
}

// readLevels reads levels that differ from what stands, each item once.
func (h *hearing) readLevels(item *store.AgendaItem, a *store.Assessment, sheet *store.Sheet, levels []*meritv1.DeterminedLevel) ([]store.PlenaryLevel, error) {
	var wrong []fault.Violation
	var set []store.PlenaryLevel
	seen := map[string]bool{}
	for i, l := range levels {
		field := fmt.Sprintf("levels[%d].answer", i)
		v, bad := readAnswer(h.in, a.AgencyKind, field, l.GetItem(), l.GetAnswer())
		v.Seq = 1 // it stands
		switch {
		case bad != nil:
		case strings.HasPrefix(l.GetItem(), profilePrefix):
			bad = unknownItem(h.in, field, l.GetItem())
		case !v.Stands():
			bad = refused(field, meritv1.Reason_REASON_INVALID_REQUEST, "Isilah tingkat, pilihan, atau tidak terbukti.", "Set a level, an option, or not proven.")
		case seen[l.GetItem()]:
			bad = refused(field, meritv1.Reason_REASON_INVALID_REQUEST, "Butir %s disebut dua kali.", "Item %s is named twice.", l.GetItem())
		case v.SameAs(standsBefore(item, sheet.Item(l.GetItem()))):
			bad = refused(field, meritv1.Reason_REASON_INVALID_REQUEST, "Butir %s sudah bernilai begitu; hapus dari daftar.",
				"Item %s stands at that already; leave it out.", l.GetItem())
		}
		seen[l.GetItem()] = true
		if bad != nil {
			wrong = append(wrong, *bad)
			continue
		}
		set = append(set, store.PlenaryLevel{
			SessionID: item.SessionID, AssessmentID: a.ID, Item: l.GetItem(), Kind: string(v.Kind), Level: v.Level, Value: v.Value,
			Reason: l.GetReason(), RecordedAt: h.tx.Now(), RecordedBy: h.caller.AccountID,
		})
	}
	if len(wrong) > 0 {
		return nil, refuse(wrong)
	}
	return set, nil
}

// standsBefore is what stands of an item before the plenary changes it: what was verified; in a correction what was
// determined, so that nothing falls back unsaid. To adopt in a correction is to return to what was verified.
func standsBefore(item *store.AgendaItem, i store.SheetItem) store.Standing {
	if item.Corrects != "" && item.Outcome != store.Adopted {
		return i.Determined
	}
	return i.Verified
}

// determined is the sheet as an agenda item determines it: what stood before, and the levels set in the session.
func (h *hearing) determined(item *store.AgendaItem, sheet *store.Sheet) *store.Sheet {
	d := sheet.Clone()
	for _, i := range sheet.Items {
		d.Put(i.Item, store.StageDetermined, standsBefore(item, i))
	}
	for _, l := range h.levels {
		if l.AssessmentID == item.AssessmentID {
			d.Put(l.Item, store.StageDetermined, store.Standing{Seq: 1, Kind: store.DecisionKind(l.Kind), Level: l.Level, Value: l.Value})
		}
	}
	return d
}

// checkDetermined refuses levels of items that do not apply, items that apply and have none, and a score that rests on
// reconstructed items unless that is acknowledged.
func (h *hearing) checkDetermined(item *store.AgendaItem, sheet *scoring.Sheet, levels []*meritv1.DeterminedLevel) error {
	for i, l := range levels {
		if n, _ := h.in.Scoring().ItemIndex(l.GetItem()); !sheet.State(n).Applies() {
			return refuse([]fault.Violation{*refused(fmt.Sprintf("levels[%d].item", i), meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
				"Butir %s tidak berlaku karena nilai butir penentunya.", "Item %s does not apply because of what its gate stands at.", l.GetItem())})
		}
	}
	missing := fault.New(meritv1.Reason_REASON_INCOMPLETE,
		"Ada butir yang berlaku tetapi belum punya nilai.", "Some items apply and have nothing to determine.")
	for _, code := range applicableItems(h.in, sheet) {
		if n, _ := h.in.Scoring().ItemIndex(code); sheet.Answer(n) == scoring.Unanswered {
			missing.Field(code, "Tetapkan nilainya beserta alasan.", "Set it, with a reason.")
		}
	}
	if len(missing.Violations) > 0 {
		return missing
	}
	if scored.Sheet(h.in, sheet, scored.ByAspect).GetRestsOnReconstructed() && !item.Acknowledged {
		return fault.New(meritv1.Reason_REASON_RECONSTRUCTED_NOT_ACKNOWLEDGED,
			"Hasil ini bertumpu pada butir instrumen %s yang direkonstruksi. Pleno harus menyatakan mengetahuinya.",
			"This result rests on items of instrument %s that are reconstructed. The plenary has to acknowledge it.", h.in.ID)
	}
	return nil
}

// CorrectDetermination puts a determined assessment on the agenda again.
func (s *plenaryServer) CorrectDetermination(ctx context.Context, req *meritv1.CorrectDeterminationRequest) (*meritv1.CorrectDeterminationResponse, error) {
	resp := new(meritv1.CorrectDeterminationResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		h, err := s.takeSession(ctx, tx, req.GetSessionId())
		if err != nil {
			return nil, err
		}
		r, err := h.correctable(req.GetResultId())
		if err != nil {
			return nil, err
		}
		if err := onNoAgenda(tx, r.AssessmentID, r.AgencyName); err != nil {
			return nil, err
		}
		err = tx.InsertAgendaItem(store.AgendaItem{
			SessionID: h.session.ID, AssessmentID: r.AssessmentID, Corrects: r.DeterminationID, Reason: req.GetReason(),
		})
		if err != nil {
			return nil, err
		}
		if h.agenda, err = tx.Agenda(h.session.ID); err != nil {
			return nil, err
		}
		if err := h.recuseByRule(); err != nil {
			return nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlenaryService.CorrectDetermination", Agency: r.AgencyID, Subject: r.ID})
		resp.Item, err = h.itemNow(r.AssessmentID)
		return []audit.Entry{entry}, err
	})
	return resp, err
}

// correctable returns the result in force of a determination of the session's cycle.
func (h *hearing) correctable(resultID string) (store.Result, error) {
	r, err := h.tx.Result(resultID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && r.CycleID != h.session.CycleID:
		return r, fault.New(meritv1.Reason_REASON_NOT_FOUND,
			"Siklus %s tidak punya hasil %q yang ditetapkan pleno. Hasil impor dikoreksi dengan impor.",
			"Cycle %s has no result %q determined by the plenary. An imported one is corrected by an import.", h.cycle.Name, resultID)
	case err != nil:
		return r, err
	case r.CorrectedBy != "":
		return r, fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Hasil ini sudah dikoreksi oleh hasil %s. Koreksilah hasil itu.",
			"This result was corrected by result %s already. Correct that one.", r.CorrectedBy)
	}
	_, err = workflow.Take(workflow.Determined, workflow.Correct, h.caller.Role)
	return r, err
}
