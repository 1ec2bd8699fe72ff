package server

import (
	"errors"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// filling is a sheet while its agency answers items, within one update. Answers are added, and then all of them
// saved or none.
type filling struct {
	store.Filling
	tx     *store.Tx
	caller *access.Caller
	in     *instrument.Instrument
	repair *store.Clarification // the round whose items are open; nil in self-assessment: then every item is

	claims []*store.Decision
	fields []string // where each claim stands in the request
	wrong  []fault.Violation
	stale  []*store.Decision // claims that were made without knowing the newest
}

// fill opens a sheet to its agency. It returns REASON_NOT_FOUND to everybody else, and says what closes the sheet:
// its state, the window, or the end of the repair round.
func (s *core) fill(tx *store.Tx, c *access.Caller, id string, received time.Time) (*filling, error) {
	stored, err := tx.Filling(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !c.InAgency(stored.AgencyID) {
		return nil, fault.NotFound(whatAssessment, id)
	}
	if err != nil {
		return nil, err
	}
	f := &filling{Filling: stored, tx: tx, caller: c}
	if _, err := workflow.Take(f.State, workflow.Answer, c.Role); err != nil {
		return nil, err
	}
	if f.State == workflow.InRepair {
		err = f.openRound(received)
	} else {
		err = f.openWindow(received)
	}
	if err != nil {
		return nil, err
	}
	f.in, err = s.instruments.Published(tx, f.InstrumentID)
	return f, err
}

func (f *filling) openWindow(received time.Time) error {
	if f.Window.Open(received) {
		return nil
	}
	agency, err := f.tx.Agency(f.AgencyID, calendar.Day(received))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return f.Window.Check(received, agency.TimeZone)
}

func (f *filling) openRound(received time.Time) error {
	round, err := f.tx.PendingRound(f.ID)
	if err != nil {
		return err
	}
	if !round.OpenAt(received) {
		return roundClosed(&round)
	}
	f.repair = &round
	return nil
}

// add takes one answer of the request, which stands there in field; what is wrong with it is kept for save.
func (f *filling) add(field string, change *meritv1.AnswerChange) {
	d, wrong := readAnswer(f.in, f.AgencyKind, field, change.GetItem(), change.GetAnswer())
	switch {
	case wrong != nil:
	case d.Kind == store.KindNotProven:
		wrong = refused(field+".not_proven", meritv1.Reason_REASON_INVALID_REQUEST,
			"Butir %s: hanya verifikator dan pleno yang memutus \"tidak terbukti\". Isilah tingkat atau kosongkan.",
			"Item %s: only the verifier and the plenary decide NOT_PROVEN. Answer a level or leave it empty.", change.GetItem())
	case f.repair != nil && f.repair.Item(change.GetItem()) == nil:
		wrong = refused(field, meritv1.Reason_REASON_ITEM_CLOSED,
			"Butir %s tidak dibuka dalam putaran perbaikan %d. Yang dibuka hanya butir yang disebut di dalamnya.",
			"Item %s is not open in repair round %d. Only the items it names are.", change.GetItem(), f.repair.Number)
	}
	if wrong != nil {
		f.wrong = append(f.wrong, *wrong)
		return
	}
	claim := &store.Decision{
		Stage: store.StageClaimed, Item: change.GetItem(), Kind: d.Kind, Level: d.Level, Value: d.Value, Note: change.GetNote(),
		DecidedBy: f.caller.AccountID, MembershipID: f.caller.MembershipID,
	}
	if f.repair != nil {
		claim.RoundID = f.repair.ID
	}
	f.claims, f.fields = append(f.claims, claim), append(f.fields, field)
	if now := f.Sheet.Item(claim.Item).Claimed.Seq; change.ExpectedSequence != nil && int(change.GetExpectedSequence()) != now {
		f.outrun(field, claim, now, change.GetExpectedSequence())
	}
}

// outrun notes a claim that was made without knowing the newest one.
func (f *filling) outrun(field string, claim *store.Decision, now int, read int32) {
	f.stale = append(f.stale, claim)
	f.wrong = append(f.wrong, *refused(field, meritv1.Reason_REASON_STALE_REVISION,
		"Butir %s sudah dijawab orang lain: jawaban terbaru nomor %d, sedangkan Anda membaca nomor %d. Bandingkan keduanya lalu simpan lagi.",
		"Item %s was answered by somebody else: the newest answer is number %d, you had read number %d. Compare the two and save again.",
		claim.Item, now, read))
}

// save stores every claim and returns them with the new score, or says everything that is wrong.
func (f *filling) save() ([]*meritv1.Decision, *meritv1.Score, error) {
	sheet, err := f.weigh()
	if err != nil {
		return nil, nil, err
	}
	if len(f.wrong) > 0 {
		return nil, nil, f.refuse()
	}
	return f.keep(sheet)
}

// keep stores claims that weigh found nothing wrong with.
func (f *filling) keep(sheet *scoring.Sheet) ([]*meritv1.Decision, *meritv1.Score, error) {
	if err := f.tx.AppendDecisions(&f.Sheet, f.claims...); err != nil {
		return nil, nil, err
	}
	score := scored.Sheet(f.in, sheet, scored.ByAspect)
	who := people{f.caller.AccountID: {AccountId: f.caller.AccountID, Name: f.caller.Name}}
	saved := make([]*meritv1.Decision, len(f.claims))
	for i, claim := range f.claims {
		saved[i] = decisionMessage(claim, who)
	}
	return saved, score, f.count(score)
}

// weigh checks the claims together, stores nothing, and returns what would be scored with them. What is wrong is in
// f.wrong.
func (f *filling) weigh() (*scoring.Sheet, error) {
	f.checkTwice()
	if err := f.checkAssigned(); err != nil {
		return nil, err
	}
	after := f.Sheet.Clone()
	for _, claim := range f.claims {
		stands := claim.Standing()
		stands.Seq = after.Item(claim.Item).Claimed.Seq + 1
		after.Put(claim.Item, store.StageClaimed, stands)
	}
	sheet, err := scoringSheet(f.in, f.AgencyKind, after, store.StageClaimed)
	if err != nil || len(f.wrong) > 0 {
		return sheet, err
	}
	for i, claim := range f.claims {
		if claim.Kind != store.KindCleared {
			if wrong := behindGates(f.in, sheet, after, f.fields[i], claim.Item); wrong != nil {
				f.wrong = append(f.wrong, *wrong)
			}
		}
	}
	return sheet, nil
}

// checkTwice refuses a request that answers an item twice: which one counts would depend on chance.
func (f *filling) checkTwice() {
	seen := make(map[string]bool, len(f.claims))
	for i, claim := range f.claims {
		if seen[claim.Item] {
			f.wrong = append(f.wrong, *refused(f.fields[i], meritv1.Reason_REASON_INVALID_REQUEST,
				"Butir %s dijawab dua kali dalam permintaan ini. Sisakan satu.", "Item %s is answered twice in this request. Keep one.", claim.Item))
		}
		seen[claim.Item] = true
	}
}

// checkAssigned lets a contributor answer assigned items only.
func (f *filling) checkAssigned() error {
	if !f.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
		return nil
	}
	mine, err := f.tx.AssignedItems(f.ID, f.caller.AccountID)
	for i, claim := range f.claims {
		if !mine[claim.Item] {
			f.wrong = append(f.wrong, *refused(f.fields[i], meritv1.Reason_REASON_NOT_ASSIGNED,
				"Butir %s tidak ditugaskan kepada Anda. Mintalah petugas pengelola menugaskannya.",
				"Item %s is not assigned to you. Ask an operator to assign it.", claim.Item))
		}
	}
	return err
}

// refuse makes the fault. For every stale claim both versions stand in the details: first what is stored, then what was
// sent.
func (f *filling) refuse() error {
	err := refuse(f.wrong)
	for _, sent := range f.stale {
		stored, readErr := f.tx.Decision(f.ID, store.StageClaimed, sent.Item, f.Sheet.Item(sent.Item).Claimed.Seq)
		if readErr != nil && !errors.Is(readErr, store.ErrNotFound) {
			return readErr
		}
		who, readErr := readPeople(f.tx, stored.DecidedBy, sent.DecidedBy)
		if readErr != nil {
			return readErr
		}
		unsaved := decisionMessage(sent, who)
		unsaved.Answer = standingAnswer(store.Standing{Seq: 1, Kind: sent.Kind, Level: sent.Level, Value: sent.Value})
		err.With(decisionMessage(&stored, who), unsaved)
	}
	return err
}

// count keeps for lists how far the sheet is.
func (f *filling) count(score *meritv1.Score) error {
	answered, applicable := int(score.GetAnswered()), int(score.GetApplicable())
	if answered == f.Answered && applicable == f.Applicable {
		return nil
	}
	return f.tx.SetProgress(f.ID, answered, applicable)
}

func (f *filling) entries() []audit.Entry {
	return []audit.Entry{{Action: "AssessmentService.SaveAnswer", Agency: f.AgencyID, Subject: f.ID}}
}
