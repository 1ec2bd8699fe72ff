package server

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"golang.org/x/text/language"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// Metadata of calls. ClientAddress and ClientAgent are believed only in process, where the web pages and the
// JSON gateway say on whose behalf they call.
const (
	Authorization  = "authorization"   // "Bearer " and the secret of a session or token
	AcceptLanguage = "accept-language" // as in HTTP; id and en are spoken
	RequestID      = "x-request-id"    // shown in the log beside the call
	ClientAddress  = "x-merit-client-address"
	ClientAgent    = "x-merit-client-agent"
)

// authenticate finds out who calls. A credential that is not good is refused, not ignored: a program must
// not mistake the public's view for its own.
func (s *Server) authenticate(inProcess bool) step {
	return func(ctx context.Context, c *call, next func(context.Context) error) error {
		md, _ := metadata.FromIncomingContext(ctx)
		c.caller = s.client(ctx, md, inProcess)
		c.language = spoken(first(md, AcceptLanguage))
		if s.ours(c) && !s.rules[c.method].IgnoreCredentials {
			if err := s.identifyBearer(ctx, c, first(md, Authorization)); err != nil {
				return err
			}
		}
		if c.language == "" {
			c.language = "id"
		}
		c.caller.Language = c.language
		ctx = audit.WithActor(ctx, audit.Actor{Account: c.caller.AccountID, Membership: c.caller.MembershipID})
		return next(access.With(ctx, c.caller))
	}
}

// client is what is known of a caller before any credential. A balancer of ours says in X-Forwarded-For for whom it calls.
func (s *Server) client(ctx context.Context, md metadata.MD, inProcess bool) *access.Caller {
	if inProcess {
		return &access.Caller{Address: first(md, ClientAddress), Agent: first(md, ClientAgent)}
	}
	caller := &access.Caller{Agent: first(md, "user-agent")}
	if p, ok := peer.FromContext(ctx); ok {
		remote := p.Addr.String()
		caller.Address, _, _ = net.SplitHostPort(remote)
		if address, ok := forwarded(remote, md.Get("x-forwarded-for"), s.proxies); ok {
			caller.Address = address
		}
	}
	return caller
}

func first(md metadata.MD, key string) string {
	if v := md.Get(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// languageOf is the language to answer in as long as nobody knows whose account it is.
func languageOf(md metadata.MD) string {
	if wish := spoken(first(md, AcceptLanguage)); wish != "" {
		return wish
	}
	return "id"
}

var languages = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// spoken is the language to answer in, or empty when the caller has no wish that can be met.
func spoken(acceptLanguage string) string {
	switch acceptLanguage {
	case "", "id", "en":
		return acceptLanguage
	}
	wishes, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return ""
	}
	tag, _, confidence := languages.Match(wishes...)
	if confidence == language.No {
		return ""
	}
	base, _ := tag.Base()
	return base.String()
}

func (s *Server) identifyBearer(ctx context.Context, c *call, authorization string) error {
	if authorization == "" {
		return nil
	}
	scheme, secret, _ := strings.Cut(authorization, " ")
	kind, ok := access.KindOf(secret)
	if !strings.EqualFold(scheme, "bearer") || !ok {
		return access.ErrNotSignedIn
	}
	c.caller.Credential = access.HashSecret(secret)
	if kind == access.KindToken {
		c.caller.TokenID = "?" // identify puts the id in
	}
	if err := s.identify(ctx, c.caller); err != nil {
		return err
	}
	if c.language == "" {
		c.language = c.caller.Language
	}
	if s.now().Sub(c.caller.UsedAt) >= time.Minute {
		s.noteUse(ctx, c.caller)
	}
	return nil
}

// identify fills in who holds the credential of the caller: found on every call, so that what was revoked or has ended stops
// working at once.
func (s *Server) identify(ctx context.Context, c *access.Caller) error {
	now := s.now()
	id, err := s.identities.of(ctx, c)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return access.ErrNotSignedIn
	case err != nil:
		return err
	case id.AccountState != store.AccountActive, !now.Before(id.ExpiresAt), !id.RevokedAt.IsZero():
		return access.ErrNotSignedIn
	}
	c.AccountID, c.Name, c.Language, c.ExpiresAt, c.TokenID = id.AccountID, id.Name, id.Language, id.ExpiresAt, id.TokenID
	c.UsedAt, c.ConfirmedUntil = id.UsedAt, id.ConfirmedUntil
	c.Limits = access.Limits{ReadOnly: id.Limits.ReadOnly, Service: id.Limits.Service}
	if id.Membership.InForce(calendar.Day(now)) {
		c.MembershipID = id.Membership.ID
		c.Role, _ = access.ParseRole(id.Membership.Role)
		c.Scope = access.Scope{AgencyID: id.Membership.AgencyID, Region: id.Membership.Region}
	} else if id.TokenID != "" {
		return errTokenMembership
	}
	if id.Limits.AgencyID != "" {
		c.Scope = access.Scope{AgencyID: id.Limits.AgencyID} // within the membership's: see limitsOf
	}
	c.SecondFactor = access.SecondFactor{
		Enrolled: !id.EnrolledAt.IsZero(), Demanded: demands(id.SecondFactorRoles, c.Role),
	}
	return nil
}

var errTokenMembership = fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
	"Peran yang dipakai token ini belum berlaku atau sudah berakhir. Buat token dengan peran yang berlaku.",
	"The membership this token acts in has not begun or has ended. Make a token for one that is in force.")

// noteUse notes when a credential was last used, to the minute. That it could not be noted stops nobody.
func (s *Server) noteUse(ctx context.Context, c *access.Caller) {
	err := s.store.Touch(ctx, func(tx *store.Tx) error {
		if c.TokenID != "" {
			return tx.SetTokenUsed(c.TokenID, s.now())
		}
		return tx.SetSessionUsed(c.Credential, s.now())
	})
	if err != nil {
		s.log.WarnContext(ctx, "use of a credential not noted", "account", c.AccountID, "error", err)
	}
	s.identities.forget(c.Credential)
}

// authorize lets in whom the RPC allows.
func (s *Server) authorize(ctx context.Context, c *call, next func(context.Context) error) error {
	if rule, ok := s.rules[c.method]; ok {
		if err := rule.Check(c.caller, s.now()); err != nil {
			return err
		}
	}
	return next(ctx)
}
