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

// sessionLength is how long a session lasts: a working day.
const sessionLength = 12 * time.Hour

// errSignInFailed does not tell whether there is such an account: who it is not for must not learn it.
var errSignInFailed = fault.New(meritv1.Reason_REASON_SIGN_IN_FAILED,
	"Surel dan kata sandi tidak cocok. Periksa keduanya, atau minta tautan kata sandi baru kepada admin instansi Anda.",
	"E-mail and password do not belong together. Check both, or ask the administrator of your agency for a password link.")

// SignIn opens a session.
func (s *accountServer) SignIn(ctx context.Context, req *meritv1.SignInRequest) (*meritv1.SignInResponse, error) {
	if s.noPasswords {
		return nil, errPasswordsOff
	}
	email := foldEmail(req.GetEmail())
	var a store.Account
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.AccountByEmail(email); errors.Is(err, store.ErrNotFound) {
			return nil // what follows is the same as for an account
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if a.State != store.AccountActive {
		a.PasswordHash = "" // no password is right: time does not tell one that would be
	}
	if err := s.checkPassword(ctx, email, req.GetPassword(), a.PasswordHash); err != nil {
		return nil, err
	}
	return s.admit(ctx, admission{account: a, membershipID: req.GetMembershipId(), proved: s.now(), tried: email})
}

// checkPassword compares a password with a hash, which is empty when there is none. Failures slow down.
func (s *accountServer) checkPassword(ctx context.Context, email, password, hash string) error {
	if err := s.countTry(ctx, access.SlowdownsOf(email, access.From(ctx).Address)); err != nil {
		return err
	}
	ok, err := s.passwords.Matches(ctx, password, hash)
	if err == nil && !ok {
		return errSignInFailed
	}
	return err
}

// countTry counts a try as failed before it is known how it ends, so that many at once gain nothing, or refuses it with
// REASON_SIGN_IN_SLOWED. What turns out well is taken back with forgive.
func (s *accountServer) countTry(ctx context.Context, slowdowns [2]access.Slowdown) error {
	return s.store.Touch(ctx, func(tx *store.Tx) error {
		if wait, err := waitOf(tx, slowdowns); err != nil || wait > 0 {
			return errors.Join(err, slowed(wait))
		}
		for _, d := range slowdowns {
			if err := tx.AddSignInFailure(d.Subject, forgottenBefore(tx)); err != nil {
				return err
			}
		}
		return nil
	})
}

func forgottenBefore(tx *store.Tx) time.Time { return tx.Now().Add(-access.ForgetFailuresAfter) }

// waitOf is how long the slowest of the subjects has to wait.
func waitOf(tx *store.Tx, slowdowns [2]access.Slowdown) (wait time.Duration, err error) {
	for _, d := range slowdowns {
		failures, last, err := tx.SignInFailures(d.Subject, forgottenBefore(tx))
		if err != nil {
			return 0, err
		}
		wait = max(wait, last.Add(d.Wait(failures)).Sub(tx.Now()))
	}
	return wait, nil
}

func slowed(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return fault.New(meritv1.Reason_REASON_SIGN_IN_SLOWED,
		"Terlalu sering gagal. Coba lagi setelah %d detik.", "Too many failures. Try again after %d seconds.", seconds(wait)).
		RetryAfter(wait)
}

// forgive takes back what countTry counted, after a password or a code that was right.
func forgive(tx *store.Tx, slowdowns [2]access.Slowdown) error {
	if err := tx.ForgetSignInFailures(slowdowns[0].Subject); err != nil {
		return err
	}
	return tx.TakeBackSignInFailure(slowdowns[1].Subject)
}

// admission is what is known of a person whose first factor was just checked.
type admission struct {
	account      store.Account // as it was when it was checked
	membershipID string        // wished for; may be empty
	proved       time.Time     // when they proved who they are; zero when nobody knows
	tried        string        // the e-mail address whose try is to be forgiven; empty when none was counted
}

// admit lets in a person whose first factor was just checked, unless the password has changed since: with a session, or,
// where a second factor is enrolled, with a pending sign-in.
func (s *accountServer) admit(ctx context.Context, in admission) (*meritv1.SignInResponse, error) {
	caller := access.From(ctx)
	session, pending := newCredential(access.KindSession), newCredential(access.KindPending)
	resp := &meritv1.SignInResponse{}
	err := s.store.Touch(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(in.account.ID)
		if err != nil {
			return err
		}
		if a.State != store.AccountActive || a.PasswordHash != in.account.PasswordHash {
			return errSignInFailed
		}
		f, err := secondFactor(tx, a.ID)
		if err != nil {
			return err
		}
		if f.EnrolledAt.IsZero() {
			resp.SessionToken, resp.PendingToken = session.secret, ""
			resp.ExpiresAt, resp.Account, resp.Acting, err = openSession(tx, caller, a, in.membershipID, session.hash, in.proved)
		} else {
			resp.SessionToken, resp.PendingToken = "", pending.secret
			resp.ExpiresAt, err = openPending(tx, a.ID, in.membershipID, pending.hash)
		}
		if err == nil && in.tried != "" {
			err = forgive(tx, access.SlowdownsOf(in.tried, caller.Address))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// credential is a new secret and the hash under which it is kept.
type credential struct{ secret, hash string }

func newCredential(k access.Kind) (c credential) {
	c.secret, c.hash = access.NewSecret(k)
	return c
}

// openSession stores a session of an account, confirmed for a while from when its holder proved who they are, and returns
// what they are told.
func openSession(tx *store.Tx, caller *access.Caller, a store.Account, membershipID, hash string, proved time.Time) (expires *timestamppb.Timestamp, account *meritv1.Account, as *meritv1.Membership, err error) {
	m, err := chooseMembership(tx, a.ID, membershipID)
	if err != nil {
		return nil, nil, nil, err
	}
	session := store.Session{
		TokenHash: hash, ID: tx.NewID(), AccountID: a.ID, MembershipID: m.ID,
		CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(sessionLength), UsedAt: tx.Now(),
		ConfirmedUntil: confirmedUntil(proved), UserAgent: shorten(caller.Agent, 200),
	}
	if err := tx.InsertSession(session); err != nil {
		return nil, nil, nil, err
	}
	account, err = readAccount(tx, a.ID, inForce)
	return timestamp(session.ExpiresAt), account, acting(account, m.ID), err
}

// confirmedUntil is the zero time when nobody knows when the person proved themselves.
func confirmedUntil(proved time.Time) time.Time {
	if proved.IsZero() {
		return proved
	}
	return proved.Add(access.ConfirmedFor)
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// chooseMembership finds the membership to act in: the one that is asked for, or the first in force; none when the
// account has none. A membership that is somebody else's or not in force is MEMBERSHIP_NOT_IN_FORCE.
func chooseMembership(tx *store.Tx, accountID, id string) (store.Membership, error) {
	memberships, err := tx.MembershipsOf(accountID)
	if err != nil {
		return store.Membership{}, err
	}
	day := calendar.Day(tx.Now())
	for _, m := range memberships {
		if m.InForce(day) && (id == "" || m.ID == id) {
			return m, nil
		}
	}
	if id == "" {
		return store.Membership{}, nil
	}
	return store.Membership{}, fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
		"Peran %q bukan milik Anda atau sedang tidak berlaku. WhoAmI menyebutkan peran Anda yang berlaku.",
		"The membership %q is not yours or not in force. WhoAmI lists yours that are.", id)
}

func acting(a *meritv1.Account, membershipID string) *meritv1.Membership {
	for _, m := range a.GetMemberships() {
		if m.GetId() == membershipID {
			return m
		}
	}
	return nil
}

// SignOut ends the session of the caller.
func (s *accountServer) SignOut(ctx context.Context, _ *meritv1.SignOutRequest) (*meritv1.SignOutResponse, error) {
	caller := access.From(ctx)
	if caller.TokenID != "" {
		return &meritv1.SignOutResponse{}, nil
	}
	err := s.store.Touch(ctx, func(tx *store.Tx) error { return tx.EndSession(caller.Credential) })
	return &meritv1.SignOutResponse{}, err
}

// WhoAmI tells the caller who they are.
func (s *accountServer) WhoAmI(ctx context.Context, _ *meritv1.WhoAmIRequest) (*meritv1.WhoAmIResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.WhoAmIResponse{ExpiresAt: timestamppb.New(caller.ExpiresAt), SecondFactorMissing: caller.SecondFactor.Missing()}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp.Account, err = readAccount(tx, caller.AccountID, inForce)
		resp.Acting = acting(resp.Account, caller.MembershipID)
		return err
	})
	return resp, err
}

// SwitchMembership makes the session act in another membership.
func (s *accountServer) SwitchMembership(ctx context.Context, req *meritv1.SwitchMembershipRequest) (*meritv1.SwitchMembershipResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	resp := &meritv1.SwitchMembershipResponse{}
	err := s.store.Touch(ctx, func(tx *store.Tx) error {
		m, err := chooseMembership(tx, caller.AccountID, req.GetMembershipId())
		if err != nil {
			return err
		}
		r, err := readRoster(tx, m)
		if err != nil {
			return err
		}
		resp.Acting = r.membership(m)
		return tx.SetSessionMembership(caller.Credential, m.ID)
	})
	return resp, err
}

// UpdateProfile changes the caller's own name and language.
func (s *accountServer) UpdateProfile(ctx context.Context, req *meritv1.UpdateProfileRequest) (*meritv1.UpdateProfileResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	name, err := cleanName(req.GetName())
	if err != nil {
		return nil, err
	}
	resp := &meritv1.UpdateProfileResponse{}
	err = s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		a, err := tx.Account(caller.AccountID)
		if err != nil {
			return nil, err
		}
		a.Name, a.Language = name, req.GetLanguage()
		if err := tx.SetAccount(a); err != nil {
			return nil, err
		}
		resp.Account, err = readAccount(tx, a.ID, inForce)
		return []audit.Entry{{Action: "AccountService.UpdateProfile", Subject: a.ID}}, err
	})
	return resp, err
}
