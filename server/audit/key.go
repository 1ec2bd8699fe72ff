package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// SigningKey signs checkpoints. Its name is the origin of the log.
type SigningKey struct {
	signer   note.Signer
	secret   string // PRIVATE+KEY+…, as note writes it
	Verifier string // the public half, as note writes it: to be published
}

// Origin is the name of the log, and of the deployment: the first line of its checkpoints.
func (k *SigningKey) Origin() string { return k.signer.Name() }

// NewKey makes a key at random. The origin is one word without plus signs, such as merit.example.go.id.
func NewKey(origin string) (*SigningKey, error) {
	secret, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, fmt.Errorf("audit: make a key: %w", err)
	}
	return parseKey(secret)
}

// parseKey reads a secret key.
func parseKey(secret string) (*SigningKey, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("audit: not a signing key: it has the form PRIVATE+KEY+origin+hash+key")
	}
	seed, err := base64.StdEncoding.DecodeString(strings.SplitN(secret, "+", 5)[4]) // note has seen that there are five parts
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, errors.New("audit: not an Ed25519 signing key")
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &SigningKey{signer: signer, secret: secret, Verifier: verifier}, nil
}

// KeyRing is what a key file holds: the key that signs, and after a rotation, until the hand-over is done, the key before.
type KeyRing struct {
	Current  *SigningKey
	Previous *SigningKey // nil unless the key was rotated
}

// ringHead begins a key file; lines that begin with # say something to people.
const ringHead = "# Signing key of the transparency log of Merit. Whoever has it can sign in your name: keep it secret, and keep a copy.\n"

// ParseKeyRing reads a key file: one key on a line, the newest first, all of the same origin.
func ParseKeyRing(file []byte) (r KeyRing, err error) {
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseKey(line)
		switch {
		case err != nil:
			return r, err
		case r.Current == nil:
			r.Current = key
		case r.Previous != nil:
			return r, errors.New("audit: the key file has more than two keys")
		case key.Origin() != r.Current.Origin():
			return r, fmt.Errorf("audit: the key file has keys of two logs: %s and %s", r.Current.Origin(), key.Origin())
		default:
			r.Previous = key
		}
	}
	if r.Current == nil {
		return r, errors.New("audit: the key file has no key")
	}
	return r, nil
}

// Format writes the key file.
func (r KeyRing) Format() []byte {
	text := ringHead + r.Current.secret + "\n"
	if r.Previous != nil {
		text += "# The key before: it signs the hand-over. Removed by the next rotation.\n" + r.Previous.secret + "\n"
	}
	return []byte(text)
}

// ErrForeignKey says that the key file does not belong to the log.
var ErrForeignKey = errors.New("the key file is not that of this log: its newest checkpoint was signed with another key")

// Check says whether the ring can sign for the log whose newest key has this verifier; empty for a log without one.
func (r KeyRing) Check(verifier string) error {
	if verifier == "" || verifier == r.Current.Verifier || r.Previous != nil && verifier == r.Previous.Verifier {
		return nil
	}
	return fmt.Errorf("audit: %w (%s)", ErrForeignKey, verifier)
}

// Signing is what a ring writes into the log at a size.
type Signing struct {
	Checkpoint []byte // signed
	Verifier   string // of the key that begins here; empty when none does
	Since      int64  // where it begins
	Statement  []byte // signed
}

// Sign signs the checkpoint of a growth of the log whose newest key has this verifier. When that is not the key of the
// ring, this is the hand-over: both keys sign the checkpoint and the statement. The first key introduces itself.
func (r KeyRing) Sign(g *Growth, verifier string) (s Signing, err error) {
	if err := r.Check(verifier); err != nil {
		return s, err
	}
	keys := []*SigningKey{r.Current}
	if verifier != r.Current.Verifier {
		s.Verifier = r.Current.Verifier
		if verifier != "" {
			s.Since, keys = g.Size, append(keys, r.Previous)
		}
		if s.Statement, err = Sign(KeyStatement(r.Current.Origin(), s.Since, s.Verifier, verifier), keys...); err != nil {
			return s, err
		}
	}
	s.Checkpoint, err = Sign(Checkpoint(r.Current.Origin(), g.Size, g.Root), keys...)
	return s, err
}
