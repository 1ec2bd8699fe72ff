// Package oidctest runs a real OpenID provider for tests: that of github.com/zitadel/oidc, on loopback, with people,
// clients and a key that tests change.
//
//	p := oidctest.Start(t)
//	p.Add(oidctest.Person{Subject: "s-1", Email: "person@example.test", Verified: true})
//	s := servertest.New(t, func(o *server.Options) { o.OIDC = p.Options() })
//	callback := p.SignIn(t, begun.GetAuthorizationUrl(), "s-1") // where the browser is sent, with code and state
package oidctest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/meritindex/merit/server/access/oidc"
)

// The clients that the provider knows. OtherClient is of another service.
const (
	Client      = "merit"
	OtherClient = "other"
	Secret      = "demo client secret"
	// Redirect is where browsers are sent back to unless a test says otherwise; nothing listens there.
	Redirect = "http://127.0.0.1:1" + oidc.CallbackPath
)

// Password is everybody's.
const Password = "demo password"

// Person is somebody whom the provider knows.
type Person struct {
	Subject  string // the provider's name for the person, and what they sign in with
	Email    string
	Verified bool
}

// Provider is a running provider.
type Provider struct {
	Issuer string

	server *httptest.Server
	mu     sync.Mutex
	people map[string]*storage.User
	key    signingKey
	keys   int
	down   bool
	multi  bool
}

// Start runs a provider until the test ends. Browsers may be sent back to the addresses, to Redirect and, whatever the
// port, to loopback.
func Start(tb testing.TB, redirects ...string) *Provider {
	tb.Helper()
	p := &Provider{people: map[string]*storage.User{}}
	p.RotateKey(tb)
	p.server = httptest.NewUnstartedServer(nil)
	p.Issuer = "http://" + p.server.Listener.Addr().String()
	redirects = append(redirects, Redirect)
	clients := map[string]*storage.Client{
		Client:      storage.WebClient(Client, Secret, redirects...),
		OtherClient: storage.WebClient(OtherClient, Secret, redirects...),
	}
	keeps := &keeper{storage.NewStorageWithClients(p, clients), p}
	speaks := exampleop.SetupServer(p.Issuer, keeps, slog.New(slog.DiscardHandler), false)
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.isDown() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		speaks.ServeHTTP(w, r)
	})
	p.server.Start()
	tb.Cleanup(p.server.Close)
	return p
}

// Options are what a deployment that uses the provider is configured with.
func (p *Provider) Options() *oidc.Options {
	return &oidc.Options{Issuer: p.Issuer, Name: "Demo", ClientID: Client, ClientSecret: Secret, Redirect: Redirect}
}

// Add adds a person, or changes the one with the same subject.
func (p *Provider) Add(person Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[person.Subject] = &storage.User{
		ID: person.Subject, Username: person.Subject, Password: Password,
		Email: person.Email, EmailVerified: person.Verified,
	}
}

// SetDown makes the provider answer nothing but 502, or answer again.
func (p *Provider) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// SetMultiFactor makes the provider say of every sign-in that it was with several factors (amr and acr), or not.
func (p *Provider) SetMultiFactor(multi bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.multi = multi
}

func (p *Provider) isMultiFactor() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.multi
}

func (p *Provider) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

// RotateKey makes the provider sign with a new key and forget the one before.
func (p *Provider) RotateKey(tb testing.TB) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys++
	p.key = signingKey{"key-" + strconv.Itoa(p.keys), key}
}

// SignIn plays a person's browser at the provider: it opens the address, signs in there and returns where the provider
// sends it back to.
func (p *Provider) SignIn(tb testing.TB, authorizationURL, subject string) *url.URL {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == oidc.CallbackPath {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	defer browser.CloseIdleConnections()
	form := fetch(tb, browser, http.MethodGet, authorizationURL, nil)
	id := form.at.Query().Get("authRequestID")
	if id == "" {
		tb.Fatalf("the provider answers %s at %s, not with its form", form.status, form.at)
	}
	back := fetch(tb, browser, http.MethodPost, p.Issuer+"/login/username", url.Values{"id": {id}, "username": {subject}, "password": {Password}})
	if back.to == nil {
		tb.Fatalf("the provider does not send %s back: %s", subject, back.status)
	}
	return back.to
}

// fetched is where a browser came to, and where it is sent on to, if it is.
type fetched struct {
	at, to *url.URL
	status string
}

func fetch(tb testing.TB, browser *http.Client, method, address string, form url.Values) fetched {
	tb.Helper()
	var answer *http.Response
	var err error
	if method == http.MethodPost {
		answer, err = browser.PostForm(address, form)
	} else {
		answer, err = browser.Get(address)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()  //nolint:errcheck // it is not read
	to, _ := answer.Location() // nil without one
	return fetched{at: answer.Request.URL, to: to, status: answer.Status}
}

// GetUserByID is how the provider finds a person.
func (p *Provider) GetUserByID(id string) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.people[id]
}

// GetUserByUsername is GetUserByID: people sign in with their subject.
func (p *Provider) GetUserByUsername(name string) *storage.User { return p.GetUserByID(name) }

// ExampleClientID is for a kind of client that these tests have not.
func (p *Provider) ExampleClientID() string { return "" }

// keeper is the memory of the provider, but for its key.
type keeper struct {
	*storage.Storage
	provider *Provider
}

// GetClientByClientID lets programs wait on any port of loopback, as RFC 8252 asks.
func (k *keeper) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := k.Storage.GetClientByClientID(ctx, id)
	return native{client}, err
}

// AuthRequestByCode lets the ID token say what the test wants of how somebody signed in.
func (k *keeper) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := k.Storage.AuthRequestByCode(ctx, code)
	if err == nil && k.provider.isMultiFactor() {
		request = multiFactor{request}
	}
	return request, err
}

type multiFactor struct{ op.AuthRequest }

func (multiFactor) GetAMR() []string { return []string{"pwd", "otp", "mfa"} }
func (multiFactor) GetACR() string {
	return "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
}

type native struct{ op.Client }

// ApplicationType is that of programs on people's own machines.
func (native) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }

// SigningKey is the key of now.
func (k *keeper) SigningKey(context.Context) (op.SigningKey, error) { return k.now(), nil }

// SignatureAlgorithms are those of the key of now.
func (k *keeper) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet has the key of now and no other.
func (k *keeper) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{k.now()}}, nil }

func (k *keeper) now() signingKey {
	k.provider.mu.Lock()
	defer k.provider.mu.Unlock()
	return k.provider.key
}

type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k signingKey) Key() any                                    { return k.private }

type publicKey struct{ signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.private.PublicKey }
