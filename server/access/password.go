package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// MinPassword is how many characters a password has at least. Length is the only demand on what it is made of.
const MinPassword = 12

// CheckPassword returns REASON_PASSWORD_WEAK for a password that is shorter than MinPassword or is the person's own
// name or e-mail address, or made of little else. The field is the one of the request that has the password.
func CheckPassword(field, password, name, email string) error {
	if utf8.RuneCountInString(password) < MinPassword {
		return weak(field, "Kata sandi harus paling sedikit %d karakter. Gabungan beberapa kata mudah diingat.",
			"A password has at least %d characters. A few words in a row are easy to remember.", MinPassword)
	}
	rest := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	for _, own := range append([]string{email, local}, strings.Fields(strings.ToLower(name))...) {
		if utf8.RuneCountInString(own) > 2 {
			rest = strings.ReplaceAll(rest, own, "")
		}
	}
	if utf8.RuneCountInString(rest) < MinPassword/2 {
		return weak(field, "Kata sandi tidak boleh terdiri dari nama atau surel Anda sendiri.",
			"A password must not be made of your own name or e-mail address.")
	}
	return nil
}

func weak(field, id, en string, args ...any) error {
	return fault.New(meritv1.Reason_REASON_PASSWORD_WEAK, id, en, args...).Field(field, id, en, args...)
}

// Cost is how much memory and work one try of a password takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// DefaultCost is 19 MiB and 2 passes in one lane: the first choice for argon2id in the OWASP Password Storage Cheat
// Sheet. It takes some tens of milliseconds of one processor.
var DefaultCost = Cost{MemoryKiB: 19 << 10, Passes: 2}

const (
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// Hasher makes and compares hashes of passwords, only as many at once as there are processors: more would not be
// faster, and sign-ins must not eat the memory of the service.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	decoy string // a hash that no password matches
}

// NewHasher returns a hasher whose new hashes have the cost.
func NewHasher(cost Cost) *Hasher {
	h := &Hasher{cost: cost, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.decoy = h.encode(random(saltLen), random(keyLen))
	return h
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// Hash returns the argon2id hash of a password in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$key). It waits for its
// turn and fails only when the context ends before.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := random(saltLen)
	return h.encode(salt, argon2.IDKey([]byte(password), salt, h.cost.Passes, h.cost.MemoryKiB, lanes, keyLen)), nil
}

// Matches reports whether the hash is of the password. An empty hash, of an account that does not exist or has no
// password yet, matches none and takes as long.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	if hash == "" {
		hash = h.decoy
	}
	cost, salt, key, err := decode(hash)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) leave() { <-h.slots }

var phc64 = base64.RawStdEncoding

func (h *Hasher) encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.MemoryKiB, h.cost.Passes, lanes,
		phc64.EncodeToString(salt), phc64.EncodeToString(key))
}

// decode reads a hash made by encode, with whatever cost it was made.
func decode(hash string) (cost Cost, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, fmt.Errorf("not a hash of ours: %d parts", len(parts))
	}
	var p int
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &p); err != nil || p != lanes {
		return cost, nil, nil, fmt.Errorf("not a hash of ours: parameters %q", parts[3])
	}
	if salt, err = phc64.DecodeString(parts[4]); err != nil {
		return cost, nil, nil, fmt.Errorf("not a hash of ours: salt: %w", err)
	}
	if key, err = phc64.DecodeString(parts[5]); err != nil || len(key) == 0 {
		return cost, nil, nil, fmt.Errorf("not a hash of ours: key of %d bytes: %w", len(key), err)
	}
	return cost, salt, key, nil
}
