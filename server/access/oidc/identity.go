package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Identity is who signed in at the provider.
type Identity struct {
	Subject         string    // the provider's own name for the person, which never changes
	AuthenticatedAt time.Time // when the person proved themselves to the provider; zero when it does not say

	provider *gooidc.Provider
	token    *oauth2.Token
	claims   emailClaims
}

// emailClaims are what an ID token says of the e-mail address, where it says anything.
type emailClaims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // a boolean; some providers send a string
}

// Complete exchanges the code that the browser came back with and checks the ID token: signature, issuer, audience,
// time, nonce, and for a fresh sign-in that the person proved themselves since it began. ErrRefused or ErrUnavailable.
func (p *Provider) Complete(ctx context.Context, r Request, code string) (Identity, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), answerTime)
	defer cancel()
	token, err := p.config(provider, r).Exchange(ctx, code, oauth2.VerifierOption(r.verifier()))
	if err != nil {
		return Identity{}, exchangeError(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, fmt.Errorf("%w: the provider sent no ID token", ErrRefused)
	}
	id, err := p.verify(ctx, provider, r, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	id.provider, id.token = provider, token
	return id, nil
}

// exchangeError tells a provider that refuses from one that does not answer.
func exchangeError(err error) error {
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) && refusal.Response.StatusCode < http.StatusInternalServerError {
		return fmt.Errorf("%w: code: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: code: %w", ErrUnavailable, err)
}

func (p *Provider) verify(ctx context.Context, provider *gooidc.Provider, r Request, raw string) (Identity, error) {
	verifier := provider.Verifier(&gooidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: p.Now})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, err
	}
	var claims struct {
		emailClaims
		AuthorizedParty string `json:"azp"`
		AuthTime        int64  `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, err
	}
	id := Identity{Subject: token.Subject, claims: claims.emailClaims}
	if claims.AuthTime > 0 {
		id.AuthenticatedAt = time.Unix(claims.AuthTime, 0)
	}
	now := p.Now()
	switch {
	case token.Subject == "" || len(token.Subject) > 255:
		err = errors.New("the ID token has no subject of 255 characters at most")
	case token.Nonce != r.nonce():
		err = errors.New("the ID token has another nonce")
	case !audienceIsOurs(token.Audience, claims.AuthorizedParty, p.ClientID):
		err = fmt.Errorf("the ID token is for %q, authorized party %q", token.Audience, claims.AuthorizedParty)
	case token.IssuedAt.After(now.Add(skew)), id.AuthenticatedAt.After(now.Add(skew)):
		err = errors.New("the ID token comes from the future")
	case r.Fresh && id.AuthenticatedAt.IsZero():
		err = errors.New("the provider was asked to have the person prove themselves now and does not say when they did")
	case r.Fresh && id.AuthenticatedAt.Before(r.Begun.Add(-skew)):
		err = fmt.Errorf("the provider was asked to have the person prove themselves now and says they did at %s", id.AuthenticatedAt.UTC())
	}
	if id.AuthenticatedAt.After(now) {
		id.AuthenticatedAt = now
	}
	return id, err
}

// Email is the e-mail address of the person, as the provider writes it, and whether the provider verified it. It asks the
// provider's userinfo address, since most ID tokens have none. ErrRefused or ErrUnavailable.
func (p *Provider) Email(ctx context.Context, id Identity) (email string, verified bool, err error) {
	if id.provider.UserInfoEndpoint() == "" {
		return id.claims.Email, id.claims.verified(), nil
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), answerTime)
	defer cancel()
	info, err := id.provider.UserInfo(ctx, oauth2.StaticTokenSource(id.token))
	if err != nil {
		return "", false, fmt.Errorf("%w: userinfo: %w", ErrUnavailable, err)
	}
	// Userinfo is signed by nobody: it must be of the person whom the ID token names.
	if info.Subject != id.Subject {
		return "", false, fmt.Errorf("%w: userinfo is of another subject", ErrRefused)
	}
	return info.Email, info.EmailVerified, nil
}

func (c emailClaims) verified() bool {
	text, _ := c.Verified.(string)
	return c.Verified == true || strings.EqualFold(text, "true")
}
