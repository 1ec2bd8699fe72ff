package access

import (
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// ConfirmedFor is how long a session may do what asks for a fresh proof after it signed in or confirmed.
const ConfirmedFor = 5 * time.Minute

var (
	errSecondFactor = fault.New(meritv1.Reason_REASON_SECOND_FACTOR_REQUIRED,
		"Peran Anda mewajibkan faktor kedua. Pasang dahulu aplikasi autentikator pada halaman profil atau dengan merit factor enrol.",
		"Your role demands a second factor. First enrol an authenticator, on your profile page or with merit factor enrol.")
	errStepUp = fault.New(meritv1.Reason_REASON_STEP_UP_REQUIRED,
		"Tindakan ini tidak dapat ditarik kembali. Konfirmasikan dengan kata sandi atau kode Anda, atau masuk lagi, lalu ulangi dalam lima menit.",
		"This cannot be taken back. Confirm with your password or code, or sign in again, then do it again within five minutes.")

	// ErrSessionRequired is REASON_SESSION_REQUIRED: what a program holds must not do this.
	ErrSessionRequired = fault.New(meritv1.Reason_REASON_SESSION_REQUIRED,
		"Token tidak boleh melakukan ini. Masuklah dengan surel dan kata sandi.",
		"A token may not do this. Sign in with e-mail and password.")
)

// CheckConfirmed returns nil when the caller proved within ConfirmedFor who they are, REASON_SESSION_REQUIRED for a token
// and REASON_STEP_UP_REQUIRED otherwise.
func (c *Caller) CheckConfirmed(now time.Time) error {
	switch {
	case c.TokenID != "":
		return ErrSessionRequired
	case !now.Before(c.ConfirmedUntil):
		return errStepUp
	}
	return nil
}

// checkLimits refuses a token that does not reach the RPC.
func (r Rule) checkLimits(c *Caller) error {
	switch {
	case c.Limits.ReadOnly && !r.ReadOnly:
		return fault.New(meritv1.Reason_REASON_TOKEN_SCOPE,
			"Token ini hanya untuk membaca. Buat token tanpa batas itu, atau masuklah.",
			"This token is for reading only. Make one without that limit, or sign in.")
	case c.Limits.Service != "" && c.Limits.Service != r.service:
		return fault.New(meritv1.Reason_REASON_TOKEN_SCOPE,
			"Token ini hanya untuk %s, bukan %s. Buat token tanpa batas itu, atau masuklah.",
			"This token is for %s only, not for %s. Make one without that limit, or sign in.", c.Limits.Service, r.service)
	}
	return nil
}
