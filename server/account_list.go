package server

import (
	"context"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// scopeOfAccounts is which memberships of others the caller sees, and so which accounts: ADMIN all; AUDITOR those of
// the scope; LEAD_VERIFIER the verifiers of the scope; everybody else those of the own agency.
func scopeOfAccounts(caller *access.Caller) store.AccountFilter {
	f := store.AccountFilter{AgencyID: caller.Scope.AgencyID, Region: caller.Scope.Region}
	if caller.Acts(meritv1.Role_ROLE_LEAD_VERIFIER) {
		f.Roles = [2]string{"VERIFIER", "LEAD_VERIFIER"}
	}
	return f
}

// visibleTo is for readAccount: the memberships that the caller sees.
func visibleTo(caller *access.Caller) func(roster, store.Membership) bool {
	f := scopeOfAccounts(caller)
	return func(r roster, m store.Membership) bool { return f.Fits(m, r.agencies[m.AgencyID].Region) }
}

// ListAccounts lists the people that the caller may see.
func (s *accountServer) ListAccounts(ctx context.Context, req *meritv1.ListAccountsRequest) (*meritv1.ListAccountsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	caller := access.From(ctx)
	filter, err := narrow(scopeOfAccounts(caller), req)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListAccountsResponse{}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		filter.Day = calendar.Day(tx.Now())
		accounts, err := tx.Accounts(filter, p.After, p.Limit())
		if err != nil {
			return err
		}
		accounts, resp.NextPageToken = page.Cut(p, accounts, func(a store.Account) []string { return []string{a.Name, a.ID} })
		resp.Accounts, err = accountsOf(tx, accounts, visibleTo(caller))
		return err
	})
	return resp, err
}

// GetAccount returns one person whom the caller may see.
func (s *accountServer) GetAccount(ctx context.Context, req *meritv1.GetAccountRequest) (*meritv1.GetAccountResponse, error) {
	resp := &meritv1.GetAccountResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp.Account, err = seenAccount(tx, access.From(ctx), req.GetAccountId())
		return err
	})
}

// seenAccount is an account of which the caller sees a membership, with those; NOT_FOUND for any other, after the same
// statement whether there is one or not.
func seenAccount(tx *store.Tx, caller *access.Caller, id string) (*meritv1.Account, error) {
	f := scopeOfAccounts(caller)
	f.ID, f.Day, f.Deactivated = id, calendar.Day(tx.Now()), true
	found, err := tx.Accounts(f, nil, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.NotFound(anAccount, id)
	}
	seen, err := accountsOf(tx, found, visibleTo(caller))
	if err != nil {
		return nil, err
	}
	return seen[0], nil
}

// narrow adds what a request asks for to what the caller may see.
func narrow(f store.AccountFilter, req *meritv1.ListAccountsRequest) (store.AccountFilter, error) {
	f.Text, f.Deactivated = req.GetText(), req.GetIncludeDeactivated()
	if id := req.GetAgencyId(); id != "" {
		if f.AgencyID != "" && f.AgencyID != id {
			return f, fault.OutOfScope()
		}
		f.AgencyID = id
	}
	if role := access.RoleName(req.GetRole()); req.GetRole() != meritv1.Role_ROLE_UNSPECIFIED {
		if f.Roles[0] != "" && role != f.Roles[0] && role != f.Roles[1] {
			return f, fault.OutOfScope()
		}
		f.Roles = [2]string{role}
	}
	return f, nil
}

// accountsOf reads the memberships of accounts, all at once, and keeps those that the caller sees.
func accountsOf(tx *store.Tx, accounts []store.Account, keep func(roster, store.Membership) bool) ([]*meritv1.Account, error) {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	memberships, err := tx.MembershipsByAccount(ids...)
	if err != nil {
		return nil, err
	}
	var all []store.Membership
	for _, ms := range memberships {
		all = append(all, ms...)
	}
	r, err := readRoster(tx, all...)
	if err != nil {
		return nil, err
	}
	answer := make([]*meritv1.Account, len(accounts))
	for i, a := range accounts {
		var kept []store.Membership
		for _, m := range memberships[a.ID] {
			if keep(r, m) {
				kept = append(kept, m)
			}
		}
		answer[i] = r.account(a, kept)
	}
	return answer, nil
}
