package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// assessmentServer lets agencies assess themselves.
type assessmentServer struct {
	meritv1.UnimplementedAssessmentServiceServer
	*core
}

// GetAssessment returns an assessment as far as the caller may see it.
func (s *assessmentServer) GetAssessment(ctx context.Context, req *meritv1.GetAssessmentRequest) (*meritv1.GetAssessmentResponse, error) {
	c, id, full := access.From(ctx), req.GetAssessmentId(), req.GetView() == meritv1.AssessmentView_ASSESSMENT_VIEW_FULL
	read := func() (*meritv1.GetAssessmentResponse, error) {
		resp := new(meritv1.GetAssessmentResponse)
		return resp, s.store.View(ctx, func(tx *store.Tx) error {
			o, err := reachOverview(tx, c, id)
			if err != nil {
				return err
			}
			resp.Assessment, err = s.portray(ctx, tx, &o, full)
			return err
		})
	}
	if full {
		return read()
	}
	return s.readSheet(c, id, read)
}

// reachOverview returns an assessment that the caller may know of, and REASON_NOT_FOUND for any other.
func reachOverview(tx *store.Tx, c *access.Caller, id string) (store.Overview, error) {
	o, err := tx.Overview(id, calendar.Day(tx.Now()))
	if errors.Is(err, store.ErrNotFound) || err == nil && !reaches(c, &o.Assessment, o.AgencyRegion) {
		err = fault.NotFound(whatAssessment, id)
	}
	return o, err
}

// ListAssessments lists assessments within the scope of the caller, newest first.
func (s *assessmentServer) ListAssessments(ctx context.Context, req *meritv1.ListAssessmentsRequest) (*meritv1.ListAssessmentsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	resp := new(meritv1.ListAssessmentsResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		filter, ok := listFilter(tx, access.From(ctx), req)
		if !ok {
			return nil
		}
		all, err := tx.Assessments(filter, lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		all, resp.NextPageToken = page.Cut(p, all, func(a store.Assessment) []string { return []string{a.ID} })
		if resp.Assessments, err = assessmentHeads(tx, access.From(ctx), all...); err != nil {
			return err
		}
		return openUntil(tx, all, resp.Assessments)
	})
}

// listFilter narrows a list to what the caller may know of, as reach does for one; ok is false when that is nothing.
func listFilter(tx *store.Tx, c *access.Caller, req *meritv1.ListAssessmentsRequest) (f store.AssessmentFilter, ok bool) {
	f = store.AssessmentFilter{
		CycleID: req.GetCycleId(), AgencyID: req.GetAgencyId(), State: workflow.FromProto(req.GetState()),
		Region: c.Scope.Region, Day: calendar.Day(tx.Now()),
		Submitted: c.Scope.AgencyID == "" && !c.Acts(meritv1.Role_ROLE_AUDITOR),
	}
	if req.GetAssignedToMe() {
		f.AssignedTo = c.AccountID
	}
	if c.Scope.AgencyID != "" {
		if f.AgencyID != "" && f.AgencyID != c.Scope.AgencyID {
			return f, false
		}
		f.AgencyID = c.Scope.AgencyID
	}
	return f, true
}
