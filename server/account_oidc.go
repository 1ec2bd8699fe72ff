package server

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/access/oidc"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// oidcSignInLength is how long a sign-in at the provider may take.
const oidcSignInLength = 10 * time.Minute

var (
	errPasswordsOff = fault.New(meritv1.Reason_REASON_PASSWORDS_OFF,
		"Layanan ini tidak memakai kata sandi. Masuklah melalui penyedia identitas instansi.",
		"This service knows no passwords. Sign in at the identity provider.")
	errNoProvider = fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Layanan ini tidak punya penyedia identitas. Masuklah dengan surel dan kata sandi.",
		"This service has no identity provider. Sign in with e-mail and password.")
	errOidcState = fault.New(meritv1.Reason_REASON_OIDC_STATE_REFUSED,
		"Upaya masuk ini dimulai di peramban lain, sudah selesai, atau lebih dari 10 menit. Mulailah lagi dari halaman masuk.",
		"This sign-in was begun in another browser, was completed already, or is older than 10 minutes. Begin again on the sign-in page.")
)

// The same words for every cause, which the log has: what accounts there are is not for whoever has an identity.
func errNoAccount(cause string) error {
	return fault.New(meritv1.Reason_REASON_OIDC_NO_ACCOUNT,
		"Identitas Anda benar, tetapi tidak ada akun terbuka untuknya di layanan ini. Minta admin instansi Anda mengundang alamat surel yang dikenal penyedia identitas, atau melepas tautan lama.",
		"Your identity is right, but no account that is open here is yours. Ask the administrator of your agency to invite the e-mail address that the identity provider knows, or to have an old link removed.").
		Because(errors.New(cause))
}

// providerError says to people what went wrong between us and the provider; the log has it all.
func providerError(err error) error {
	if errors.Is(err, oidc.ErrRefused) {
		return fault.New(meritv1.Reason_REASON_OIDC_REFUSED,
			"Jawaban penyedia identitas tidak dapat dipercaya. Mulailah lagi; bila berulang, laporkan kepada pengelola layanan.",
			"What the identity provider sent is not to be believed. Begin again; if it happens again, tell the operators of the service.").Because(err)
	}
	if errors.Is(err, oidc.ErrUnavailable) {
		return fault.New(meritv1.Reason_REASON_UNAVAILABLE,
			"Penyedia identitas tidak menjawab. Coba lagi sebentar lagi; yang sudah masuk tetap dapat bekerja.",
			"The identity provider does not answer. Try again in a moment; who is signed in can go on working.").Because(err)
	}
	return err
}

var errEmailUnverified = fault.New(meritv1.Reason_REASON_OIDC_REFUSED,
	"Penyedia identitas belum memverifikasi alamat surel Anda. Verifikasikan di sana, lalu mulailah lagi.",
	"The identity provider has not verified your e-mail address. Have it verified there, then begin again.")

// GetSignInMethods tells how one signs in here.
func (s *accountServer) GetSignInMethods(context.Context, *meritv1.GetSignInMethodsRequest) (*meritv1.GetSignInMethodsResponse, error) {
	resp := &meritv1.GetSignInMethodsResponse{Password: !s.noPasswords}
	if s.oidc != nil {
		resp.Oidc = &meritv1.OidcMethod{Name: s.oidc.Name, Issuer: s.oidc.Issuer}
	}
	return resp, nil
}

// BeginOidcSignIn begins a sign-in at the provider.
func (s *accountServer) BeginOidcSignIn(ctx context.Context, req *meritv1.BeginOidcSignInRequest) (*meritv1.BeginOidcSignInResponse, error) {
	if s.oidc == nil {
		return nil, errNoProvider
	}
	redirect, err := s.redirectOf(req)
	if err != nil {
		return nil, err
	}
	state, stateHash := access.NewSecret(access.KindSignIn)
	handle, handleHash := access.NewSecret(access.KindSignIn)
	address, err := s.oidc.AuthorizationURL(ctx, oidc.Request{State: state, Handle: handle, RedirectURI: redirect, Fresh: req.GetFresh()})
	if err != nil {
		return nil, providerError(err)
	}
	var expires time.Time
	err = s.store.Touch(ctx, func(tx *store.Tx) error {
		expires = tx.Now().Add(oidcSignInLength)
		return tx.InsertOidcSignIn(store.OidcSignIn{
			StateHash: stateHash, HandleHash: handleHash, RedirectURI: redirect, Fresh: req.GetFresh(), ExpiresAt: expires,
		})
	})
	if err != nil {
		return nil, err
	}
	return &meritv1.BeginOidcSignInResponse{AuthorizationUrl: address, Handle: handle, ExpiresAt: timestamppb.New(expires)}, nil
}

// redirectOf is where the browser comes back to: our pages, or a port of the person's own machine, and nowhere else.
func (s *accountServer) redirectOf(req *meritv1.BeginOidcSignInRequest) (string, error) {
	if req.GetReturnTo() != meritv1.OidcReturn_OIDC_RETURN_LOOPBACK {
		return s.oidc.Redirect, nil
	}
	if req.GetLoopbackPort() == 0 {
		return "", fault.Invalid("loopback_port", "Isi porta tempat program menunggu.", "Give the port at which the program waits.")
	}
	return oidc.LoopbackRedirect(int(req.GetLoopbackPort())), nil
}

// CompleteOidcSignIn lets in whom the provider names.
func (s *accountServer) CompleteOidcSignIn(ctx context.Context, req *meritv1.CompleteOidcSignInRequest) (*meritv1.CompleteOidcSignInResponse, error) {
	if s.oidc == nil {
		return nil, errNoProvider
	}
	id, err := s.identify(ctx, req)
	if err != nil {
		return nil, err
	}
	a, err := s.personOf(ctx, id.Identity)
	if err != nil {
		return nil, err
	}
	in, err := s.admit(ctx, admission{account: a, membershipID: req.GetMembershipId(), proved: id.AuthenticatedAt})
	return &meritv1.CompleteOidcSignInResponse{SignIn: in}, err
}

// oidcReturned is what the browser came back with, and the handle of who began.
type oidcReturned interface {
	GetState() string
	GetCode() string
	GetHandle() string
}

// identified is who signed in at the provider, and whether they were asked to prove themselves for it.
type identified struct {
	oidc.Identity
	fresh bool
}

// identify uses a sign-in at the provider up and finds out whose it is.
func (s *accountServer) identify(ctx context.Context, back oidcReturned) (identified, error) {
	begun, err := s.takeOidcSignIn(ctx, back)
	if err != nil {
		return identified{}, err
	}
	id, err := s.oidc.Complete(ctx, begun, back.GetCode())
	if err != nil {
		err = providerError(err)
	}
	return identified{id, begun.Fresh}, err
}

// takeOidcSignIn uses a sign-in up, whatever comes of it: a state is good once. Who has the state and not the handle
// uses up nothing, so that nobody ends another's sign-in.
func (s *accountServer) takeOidcSignIn(ctx context.Context, back oidcReturned) (oidc.Request, error) {
	r := oidc.Request{State: back.GetState(), Handle: back.GetHandle()}
	err := s.store.Touch(ctx, func(tx *store.Tx) error {
		begun, err := tx.OidcSignIn(access.HashSecret(r.State), access.HashSecret(r.Handle))
		if err != nil {
			return err
		}
		r.RedirectURI, r.Fresh, r.Begun = begun.RedirectURI, begun.Fresh, begun.ExpiresAt.Add(-oidcSignInLength)
		return tx.EndOidcSignIn(begun.StateHash)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errOidcState
	}
	return r, err
}

// personOf is the account that an identity is linked with. One that is linked with none is linked with the account that
// has its e-mail address, if the provider verified that.
func (s *accountServer) personOf(ctx context.Context, id oidc.Identity) (store.Account, error) {
	a, err := s.linkedAccount(ctx, id.Subject)
	if !errors.Is(err, store.ErrNotFound) {
		return a, err
	}
	email, verified, err := s.oidc.Email(ctx, id)
	if err != nil {
		return a, providerError(err)
	}
	if !verified {
		return a, errEmailUnverified
	}
	err = s.store.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		a, err = linkIdentity(tx, store.AccountIdentity{
			Issuer: s.oidc.Issuer, Subject: id.Subject, Email: foldEmail(email),
		})
		return []audit.Entry{{Action: "AccountService.CompleteOidcSignIn", Actor: a.ID, Subject: a.ID}}, err
	})
	if errors.Is(err, store.ErrUnique) {
		// Another sign-in of the same person was quicker, or the account is another identity's.
		a, err = s.linkedAccount(ctx, id.Subject)
		if errors.Is(err, store.ErrNotFound) {
			err = errNoAccount("the account with the e-mail address is linked with another subject")
		}
	}
	return a, err
}

// linkedAccount is the account that a subject of the provider is linked with, or ErrNotFound.
func (s *accountServer) linkedAccount(ctx context.Context, subject string) (a store.Account, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		i, err := tx.LinkedIdentity(s.oidc.Issuer, subject)
		if err == nil {
			a, err = tx.Account(i.AccountID)
		}
		return err
	})
	if err == nil && a.State != store.AccountActive {
		err = errNoAccount("the linked account " + a.ID + " is " + a.State)
	}
	return a, err
}

// linkIdentity links an identity with the account that has its e-mail address. An invitation counts as accepted: whoever
// the provider says has the address is whom the administrator invited.
func linkIdentity(tx *store.Tx, i store.AccountIdentity) (store.Account, error) {
	a, err := tx.AccountByEmail(i.Email)
	if errors.Is(err, store.ErrNotFound) {
		return a, errNoAccount("no account has the e-mail address")
	}
	if err != nil {
		return a, err
	}
	if a.State == store.AccountDeactivated {
		return a, errNoAccount("the account " + a.ID + " is deactivated")
	}
	i.ID, i.AccountID, i.LinkedAt = tx.NewID(), a.ID, tx.Now()
	if err := tx.LinkIdentity(i); err != nil {
		return a, err
	}
	if a.State != store.AccountInvited {
		return a, nil
	}
	a.State = store.AccountActive
	if err := errors.Join(tx.SetAccount(a), tx.EndLinksOf(a.ID)); err != nil {
		return a, err
	}
	a.Revision++
	return a, nil
}
