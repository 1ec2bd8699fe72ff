package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

var anIdentity = fault.T("Identitas", "identity")

// ListAccountIdentities lists by which identities at the provider a person signs in.
func (s *accountServer) ListAccountIdentities(ctx context.Context, req *meritv1.ListAccountIdentitiesRequest) (*meritv1.ListAccountIdentitiesResponse, error) {
	caller := access.From(ctx)
	id := req.GetAccountId()
	if id == "" {
		id = caller.AccountID
	}
	resp := &meritv1.ListAccountIdentitiesResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if id != caller.AccountID {
			if err := mayReadIdentities(tx, caller, id); err != nil {
				return err
			}
		}
		identities, err := tx.IdentitiesOf(id)
		for _, i := range identities {
			resp.Identities = append(resp.Identities, identityMessage(i))
		}
		return err
	})
}

// mayReadIdentities lets ADMIN and AUDITOR read those of accounts that they see.
func mayReadIdentities(tx *store.Tx, caller *access.Caller, id string) error {
	if !caller.Acts(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR) {
		return fault.New(meritv1.Reason_REASON_ROLE_NOT_ALLOWED,
			"Identitas orang lain hanya dapat dibaca oleh ADMIN dan AUDITOR.",
			"Only ADMIN and AUDITOR read identities of others.")
	}
	_, err := seenAccount(tx, caller, id)
	return err
}

func identityMessage(i store.AccountIdentity) *meritv1.AccountIdentity {
	return &meritv1.AccountIdentity{
		Id: i.ID, AccountId: i.AccountID, Issuer: i.Issuer, Subject: i.Subject, Email: i.Email,
		LinkedAt: timestamp(i.LinkedAt), UnlinkedAt: timestamp(i.UnlinkedAt),
	}
}

// UnlinkAccountIdentity ends a link and the sessions of the account. Ending one that has ended changes nothing. That of
// somebody else is there for ADMIN only.
func (s *accountServer) UnlinkAccountIdentity(ctx context.Context, req *meritv1.UnlinkAccountIdentityRequest) (*meritv1.UnlinkAccountIdentityResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.UnlinkAccountIdentityResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		i, err := tx.AccountIdentity(req.GetIdentityId())
		own := i.AccountID == caller.AccountID
		if errors.Is(err, store.ErrNotFound) || err == nil && !own && !caller.Acts(meritv1.Role_ROLE_ADMIN) {
			return nil, fault.NotFound(anIdentity, req.GetIdentityId())
		}
		if err == nil && i.UnlinkedAt.IsZero() {
			entries = []audit.Entry{{Action: "AccountService.UnlinkAccountIdentity", Subject: i.AccountID}}
			i.UnlinkedAt = tx.Now()
			err = unlink(tx, caller, i)
		}
		resp.Identity = identityMessage(i)
		return entries, err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// unlink ends a link and tells the person, unless they did it themselves.
func unlink(tx *store.Tx, caller *access.Caller, i store.AccountIdentity) error {
	a, err := tx.Account(i.AccountID)
	if err != nil {
		return err
	}
	_, err = tx.EndSessionsOf(a.ID, "")
	return errors.Join(err, tx.UnlinkIdentity(i.ID, caller.AccountID), tellPerson(tx, caller, store.NoticeCredentialsChanged, a))
}
