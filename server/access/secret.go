package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Kind of a secret: what it opens. It is the beginning of the secret, so that scanners for leaked secrets
// know one when they see it and the service knows where to look it up.
type Kind string

// The kinds of secrets.
const (
	KindSession Kind = "merit_s_" // a signed-in person
	KindToken   Kind = "merit_t_" // a program
	KindLink    Kind = "merit_l_" // an invitation or a password reset
	KindPending Kind = "merit_p_" // somebody whose password was right and whose code is still to come
	KindSignIn  Kind = "merit_o_" // a sign-in at the OpenID provider that is not completed
)

// NewSecret makes a secret of 256 random bits and the hash under which the store keeps it. Such secrets
// cannot be guessed, so a plain SHA-256 protects them as well as a slow hash would.
func NewSecret(k Kind) (secret, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	secret = string(k) + base64.RawURLEncoding.EncodeToString(b)
	return secret, HashSecret(secret)
}

// HashSecret is the hex SHA-256 of a secret.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// KindOf tells the kind of a secret by its beginning; ok is false for anything that is no secret of ours.
func KindOf(secret string) (k Kind, ok bool) {
	for _, k := range []Kind{KindSession, KindToken, KindLink, KindPending, KindSignIn} {
		if strings.HasPrefix(secret, string(k)) && len(secret) == len(k)+base64.RawURLEncoding.EncodedLen(32) {
			return k, true
		}
	}
	return "", false
}
