package client_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// MustDial connects to a server as whoever holds the token, over loopback in plaintext.
func MustDial(tb testing.TB, s *servertest.Server, token string, options ...func(*client.Options)) *client.Client {
	tb.Helper()
	o := client.Options{Plaintext: true, Language: "en", Token: client.StaticToken(token)}
	for _, option := range options {
		option(&o)
	}
	c, err := client.Dial(s.Listen(tb), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func TestPlaintextStaysOnThisMachine(t *testing.T) {
	tests := []struct {
		address string
		local   bool
	}{
		{"127.0.0.1:7420", true},
		{"127.8.9.1:7420", true},
		{"[::1]:7420", true},
		{"localhost:7420", true},
		{"::1", true},
		{"merit.example:7420", false},
		{"10.0.0.7:7420", false},
		{"0.0.0.0:7420", false},
		{"[::]:7420", false},
		{"localhost.merit.example:7420", false},
		{"127.0.0.1.merit.example:7420", false},
		{"dns://127.0.0.1/merit.example:7420", false},
		{"", false},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			if client.Loopback(tt.address) != tt.local {
				t.Fatalf("Loopback is %t", !tt.local)
			}
			c, err := client.Dial(tt.address, client.Options{Plaintext: true})
			if tt.local == errors.Is(err, client.ErrPlaintext) {
				t.Errorf("Dial: %v", err)
			}
			if err == nil {
				_ = c.Close()
			}
		})
	}
}

func TestPlaintextGoesAnywhereOnlyWhenSaid(t *testing.T) {
	c, err := client.Dial("merit.example:7420", client.Options{Plaintext: true, InsecurePlaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestAServerWithoutTLSIsRefusedUnlessPlaintextIsSaid(t *testing.T) {
	c := MustDial(t, servertest.New(t), "", func(o *client.Options) { o.Plaintext = false })
	_, err := c.Agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
	if code := client.Explain(err).Code; code != codes.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestTheTokenIsAskedForBeforeEachCall(t *testing.T) {
	s := servertest.New(t)
	first, second := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	tokens := []string{first.Secret, second.Secret}
	c := MustDial(t, s, "", func(o *client.Options) {
		o.Token = func(context.Context) (string, error) {
			token := tokens[0]
			tokens = tokens[1:]
			return token, nil
		}
	})
	for _, want := range []string{first.AccountID, second.AccountID} {
		me := servertest.Must(c.Accounts.WhoAmI(t.Context(), &meritv1.WhoAmIRequest{}))(t)
		if got := me.GetAccount().GetId(); got != want {
			t.Errorf("called as %s, want %s", got, want)
		}
	}
}

func TestWithoutATokenACallComesFromAnyone(t *testing.T) {
	for name, token := range map[string]client.TokenSource{"nil": nil, "empty": client.StaticToken("")} {
		t.Run(name, func(t *testing.T) {
			c := MustDial(t, servertest.New(t), "", func(o *client.Options) { o.Token = token })
			servertest.Must(c.Agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{}))(t)
			_, err := c.Accounts.WhoAmI(t.Context(), &meritv1.WhoAmIRequest{})
			if !client.Is(err, meritv1.Reason_REASON_NOT_SIGNED_IN) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACallWhoseTokenCannotBeHadIsNotSent(t *testing.T) {
	s := servertest.New(t)
	broken := errors.New("the vault is closed")
	c := MustDial(t, s, "", func(o *client.Options) {
		o.Token = func(context.Context) (string, error) { return "", broken }
	})
	if _, err := c.Accounts.WhoAmI(t.Context(), &meritv1.WhoAmIRequest{}); !errors.Is(err, broken) {
		t.Errorf("unary: %v", err)
	}
	if _, err := c.Evidence.Download(t.Context(), &meritv1.DownloadRequest{}); !errors.Is(err, broken) {
		t.Errorf("stream: %v", err)
	}
	if got := s.Log.String(); got != "" {
		t.Errorf("the server got a call: %s", got)
	}
}

func TestMessagesAreInTheLanguageAskedFor(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "") // whose own language is id
	texts := map[string]string{}
	for _, language := range []string{"id", "en", ""} {
		c := MustDial(t, s, admin.Secret, func(o *client.Options) { o.Language = language })
		_, err := c.Agencies.GetAgency(t.Context(), &meritv1.GetAgencyRequest{Code: "99.99"})
		texts[language] = client.Explain(err).Message
	}
	if texts["id"] == texts["en"] || texts[""] != texts["id"] {
		t.Errorf("got %q", texts)
	}
}
