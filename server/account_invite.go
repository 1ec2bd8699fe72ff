package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// InviteAccount creates an account with a first membership, or adds a membership to one that exists.
func (s *accountServer) InviteAccount(ctx context.Context, req *meritv1.InviteAccountRequest) (*meritv1.InviteAccountResponse, error) {
	caller := access.From(ctx)
	if err := s.provenFor(caller, req.GetAppointment().GetRole()); err != nil {
		return nil, err
	}
	var secret string
	resp, err := updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.InviteAccountResponse, []audit.Entry, error) {
		i, err := invite(tx, caller, req)
		if err != nil {
			return nil, nil, err
		}
		if i.proposal != "" {
			return &meritv1.InviteAccountResponse{ProposalId: i.proposal}, []audit.Entry{proposed(i.proposal)}, nil
		}
		secret = i.secret
		account, err := readAccount(tx, i.membership.AccountID, visibleTo(caller))
		return &meritv1.InviteAccountResponse{Account: account, Link: i.link},
			[]audit.Entry{inviteEntry(i)}, err
	})
	if err != nil {
		return nil, err
	}
	if s.noPasswords {
		resp.Link = nil // the person signs in at the provider
		return resp, nil
	}
	reveal(resp.Link, secret)
	return resp, nil
}

// invitation is what came of one.
type invitation struct {
	membership store.Membership
	link       *meritv1.OneTimeLink // nil when the account needs none or the caller may not have it
	secret     string               // of the link
	proposal   string               // instead of all that
}

func inviteEntry(i invitation) audit.Entry {
	return audit.Entry{Action: "AccountService.InviteAccount", Agency: i.membership.AgencyID, Subject: i.membership.AccountID}
}

// invite gives the person with the e-mail address a role and, while they have no password, a link to set one; or it
// proposes that.
func invite(tx *store.Tx, caller *access.Caller, req *meritv1.InviteAccountRequest) (i invitation, err error) {
	a, memberships, err := inviteeOf(tx, caller, req)
	if err != nil {
		return i, err
	}
	has := memberships
	if a.State == store.AccountDeactivated {
		has = nil // what it had ends when it is opened again
	}
	if i.membership, err = appointment(tx, caller, a.ID, has, req.GetAppointment()); err != nil {
		return i, err
	}
	// Whoever has the link of an invitation can act as the account in all of its roles.
	if isWeighty(i.membership.Role) || a.State == store.AccountInvited && holdsWeight(has, calendar.Day(tx.Now())) {
		i.proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_INVITE_ACCOUNT, knownID(a), req})
		if err != nil || i.proposal != "" {
			return i, err
		}
	}
	if a, err = admit(tx, caller, a, memberships); err != nil {
		return i, err
	}
	if err := tx.InsertMembership(i.membership); err != nil {
		return i, err
	}
	if a.State == store.AccountActive {
		return i, tellPerson(tx, caller, store.NoticeRolesChanged, a)
	}
	// So the link is not for an administrator of only a part of its rights.
	beyond := reachesBeyond(memberships, i.membership.AgencyID, calendar.Day(tx.Now()))
	if caller.Acts(meritv1.Role_ROLE_ADMIN) || !beyond {
		i.link, i.secret, err = issueLink(tx, a, caller.AccountID)
	}
	return i, err
}

// knownID is the id of an account that exists.
func knownID(a store.Account) string {
	if a.Revision == 0 {
		return ""
	}
	return a.ID
}

// inviteeOf returns the account with the e-mail address and its memberships, or one to be made, with revision 0.
func inviteeOf(tx *store.Tx, caller *access.Caller, req *meritv1.InviteAccountRequest) (store.Account, []store.Membership, error) {
	name, err := cleanName(req.GetName())
	if err != nil {
		return store.Account{}, nil, err
	}
	a, err := tx.AccountByEmail(foldEmail(req.GetEmail()))
	if errors.Is(err, store.ErrNotFound) {
		a = store.Account{
			ID: tx.NewID(), Email: foldEmail(req.GetEmail()), Name: name, Language: "id",
			State: store.AccountInvited, CreatedAt: tx.Now(), CreatedBy: caller.AccountID,
		}
		return a, nil, nil
	}
	if err != nil {
		return a, nil, err
	}
	memberships, err := tx.MembershipsOf(a.ID)
	if err != nil {
		return a, nil, err
	}
	if err := mayAppoint(caller, memberships, calendar.Day(tx.Now())); err != nil {
		return a, nil, err
	}
	if a.State == store.AccountDeactivated && !caller.Acts(meritv1.Role_ROLE_ADMIN) &&
		reachesBeyond(memberships, caller.Scope.AgencyID, calendar.Day(tx.Now())) {
		return a, nil, errReachesBeyond
	}
	return a, memberships, nil
}

// admit makes an account that is new, and lets one that was deactivated wait for its invitation again.
func admit(tx *store.Tx, caller *access.Caller, a store.Account, memberships []store.Membership) (store.Account, error) {
	switch {
	case a.Revision == 0:
		return a, tx.InsertAccount(a)
	case a.State == store.AccountDeactivated:
		return reopen(tx, caller, a, memberships)
	}
	return a, nil
}

// reopen makes a deactivated account wait for its invitation again; the old password and the old identity at the
// provider do not come back: the e-mail address may be somebody else's by now. Rights that
// it still had are ended, so that it has only those given anew.
func reopen(tx *store.Tx, caller *access.Caller, a store.Account, memberships []store.Membership) (store.Account, error) {
	day := calendar.Day(tx.Now())
	a.State, a.PasswordHash = store.AccountInvited, ""
	if err := errors.Join(tx.SetAccount(a), tx.UnlinkIdentitiesOf(a.ID, caller.AccountID)); err != nil {
		return a, err
	}
	a.Revision++
	for _, m := range memberships {
		if m.Over(day) {
			continue
		}
		if err := tx.EndMembership(m.ID, caller.AccountID, "reactivation"); err != nil {
			return a, err
		}
	}
	return a, nil
}

// mayAppoint refuses an AGENCY_ADMIN people with a role over a region or the nation: a membership of the agency would
// tie them to it, and so take a verifier off it.
func mayAppoint(caller *access.Caller, memberships []store.Membership, day string) error {
	if caller.Acts(meritv1.Role_ROLE_ADMIN) {
		return nil
	}
	for _, m := range memberships {
		if m.AgencyID == "" && !m.Over(day) {
			return errReachesBeyond
		}
	}
	return nil
}
