package access

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	issuer    = "Merit" // as the authenticator shows it
	period    = 30      // seconds
	digits    = otp.DigitsSix
	algorithm = otp.AlgorithmSHA1 // the only one that all authenticators know; RFC 6238 is safe with it
	drift     = 1                 // steps that an authenticator's clock may be off, either way

	recoveryCodes = 10
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewAuthenticator makes the secret of an authenticator, in base32, and the otpauth URI that says so.
func NewAuthenticator(email string) (secret, uri string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: email, Period: period, Digits: digits, Algorithm: algorithm})
	if err != nil {
		return "", "", fmt.Errorf("make an authenticator: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// CodeStep returns the time step whose code this is, among those around now; ok is false for a code of none of them.
func CodeStep(secret, code string, now time.Time) (step int64, ok bool) {
	options := hotp.ValidateOpts{Digits: digits, Algorithm: algorithm}
	current := now.Unix() / period
	for step = current - drift; step <= current+drift; step++ {
		if good, err := hotp.ValidateCustom(strings.TrimSpace(code), uint64(step), secret, options); err == nil && good {
			return step, true
		}
	}
	return 0, false
}

// NewRecoveryCodes makes ten codes of 80 random bits, in four groups of four letters and digits, and the hashes under which
// the store keeps them.
func NewRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		random := make([]byte, 10)
		_, _ = rand.Read(random) // never fails
		text := base32Lower.EncodeToString(random)
		code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		codes, hashes = append(codes, code), append(hashes, HashRecoveryCode(code))
	}
	return codes, hashes
}

// HashRecoveryCode is the hash of a recovery code, however it was typed: with or without hyphens and spaces, in any case.
func HashRecoveryCode(code string) string {
	return HashSecret(strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code)))
}
