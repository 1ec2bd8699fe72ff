package server

import (
	"context"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// Submit signs and locks the sheet.
func (s *assessmentServer) Submit(ctx context.Context, req *meritv1.SubmitRequest) (*meritv1.SubmitResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.SubmitResponse, []audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, nil, err
		}
		rule, err := d.may(workflow.Submit)
		if err != nil {
			return nil, nil, err
		}
		if err := d.fresh(req.GetRevision()); err != nil {
			return nil, nil, err
		}
		check, err := s.check(tx, &d.a)
		if err != nil {
			return nil, nil, err
		}
		if err := check.complete(req.GetAcceptUnanswered()); err != nil {
			return nil, nil, err
		}
		if d.a.SingleOfficer, err = d.byItsAuthor(); err != nil {
			return nil, nil, err
		}
		d.a.SubmittedAt = tx.Now()
		m, err := s.move(ctx, d, rule, req.GetLetterNumber(), "AssessmentService.Submit", store.NoticeSubmitted)
		return &meritv1.SubmitResponse{Assessment: m}, d.entries, err
	})
}

// byItsAuthor reports whether the caller filled in an answer of the sheet that stands, and returns REASON_FOUR_EYES for
// that unless the agency has one officer.
func (d *docket) byItsAuthor() (bool, error) {
	newest, err := d.tx.NewestDecisions(d.a.ID)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(newest, func(n store.Decision) bool {
		return n.Stage == store.StageClaimed && n.DecidedBy == d.caller.AccountID && n.Kind != store.KindCleared
	})
	if i < 0 {
		return false, nil
	}
	if d.agency.SingleOfficer {
		return true, nil
	}
	return true, fault.New(meritv1.Reason_REASON_FOUR_EYES,
		"Anda sendiri yang mengisi butir %s, maka pejabat lain yang mengajukan. Bila %s hanya punya satu petugas, mintalah admin menandainya.",
		"You filled in item %s yourself, so another approver has to submit. If %s has one officer only, ask the administrator to mark it so.",
		newest[i].Item, d.agency.Name)
}

// Recall takes a submitted sheet back.
func (s *assessmentServer) Recall(ctx context.Context, req *meritv1.RecallRequest) (*meritv1.RecallResponse, error) {
	resp := new(meritv1.RecallResponse)
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, err
		}
		rule, err := d.may(workflow.Recall)
		if err != nil {
			return nil, err
		}
		if err := d.fresh(req.GetRevision()); err != nil {
			return nil, err
		}
		resp.Assessment, err = s.move(ctx, d, rule, req.GetReason(), "AssessmentService.Recall", store.NoticeRecalled)
		return d.entries, err
	})
}

// Return gives an incomplete sheet back to its agency.
func (s *assessmentServer) Return(ctx context.Context, req *meritv1.ReturnRequest) (*meritv1.ReturnResponse, error) {
	resp := new(meritv1.ReturnResponse)
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, err
		}
		rule, err := d.may(workflow.Return)
		if err != nil {
			return nil, err
		}
		if err := d.verifying(); err != nil {
			return nil, err
		}
		if err := d.fresh(req.GetRevision()); err != nil {
			return nil, err
		}
		resp.Assessment, err = s.move(ctx, d, rule, req.GetReason(), "AssessmentService.Return", store.NoticeReturned)
		return d.entries, err
	})
}

// move takes the step, gives notice of it and says the assessment after it.
func (s *assessmentServer) move(ctx context.Context, d *docket, rule workflow.Rule, reason string, action audit.Action, notice store.NoticeKind) (*meritv1.Assessment, error) {
	if err := d.step(rule, strings.TrimSpace(reason)); err != nil {
		return nil, err
	}
	if err := d.tellMoved(notice); err != nil {
		return nil, err
	}
	d.entry(action, d.a.ID)
	return s.assessment(ctx, d.tx, d.a.ID)
}
