package server

import (
	"context"
	"errors"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/plaintext"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// AssignVerifier gives assessments to verifiers, all or none.
func (s *verificationServer) AssignVerifier(ctx context.Context, req *meritv1.AssignVerifierRequest) (*meritv1.AssignVerifierResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.AssignVerifierResponse, []audit.Entry, error) {
		r, err := newBench(tx)
		if err != nil {
			return nil, nil, err
		}
		var assigned []store.Assessment
		var entries []audit.Entry
		var refused refusals
		for i, wanted := range req.GetAssignments() {
			d, err := r.assign(ctx, tx, wanted)
			if refused.note(fmt.Sprintf("assignments[%d]", i), err) {
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			assigned, entries = append(assigned, d.a), append(entries, d.entries...)
		}
		if err := refused.err(len(req.GetAssignments())); err != nil {
			return nil, nil, err
		}
		work, err := s.work(tx, assigned)
		return &meritv1.AssignVerifierResponse{Work: work}, entries, err
	})
}

// refusals collect the faults of a request that is done all or none.
type refusals struct {
	first *fault.Error
	all   []fault.Violation
}

// note keeps err when it is a fault, and reports whether it was.
func (r *refusals) note(field string, err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	if r.first == nil {
		r.first = f
	}
	r.all = append(r.all, fault.Violation{Field: field, Reason: f.Reason, Text: f.Text})
	return true
}

// err is the only fault of a request for one thing, or one that lists all; nil when there is none.
func (r *refusals) err(asked int) error {
	switch {
	case r.first == nil:
		return nil
	case asked == 1:
		return r.first
	}
	return fault.New(r.first.Reason,
		"%d dari %d tidak dapat dikerjakan, maka tidak ada yang disimpan. Yang pertama: %s",
		"%d of %d cannot be done, so nothing was stored. The first: %s", len(r.all), asked, r.first.Text).Add(r.all...)
}

// bench is who can be asked to verify, and how much each has before them.
type bench struct {
	verifiers []store.Verifier
	loads     map[string]store.VerifierLoad
}

func newBench(tx *store.Tx) (*bench, error) {
	verifiers, err := tx.Verifiers(calendar.Day(tx.Now()))
	if err != nil {
		return nil, err
	}
	loads, err := tx.VerifierLoads("")
	return &bench{verifiers, loads}, err
}

// covers reports whether a verifier holds a membership that reaches the region.
func (r *bench) covers(account, region string) bool {
	for _, v := range r.verifiers {
		if v.AccountID == account && (v.Region == "" || v.Region == region) {
			return true
		}
	}
	return false
}

// least returns who has the least open work among those who reach the region and are not ruled out; of several the
// one with the least account id. It is empty when nobody is left.
func (r *bench) least(region string, out func(account string) bool) (account string) {
	for _, v := range r.verifiers {
		if v.Region != "" && v.Region != region || out(v.AccountID) {
			continue
		}
		if account == "" || r.loads[v.AccountID].Open() < r.loads[account].Open() {
			account = v.AccountID
		}
	}
	return account
}

// assign puts somebody in charge of one assessment. Naming the one who is in charge changes nothing.
func (r *bench) assign(ctx context.Context, tx *store.Tx, wanted *meritv1.Assignment) (*docket, error) {
	d, err := takeAssessment(ctx, tx, wanted.GetAssessmentId())
	if err != nil {
		return nil, err
	}
	rule, err := d.may(workflow.AssignVerifier)
	if err != nil {
		return nil, err
	}
	before := d.a.VerifierID
	if before != "" && wanted.GetAccountId() == before {
		return d, nil
	}
	if before != "" && plaintext.Blank(wanted.GetReason()) {
		return nil, fault.New(meritv1.Reason_REASON_REASON_REQUIRED,
			"%s sudah punya verifikator. Tulis alasan penggantian.",
			"%s has a verifier already. Say why somebody else takes over.", d.agency.Name)
	}
	account, err := r.choose(d, wanted.GetAccountId())
	if err != nil {
		return nil, err
	}
	r.move(before, account)
	return d, d.putInCharge(rule, account, wanted.GetReason())
}

// choose returns the account named, if it may verify the agency, or the one with the least open work.
func (r *bench) choose(d *docket, named string) (string, error) {
	tied, err := d.tx.ConflictedAccounts(d.agency.ID, calendar.Day(d.tx.Now()))
	if err != nil {
		return "", err
	}
	if named == "" {
		account := r.least(d.agency.Region, func(id string) bool { return tied[id] || id == d.a.VerifierID })
		if account == "" {
			return "", fault.New(meritv1.Reason_REASON_NO_VERIFIER,
				"Tidak ada verifikator yang berlaku bagi %s (wilayah %q) dan bebas dari kepentingan. Tunjuk verifikator baru dahulu.",
				"No verifier in force reaches %s (region %q) and is free of interests. Grant somebody the role first.", d.agency.Name, d.agency.Region)
		}
		return account, nil
	}
	if !r.covers(named, d.agency.Region) { // perhaps nobody whom the caller may know by name
		return "", fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
			"Akun %[1]s tidak punya peran VERIFIER yang berlaku untuk %[2]s (wilayah %[3]q). Pilih verifikator dari GetLoad.",
			"The account %[1]s holds no VERIFIER membership in force that reaches %[2]s (region %[3]q). Choose a verifier out of GetLoad.",
			named, d.agency.Name, d.agency.Region)
	}
	if !tied[named] {
		return named, nil
	}
	people, err := readPeople(d.tx, named)
	if err != nil {
		return "", err
	}
	return "", fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
		"%s bekerja atau pernah bekerja di %s atau instansi asalnya, sehingga tidak boleh memverifikasinya. Pilih orang lain.",
		"%s belongs or belonged to %s or to an agency of its lineage and may not verify it. Choose somebody else.",
		people.of(named).GetName(), d.agency.Name)
}

// move keeps the open work of both up to date for the rest of the request.
func (r *bench) move(from, to string) {
	for account, by := range map[string]int{from: -1, to: 1} {
		l := r.loads[account]
		l.Waiting += by
		r.loads[account] = l
	}
}

func (d *docket) putInCharge(rule workflow.Rule, account, reason string) error {
	before := d.a.VerifierID
	d.a.VerifierID = account
	err := d.tx.InsertVerifierAssignment(store.VerifierAssignment{
		AssessmentID: d.a.ID, AccountID: account, AssignedAt: d.tx.Now(), AssignedBy: d.caller.AccountID, Reason: reason,
	})
	if err != nil {
		return err
	}
	err = d.tx.TakeStep(&d.a, store.Step{
		Step: rule.Step, From: d.a.State, To: rule.To, Reason: reason,
		TakenBy: d.caller.AccountID, MembershipID: d.caller.MembershipID,
	})
	if err != nil {
		return err
	}
	d.entry("VerificationService.AssignVerifier", d.a.ID)
	if err := d.tell(store.Notice{Kind: store.NoticeVerifierReplaced}, store.Audience{VerifierID: before}); err != nil {
		return err
	}
	return d.tell(store.Notice{Kind: store.NoticeVerifierAssigned}, store.Audience{VerifierID: account})
}
