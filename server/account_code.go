package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// pendingLength is how long after the password the code may come.
const pendingLength = 5 * time.Minute

var (
	errCodeRefused = fault.New(meritv1.Reason_REASON_CODE_REFUSED,
		"Kode ini tidak berlaku sekarang atau sudah pernah dipakai. Tunggu kode berikutnya pada autentikator, atau pakai kode pemulihan.",
		"This code is not good now or was used before. Wait for the next one of your authenticator, or use a recovery code.")
	errPendingEnded = fault.New(meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED,
		"Sudah lebih dari lima menit sejak kata sandi, atau kodenya sudah diberikan. Masuklah lagi dari awal.",
		"More than five minutes have passed since the password, or the code was given already. Sign in again.")
)

// openPending notes that the first factor was right and the code is still to come.
func openPending(tx *store.Tx, accountID, membershipID, hash string) (*timestamppb.Timestamp, error) {
	expires := tx.Now().Add(pendingLength)
	return timestamp(expires), tx.InsertPendingSignIn(store.PendingSignIn{
		TokenHash: hash, AccountID: accountID, MembershipID: membershipID, ExpiresAt: expires,
	})
}

// GiveCode ends a pending sign-in with a code and opens the session.
func (s *accountServer) GiveCode(ctx context.Context, req *meritv1.GiveCodeRequest) (*meritv1.GiveCodeResponse, error) {
	caller := access.From(ctx)
	hash := access.HashSecret(req.GetPendingToken())
	var pending store.PendingSignIn
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		pending, err = tx.PendingSignIn(hash)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, errPendingEnded
	}
	if err != nil {
		return nil, err
	}
	session := newCredential(access.KindSession)
	resp := &meritv1.GiveCodeResponse{SessionToken: session.secret}
	err = s.useCode(ctx, pending.AccountID, req.GetCode(), "AccountService.GiveCode", func(tx *store.Tx, f store.SecondFactor) ([]audit.Entry, error) {
		a, err := endPending(tx, pending)
		if err != nil {
			return nil, err
		}
		resp.RecoveryCodesLeft = int32(len(f.RecoveryCodes))
		resp.ExpiresAt, resp.Account, resp.Acting, err = openSession(tx, caller, a, pending.MembershipID, session.hash, tx.Now())
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// endPending ends a pending sign-in and returns whose it was.
func endPending(tx *store.Tx, p store.PendingSignIn) (store.Account, error) {
	err := tx.EndPendingSignIn(p.TokenHash)
	if errors.Is(err, store.ErrNotFound) {
		return store.Account{}, errPendingEnded
	}
	if err != nil {
		return store.Account{}, err
	}
	return tx.Account(p.AccountID)
}

// useCode checks a code of the account's authenticator, or one of its recovery codes, uses it up and, in the same
// transaction, does what it was asked for. Failures slow down. A used recovery code leaves an entry of the action.
func (s *accountServer) useCode(ctx context.Context, accountID, code string, action audit.Action, do func(*store.Tx, store.SecondFactor) ([]audit.Entry, error)) error {
	slowdowns := access.CodeSlowdownsOf(accountID, access.From(ctx).Address)
	if err := s.countTry(ctx, slowdowns); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		f, err := secondFactor(tx, accountID)
		if err != nil {
			return nil, err
		}
		recovery, err := takeCode(tx, &f, code)
		if err == nil && recovery {
			err = tx.SaveSecondFactor(f)
			f.Revision++
		}
		if err != nil {
			return nil, err
		}
		entries, err := do(tx, f)
		if recovery && len(entries) == 0 {
			entries = []audit.Entry{{Action: action, Actor: accountID, Subject: accountID}}
		}
		return entries, errors.Join(err, forgive(tx, slowdowns))
	})
}

// takeCode uses a code up, or returns errCodeRefused. A recovery code is taken out of f, which is then to be saved.
func takeCode(tx *store.Tx, f *store.SecondFactor, code string) (recovery bool, err error) {
	if f.EnrolledAt.IsZero() {
		return false, errCodeRefused
	}
	if step, ok := access.CodeStep(f.Secret, code, tx.Now()); ok {
		return false, useStep(tx, f.AccountID, step)
	}
	i := slices.Index(f.RecoveryCodes, access.HashRecoveryCode(code))
	if i < 0 {
		return false, errCodeRefused
	}
	f.RecoveryCodes = slices.Delete(f.RecoveryCodes, i, i+1)
	return true, nil
}

// useStep refuses a code of a time step of which, or after which, one was used.
func useStep(tx *store.Tx, accountID string, step int64) error {
	err := tx.UseSecondFactorStep(accountID, step)
	if errors.Is(err, store.ErrNotFound) {
		return errCodeRefused
	}
	return err
}

// Confirm proves once more who holds the session.
func (s *accountServer) Confirm(ctx context.Context, req *meritv1.ConfirmRequest) (*meritv1.ConfirmResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	resp := &meritv1.ConfirmResponse{}
	proved := func(tx *store.Tx, at time.Time) error {
		until := confirmedUntil(at)
		resp.ConfirmedUntil = timestamp(until)
		return tx.ConfirmSession(caller.Credential, until)
	}
	now := func(tx *store.Tx) error { return proved(tx, tx.Now()) }
	var err error
	switch {
	case !oneOf(req.GetPassword() != "", req.GetCode() != "", req.GetOidc() != nil):
		err = fault.Invalid("password", "Isi kata sandi, kode, atau masuk ulang di penyedia identitas, salah satu saja.",
			"Give the password, a code or a fresh sign-in at the identity provider, one of them.")
	case req.GetOidc() != nil:
		err = s.useProvider(ctx, caller, req.GetOidc(), proved)
	case req.GetCode() != "":
		err = s.useCode(ctx, caller.AccountID, req.GetCode(), "AccountService.Confirm",
			func(tx *store.Tx, _ store.SecondFactor) ([]audit.Entry, error) { return nil, now(tx) })
	default:
		err = s.usePassword(ctx, caller, req.GetPassword(), now)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// oneOf reports whether exactly one is true.
func oneOf(given ...bool) bool {
	n := 0
	for _, g := range given {
		if g {
			n++
		}
	}
	return n == 1
}

var (
	errNotFresh = fault.New(meritv1.Reason_REASON_OIDC_REFUSED,
		"Upaya masuk ini tidak meminta Anda membuktikan diri sekarang. Mulailah lagi dengan masuk ulang (fresh).",
		"This sign-in did not ask you to prove yourself now. Begin again with a fresh one.")
	errAnotherPerson = fault.New(meritv1.Reason_REASON_OIDC_REFUSED,
		"Yang masuk di penyedia identitas bukan pemilik sesi ini. Masuklah di sana dengan identitas Anda sendiri.",
		"Whoever signed in at the identity provider is not the holder of this session. Sign in there as yourself.")
)

// useProvider checks that the caller has just signed in at the provider once more and then does what it was asked for,
// with the time at which they proved themselves there.
func (s *accountServer) useProvider(ctx context.Context, caller *access.Caller, back *meritv1.OidcProof, do func(*store.Tx, time.Time) error) error {
	if s.oidc == nil {
		return errNoProvider
	}
	id, err := s.identify(ctx, back)
	if err == nil && !id.fresh {
		err = errNotFresh
	}
	if err != nil {
		return err
	}
	return s.store.Touch(ctx, func(tx *store.Tx) error {
		linked, err := tx.LinkedIdentity(s.oidc.Issuer, id.Subject)
		if errors.Is(err, store.ErrNotFound) || err == nil && linked.AccountID != caller.AccountID {
			return errAnotherPerson
		}
		if err != nil {
			return err
		}
		return do(tx, id.AuthenticatedAt)
	})
}

// proveAgain checks the caller's own password. Who has none must have proved themselves a moment ago, at the provider.
func (s *accountServer) proveAgain(ctx context.Context, caller *access.Caller, password string) error {
	has := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(caller.AccountID)
		has = a.PasswordHash != ""
		return err
	})
	if err != nil {
		return err
	}
	if s.noPasswords || !has {
		return caller.CheckConfirmed(s.now())
	}
	return s.usePassword(ctx, caller, password, func(*store.Tx) error { return nil })
}

// usePassword checks the caller's own password and then does what it was asked for.
func (s *accountServer) usePassword(ctx context.Context, caller *access.Caller, password string, do func(*store.Tx) error) error {
	if s.noPasswords {
		return errPasswordsOff
	}
	var a store.Account
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.Account(caller.AccountID)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.checkPassword(ctx, a.Email, password, a.PasswordHash); err != nil {
		return err
	}
	return s.store.Touch(ctx, func(tx *store.Tx) error {
		return errors.Join(do(tx), forgive(tx, access.SlowdownsOf(a.Email, caller.Address)))
	})
}
