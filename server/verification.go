package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// verificationServer is the verifiers' desk.
type verificationServer struct {
	meritv1.UnimplementedVerificationServiceServer
	*core
}

// docket is an assessment on somebody's desk within one update: who acts, where it stands once its deadline is
// taken into account, and the entries of what was done so far.
type docket struct {
	tx      *store.Tx
	caller  *access.Caller
	a       store.Assessment
	agency  store.Agency         // as of today
	round   *store.Clarification // the open round, or nil
	read    int64                // the revision that clients could read: before an overdue round was settled
	entries []audit.Entry
}

// takeAssessment puts an assessment on the caller's desk. It returns REASON_NOT_FOUND where the caller may not know of it.
func takeAssessment(ctx context.Context, tx *store.Tx, assessmentID string) (*docket, error) {
	d := &docket{tx: tx, caller: access.From(ctx)}
	var err error
	if d.a, d.agency, err = reach(tx, d.caller, assessmentID); err != nil {
		return nil, err
	}
	d.read = d.a.Revision
	if d.round, d.entries, err = settleRound(tx, &d.a); err != nil {
		return nil, err
	}
	return d, nil
}

// whatAssessment is what an assessment is called in messages.
var whatAssessment = fault.Text{ID: "Penilaian", EN: "assessment"}

// reach returns an assessment and its agency as of today if the caller may know of it: people of the agency
// always, the others within their scope once it was submitted, auditors before that too. It is one statement, so that
// time does not tell an assessment that the caller may not know of from none.
func reach(tx *store.Tx, c *access.Caller, assessmentID string) (a store.Assessment, agency store.Agency, err error) {
	a, agency, err = tx.AssessmentWithAgency(assessmentID, calendar.Day(tx.Now()))
	if errors.Is(err, store.ErrNotFound) || err == nil && !reaches(c, &a, agency.Region) {
		err = fault.NotFound(whatAssessment, assessmentID)
	}
	return a, agency, err
}

// reaches reports whether the caller may know of an assessment whose agency lies in that region today.
func reaches(c *access.Caller, a *store.Assessment, region string) bool {
	return c.InAgency(a.AgencyID) ||
		c.Reaches(a.AgencyID, region) && (a.State != workflow.Draft || c.Acts(meritv1.Role_ROLE_AUDITOR))
}

// may asks whether the caller may take a step now: in this state, in that role, while one of its phases is open.
func (d *docket) may(step workflow.Step) (workflow.Rule, error) {
	rule, err := workflow.Take(d.a.State, step, d.caller.Role)
	if err != nil {
		return rule, err
	}
	_, err = openPhase(d.tx, d.a.CycleID, d.agency, rule.Phases)
	return rule, err
}

// openPhase returns the window, open now to the agency, of one of the phases. When none is open it returns
// REASON_OUTSIDE_WINDOW of the phase that opens next, or of the last one when all are over. Without phases a step
// can be taken at any time.
func openPhase(tx *store.Tx, cycleID string, agency store.Agency, phases []calendar.Phase) (calendar.Window, error) {
	var shut calendar.Window
	for _, phase := range phases {
		w, err := tx.Window(cycleID, phase, agency.ID)
		if err != nil || w.Open(tx.Now()) {
			return w, err
		}
		if shut.Phase == "" || !tx.Now().Before(shut.Opens()) {
			shut = w
		}
	}
	if len(phases) == 0 {
		return shut, nil
	}
	return shut, shut.Check(tx.Now(), agency.TimeZone)
}

// step takes a step that the rule allows and that leads to its state.
func (d *docket) step(rule workflow.Rule, reason string) error {
	s := store.Step{
		Step: rule.Step, From: d.a.State, To: rule.To, Reason: reason,
		TakenBy: d.caller.AccountID, MembershipID: d.caller.MembershipID,
	}
	if rule.From == rule.To {
		return d.tx.AddStep(d.a.ID, s)
	}
	return d.tx.TakeStep(&d.a, s)
}

// entry closes what was changed since the last one into an entry.
func (d *docket) entry(action audit.Action, subject string) {
	d.entries = append(d.entries, d.tx.Entry(audit.Entry{Action: action, Agency: d.a.AgencyID, Subject: subject}))
}

// inCharge returns REASON_NOT_ASSIGNED unless the caller is the verifier in charge, and
// REASON_CONFLICT_OF_INTEREST for one who is tied to the agency.
func (d *docket) inCharge() error {
	if d.a.VerifierID != d.caller.AccountID {
		return fault.New(meritv1.Reason_REASON_NOT_ASSIGNED,
			"Penilaian %s bukan tugas Anda. Hanya verifikator yang ditugaskan yang boleh; koordinator dapat mengalihkan tugas.",
			"The assessment of %s is not assigned to you. Only the verifier in charge may do this; a lead verifier can reassign it.", d.agency.Name)
	}
	return d.impartial()
}

// impartial returns REASON_CONFLICT_OF_INTEREST when the caller is tied to the agency.
func (d *docket) impartial() error {
	tied, err := d.tx.ConflictOfInterest(d.caller.AccountID, d.agency.ID, calendar.Day(d.tx.Now()))
	if err == nil && tied {
		return conflictOfInterest(d.agency.Name)
	}
	return err
}

func conflictOfInterest(agency string) *fault.Error {
	return fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
		"Anda bekerja atau pernah bekerja di %s atau instansi asalnya, sehingga tidak boleh memutus tentangnya. Mintalah orang lain ditugaskan.",
		"You belong or belonged to %s or to an agency of its lineage, so you may not decide on it. Ask for somebody else to be assigned.", agency)
}

// verifying returns nil when the caller may act for the verifying side: a verifier in charge, or a lead verifier
// of the scope, neither tied to the agency.
func (d *docket) verifying() error {
	if d.caller.Acts(meritv1.Role_ROLE_LEAD_VERIFIER) {
		return d.impartial()
	}
	return d.inCharge()
}

// fresh returns REASON_STALE_REVISION, with the assessment as it is, unless the client read its newest revision.
func (d *docket) fresh(revision int64) error {
	if revision == d.read {
		return nil
	}
	now, err := d.head()
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Penilaian ini berubah sejak Anda membacanya (Anda membaca revisi %d, sekarang %d). Baca lagi lalu ulangi.",
		"The assessment changed since you read it (you read revision %d, now it is %d). Read it again and repeat.", revision, d.read).With(now)
}

// head is the assessment as it is now, without items and scores.
func (d *docket) head() (*meritv1.Assessment, error) {
	heads, err := assessmentHeads(d.tx, d.caller, d.a)
	if err != nil {
		return nil, err
	}
	return heads[0], nil
}

// StartVerification opens an assigned, submitted assessment.
func (s *verificationServer) StartVerification(ctx context.Context, req *meritv1.StartVerificationRequest) (*meritv1.StartVerificationResponse, error) {
	resp := new(meritv1.StartVerificationResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, err
		}
		if err := d.inCharge(); err != nil {
			return nil, err
		}
		rule, err := d.may(workflow.StartVerification)
		if err != nil {
			return nil, err
		}
		if err := d.fresh(req.GetRevision()); err != nil {
			return nil, err
		}
		if err := d.step(rule, ""); err != nil {
			return nil, err
		}
		d.entry("VerificationService.StartVerification", d.a.ID)
		resp.Assessment, err = d.head()
		return d.entries, err
	})
	return resp, err
}
