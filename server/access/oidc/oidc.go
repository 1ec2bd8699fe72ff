// Package oidc speaks with the OpenID provider of a deployment: authorization code flow with PKCE, state and nonce. What
// the provider says is believed only as far as who somebody is; what they may do is never the provider's to say.
package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// CallbackPath is the path of the address that the provider sends the browser back to, of the pages and on loopback.
const CallbackPath = "/signin/oidc"

const (
	// discoveredFor is how long what the provider says of itself is kept, its keys included: one that it withdraws stops
	// working within this time. New keys are read as soon as they are met.
	discoveredFor = time.Hour
	// retryAfter is how long after a provider did not answer nobody else waits for it.
	retryAfter = 5 * time.Second
	// answerTime is how long the provider has for one answer.
	answerTime = 10 * time.Second
	// skew is how far the provider's clock may be from ours.
	skew = time.Minute
)

// algorithms are those of signatures that are believed: never none, and never one with a shared secret, which anybody
// who reads our configuration could sign with.
var algorithms = []string{
	gooidc.RS256, gooidc.RS384, gooidc.RS512, gooidc.ES256, gooidc.ES384, gooidc.ES512,
	gooidc.PS256, gooidc.PS384, gooidc.PS512, gooidc.EdDSA,
}

var (
	// ErrUnavailable says that the provider did not answer, or not as a provider does; another try may succeed.
	ErrUnavailable = errors.New("oidc: the provider does not answer")
	// ErrRefused says that what came back is not believed.
	ErrRefused = errors.New("oidc: not believed")
)

// Options are the settings of a deployment. All but ClientSecret are required.
type Options struct {
	Issuer       string // exactly as the provider calls itself; https, or http on loopback
	Name         string // as people call the provider
	ClientID     string
	ClientSecret string // empty for a client without one, which PKCE alone protects
	Redirect     string // public address of the pages with CallbackPath; https, or http on loopback
	Now          func() time.Time
}

// Provider is the OpenID provider. It is asked for its own description at the first sign-in, so the service starts and
// works without it.
type Provider struct {
	Options
	client *http.Client

	mu         sync.Mutex
	discovered *gooidc.Provider
	at         time.Time // when it was discovered
	failed     error     // how the last discovery failed
	failedAt   time.Time
}

// New checks the settings. It does not speak with the provider.
func New(o Options) (*Provider, error) {
	if o.ClientID == "" || o.Name == "" || o.Now == nil {
		return nil, errors.New("oidc: the issuer needs a client id and a name")
	}
	if _, err := secureAddress(o.Issuer); err != nil {
		return nil, fmt.Errorf("oidc: issuer: %w", err)
	}
	redirect, err := secureAddress(o.Redirect)
	if err != nil {
		return nil, fmt.Errorf("oidc: redirect: %w", err)
	}
	if redirect.Path != CallbackPath {
		return nil, fmt.Errorf("oidc: redirect: %q does not end with %s right after the host", o.Redirect, CallbackPath)
	}
	return &Provider{Options: o, client: newClient()}, nil
}

// secureAddress parses an address that secrets may be sent to.
func secureAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, fmt.Errorf("%q is no https address (http is for loopback only) without query and fragment", address)
	}
	return u, nil
}

// LoopbackRedirect is where a program on the person's own machine waits for the browser (RFC 8252, section 7.3).
func LoopbackRedirect(port int) string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + CallbackPath
}

// Request is one sign-in, the same when it begins and when it is completed.
type Request struct {
	State       string
	Handle      string // a secret of whoever began; nonce and PKCE verifier are made from it
	RedirectURI string
	Fresh       bool      // the provider must ask the person to prove themselves now
	Begun       time.Time // when it began; for Complete
}

// derived is a value that only the holder of the handle can tell.
func (r Request) derived(use string) string {
	mac := hmac.New(sha256.New, []byte(r.Handle))
	mac.Write([]byte(use))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (r Request) nonce() string    { return r.derived("nonce") }
func (r Request) verifier() string { return r.derived("pkce") } // 43 characters, as RFC 7636 asks at least

// AuthorizationURL is where the browser is sent. ErrUnavailable when the provider cannot be discovered.
func (p *Provider) AuthorizationURL(ctx context.Context, r Request) (string, error) {
	provider, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{gooidc.Nonce(r.nonce()), oauth2.S256ChallengeOption(r.verifier())}
	if r.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.config(provider, r).AuthCodeURL(r.State, options...), nil
}

func (p *Provider) config(provider *gooidc.Provider, r Request) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: r.RedirectURI,
		Scopes: []string{gooidc.ScopeOpenID, "email", "profile"},
	}
}

// discover returns the provider as it describes itself. Callers wait for one another's try, not for one try each.
func (p *Provider) discover(ctx context.Context) (*gooidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Now()
	if p.discovered != nil && now.Sub(p.at) < discoveredFor {
		return p.discovered, nil
	}
	if p.failed != nil && now.Sub(p.failedAt) < retryAfter {
		return nil, p.failed
	}
	// Whoever asks first may go away; the others still want the answer.
	ctx, cancel := context.WithTimeout(p.with(context.WithoutCancel(ctx)), answerTime)
	defer cancel()
	provider, err := gooidc.NewProvider(ctx, p.Issuer)
	if err == nil {
		err = checkEndpoints(provider)
	}
	if err != nil {
		p.failed, p.failedAt = fmt.Errorf("%w: discovery: %w", ErrUnavailable, err), now
		return nil, p.failed
	}
	p.discovered, p.at, p.failed = provider, now, nil
	return provider, nil
}

// checkEndpoints refuses a provider that would have secrets or keys sent in the clear.
func checkEndpoints(provider *gooidc.Provider) error {
	var says struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Userinfo      string `json:"userinfo_endpoint"`
		Keys          string `json:"jwks_uri"`
	}
	if err := provider.Claims(&says); err != nil {
		return err
	}
	for _, address := range []string{says.Authorization, says.Token, says.Userinfo, says.Keys} {
		bare, _, _ := strings.Cut(address, "?") // some have a query, which is theirs
		if _, err := secureAddress(bare); err != nil && address != "" {
			return err
		}
	}
	if says.Authorization == "" || says.Token == "" || says.Keys == "" {
		return errors.New("the provider names no authorization, token or key address")
	}
	return nil
}

func (p *Provider) with(ctx context.Context) context.Context {
	return gooidc.ClientContext(ctx, p.client)
}

// Close gives connections to the provider back.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

// audienceIsOurs reports whether a token was made for this client: it alone, or it as the authorized party.
func audienceIsOurs(audience []string, authorizedParty, clientID string) bool {
	if authorizedParty != "" && authorizedParty != clientID {
		return false
	}
	return slices.Equal(audience, []string{clientID}) || authorizedParty == clientID && slices.Contains(audience, clientID)
}
