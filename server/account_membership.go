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
)

// GrantMembership gives an account a role over a scope and a time.
func (s *accountServer) GrantMembership(ctx context.Context, req *meritv1.GrantMembershipRequest) (*meritv1.GrantMembershipResponse, error) {
	caller := access.From(ctx)
	if err := s.provenFor(caller, req.GetAppointment().GetRole()); err != nil {
		return nil, err
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.GrantMembershipResponse, []audit.Entry, error) {
		a, memberships, err := knownAccount(tx, caller, req.GetAccountId())
		if err != nil {
			return nil, nil, err
		}
		if a.State == store.AccountDeactivated {
			return nil, nil, errDeactivated
		}
		if err := mayAppoint(caller, memberships, calendar.Day(tx.Now())); err != nil {
			return nil, nil, err
		}
		m, err := appoint(tx, caller, a.ID, memberships, req.GetAppointment())
		if err != nil {
			return nil, nil, err
		}
		granted, err := readMembership(tx, m.ID)
		return &meritv1.GrantMembershipResponse{Membership: granted},
			[]audit.Entry{{Action: "AccountService.GrantMembership", Agency: m.AgencyID, Subject: a.ID}}, err
	})
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
		m, err := tx.Membership(req.GetMembershipId())
		if err == nil && !caller.Acts(meritv1.Role_ROLE_ADMIN) && !caller.InAgency(m.AgencyID) {
			err = store.ErrNotFound
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil, fault.NotFound(aMembership, req.GetMembershipId())
		}
		if err != nil {
			return nil, err
		}
		if !m.EndedAt.IsZero() {
			return nil, fault.New(meritv1.Reason_REASON_WRONG_STATE, "Peran ini sudah diakhiri.", "The membership has been ended already.")
		}
		if err := keepOneAdmin(tx, m); err != nil {
			return nil, err
		}
		if err := tx.EndMembership(m.ID, caller.AccountID, req.GetReason()); err != nil {
			return nil, err
		}
		resp.Membership, err = readMembership(tx, m.ID)
		return []audit.Entry{{Action: "AccountService.EndMembership", Agency: m.AgencyID, Subject: m.AccountID}}, err
	})
	return resp, err
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
		a, memberships, err := administered(tx, caller, req.GetAccountId())
		if err != nil {
			return nil, err
		}
		if a.State == store.AccountDeactivated {
			return nil, errDeactivated
		}
		if err := keepOneAdmin(tx, memberships...); err != nil {
			return nil, err
		}
		if err := deactivate(tx, a, req.GetReason()); err != nil {
			return nil, err
		}
		resp.Account, err = readAccount(tx, a.ID, visibleTo(caller))
		return []audit.Entry{{Action: "AccountService.DeactivateAccount", Agency: caller.Scope.AgencyID, Subject: a.ID}}, err
	})
	return resp, err
}

func deactivate(tx *store.Tx, a store.Account, reason string) error {
	_, err := tx.EndSessionsOf(a.ID, "")
	return errors.Join(err, tx.DeactivateAccount(a.ID, a.Revision, reason), tx.RevokeTokensOf(a.ID), tx.EndLinksOf(a.ID))
}
