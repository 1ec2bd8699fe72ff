package server

import (
	"context"
	"maps"
	"slices"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// ListWork lists the assessments that were submitted: a verifier's own, or those of the scope.
func (s *verificationServer) ListWork(ctx context.Context, req *meritv1.ListWorkRequest) (*meritv1.ListWorkResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	if err := beyondAgencies(access.From(ctx)); err != nil {
		return nil, err
	}
	resp := new(meritv1.ListWorkResponse)
	err = s.store.View(ctx, func(tx *store.Tx) error {
		filter, ok := workFilter(access.From(ctx), req, calendar.Day(tx.Now()))
		if !ok {
			return nil
		}
		found, err := tx.Assessments(filter, lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		found, resp.NextPageToken = page.Cut(p, found, func(a store.Assessment) []string { return []string{a.ID} })
		resp.Work, err = s.work(tx, found)
		return err
	})
	return resp, err
}

// workFilter is what the caller may list of what the request asks for; ok is false when that is nothing.
func workFilter(c *access.Caller, req *meritv1.ListWorkRequest, day string) (f store.AssessmentFilter, ok bool) {
	f = store.AssessmentFilter{
		CycleID: req.GetCycleId(), State: workflow.FromProto(req.GetState()), Submitted: true,
		VerifierID: req.GetVerifierId(), Unassigned: req.GetUnassigned(),
		Region: c.Scope.Region, Day: day,
	}
	if !c.Acts(meritv1.Role_ROLE_VERIFIER) {
		return f, true
	}
	ok = f.VerifierID == "" || f.VerifierID == c.AccountID
	f.VerifierID = c.AccountID
	return f, ok
}

// work says how far the verification of assessments is.
func (s *core) work(tx *store.Tx, all []store.Assessment) ([]*meritv1.Work, error) {
	ids, agencyIDs := make([]string, len(all)), make([]string, len(all))
	for i, a := range all {
		ids[i], agencyIDs[i] = a.ID, a.AgencyID
	}
	heads, err := assessmentHeads(tx, &access.Caller{}, all...)
	if err != nil {
		return nil, err
	}
	sheets, err := tx.Sheets(ids...)
	if err != nil {
		return nil, err
	}
	rounds, err := tx.PendingRounds(ids...)
	if err != nil {
		return nil, err
	}
	agencies, err := tx.AgenciesByID(calendar.Day(tx.Now()), agencyIDs...)
	if err != nil {
		return nil, err
	}
	work := make([]*meritv1.Work, len(all))
	for i, a := range all {
		in, err := s.instruments.Published(tx, a.InstrumentID)
		if err != nil {
			return nil, err
		}
		work[i] = &meritv1.Work{
			Assessment: heads[i], AgencyKind: heads[i].GetAgencyKind(), Region: agencies[a.AgencyID].Region,
			DaysSinceSubmission: daysSince(a.SubmittedAt, tx.Now()),
		}
		if err := sayProgress(work[i], in, &a, sheets[a.ID]); err != nil {
			return nil, err
		}
		if round, ok := rounds[a.ID]; ok && round.OpenAt(tx.Now()) {
			work[i].RoundOpen, work[i].RoundLastDay = true, round.LastDay
		}
	}
	return work, nil
}

func sayProgress(w *meritv1.Work, in *instrument.Instrument, a *store.Assessment, sheet *store.Sheet) error {
	desk, err := newJudgement(in, a.AgencyKind, sheet)
	if err != nil {
		return err
	}
	w.Decided = int32(len(desk.applicable) - len(desk.undecided()))
	w.Differing = int32(len(desk.differing()))
	return nil
}

// daysSince counts calendar days in WIB; 0 before the first submission.
func daysSince(from, to time.Time) int32 {
	if from.IsZero() {
		return 0
	}
	first, errFirst := time.Parse(time.DateOnly, calendar.Day(from))
	last, errLast := time.Parse(time.DateOnly, calendar.Day(to))
	if errFirst != nil || errLast != nil {
		return 0
	}
	return int32(last.Sub(first) / (24 * time.Hour))
}

// GetLoad counts open and finished work per verifier of the scope.
func (s *verificationServer) GetLoad(ctx context.Context, req *meritv1.GetLoadRequest) (*meritv1.GetLoadResponse, error) {
	if err := beyondAgencies(access.From(ctx)); err != nil {
		return nil, err
	}
	resp := new(meritv1.GetLoadResponse)
	err := s.store.View(ctx, func(tx *store.Tx) error {
		scope, day := access.From(ctx).Scope, calendar.Day(tx.Now())
		verifiers, err := tx.Verifiers(day)
		if err != nil {
			return err
		}
		loads, err := tx.VerifierLoads(req.GetCycleId())
		if err != nil {
			return err
		}
		if resp.Loads, err = loadMessages(tx, verifiers, loads, scope.Region); err != nil {
			return err
		}
		if err := markTied(tx, access.From(ctx), req.GetAssessmentId(), resp.Loads); err != nil {
			return err
		}
		unassigned, err := tx.CountUnassigned(req.GetCycleId(), scope.Region, day)
		resp.Unassigned = int32(unassigned)
		return err
	})
	return resp, err
}

// markTied marks those who are tied to the agency of an assessment, if one is named.
func markTied(tx *store.Tx, caller *access.Caller, assessmentID string, loads []*meritv1.Load) error {
	if assessmentID == "" {
		return nil
	}
	_, agency, err := reach(tx, caller, assessmentID)
	if err != nil {
		return err
	}
	tied, err := tx.ConflictedAccounts(agency.ID, calendar.Day(tx.Now()))
	for _, l := range loads {
		l.Tied = tied[l.GetVerifier().GetAccountId()]
	}
	return err
}

// loadMessages says the load of everybody who verifies in the region, and of those who have work of the cycle
// although they do not hold the role any more.
func loadMessages(tx *store.Tx, verifiers []store.Verifier, loads map[string]store.VerifierLoad, region string) ([]*meritv1.Load, error) {
	regions := map[string]string{}
	if region == "" {
		for id := range loads {
			regions[id] = ""
		}
	}
	for _, v := range verifiers {
		if region == "" || v.Region == "" || v.Region == region {
			regions[v.AccountID] = v.Region
		}
	}
	people, err := readPeople(tx, slices.Collect(maps.Keys(regions))...)
	if err != nil {
		return nil, err
	}
	var messages []*meritv1.Load
	for _, id := range slices.Sorted(maps.Keys(regions)) {
		l := loads[id]
		messages = append(messages, &meritv1.Load{
			Verifier: people.of(id), Region: regions[id],
			Waiting: int32(l.Waiting), InVerification: int32(l.InVerification), Verified: int32(l.Verified),
		})
	}
	return messages, nil
}
