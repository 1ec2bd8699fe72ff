package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

var (
	errEnrolled = fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Faktor kedua sudah terpasang. Lepaskan dahulu bila ingin menggantinya.",
		"A second factor is enrolled already. Remove it first to change it.")
	errNotEnrolled = fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Tidak ada faktor kedua yang terpasang. Mulailah dengan memasang autentikator.",
		"No second factor is enrolled. Begin with enrolling an authenticator.")
	errOwnSecondFactor = fault.New(meritv1.Reason_REASON_FOUR_EYES,
		"Faktor kedua Anda sendiri direset oleh administrator lain, atau lepaskan dengan kata sandi dan kode.",
		"Your own second factor is reset by another administrator, or remove it with password and code.")
)

// secondFactor reads the second factor of an account; of one that never had any it is empty.
func secondFactor(tx *store.Tx, accountID string) (store.SecondFactor, error) {
	f, err := tx.SecondFactor(accountID)
	if errors.Is(err, store.ErrNotFound) {
		return store.SecondFactor{AccountID: accountID}, nil
	}
	return f, err
}

// GetSecondFactor tells where the caller stands.
func (s *accountServer) GetSecondFactor(ctx context.Context, _ *meritv1.GetSecondFactorRequest) (*meritv1.GetSecondFactorResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.GetSecondFactorResponse{Demanded: caller.SecondFactor.Demanded}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		f, err := secondFactor(tx, caller.AccountID)
		resp.Enrolled, resp.EnrolledAt = !f.EnrolledAt.IsZero(), timestamp(f.EnrolledAt)
		resp.RecoveryCodesLeft = int32(len(f.RecoveryCodes))
		return err
	})
}

// EnrolSecondFactor makes the secret of an authenticator.
func (s *accountServer) EnrolSecondFactor(ctx context.Context, _ *meritv1.EnrolSecondFactorRequest) (*meritv1.EnrolSecondFactorResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.EnrolSecondFactorResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		a, err := tx.Account(caller.AccountID)
		if err != nil {
			return nil, err
		}
		f, err := secondFactor(tx, a.ID)
		if err == nil && !f.EnrolledAt.IsZero() {
			err = errEnrolled
		}
		if err != nil {
			return nil, err
		}
		if f.Secret, resp.Uri, err = access.NewAuthenticator(a.Email); err != nil {
			return nil, err
		}
		resp.Secret = f.Secret
		return []audit.Entry{{Action: "AccountService.EnrolSecondFactor", Subject: a.ID}},
			errors.Join(tx.SaveSecondFactor(f), tx.ForgetSecondFactorSteps(a.ID))
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// ConfirmSecondFactor makes the authenticator count, with a first code of it.
func (s *accountServer) ConfirmSecondFactor(ctx context.Context, req *meritv1.ConfirmSecondFactorRequest) (*meritv1.ConfirmSecondFactorResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	slowdowns := access.CodeSlowdownsOf(caller.AccountID, caller.Address)
	if err := s.countTry(ctx, slowdowns); err != nil {
		return nil, err
	}
	codes, hashes := access.NewRecoveryCodes()
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		f, err := secondFactor(tx, caller.AccountID)
		if err != nil {
			return nil, err
		}
		if err := enrol(tx, f, req.GetCode(), hashes); err != nil {
			return nil, err
		}
		_, err = tx.EndSessionsOf(caller.AccountID, caller.Credential)
		return []audit.Entry{{Action: "AccountService.ConfirmSecondFactor", Subject: caller.AccountID}},
			errors.Join(err, forgive(tx, slowdowns))
	})
	if err != nil {
		return nil, err
	}
	return &meritv1.ConfirmSecondFactorResponse{RecoveryCodes: codes}, nil
}

func enrol(tx *store.Tx, f store.SecondFactor, code string, recovery []string) error {
	switch {
	case !f.EnrolledAt.IsZero():
		return errEnrolled
	case f.Secret == "":
		return errNotEnrolled
	}
	step, ok := access.CodeStep(f.Secret, code, tx.Now())
	if !ok {
		return errCodeRefused
	}
	if err := useStep(tx, f.AccountID, step); err != nil {
		return err
	}
	f.EnrolledAt, f.RecoveryCodes = tx.Now(), recovery
	return tx.SaveSecondFactor(f)
}

// RemoveSecondFactor takes the caller's second factor away.
func (s *accountServer) RemoveSecondFactor(ctx context.Context, req *meritv1.RemoveSecondFactorRequest) (*meritv1.RemoveSecondFactorResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	if !caller.SecondFactor.Enrolled {
		return nil, errNotEnrolled
	}
	if err := s.proveAgain(ctx, caller, req.GetPassword()); err != nil {
		return nil, err
	}
	// A refused code leaves the second factor as it was, however right the password is.
	const action = "AccountService.RemoveSecondFactor"
	err := s.useCode(ctx, caller.AccountID, req.GetCode(), action, func(tx *store.Tx, f store.SecondFactor) ([]audit.Entry, error) {
		return []audit.Entry{{Action: action, Subject: caller.AccountID}}, withdraw(tx, f)
	})
	if err != nil {
		return nil, err
	}
	return &meritv1.RemoveSecondFactorResponse{}, nil
}

// withdraw takes a second factor away.
func withdraw(tx *store.Tx, f store.SecondFactor) error {
	return tx.SaveSecondFactor(store.SecondFactor{AccountID: f.AccountID, Revision: f.Revision})
}

// ResetSecondFactor takes the second factor of somebody else away.
func (s *accountServer) ResetSecondFactor(ctx context.Context, req *meritv1.ResetSecondFactorRequest) (*meritv1.ResetSecondFactorResponse, error) {
	caller := access.From(ctx)
	if req.GetAccountId() == caller.AccountID {
		return nil, errOwnSecondFactor
	}
	resp := &meritv1.ResetSecondFactorResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		if resp.ProposalId, err = resetSecondFactor(tx, caller, req); err != nil {
			return nil, err
		}
		if resp.ProposalId != "" {
			return []audit.Entry{proposed(resp.ProposalId)}, nil
		}
		return []audit.Entry{resetFactorEntry(req.GetAccountId())}, nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// resetSecondFactor takes the second factor of an account away, or proposes it.
func resetSecondFactor(tx *store.Tx, caller *access.Caller, req *meritv1.ResetSecondFactorRequest) (proposal string, err error) {
	a, memberships, err := administered(tx, caller, req.GetAccountId())
	if err != nil {
		return "", err
	}
	f, err := secondFactor(tx, a.ID)
	if err == nil && f.EnrolledAt.IsZero() {
		err = errNotEnrolled
	}
	if err != nil {
		return "", err
	}
	if holdsWeight(memberships, calendar.Day(tx.Now())) {
		proposal, err = propose(tx, caller, act{meritv1.ProposalKind_PROPOSAL_KIND_RESET_SECOND_FACTOR, a.ID, req})
		if err != nil || proposal != "" {
			return proposal, err
		}
	}
	_, err = tx.EndSessionsOf(a.ID, "")
	return "", errors.Join(err, withdraw(tx, f), tellPerson(tx, caller, store.NoticeCredentialsChanged, a))
}

func resetFactorEntry(accountID string) audit.Entry {
	return audit.Entry{Action: "AccountService.ResetSecondFactor", Subject: accountID}
}

// demands reports whether a policy, as the setting has it, names the role.
func demands(policy string, role meritv1.Role) bool {
	return policy != "" && slices.Contains(strings.Fields(policy), access.RoleName(role))
}

// GetSecondFactorPolicy returns the roles that demand a second factor.
func (s *accountServer) GetSecondFactorPolicy(ctx context.Context, _ *meritv1.GetSecondFactorPolicyRequest) (*meritv1.GetSecondFactorPolicyResponse, error) {
	resp := &meritv1.GetSecondFactorPolicyResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp.Policy, err = readPolicy(tx)
		return err
	})
}

func readPolicy(tx *store.Tx) (*meritv1.SecondFactorPolicy, error) {
	setting, err := tx.Setting(store.SettingSecondFactorRoles)
	policy := &meritv1.SecondFactorPolicy{Revision: setting.Revision}
	for _, name := range strings.Fields(setting.Value) {
		if role, ok := access.ParseRole(name); ok {
			policy.Roles = append(policy.Roles, role)
		}
	}
	return policy, err
}

// SetSecondFactorPolicy names the roles that demand a second factor.
func (s *accountServer) SetSecondFactorPolicy(ctx context.Context, req *meritv1.SetSecondFactorPolicyRequest) (*meritv1.SetSecondFactorPolicyResponse, error) {
	var names []string
	for _, role := range slices.Sorted(slices.Values(req.GetRoles())) {
		if !access.Grantable(role) {
			return nil, fault.Invalid("roles", "%s bukan peran yang dapat diberikan.", "%s is not a role that can be granted.", access.RoleName(role))
		}
		names = append(names, access.RoleName(role))
	}
	resp := &meritv1.SetSecondFactorPolicyResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		err := tx.SaveSetting(store.Setting{
			Name: store.SettingSecondFactorRoles, Value: strings.Join(names, " "), Revision: req.GetRevision(),
		}, access.From(ctx).AccountID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, errStalePolicy
		}
		if err != nil {
			return nil, err
		}
		resp.Policy, err = readPolicy(tx)
		return []audit.Entry{{Action: "AccountService.SetSecondFactorPolicy"}}, err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

var errStalePolicy = fault.New(meritv1.Reason_REASON_STALE_REVISION,
	"Administrator lain sudah mengubah peran-peran ini. Baca lagi, lalu ulangi perubahan Anda.",
	"Another administrator has changed these roles meanwhile. Read them again, then repeat your change.")
