package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
)

// Rate is how many calls one subject may make: so many a second on and on, and Burst at once after a pause. The zero
// Rate is no limit. As text it is "100:2000", or "0".
type Rate struct{ PerSecond, Burst int }

// UnmarshalText reads a rate.
func (r *Rate) UnmarshalText(text []byte) error {
	*r = Rate{}
	if string(text) == "0" {
		return nil
	}
	perSecond, burst, _ := strings.Cut(string(text), ":")
	var err1, err2 error
	r.PerSecond, err1 = strconv.Atoi(perSecond)
	r.Burst, err2 = strconv.Atoi(burst)
	if err1 != nil || err2 != nil || r.PerSecond < 1 || r.PerSecond > 1e6 || r.Burst < 1 || r.Burst > 1e6 {
		return fmt.Errorf("%q is not a rate: write calls a second and calls at once, such as 100:2000, or 0 for no limit", text)
	}
	return nil
}

// Limits are what one caller may ask of the service. Replicas tell each other who calls much: see ShareLimits. The zero
// Limits are none.
type Limits struct {
	Accounts Rate          // calls of an account
	Public   Rate          // calls of an address without an account, or with a credential that is not good
	SignIns  Rate          // tries of an address to sign in or to set a password with a link
	Uploads  Rate          // files that an account begins to upload
	CallTime time.Duration // how long a call that is no stream may take
	AtOnce   int           // calls of all callers that are worked on at once; further ones wait, or are refused
}

// mostSubjects is how many subjects one limiter remembers: some megabytes, however many addresses call.
const mostSubjects = 50_000

// limiter lets each subject make calls at a rate. It remembers when a subject has all of its calls at once again, and
// forgets those that have.
type limiter struct {
	rate Rate
	mu   sync.Mutex
	full map[string]time.Time
	made map[string]int // calls since other replicas were told; nil when there are none
}

func newLimiter(r Rate) *limiter { return &limiter{rate: r, full: map[string]time.Time{}} }

// each is how long it takes for one call to be had again.
func (l *limiter) each() time.Duration { return time.Second / time.Duration(l.rate.PerSecond) }

// take counts a call of a subject, or says how long it has to wait. A call without a subject is not counted.
func (l *limiter) take(subject string, now time.Time) (wait time.Duration) {
	if l.rate.PerSecond == 0 || subject == "" {
		return 0
	}
	each := l.each()
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[subject]
	if full.Before(now) {
		full = now
	}
	full = full.Add(each)
	if wait := full.Sub(now) - each*time.Duration(l.rate.Burst); wait > 0 {
		return wait
	}
	l.full[subject] = full
	if l.made != nil && len(l.made) < mostSubjects {
		l.made[subject]++
	}
	l.forget(now)
	return 0
}

// forget keeps the memory bounded: subjects that have all of their calls again go first, and then any.
func (l *limiter) forget(now time.Time) {
	if len(l.full) <= mostSubjects {
		return
	}
	for subject, full := range l.full {
		if full.Before(now) {
			delete(l.full, subject)
		}
	}
	for subject := range l.full {
		if len(l.full) <= mostSubjects/2 {
			return
		}
		delete(l.full, subject)
	}
}

// limiters are those of a server.
type limiters struct {
	accounts, public, signIns, uploads *limiter
	callTime                           time.Duration
}

func newLimiters(l Limits) limiters {
	return limiters{newLimiter(l.Accounts), newLimiter(l.Public), newLimiter(l.SignIns), newLimiter(l.Uploads), l.CallTime}
}

// network is the subject of an address: the address itself, of IPv6 the /64 that one line has.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	prefix, _ := a.Prefix(64) // fails for no IPv6 address
	return prefix.String()
}

// limitAddress lets an address call without an account, and try to sign in, at its rate. It stands before anything that
// costs more.
func (s *Server) limitAddress(inProcess bool) step {
	return func(ctx context.Context, c *call, next func(context.Context) error) error {
		md, _ := metadata.FromIncomingContext(ctx)
		address := network(s.client(ctx, md, inProcess).Address)
		c.language = languageOf(md)
		switch {
		case s.rules[c.method].IgnoreCredentials:
			if err := limited(s.limits.signIns.take(address, s.now())); err != nil {
				return err
			}
		case first(md, Authorization) == "":
			if err := limited(s.limits.public.take(address, s.now())); err != nil {
				return err
			}
		}
		err := next(ctx)
		if errors.Is(err, access.ErrNotSignedIn) && first(md, Authorization) != "" {
			if wait := s.limits.public.take(address, s.now()); wait > 0 {
				return limited(wait)
			}
		}
		return err
	}
}

// limitAccount lets an account call, and begin uploads, at its rate.
func (s *Server) limitAccount(ctx context.Context, c *call, next func(context.Context) error) error {
	if !c.caller.SignedIn() {
		return next(ctx)
	}
	if err := limited(s.limits.accounts.take(c.caller.AccountID, s.now())); err != nil {
		return err
	}
	if c.method == meritv1.EvidenceService_StartUpload_FullMethodName {
		if err := limited(s.limits.uploads.take(c.caller.AccountID, s.now())); err != nil {
			return err
		}
	}
	return next(ctx)
}

// limited is REASON_RATE_LIMITED when there is something to wait for.
func limited(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return fault.New(meritv1.Reason_REASON_RATE_LIMITED,
		"Terlalu banyak permintaan dalam waktu singkat. Coba lagi setelah %d detik.",
		"Too many requests in a short time. Try again after %d seconds.", seconds(wait)).RetryAfter(wait)
}

// seconds is how long to wait, for people: nobody is told to come back too early.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

var errTooSlow = fault.New(meritv1.Reason_REASON_TOO_SLOW,
	"Permintaan ini terlalu lama dikerjakan, maka jawabannya tidak ditunggu lagi. Bila ada yang disimpan, periksa dahulu apakah sudah tersimpan, lalu coba lagi. Bila berulang, laporkan kepada pengelola.",
	"This took too long, so its answer is not waited for any more. If something was to be stored, look first whether it was, then try again. If it goes on, tell the people who run the service.")

// limitTime breaks off calls that take too long. Streams last as long as they have something to say.
func (s *Server) limitTime(ctx context.Context, c *call, next func(context.Context) error) error {
	if s.limits.callTime == 0 || c.message == nil {
		return next(ctx)
	}
	within, cancel := context.WithTimeout(ctx, s.limits.callTime)
	defer cancel()
	err := next(within)
	if err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		return errTooSlow
	}
	return err
}
