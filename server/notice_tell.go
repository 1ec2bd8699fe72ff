package server

import (
	"slices"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// tell gives people notice of what happened to an assessment, in the transaction in which it happened. What does not
// name another subject is about the assessment itself.
func tell(tx *store.Tx, a *store.Assessment, n store.Notice, to store.Audience) error {
	n.AssessmentID, n.CycleID, n.AgencyID = a.ID, a.CycleID, a.AgencyID
	if n.SubjectID == "" {
		n.SubjectKind, n.SubjectID = store.SubjectAssessment, a.ID
	}
	to.Day = calendar.Day(tx.Now())
	people, err := tx.Audience(to)
	if err != nil {
		return err
	}
	return tx.Notify(n, people...)
}

// tell gives people notice of what the caller did; it does not tell the caller.
func (d *docket) tell(n store.Notice, to store.Audience) error {
	to.But = d.caller.AccountID
	return tell(d.tx, &d.a, n, to)
}

// those whom something about the assessment concerns.
func (d *docket) agencyPeople() store.Audience { return store.Audience{AgencyID: d.a.AgencyID} }

func (d *docket) answering() store.Audience {
	return store.Audience{AgencyID: d.a.AgencyID, AnswersIn: d.a.ID}
}

func (d *docket) assessors() store.Audience {
	return store.Audience{VerifierID: d.a.VerifierID, Leads: true, Region: d.agency.Region}
}

// tellOpened tells the agency of a round that was opened.
func (d *docket) tellOpened(c *store.Clarification) error {
	return d.tell(store.Notice{
		Kind: store.NoticeClarificationOpened, SubjectKind: store.SubjectClarification, SubjectID: c.ID,
		Count: len(c.Items), LastDay: c.LastDay,
	}, d.answering())
}

// tellAnswered tells the verifier of an answer. All answers of a round are one notice, which each renews.
func (d *docket) tellAnswered(c *store.Clarification, item string) error {
	answered := 0
	for i := range c.Items {
		if len(c.Items[i].Answers) > 0 || c.Items[i].Item == item {
			answered++
		}
	}
	return d.tell(store.Notice{
		Kind: store.NoticeClarificationAnswered, Once: "ANSWERED/" + c.ID, SubjectKind: store.SubjectClarification, SubjectID: c.ID,
		Item: item, Count: answered, LastDay: c.LastDay,
	}, store.Audience{VerifierID: d.a.VerifierID})
}

// tellClosed tells both sides of a round that is over, but not who closed it.
func tellClosed(tx *store.Tx, a *store.Assessment, c *store.Clarification, by audit.Actor) error {
	return tell(tx, a, store.Notice{
		Kind: store.NoticeClarificationClosed, SubjectKind: store.SubjectClarification, SubjectID: c.ID, LastDay: c.LastDay,
	}, store.Audience{AgencyID: a.AgencyID, VerifierID: a.VerifierID, But: by.Account})
}

// tellMoved tells of a sheet that was submitted, recalled or returned.
func (d *docket) tellMoved(kind store.NoticeKind) error {
	to := d.assessors()
	switch kind {
	case store.NoticeSubmitted:
		to.AgencyID = d.a.AgencyID
	case store.NoticeReturned:
		to = d.answering()
	}
	return d.tell(store.Notice{Kind: kind}, to)
}

// tellItems tells a colleague which items wait for them: all of an assessment in one notice, which each assignment renews.
func (d *docket) tellItems(account string) error {
	assigned, err := d.tx.AssignedItems(d.a.ID, account)
	if err != nil {
		return err
	}
	return d.tell(store.Notice{Kind: store.NoticeItemsAssigned, Once: "ITEMS/" + d.a.ID, Count: len(assigned)},
		store.Audience{AgencyID: d.a.AgencyID, Colleague: account})
}

// tellDetermined tells the agency and its verifying side of a result.
func (h *hearing) tellDetermined(a *store.Assessment, r *store.Result) error {
	agency, err := h.tx.Agency(a.AgencyID, calendar.Day(h.tx.Now()))
	if err != nil {
		return err
	}
	return tell(h.tx, a, store.Notice{Kind: store.NoticeDetermined, SubjectKind: store.SubjectResult, SubjectID: r.ID}, store.Audience{
		AgencyID: a.AgencyID, VerifierID: a.VerifierID, Leads: true, Region: agency.Region, But: h.caller.AccountID,
	})
}

// tellProposal tells administrators of a proposal.
func tellProposal(tx *store.Tx, kind store.NoticeKind, p *store.Proposal, accounts ...string) error {
	return tx.Notify(store.Notice{Kind: kind, SubjectKind: store.SubjectProposal, SubjectID: p.ID}, accounts...)
}

// tellPerson tells somebody with an account in use that another one changed their roles or credentials.
func tellPerson(tx *store.Tx, caller *access.Caller, kind store.NoticeKind, a store.Account) error {
	if a.State != store.AccountActive || a.ID == caller.AccountID {
		return nil
	}
	return tx.Notify(store.Notice{Kind: kind, SubjectKind: store.SubjectAccount, SubjectID: a.ID}, a.ID)
}

// tellEmergency tells all administrators and commissioners that another administrator was made, of whom they all should
// know: nobody of them approved it.
func tellEmergency(tx *store.Tx, accountID string) error {
	day := calendar.Day(tx.Now())
	administrators, err := tx.Administrators(day)
	if err != nil {
		return err
	}
	commissioners, err := tx.Commissioners(day)
	if err != nil {
		return err
	}
	told := slices.Concat(administrators, commissioners)
	slices.Sort(told)
	return tx.Notify(store.Notice{
		Kind: store.NoticeEmergencyAdministrator, SubjectKind: store.SubjectAccount, SubjectID: accountID,
	}, slices.Compact(told)...)
}

// tellCredentials tells the person that their password was set, whoever did it: it may have been somebody else.
func tellCredentials(tx *store.Tx, accountID string) error {
	return tx.Notify(store.Notice{Kind: store.NoticeCredentialsChanged, SubjectKind: store.SubjectAccount, SubjectID: accountID}, accountID)
}
