package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/meritindex/merit/server/access/oidc"
)

var now = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

// forger is a provider that answers as a test wants, with whatever ID token the test makes.
type forger struct {
	*httptest.Server
	idToken func(claims map[string]any) string
	claims  map[string]any // that the next ID token has beside, or in place of, the right ones
	nonce   string         // of the sign-in under way
	subject string         // that userinfo names
}

func newForger(t *testing.T, key *rsa.PrivateKey) *forger {
	t.Helper()
	f := &forger{subject: "s-1"}
	mux := http.NewServeMux()
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	answer := func(path string, make func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(make())
		})
	}
	answer("/.well-known/openid-configuration", func() any {
		return map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token",
			"jwks_uri": f.URL + "/keys", "userinfo_endpoint": f.URL + "/userinfo",
			"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256"},
		}
	})
	answer("/keys", func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "key", Algorithm: "RS256", Use: "sig"}}}
	})
	answer("/userinfo", func() any {
		return map[string]any{"sub": f.subject, "email": "a@example.test", "email_verified": "true"}
	})
	answer("/token", func() any {
		claims := map[string]any{
			"iss": f.URL, "sub": "s-1", "aud": "merit", "nonce": f.nonce,
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix(),
		}
		maps.Copy(claims, f.claims)
		return map[string]any{"access_token": "demo", "token_type": "Bearer", "id_token": f.idToken(claims)}
	})
	return f
}

func mustKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signed makes tokens with a key.
func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any) func(map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "key"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(claims map[string]any) string {
		payload, _ := json.Marshal(claims)
		token, err := signer.Sign(payload)
		if err != nil {
			t.Error(err)
			return ""
		}
		text, _ := token.CompactSerialize()
		return text
	}
}

func unsigned(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "."
}

const secret = "a client secret of thirty-two bytes and more"

// TestWhichTokensAreBelieved: the ID token must be signed with a key of the provider, for us, in this sign-in, now.
func TestWhichTokensAreBelieved(t *testing.T) {
	key, stranger := mustKey(t), mustKey(t)
	right := signed(t, jose.RS256, key)
	claims := func(name string, value any) map[string]any { return map[string]any{name: value} }
	for _, test := range []struct {
		name    string
		idToken func(map[string]any) string
		claims  map[string]any
		fresh   bool
		want    error
	}{
		{"a right one", right, nil, false, nil},
		{"a right one of a fresh sign-in", right, nil, true, nil},
		{"one for several of whom we are the authorized party", right, map[string]any{"aud": []string{"other", "merit"}, "azp": "merit"}, false, nil},
		{"algorithm none", unsigned, nil, false, oidc.ErrRefused},
		{"HS256 with the client's secret", signed(t, jose.HS256, []byte(secret)), nil, false, oidc.ErrRefused},
		{"a key that is not the provider's", signed(t, jose.RS256, stranger), nil, false, oidc.ErrRefused},
		{"no token", func(map[string]any) string { return "" }, nil, false, oidc.ErrRefused},
		{"another nonce", right, claims("nonce", "other"), false, oidc.ErrRefused},
		{"no nonce", right, claims("nonce", nil), false, oidc.ErrRefused},
		{"another issuer", right, claims("iss", "https://evil.example"), false, oidc.ErrRefused},
		{"another client", right, claims("aud", "other"), false, oidc.ErrRefused},
		{"another client beside us", right, claims("aud", []string{"other", "merit"}), false, oidc.ErrRefused},
		{"another authorized party", right, claims("azp", "other"), false, oidc.ErrRefused},
		{"expired", right, claims("exp", now.Add(-time.Second).Unix()), false, oidc.ErrRefused},
		{"from the future", right, claims("iat", now.Add(time.Hour).Unix()), false, oidc.ErrRefused},
		{"nobody", right, claims("sub", ""), false, oidc.ErrRefused},
		{"a fresh sign-in that does not say when it was", right, claims("auth_time", nil), true, oidc.ErrRefused},
		{"a fresh sign-in with a proof from before it began", right, claims("auth_time", now.Add(-2*time.Minute).Unix()), true, oidc.ErrRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newForger(t, key)
			f.idToken, f.claims = test.idToken, test.claims
			p := f.mustUse(t)
			r := oidc.Request{State: "state", Handle: "handle", RedirectURI: oidc.LoopbackRedirect(1), Fresh: test.fresh, Begun: now}
			f.begin(t, p, r)
			id, err := p.Complete(t.Context(), r, "code")
			if !errors.Is(err, test.want) {
				t.Fatalf("%+v, %v; want %v", id, err, test.want)
			}
			if err == nil && (id.Subject != "s-1" || !id.AuthenticatedAt.Equal(now)) {
				t.Errorf("identity %+v", id)
			}
		})
	}
}

func (f *forger) mustUse(t *testing.T) *oidc.Provider {
	t.Helper()
	p, err := oidc.New(oidc.Options{
		Issuer: f.URL, Name: "Demo", ClientID: "merit", ClientSecret: secret,
		Redirect: "https://merit.example" + oidc.CallbackPath, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// begin reads the nonce out of the address that the browser is sent to.
func (f *forger) begin(t *testing.T, p *oidc.Provider, r oidc.Request) {
	t.Helper()
	address, err := p.AuthorizationURL(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if f.nonce = q.Get("nonce"); f.nonce == "" || q.Get("code_challenge_method") != "S256" || q.Get("state") != "state" {
		t.Fatalf("the browser is sent to %s", address)
	}
	if (q.Get("prompt") == "login") != r.Fresh {
		t.Errorf("fresh %v, and the browser is sent to %s", r.Fresh, address)
	}
}

func TestUserinfoMustBeOfThePersonOfTheToken(t *testing.T) {
	key := mustKey(t)
	f := newForger(t, key)
	f.idToken = signed(t, jose.RS256, key)
	p := f.mustUse(t)
	r := oidc.Request{State: "state", Handle: "handle", RedirectURI: oidc.LoopbackRedirect(1)}
	f.begin(t, p, r)
	id, err := p.Complete(t.Context(), r, "code")
	if err != nil {
		t.Fatal(err)
	}
	if email, verified, err := p.Email(t.Context(), id); email != "a@example.test" || !verified || err != nil {
		t.Errorf("%s, %v, %v", email, verified, err)
	}
	f.subject = "s-2"
	if _, _, err := p.Email(t.Context(), id); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("userinfo of somebody else: %v", err)
	}
}

func TestSettingsThatWouldSendSecretsInTheClearAreRefused(t *testing.T) {
	right := oidc.Options{
		Issuer: "https://id.example", Name: "Demo", ClientID: "merit",
		Redirect: "https://merit.example" + oidc.CallbackPath, Now: time.Now,
	}
	if _, err := oidc.New(right); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*oidc.Options){
		"issuer without TLS":   func(o *oidc.Options) { o.Issuer = "http://id.example" },
		"redirect without TLS": func(o *oidc.Options) { o.Redirect = "http://merit.example" + oidc.CallbackPath },
		"another path":         func(o *oidc.Options) { o.Redirect = "https://merit.example/" },
		"no client id":         func(o *oidc.Options) { o.ClientID = "" },
	} {
		o := right
		spoil(&o)
		if _, err := oidc.New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
