package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// StartAssessment opens the next attempt of the caller's agency.
func (s *assessmentServer) StartAssessment(ctx context.Context, req *meritv1.StartAssessmentRequest) (*meritv1.StartAssessmentResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.StartAssessmentResponse, []audit.Entry, error) {
		a, err := s.nextAttempt(tx, access.From(ctx), req)
		if err != nil {
			return nil, nil, err
		}
		if err := s.start(tx, access.From(ctx), &a, req.GetCarryOver()); err != nil {
			return nil, nil, err
		}
		m, err := s.assessment(ctx, tx, a.ID)
		return &meritv1.StartAssessmentResponse{Assessment: m},
			[]audit.Entry{{Action: "AssessmentService.StartAssessment", Agency: a.AgencyID, Subject: a.ID}}, err
	})
}

// nextAttempt is the assessment to be started, when the calendar, the results and the earlier attempts allow one.
func (s *assessmentServer) nextAttempt(tx *store.Tx, c *access.Caller, req *meritv1.StartAssessmentRequest) (a store.Assessment, err error) {
	rule, err := workflow.Take(workflow.None, workflow.Start, c.Role)
	if err != nil {
		return a, err
	}
	cycle, err := tx.Cycle(req.GetCycleId())
	if errors.Is(err, store.ErrNotFound) {
		return a, fault.NotFound(whatCycle, req.GetCycleId())
	}
	if err != nil {
		return a, err
	}
	agency, err := s.assessedAgency(tx, c.Scope.AgencyID)
	if err != nil {
		return a, err
	}
	if _, err := openPhase(tx, cycle.ID, agency, rule.Phases); err != nil {
		return a, err
	}
	a = store.Assessment{
		ID: tx.NewID(), CycleID: cycle.ID, AgencyID: agency.ID, Attempt: 1, InstrumentID: cycle.InstrumentID,
		AgencyKind: agency.Kind, State: rule.To, StartedAt: tx.Now(), StartedBy: c.AccountID, Revision: 1,
	}
	last, err := tx.LatestAssessment(cycle.ID, agency.ID)
	switch {
	case err == nil && last.State != workflow.Determined:
		return a, alreadyStarted(tx, c, last)
	case err == nil:
		a.Attempt = last.Attempt + 1
	case !errors.Is(err, store.ErrNotFound):
		return a, err
	}
	if !req.GetStartEarly() {
		return a, due(tx, agency, cycle)
	}
	return a, nil
}

func (s *assessmentServer) assessedAgency(tx *store.Tx, id string) (store.Agency, error) {
	agency, err := tx.Agency(id, calendar.Day(tx.Now()))
	if err == nil && !agency.Assessed {
		err = fault.New(meritv1.Reason_REASON_OUT_OF_SCOPE,
			"%s tidak menilai dirinya sendiri: instansi ini bagian dari instansi lain atau sudah dibubarkan.",
			"%s does not assess itself: it is part of another agency or dissolved.", agency.Name)
	}
	return agency, err
}

func alreadyStarted(tx *store.Tx, c *access.Caller, open store.Assessment) error {
	heads, err := assessmentHeads(tx, c, open)
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
		"Instansi ini sudah memulai penilaian dalam siklus ini (percobaan ke-%d, status %s). Lanjutkan penilaian itu.",
		"This agency has started its assessment in this cycle (attempt %d, state %s). Go on with that one.", open.Attempt, open.State).
		With(heads[0])
}

// due returns REASON_NOT_DUE if a result of the agency was valid on the first day of self-assessment, which is how
// participation tells it too, or one that has been determined since is valid now.
func due(tx *store.Tx, agency store.Agency, cycle store.Cycle) error {
	for _, day := range []string{cycle.Window(calendar.SelfAssessment).FirstDay, calendar.Day(tx.Now())} {
		until, err := tx.ValidUntil(agency.ID, day)
		if err != nil {
			return err
		}
		if until != "" {
			return fault.New(meritv1.Reason_REASON_NOT_DUE,
				"Hasil %s berlaku sampai %s, sehingga belum wajib dinilai dalam siklus ini. Pakai start_early bila tetap ingin dinilai sekarang.",
				"The result of %s is valid until %s, so it is not due in this cycle. Set start_early to be assessed now all the same.", agency.Name, until)
		}
	}
	return nil
}

// start records the attempt, with last year's answers if asked for.
func (s *assessmentServer) start(tx *store.Tx, c *access.Caller, a *store.Assessment, carryOver bool) error {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return err
	}
	var past *past
	if carryOver {
		if past, err = s.lastYear(tx, a, in); err != nil {
			return err
		}
	}
	if past != nil {
		a.CarriedFrom = past.from.ID
	}
	sheet, err := tx.AddAssessment(*a)
	if err != nil {
		return err
	}
	if past != nil {
		if err := past.carry(tx, c, a, in, &sheet); err != nil {
			return err
		}
	}
	score, err := scoreOf(in, a.AgencyKind, &sheet, scored.ByAspect, store.StageClaimed)
	if err != nil {
		return err
	}
	a.Answered, a.Applicable = int(score.GetAnswered()), int(score.GetApplicable())
	if err := tx.SetProgress(a.ID, a.Answered, a.Applicable); err != nil {
		return err
	}
	return tx.AddStep(a.ID, store.Step{Step: workflow.Start, To: a.State, TakenBy: c.AccountID, MembershipID: c.MembershipID})
}
