package access

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// Failed sign-ins are counted for an account seen from one address, and for the address. Somebody who keeps failing
// on another's e-mail is slowed down without slowing down its owner, who calls from elsewhere; and somebody who tries
// many accounts is slowed down by the address, which may be that of a whole office, so it bears more and waits less.

// Slowdown is how failures of one subject add to the time until its next try.
type Slowdown struct {
	Subject string
	Free    int           // failures before any wait
	Longest time.Duration // each failure after that doubles the wait from a second up to this
}

// ForgetFailuresAfter is how long after the last failure a subject begins anew.
const ForgetFailuresAfter = 24 * time.Hour

// SlowdownsOf returns the slowdowns of trying the password of an e-mail address, in lower case, from a client
// address. E-mail addresses are kept only as hashes.
func SlowdownsOf(email, address string) [2]Slowdown {
	network := networkOf(address)
	sum := sha256.Sum256([]byte(email + "\n" + network))
	return [2]Slowdown{
		{Subject: "account:" + hex.EncodeToString(sum[:]), Free: 5, Longest: 15 * time.Minute},
		{Subject: "address:" + network, Free: 50, Longest: time.Minute},
	}
}

// CodeSlowdownsOf returns the slowdowns of trying codes for an account from a client address. Codes are short, so the
// account is slowed down wherever the tries come from: only who knows its password gets as far.
func CodeSlowdownsOf(accountID, address string) [2]Slowdown {
	return [2]Slowdown{
		{Subject: "code:" + accountID, Free: 5, Longest: 15 * time.Minute},
		{Subject: "address:" + networkOf(address), Free: 50, Longest: time.Minute},
	}
}

// networkOf is the address, or for IPv6 its /64, which is what one customer gets at least.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.Prefix(64) // 64 bits are in range for IPv6
	return prefix.String()
}

// Wait is how long after the last of so many failures the subject may try again.
func (s Slowdown) Wait(failures int) time.Duration {
	over := failures - s.Free
	switch {
	case over < 0:
		return 0
	case over > 20: // a second doubled so often is longer than any Longest
		return s.Longest
	}
	return min(time.Second<<over, s.Longest)
}
