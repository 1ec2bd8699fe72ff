package server

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// CompleteVerification signs a verification off and releases its minutes to the agency.
func (s *verificationServer) CompleteVerification(ctx context.Context, req *meritv1.CompleteVerificationRequest) (*meritv1.CompleteVerificationResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.CompleteVerificationResponse, []audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, nil, err
		}
		rule, err := s.maySignOff(d, req.GetRevision())
		if err != nil {
			return nil, nil, err
		}
		d.a.ReleasedAt = tx.Now()
		if err := d.step(rule, ""); err != nil {
			return nil, nil, err
		}
		minutes, err := s.release(d, req.GetMinutesNumber())
		if err != nil {
			return nil, nil, err
		}
		to := d.agencyPeople()
		to.VerifierID = d.a.VerifierID
		if err := d.tell(store.Notice{Kind: store.NoticeMinutesReleased}, to); err != nil {
			return nil, nil, err
		}
		d.entry("VerificationService.CompleteVerification", d.a.ID)
		head, err := d.head()
		return &meritv1.CompleteVerificationResponse{Assessment: head, Minutes: minutes}, d.entries, err
	})
}

// maySignOff asks everything that must be so before a verification is signed off.
func (s *verificationServer) maySignOff(d *docket, revision int64) (rule workflow.Rule, err error) {
	if d.round != nil {
		return rule, roundOpen(d.round)
	}
	if rule, err = d.may(workflow.Complete); err != nil {
		return rule, err
	}
	if err := errors.Join(d.impartial(), d.fourEyes()); err != nil {
		return rule, err
	}
	if err := d.fresh(revision); err != nil {
		return rule, err
	}
	j, err := s.judgementOf(d.tx, &d.a)
	if err != nil {
		return rule, err
	}
	return rule, j.complete()
}

// judgementOf reads what is verified of an assessment so far.
func (s *core) judgementOf(tx *store.Tx, a *store.Assessment) (*judgement, error) {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return nil, err
	}
	sheet, err := tx.Sheet(a.ID)
	if err != nil {
		return nil, err
	}
	return newJudgement(in, a.AgencyKind, &sheet)
}

// fourEyes returns REASON_FOUR_EYES for somebody who is in charge of the assessment or decided an item of it.
func (d *docket) fourEyes() error {
	decided, err := d.tx.HasVerified(d.a.ID, d.caller.AccountID)
	if err == nil && (decided || d.a.VerifierID == d.caller.AccountID) {
		return fault.New(meritv1.Reason_REASON_FOUR_EYES,
			"Anda sendiri yang memverifikasi %s. Pengesahan harus dilakukan koordinator lain.",
			"You verified %s yourself. Another lead verifier must sign it off.", d.agency.Name)
	}
	return err
}

// complete returns REASON_INCOMPLETE with every applicable item that is not decided.
func (j *judgement) complete() error {
	missing := fault.New(meritv1.Reason_REASON_INCOMPLETE,
		"Verifikasi belum lengkap: %d dari %d butir belum diputus.",
		"The verification is not complete: %d of %d items are not decided.", len(j.undecided()), len(j.applicable))
	for _, code := range j.undecided() {
		if j.sheet.Item(code).Verified.Stands() {
			missing.Field(code, "Instansi mengajukan klaim baru setelah butir ini diputus. Putuskan lagi.",
				"The agency made a new claim after this item was decided. Decide it again.")
			continue
		}
		missing.Field(code, "Butir ini belum diputus.", "This item is not decided.")
	}
	if len(missing.Violations) > 0 {
		return missing
	}
	return nil
}

// release freezes the minutes as they read now.
func (s *verificationServer) release(d *docket, number string) (*meritv1.Minutes, error) {
	m, err := s.minutes(d.tx, &d.a, d.agency)
	if err != nil {
		return nil, err
	}
	people, err := readPeople(d.tx, d.caller.AccountID)
	if err != nil {
		return nil, err
	}
	m.Id, m.Number, m.LeadVerifier, m.ReleasedAt = d.tx.NewID(), number, people.of(d.caller.AccountID), timestamp(d.a.ReleasedAt)
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	return m, d.tx.InsertMinutes(store.Minutes{
		ID: m.Id, AssessmentID: d.a.ID, Number: number, Body: body, ReleasedAt: d.a.ReleasedAt, ReleasedBy: d.caller.AccountID,
	})
}

// minutes says what a verification came to, as it reads now.
func (s *core) minutes(tx *store.Tx, a *store.Assessment, agency store.Agency) (*meritv1.Minutes, error) {
	j, err := s.judgementOf(tx, a)
	if err != nil {
		return nil, err
	}
	cycle, err := tx.Cycle(a.CycleID)
	if err != nil {
		return nil, err
	}
	people, err := readPeople(tx, a.VerifierID)
	if err != nil {
		return nil, err
	}
	m := &meritv1.Minutes{
		AssessmentId: a.ID, AgencyId: agency.ID, AgencyName: agency.Name, CycleName: cycle.Name, Assessor: cycle.Assessor,
		InstrumentId: a.InstrumentID, Verifier: people.of(a.VerifierID), Verified: scored.Sheet(j.in, j.verified, scored.WithItems),
	}
	m.RestsOnReconstructed, m.SingleOfficer = m.Verified.GetRestsOnReconstructed(), a.SingleOfficer
	if m.Claimed, err = scoreOf(j.in, a.AgencyKind, j.sheet, scored.WithItems, store.StageClaimed); err != nil {
		return nil, err
	}
	if m.Differences, err = differences(tx, j); err != nil {
		return nil, err
	}
	rounds, err := tx.Clarifications(a.ID)
	if err != nil {
		return nil, err
	}
	m.Clarifications, err = clarificationMessages(tx, rounds...)
	return m, err
}

// differences lists the items whose decision differs from the claim, each with its reason.
func differences(tx *store.Tx, j *judgement) ([]*meritv1.MinutesItem, error) {
	newest, err := tx.NewestDecisions(j.sheet.AssessmentID)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for _, d := range newest {
		if d.Stage == store.StageVerified {
			reasons[d.Item] = d.Note
		}
	}
	var items []*meritv1.MinutesItem
	for _, code := range j.differing() {
		item := j.sheet.Item(code)
		items = append(items, &meritv1.MinutesItem{
			Item: code, Name: j.in.ItemByCode(code).Title(), Reason: reasons[code],
			Claimed: standingAnswer(item.Claimed), Verified: standingAnswer(item.Verified),
		})
	}
	return items, nil
}

// GetMinutes returns the minutes as released; before that, for the verifying side, as they would read now.
func (s *verificationServer) GetMinutes(ctx context.Context, req *meritv1.GetMinutesRequest) (*meritv1.GetMinutesResponse, error) {
	resp := new(meritv1.GetMinutesResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp.Minutes, err = s.readMinutes(tx, access.From(ctx), req.GetAssessmentId())
		return err
	})
}

// readMinutes returns the minutes of an assessment as far as the caller may read them.
func (s *core) readMinutes(tx *store.Tx, caller *access.Caller, assessmentID string) (*meritv1.Minutes, error) {
	a, agency, err := reach(tx, caller, assessmentID)
	if err != nil {
		return nil, err
	}
	released, err := tx.MinutesOf(a.ID)
	if err == nil {
		m := new(meritv1.Minutes)
		return m, proto.Unmarshal(released.Body, m)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if !readsDrafts(caller, a.AgencyID) {
		return nil, fault.New(meritv1.Reason_REASON_NOT_FOUND,
			"Berita acara verifikasi %s belum dikeluarkan. Tunggu sampai verifikasi disahkan.",
			"The minutes of the verification of %s are not released yet. Wait until it is signed off.", agency.Name)
	}
	return s.minutes(tx, &a, agency)
}

// readsDrafts reports whether a caller reads what is verified of an agency before it is released.
func readsDrafts(c *access.Caller, agencyID string) bool {
	return !c.InAgency(agencyID) &&
		c.Acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_AUDITOR)
}
