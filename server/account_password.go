package server

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// linkLength is how long a one-time link works.
const linkLength = 72 * time.Hour

var errLinkEnded = fault.New(meritv1.Reason_REASON_LINK_USED_OR_EXPIRED,
	"Tautan ini sudah dipakai, sudah diganti, atau lebih dari 72 jam. Minta tautan baru kepada yang mengirimnya.",
	"This link was used, was replaced, or is older than 72 hours. Ask whoever sent it for a new one.")

// ChangePassword changes the caller's own password.
func (s *accountServer) ChangePassword(ctx context.Context, req *meritv1.ChangePasswordRequest) (*meritv1.ChangePasswordResponse, error) {
	if s.noPasswords {
		return nil, errPasswordsOff
	}
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	var a store.Account
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.Account(caller.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := access.CheckPassword("new_password", req.GetNewPassword(), a.Name, a.Email); err != nil {
		return nil, err
	}
	if err := s.checkPassword(ctx, a.Email, req.GetCurrentPassword(), a.PasswordHash); err != nil {
		return nil, err
	}
	hash, err := s.passwords.Hash(ctx, req.GetNewPassword())
	if err != nil {
		return nil, err
	}
	return &meritv1.ChangePasswordResponse{}, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		err := errors.Join(setPassword(tx, a.ID, hash, caller.Credential), tellCredentials(tx, a.ID))
		return []audit.Entry{{Action: "AccountService.ChangePassword", Subject: a.ID}},
			errors.Join(err, forgive(tx, access.SlowdownsOf(a.Email, caller.Address)))
	})
}

// setPassword gives an active or invited account a password and ends its sessions but one.
func setPassword(tx *store.Tx, accountID, hash, butSession string) error {
	a, err := tx.Account(accountID)
	if err != nil {
		return err
	}
	a.PasswordHash, a.State = hash, store.AccountActive
	if err := tx.SetAccount(a); err != nil {
		return err
	}
	_, err = tx.EndSessionsOf(accountID, butSession)
	return err
}

// AcceptLink sets a password through a one-time link.
func (s *accountServer) AcceptLink(ctx context.Context, req *meritv1.AcceptLinkRequest) (*meritv1.AcceptLinkResponse, error) {
	if s.noPasswords {
		return nil, errPasswordsOff
	}
	var link store.Link
	var a store.Account
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		link, a, err = openLink(tx, req.GetSecret())
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := access.CheckPassword("new_password", req.GetNewPassword(), a.Name, a.Email); err != nil {
		return nil, err
	}
	hash, err := s.passwords.Hash(ctx, req.GetNewPassword())
	if err != nil {
		return nil, err
	}
	resp := &meritv1.AcceptLinkResponse{}
	err = s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if _, _, err := openLink(tx, req.GetSecret()); err != nil {
			return nil, err
		}
		if err := errors.Join(tx.UseLink(link.ID), setPassword(tx, a.ID, hash, "")); err != nil {
			return nil, err
		}
		if link.Kind == store.LinkPasswordReset {
			if err := tellCredentials(tx, a.ID); err != nil {
				return nil, err
			}
		}
		resp.Account, err = readAccount(tx, a.ID, inForce)
		return []audit.Entry{{Action: "AccountService.AcceptLink", Actor: a.ID, Subject: a.ID}}, err
	})
	return resp, err
}

// openLink returns the link with the secret and its account, or errLinkEnded.
func openLink(tx *store.Tx, secret string) (store.Link, store.Account, error) {
	link, err := tx.LinkByHash(access.HashSecret(secret))
	if errors.Is(err, store.ErrNotFound) {
		return link, store.Account{}, errLinkEnded
	}
	if err != nil {
		return link, store.Account{}, err
	}
	a, err := tx.Account(link.AccountID)
	if err == nil && (!link.UsedAt.IsZero() || !tx.Now().Before(link.ExpiresAt) || a.State == store.AccountDeactivated) {
		return link, a, errLinkEnded
	}
	return link, a, err
}

// issueLink makes a one-time link for an account; earlier ones stop working. The link that is returned has no
// secret: who may see it gets it with reveal, after the link is stored.
func issueLink(tx *store.Tx, a store.Account, issuer string) (link *meritv1.OneTimeLink, secret string, err error) {
	kind := store.LinkPasswordReset
	if a.State == store.AccountInvited {
		kind = store.LinkInvitation
	}
	secret, hash := access.NewSecret(access.KindLink)
	expires := tx.Now().Add(linkLength)
	err = tx.InsertLink(store.Link{
		ID: tx.NewID(), Kind: kind, AccountID: a.ID, Hash: hash, IssuedBy: issuer, IssuedAt: tx.Now(), ExpiresAt: expires,
	})
	return &meritv1.OneTimeLink{AccountId: a.ID, Email: a.Email, ExpiresAt: timestamppb.New(expires)}, secret, err
}

// reveal puts the secret into a link that was issued. It is done outside of the transaction, so that the answer
// remembered for a request_id never has secrets.
func reveal(link *meritv1.OneTimeLink, secret string) {
	if link != nil && secret != "" {
		link.Secret, link.Path = secret, "/link/"+secret
	}
}

// ResetPassword issues a one-time link for an account.
func (s *accountServer) ResetPassword(ctx context.Context, req *meritv1.ResetPasswordRequest) (*meritv1.ResetPasswordResponse, error) {
	if s.noPasswords {
		return nil, errPasswordsOff
	}
	caller := access.From(ctx)
	resp := &meritv1.ResetPasswordResponse{}
	var secret string
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		r, err := resetPassword(tx, caller, req)
		if err != nil {
			return nil, err
		}
		if resp.ProposalId = r.proposal; r.proposal != "" {
			return []audit.Entry{proposed(r.proposal)}, nil
		}
		resp.Link, secret = r.link, r.secret
		return []audit.Entry{resetEntry(caller, r)}, nil
	})
	if err != nil {
		return nil, err
	}
	reveal(resp.Link, secret)
	return resp, nil
}

// reset is what came of a wish for new credentials.
type reset struct {
	account  store.Account
	link     *meritv1.OneTimeLink
	secret   string // of the link
	proposal string // instead of a link
}

// resetPassword makes a one-time link for an account, or proposes it.
func resetPassword(tx *store.Tx, caller *access.Caller, req *meritv1.ResetPasswordRequest) (r reset, err error) {
	var memberships []store.Membership
	if r.account, memberships, err = administered(tx, caller, req.GetAccountId()); err != nil {
		return r, err
	}
	if r.account.State == store.AccountDeactivated {
		return r, errDeactivated
	}
	if holdsWeight(memberships, calendar.Day(tx.Now())) {
		r.proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_RESET_PASSWORD, r.account.ID, req})
		if err != nil || r.proposal != "" {
			return r, err
		}
	}
	if r.link, r.secret, err = issueLink(tx, r.account, caller.AccountID); err != nil {
		return r, err
	}
	return r, tellPerson(tx, caller, store.NoticeCredentialsChanged, r.account)
}

func resetEntry(caller *access.Caller, r reset) audit.Entry {
	return audit.Entry{Action: "AccountService.ResetPassword", Agency: caller.Scope.AgencyID, Subject: r.account.ID}
}

var errDeactivated = fault.New(meritv1.Reason_REASON_WRONG_STATE,
	"Akun ini dinonaktifkan. Undang orangnya lagi dengan surel yang sama.",
	"The account is deactivated. Invite the person again under the same e-mail address.")

// administered returns an account that the caller may administer, with its memberships: any for ADMIN, and for an
// AGENCY_ADMIN those whose only memberships that are not over are of the own agency. Others of the agency are
// OUT_OF_SCOPE, everybody else NOT_FOUND.
func administered(tx *store.Tx, caller *access.Caller, id string) (store.Account, []store.Membership, error) {
	a, memberships, err := knownAccount(tx, caller, id)
	if err == nil && !caller.Acts(meritv1.Role_ROLE_ADMIN) && reachesBeyond(memberships, caller.Scope.AgencyID, calendar.Day(tx.Now())) {
		err = errReachesBeyond
	}
	return a, memberships, err
}

var errReachesBeyond = fault.New(meritv1.Reason_REASON_OUT_OF_SCOPE,
	"Orang ini juga punya peran di luar instansi Anda, atau mengawasinya. Mintalah kepada administrator pusat.",
	"This person has a role outside of your agency too, or watches over it. Ask the central administrator.")

// knownAccount returns an account that the administrator may know of: any for ADMIN, those who have or had a
// membership of the own agency for AGENCY_ADMIN.
func knownAccount(tx *store.Tx, caller *access.Caller, id string) (store.Account, []store.Membership, error) {
	a, err := tx.Account(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return a, nil, err
	}
	memberships, err2 := tx.MembershipsOf(id)
	if err2 != nil {
		return a, nil, err2
	}
	known := caller.Acts(meritv1.Role_ROLE_ADMIN)
	for _, m := range memberships {
		known = known || caller.InAgency(m.AgencyID)
	}
	if err != nil || !known {
		return a, nil, fault.NotFound(anAccount, id)
	}
	return a, memberships, nil
}

// reachesBeyond reports whether one of the memberships that are not over is of another scope than the agency, or watches
// over it, as its auditors do.
func reachesBeyond(memberships []store.Membership, agencyID, day string) bool {
	for _, m := range memberships {
		if (m.AgencyID != agencyID || isWeighty(m.Role)) && !m.Over(day) {
			return true
		}
	}
	return false
}
