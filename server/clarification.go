package server

import (
	"context"
	"errors"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

var whatRound = fault.Text{ID: "Putaran klarifikasi", EN: "clarification round"}

// OpenClarification asks the agency about named items and releases what was verified of them so far.
func (s *verificationServer) OpenClarification(ctx context.Context, req *meritv1.OpenClarificationRequest) (*meritv1.OpenClarificationResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.OpenClarificationResponse, []audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, nil, err
		}
		if err := d.verifying(); err != nil {
			return nil, nil, err
		}
		round, err := s.openRound(d, req)
		if err != nil {
			return nil, nil, err
		}
		if err := d.tellOpened(&round); err != nil {
			return nil, nil, err
		}
		d.entry("VerificationService.OpenClarification", round.ID)
		m, err := clarificationMessages(tx, round)
		if err != nil {
			return nil, nil, err
		}
		return &meritv1.OpenClarificationResponse{Clarification: m[0]}, d.entries, nil
	})
}

// openRound checks the questions and opens the round they make.
func (s *verificationServer) openRound(d *docket, req *meritv1.OpenClarificationRequest) (c store.Clarification, err error) {
	if d.round != nil {
		return c, roundOpen(d.round)
	}
	c = store.Clarification{
		ID: d.tx.NewID(), AssessmentID: d.a.ID, Kind: roundKind(req.GetKind()),
		LastDay: req.GetLastDay(), OpenedAt: d.tx.Now(), OpenedBy: d.caller.AccountID,
	}
	step := workflow.OpenClarification
	if c.Kind == store.RoundRepair {
		step = workflow.OpenRepair
	}
	rule, err := workflow.Take(d.a.State, step, d.caller.Role)
	if err != nil {
		return c, err
	}
	window, err := openPhase(d.tx, d.a.CycleID, d.agency, rule.Phases)
	if err != nil {
		return c, err
	}
	if err := checkLastDay(c.LastDay, calendar.Day(d.tx.Now()), window); err != nil {
		return c, err
	}
	if c.Items, err = s.questions(d, req.GetQuestions()); err != nil {
		return c, err
	}
	if err := errors.Join(d.tx.InsertClarification(c), d.step(rule, "")); err != nil {
		return c, err
	}
	return d.tx.Clarification(c.ID)
}

func roundOpen(c *store.Clarification) *fault.Error {
	return fault.New(meritv1.Reason_REASON_ROUND_OPEN,
		"Putaran klarifikasi %d masih terbuka sampai %s pukul 24.00 WIB. Tutup dahulu atau tunggu batas waktunya.",
		"Clarification round %d is open until %s, 24:00 WIB. Close it first or wait for its deadline.", c.Number, c.LastDay)
}

// checkLastDay refuses a deadline that is no date, is over, or lies after the window that is open.
func checkLastDay(day, today string, w calendar.Window) error {
	switch {
	case !calendar.IsDay(day):
		return fault.Invalid("last_day", "%q bukan tanggal yang ada.", "%q is not a date that exists.", day)
	case day < today:
		return fault.Invalid("last_day", "%s sudah lewat; hari ini %s.", "%s is over; today is %s.", day, today)
	case day > w.Until():
		return fault.New(meritv1.Reason_REASON_OUTSIDE_WINDOW,
			"Batas waktu %s lewat dari hari terakhir tahap ini, %s. Pilih hari yang lebih awal atau mintalah perpanjangan bagi instansi.",
			"The last day %s lies after the last day of the phase, %s. Choose an earlier day or ask for an extension for the agency.", day, w.Until())
	}
	return nil
}

// questions checks that each question is about an item of the instrument that can apply to the agency, once.
func (s *verificationServer) questions(d *docket, asked []*meritv1.ClarificationQuestion) ([]store.ClarificationItem, error) {
	in, err := s.instruments.Published(d.tx, d.a.InstrumentID)
	if err != nil {
		return nil, err
	}
	wrong := fault.New(meritv1.Reason_REASON_UNKNOWN_ITEM,
		"Ada pertanyaan tentang butir yang tidak dapat ditanyakan.", "Some questions are about items that cannot be asked about.")
	items := make([]store.ClarificationItem, 0, len(asked))
	seen := map[string]bool{}
	for i, q := range asked {
		field := fmt.Sprintf("questions[%d].item", i)
		n, ok := in.Scoring().ItemIndex(q.GetItem())
		switch {
		case !ok:
			wrong.Field(field, "Instrumen %[2]s tidak punya butir %[1]q.", "Instrument %[2]s has no item %[1]q.", q.GetItem(), in.ID)
		case !in.Scoring().AppliesToKind(n, d.a.AgencyKind):
			wrong.Field(field, "Butir %s tidak berlaku bagi instansi jenis %s.", "Item %s does not apply to agencies of kind %s.", q.GetItem(), d.a.AgencyKind)
		case seen[q.GetItem()]:
			wrong.Field(field, "Butir %s ditanyakan dua kali; satukan pertanyaannya.", "Item %s is asked about twice; put the questions together.", q.GetItem())
		}
		seen[q.GetItem()] = true
		items = append(items, store.ClarificationItem{Item: q.GetItem(), Question: q.GetQuestion()})
	}
	if len(wrong.Violations) > 0 {
		return nil, wrong
	}
	return items, nil
}

// takeRound puts the assessment of a round on the caller's desk, with the round, which is open. For one that the caller may
// not know of it runs the same statements as for none.
func takeRound(ctx context.Context, tx *store.Tx, id string) (d *docket, c store.Clarification, err error) {
	assessment, err := tx.AssessmentOfRound(id)
	if err != nil {
		return nil, c, err
	}
	d, err = takeAssessment(ctx, tx, assessment)
	if errors.Is(err, fault.NotFound(whatAssessment, "")) {
		return nil, c, fault.NotFound(whatRound, id)
	}
	if err == nil {
		c, err = tx.Clarification(id)
	}
	if err != nil {
		return nil, c, err
	}
	if d.round == nil || d.round.ID != id {
		return nil, c, roundClosed(&c)
	}
	return d, c, nil
}

func roundClosed(c *store.Clarification) *fault.Error {
	when := fault.T("pada batas waktunya, %s pukul 24.00 WIB", "at its deadline, %s, 24:00 WIB", c.LastDay)
	if !c.ClosedAt.IsZero() && c.ClosedAt.Before(c.ClosesAt()) {
		when = fault.T("pada %s", "on %s", calendar.Day(c.ClosedAt))
	}
	return fault.New(meritv1.Reason_REASON_ROUND_CLOSED,
		"Putaran klarifikasi %d sudah ditutup %s. Hubungi verifikator bila masih ada yang perlu dijelaskan.",
		"Clarification round %d was closed %s. Ask the verifier to open another one if something is left to say.", c.Number, when)
}

// AnswerClarification adds the agency's answer to one question.
func (s *verificationServer) AnswerClarification(ctx context.Context, req *meritv1.AnswerClarificationRequest) (*meritv1.AnswerClarificationResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.AnswerClarificationResponse, []audit.Entry, error) {
		d, c, err := takeRound(ctx, tx, req.GetClarificationId())
		if err != nil {
			return nil, nil, err
		}
		if err := d.mayAnswer(&c, req.GetItem()); err != nil {
			return nil, nil, err
		}
		err = tx.InsertClarificationAnswer(c.ID, req.GetItem(), store.ClarificationAnswer{
			Answer: req.GetAnswer(), AnsweredAt: tx.Now(), AnsweredBy: d.caller.AccountID,
		})
		if err != nil {
			return nil, nil, err
		}
		if err := d.tellAnswered(&c, req.GetItem()); err != nil {
			return nil, nil, err
		}
		d.entry("VerificationService.AnswerClarification", c.ID)
		m, err := roundNow(tx, c.ID)
		return &meritv1.AnswerClarificationResponse{Clarification: m}, d.entries, err
	})
}

// mayAnswer asks whether the caller may answer the question on an item: a contributor only those assigned.
func (d *docket) mayAnswer(c *store.Clarification, item string) error {
	if _, err := d.may(workflow.AnswerQuestion); err != nil {
		return err
	}
	if c.Item(item) == nil {
		return fault.New(meritv1.Reason_REASON_ITEM_CLOSED,
			"Putaran klarifikasi %d tidak menanyakan butir %q.", "Clarification round %d does not ask about item %q.", c.Number, item)
	}
	if !d.caller.Acts(meritv1.Role_ROLE_CONTRIBUTOR) {
		return nil
	}
	assigned, err := d.tx.IsAssigned(d.a.ID, item, d.caller.AccountID)
	if err == nil && !assigned {
		return fault.New(meritv1.Reason_REASON_NOT_ASSIGNED,
			"Butir %s bukan tugas Anda. Mintalah operator menugaskannya kepada Anda.",
			"Item %s is not assigned to you. Ask an operator to assign it.", item)
	}
	return err
}

func roundNow(tx *store.Tx, id string) (*meritv1.Clarification, error) {
	c, err := tx.Clarification(id)
	if err != nil {
		return nil, err
	}
	m, err := clarificationMessages(tx, c)
	if err != nil {
		return nil, err
	}
	return m[0], nil
}

// CloseClarification ends a round before its deadline.
func (s *verificationServer) CloseClarification(ctx context.Context, req *meritv1.CloseClarificationRequest) (*meritv1.CloseClarificationResponse, error) {
	resp := new(meritv1.CloseClarificationResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		d, c, err := takeRound(ctx, tx, req.GetClarificationId())
		if err != nil {
			return nil, err
		}
		rule, err := d.mayClose(&c)
		if err != nil {
			return nil, err
		}
		if c.Revision != req.GetRevision() {
			return nil, staleRound(tx, c)
		}
		if _, err := tx.CloseClarification(c.ID, tx.Now(), d.caller.AccountID); err != nil {
			return nil, err
		}
		by := audit.Actor{Account: d.caller.AccountID, Membership: d.caller.MembershipID}
		if err := closeRound(tx, &d.a, &c, rule, by); err != nil {
			return nil, err
		}
		d.entry("VerificationService.CloseClarification", c.ID)
		resp.Clarification, err = roundNow(tx, c.ID)
		return d.entries, err
	})
	return resp, err
}

// mayClose asks whether the caller may end a round: the verifying side any time, the agency's approver when every
// question is answered.
func (d *docket) mayClose(c *store.Clarification) (workflow.Rule, error) {
	rule, err := d.may(closingStep(c.Kind))
	if err != nil {
		return rule, err
	}
	if !d.caller.Acts(meritv1.Role_ROLE_APPROVER) {
		return rule, d.verifying()
	}
	missing := fault.New(meritv1.Reason_REASON_INCOMPLETE,
		"Putaran ini belum dapat ditutup: masih ada pertanyaan tanpa jawaban.",
		"The round cannot be closed yet: some questions have no answer.")
	for _, q := range c.Items {
		if len(q.Answers) == 0 {
			missing.Field(q.Item, "Pertanyaan belum dijawab: %s", "The question has no answer: %s", q.Question)
		}
	}
	if len(missing.Violations) > 0 {
		return rule, missing
	}
	return rule, nil
}

func staleRound(tx *store.Tx, c store.Clarification) error {
	now, err := clarificationMessages(tx, c)
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Putaran ini berubah sejak Anda membacanya (sekarang revisi %d). Baca lagi lalu ulangi.",
		"The round changed since you read it (it is at revision %d now). Read it again and repeat.", c.Revision).With(now[0])
}

// ListClarifications lists the rounds of an assessment with questions and answers.
func (s *verificationServer) ListClarifications(ctx context.Context, req *meritv1.ListClarificationsRequest) (*meritv1.ListClarificationsResponse, error) {
	resp := new(meritv1.ListClarificationsResponse)
	err := s.store.View(ctx, func(tx *store.Tx) error {
		if _, _, err := reach(tx, access.From(ctx), req.GetAssessmentId()); err != nil {
			return err
		}
		rounds, err := tx.Clarifications(req.GetAssessmentId())
		if err != nil {
			return err
		}
		resp.Clarifications, err = clarificationMessages(tx, rounds...)
		return err
	})
	return resp, err
}
