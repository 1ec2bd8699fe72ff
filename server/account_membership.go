package server

import (
	"context"
	"errors"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// GrantMembership gives an account a role over a scope and a time.
func (s *accountServer) GrantMembership(ctx context.Context, req *meritv1.GrantMembershipRequest) (*meritv1.GrantMembershipResponse, error) {
	caller := access.From(ctx)
	if err := s.provenFor(caller, req.GetAppointment().GetRole()); err != nil {
		return nil, err
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.GrantMembershipResponse, []audit.Entry, error) {
		m, proposal, err := grant(tx, caller, req)
		if err != nil {
			return nil, nil, err
		}
		if proposal != "" {
			return &meritv1.GrantMembershipResponse{ProposalId: proposal}, []audit.Entry{proposed(proposal)}, nil
		}
		granted, err := readMembership(tx, m.ID)
		return &meritv1.GrantMembershipResponse{Membership: granted}, []audit.Entry{grantEntry(m)}, err
	})
}

// grant gives an account a role, or proposes it.
func grant(tx *store.Tx, caller *access.Caller, req *meritv1.GrantMembershipRequest) (m store.Membership, proposal string, err error) {
	a, memberships, err := knownAccount(tx, caller, req.GetAccountId())
	if err != nil {
		return m, "", err
	}
	if a.State == store.AccountDeactivated {
		return m, "", errDeactivated
	}
	if err := mayAppoint(caller, memberships, calendar.Day(tx.Now())); err != nil {
		return m, "", err
	}
	if m, err = appointment(tx, caller, a.ID, memberships, req.GetAppointment()); err != nil {
		return m, "", err
	}
	if isWeighty(m.Role) {
		proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_GRANT_MEMBERSHIP, a.ID, req})
		if err != nil || proposal != "" {
			return m, proposal, err
		}
	}
	return m, "", errors.Join(tx.InsertMembership(m), tellPerson(tx, caller, store.NoticeRolesChanged, a))
}

func grantEntry(m store.Membership) audit.Entry {
	return audit.Entry{Action: "AccountService.GrantMembership", Agency: m.AgencyID, Subject: m.AccountID}
}

func readMembership(tx *store.Tx, id string) (*meritv1.Membership, error) {
	m, err := tx.Membership(id)
	if err != nil {
		return nil, err
	}
	r, err := readRoster(tx, m)
	if err != nil {
		return nil, err
	}
	return r.membership(m), nil
}

// EndMembership ends a membership now.
func (s *accountServer) EndMembership(ctx context.Context, req *meritv1.EndMembershipRequest) (*meritv1.EndMembershipResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.EndMembershipResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		m, proposal, err := endMembership(tx, caller, req)
		if err != nil {
			return nil, err
		}
		if resp.ProposalId = proposal; proposal != "" {
			return []audit.Entry{proposed(proposal)}, nil
		}
		resp.Membership, err = readMembership(tx, m.ID)
		return []audit.Entry{endEntry(m)}, err
	})
	return resp, err
}

// endMembership ends a membership; that of an administrator it may propose.
func endMembership(tx *store.Tx, caller *access.Caller, req *meritv1.EndMembershipRequest) (m store.Membership, proposal string, err error) {
	if m, err = endable(tx, caller, req.GetMembershipId()); err != nil {
		return m, "", err
	}
	if administers(tx, m) {
		proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_END_MEMBERSHIP, m.AccountID, req})
		if err != nil || proposal != "" {
			return m, proposal, err
		}
	}
	a, err := tx.Account(m.AccountID)
	if err != nil {
		return m, "", err
	}
	return m, "", errors.Join(tx.EndMembership(m.ID, caller.AccountID, req.GetReason()), tellPerson(tx, caller, store.NoticeRolesChanged, a))
}

func endEntry(m store.Membership) audit.Entry {
	return audit.Entry{Action: "AccountService.EndMembership", Agency: m.AgencyID, Subject: m.AccountID}
}

// endable returns a membership that the caller may end.
func endable(tx *store.Tx, caller *access.Caller, id string) (store.Membership, error) {
	m, err := tx.Membership(id)
	if err == nil && !caller.Acts(meritv1.Role_ROLE_ADMIN) && !caller.InAgency(m.AgencyID) {
		err = store.ErrNotFound
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return m, fault.NotFound(aMembership, id)
	case err != nil:
		return m, err
	case !caller.Acts(meritv1.Role_ROLE_ADMIN) && isWeighty(m.Role):
		return m, errReachesBeyond
	case !m.EndedAt.IsZero():
		return m, fault.New(meritv1.Reason_REASON_WRONG_STATE, "Peran ini sudah diakhiri.", "The membership has been ended already.")
	}
	return m, keepOneAdmin(tx, m)
}

// administers reports whether one of the memberships makes its holder an administrator, today or later.
func administers(tx *store.Tx, memberships ...store.Membership) bool {
	day := calendar.Day(tx.Now())
	return slices.ContainsFunc(memberships, func(m store.Membership) bool {
		return m.Role == access.RoleName(meritv1.Role_ROLE_ADMIN) && !m.Over(day)
	})
}

// keepOneAdmin refuses to take the last ADMIN away: nobody could appoint another one.
func keepOneAdmin(tx *store.Tx, memberships ...store.Membership) error {
	day := calendar.Day(tx.Now())
	for _, m := range memberships {
		if m.Role != access.RoleName(meritv1.Role_ROLE_ADMIN) || !m.InForce(day) {
			continue
		}
		if others, err := tx.OtherAdmins(m.AccountID, day); err != nil || others > 0 {
			return err
		}
		return fault.New(meritv1.Reason_REASON_IN_USE,
			"Ini administrator terakhir. Angkat administrator lain dahulu.",
			"This is the last administrator. Appoint another one first.")
	}
	return nil
}

// DeactivateAccount ends everything an account can act with.
func (s *accountServer) DeactivateAccount(ctx context.Context, req *meritv1.DeactivateAccountRequest) (*meritv1.DeactivateAccountResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.DeactivateAccountResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		proposal, err := deactivateAccount(tx, caller, req)
		if err != nil {
			return nil, err
		}
		if resp.ProposalId = proposal; proposal != "" {
			return []audit.Entry{proposed(proposal)}, nil
		}
		resp.Account, err = readAccount(tx, req.GetAccountId(), visibleTo(caller))
		return []audit.Entry{deactivateEntry(caller, req.GetAccountId())}, err
	})
	return resp, err
}

// deactivateAccount deactivates an account; that of an administrator it may propose.
func deactivateAccount(tx *store.Tx, caller *access.Caller, req *meritv1.DeactivateAccountRequest) (proposal string, err error) {
	a, memberships, err := administered(tx, caller, req.GetAccountId())
	if err != nil {
		return "", err
	}
	if a.State == store.AccountDeactivated {
		return "", errDeactivated
	}
	if err := keepOneAdmin(tx, memberships...); err != nil {
		return "", err
	}
	if administers(tx, memberships...) {
		proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_DEACTIVATE_ACCOUNT, a.ID, req})
		if err != nil || proposal != "" {
			return proposal, err
		}
	}
	return "", deactivate(tx, a, req.GetReason())
}

func deactivateEntry(caller *access.Caller, accountID string) audit.Entry {
	return audit.Entry{Action: "AccountService.DeactivateAccount", Agency: caller.Scope.AgencyID, Subject: accountID}
}

func deactivate(tx *store.Tx, a store.Account, reason string) error {
	_, err := tx.EndSessionsOf(a.ID, "")
	return errors.Join(err, tx.DeactivateAccount(a.ID, a.Revision, reason), tx.RevokeTokensOf(a.ID), tx.EndLinksOf(a.ID))
}
