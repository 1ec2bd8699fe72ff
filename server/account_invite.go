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
		secret = i.secret
		account, err := readAccount(tx, i.membership.AccountID, visibleTo(caller))
		return &meritv1.InviteAccountResponse{Account: account, Link: i.link},
			[]audit.Entry{{Action: "AccountService.InviteAccount", Agency: i.membership.AgencyID, Subject: i.membership.AccountID}}, err
	})
	if err != nil {
		return nil, err
	}
	reveal(resp.Link, secret)
	return resp, nil
}

// invitation is what came of one.
type invitation struct {
	membership store.Membership
	link       *meritv1.OneTimeLink // nil when the account needs none or the caller may not have it
	secret     string               // of the link
}

func invite(tx *store.Tx, caller *access.Caller, req *meritv1.InviteAccountRequest) (i invitation, err error) {
	a, memberships, err := inviteeOf(tx, caller, req)
	if err != nil {
		return i, err
	}
	if i.membership, err = appoint(tx, caller, a.ID, memberships, req.GetAppointment()); err != nil {
		return i, err
	}
	// Whoever has the link can act as the account, so it is not for an administrator of only a part of its rights.
	beyond := reachesBeyond(memberships, i.membership.AgencyID, calendar.Day(tx.Now()))
	if a.State == store.AccountInvited && (caller.Acts(meritv1.Role_ROLE_ADMIN) || !beyond) {
		i.link, i.secret, err = issueLink(tx, a, caller.AccountID)
	}
	return i, err
}

// inviteeOf returns the account with the e-mail address and its memberships, after making it or, when it was
// deactivated, making it one that waits for its invitation again.
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
		return a, nil, tx.InsertAccount(a)
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
	if a.State == store.AccountDeactivated {
		a, err = reopen(tx, caller, a, memberships)
	}
	return a, memberships, err
}

// reopen makes a deactivated account wait for its invitation again; the old password does not come back. Rights that
// it still had are ended, so that it has only those given anew.
func reopen(tx *store.Tx, caller *access.Caller, a store.Account, memberships []store.Membership) (store.Account, error) {
	day := calendar.Day(tx.Now())
	if !caller.Acts(meritv1.Role_ROLE_ADMIN) && reachesBeyond(memberships, caller.Scope.AgencyID, day) {
		return a, errReachesBeyond
	}
	a.State, a.PasswordHash = store.AccountInvited, ""
	if err := tx.SetAccount(a); err != nil {
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
