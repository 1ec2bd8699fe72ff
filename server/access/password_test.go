package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
)

var cheap = access.Cost{MemoryKiB: 64, Passes: 1}

func TestAHashMatchesItsPasswordOnly(t *testing.T) {
	h := access.NewHasher(cheap)
	hash, err := h.Hash(t.Context(), "tiga gajah menari")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hash %q", hash)
	}
	for _, test := range []struct {
		name, password, hash string
		want                 bool
	}{
		{"the password", "tiga gajah menari", hash, true},
		{"another one", "tiga gajah menarI", hash, false},
		{"none", "", hash, false},
		{"an account without a password", "", "", false},
	} {
		if got, err := h.Matches(t.Context(), test.password, test.hash); err != nil || got != test.want {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
	again, err := h.Hash(t.Context(), "tiga gajah menari")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same: %v", err)
	}
}

func TestAHashOfAnotherCostStillMatches(t *testing.T) {
	hash, err := access.NewHasher(cheap).Hash(t.Context(), "tiga gajah menari")
	if err != nil {
		t.Fatal(err)
	}
	ok, err := access.NewHasher(access.Cost{MemoryKiB: 128, Passes: 2}).Matches(t.Context(), "tiga gajah menari", hash)
	if !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestWhatIsNoHashIsAnError(t *testing.T) {
	h := access.NewHasher(cheap)
	for _, hash := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64$AAAA$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$!$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$argon2id$v=19$m=64,t=1,p=4$AAAA$AAAA",
	} {
		if ok, err := h.Matches(t.Context(), "", hash); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := access.NewHasher(cheap)
	for range 100 { // either the turn or the end of the context comes first
		if _, err := h.Hash(ctx, "x"); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("a turn was not given back: %v", err)
	}
}

func TestCheckPassword(t *testing.T) {
	for _, test := range []struct {
		name, password string
		weak           bool
	}{
		{"eleven characters", "sebelashuru", true},
		{"twelve characters", "duabelashuru", false},
		{"characters, not bytes", "ĀĀĀĀĀĀĀĀĀĀĀ", true},
		{"the e-mail address", "demo.operator@example.test", true},
		{"the e-mail address in capitals", "DEMO.OPERATOR@EXAMPLE.TEST", true},
		{"the name", "Demo Operator", true},
		{"the name with a little more", "Demo Operator 123", true},
		{"the name among other words", "Demo Operator menari di hujan", false},
	} {
		err := access.CheckPassword("new_password", test.password, "Demo Operator", "demo.operator@example.test")
		if weak := errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_PASSWORD_WEAK}); weak != test.weak {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestTheWaitDoublesUpToItsLongest(t *testing.T) {
	account, address := access.SlowdownsOf("demo@example.test", "203.0.113.7")[0], access.SlowdownsOf("demo@example.test", "203.0.113.7")[1]
	for _, test := range []struct {
		s        access.Slowdown
		failures int
		want     time.Duration
	}{
		{account, 0, 0},
		{account, 4, 0},
		{account, 5, time.Second},
		{account, 6, 2 * time.Second},
		{account, 8, 8 * time.Second},
		{account, 15, 15 * time.Minute},
		{account, 1 << 30, 15 * time.Minute},
		{address, 49, 0},
		{address, 50, time.Second},
		{address, 60, time.Minute},
	} {
		if got := test.s.Wait(test.failures); got != test.want {
			t.Errorf("%s: after %d failures %v, want %v", test.s.Subject[:8], test.failures, got, test.want)
		}
	}
}

func TestWhatCountsTogether(t *testing.T) {
	subjects := func(email, address string) (account, network string) {
		s := access.SlowdownsOf(email, address)
		return s[0].Subject, s[1].Subject
	}
	a1, n1 := subjects("a@example.test", "2001:db8:1:2::1")
	a2, n2 := subjects("a@example.test", "2001:db8:1:2:ffff::9")
	a3, n3 := subjects("a@example.test", "2001:db8:1:3::1")
	b1, _ := subjects("b@example.test", "2001:db8:1:2::1")
	_, v4 := subjects("a@example.test", "::ffff:203.0.113.7")
	if a1 != a2 || n1 != n2 {
		t.Error("addresses of one /64 do not count together")
	}
	if a1 == a3 || n1 == n3 || a1 == b1 {
		t.Error("other networks or accounts count together")
	}
	if v4 != "address:203.0.113.7" {
		t.Errorf("an IPv4 address in IPv6 is %s", v4)
	}
	if strings.Contains(a1, "example.test") {
		t.Errorf("the subject %s has the e-mail address", a1)
	}
}

func TestSecretsTellTheirKind(t *testing.T) {
	for _, k := range []access.Kind{access.KindSession, access.KindToken, access.KindLink} {
		secret, hash := access.NewSecret(k)
		if got, ok := access.KindOf(secret); !ok || got != k {
			t.Errorf("%s is of kind %q, %v", secret, got, ok)
		}
		if hash != access.HashSecret(secret) || len(hash) != 64 {
			t.Errorf("hash %s", hash)
		}
		if _, ok := access.KindOf(secret[:len(secret)-1]); ok {
			t.Error("a secret that was cut off is one")
		}
	}
}

func BenchmarkPassword(b *testing.B) {
	h := access.NewHasher(access.DefaultCost)
	hash, err := h.Hash(b.Context(), "tiga gajah menari")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if ok, err := h.Matches(b.Context(), "tiga gajah menari", hash); !ok || err != nil {
			b.Fatal(err)
		}
	}
}
