// Package access knows who is calling and whether they may: credentials and passwords, the membership a
// caller acts in and its scope, and the access option that every RPC carries.
package access

import (
	"context"
	"slices"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Caller is who makes a call. The interceptors put one into the context of every call; handlers read it with
// From and never take the identity of a caller from anywhere else.
type Caller struct {
	AccountID    string       // empty: a caller without an account
	Name         string       // of the person: for answers that say who did something, never for the log
	MembershipID string       // empty: acts in no membership, so only what every signed-in person may do is open
	Role         meritv1.Role // of the membership acted in; ROLE_UNSPECIFIED without one
	Scope        Scope
	TokenID      string    // set when the caller uses a token instead of a session
	Credential   string    // SHA-256 of the session or token secret, as the store keeps it
	ExpiresAt    time.Time // of the session or token
	Approver     string    // account of the administrator who approved what is done now; empty otherwise

	UsedAt         time.Time // the last use that was noted
	Limits         Limits    // of a token
	ConfirmedUntil time.Time // of a session: until then it may make the calls that ask for a fresh proof
	SecondFactor   SecondFactor

	Language string // "id" or "en": of the call, else of the account, else "id"
	Address  string // of the client; told by the web pages or the JSON gateway only in process
	Agent    string // user agent of the client; may be empty
}

// Limits are what a token opens less than its membership does. One agency is a Scope.
type Limits struct {
	ReadOnly bool   // only RPCs without side effects
	Service  string // only this service, such as ResultService; empty: all
}

// SecondFactor is where a caller stands with it.
type SecondFactor struct {
	Enrolled bool
	Demanded bool // by the role acted in
}

// Missing reports whether the caller has to enrol a second factor before anything else.
func (s SecondFactor) Missing() bool { return s.Demanded && !s.Enrolled }

// Scope is how far a membership reaches. With both fields empty it is the nation.
type Scope struct {
	AgencyID string
	Region   string // wilayah of the verifiers
}

type callerKey struct{}

// With returns a context whose calls are made by the caller.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns who makes the call. It is never nil: without interceptors it is a caller without an account.
func From(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return &Caller{Language: "id"}
}

// SignedIn reports whether the caller has an account.
func (c *Caller) SignedIn() bool { return c.AccountID != "" }

// Acts reports whether the caller acts in one of the roles.
func (c *Caller) Acts(roles ...meritv1.Role) bool {
	return c.Role != meritv1.Role_ROLE_UNSPECIFIED && slices.Contains(roles, c.Role)
}

// InAgency reports whether the membership acted in is one of this agency: its operators, contributors,
// approvers, administrators, and auditors of the agency itself.
func (c *Caller) InAgency(agencyID string) bool {
	return agencyID != "" && c.MembershipID != "" && c.Scope.AgencyID == agencyID
}

// Reaches reports whether the scope of the membership acted in contains the agency: that agency itself, its
// region, or the nation. It does not look at the role. The region is the agency's on the day of the call.
func (c *Caller) Reaches(agencyID, region string) bool {
	switch {
	case c.MembershipID == "" || agencyID == "":
		return false
	case c.Scope.AgencyID != "":
		return c.Scope.AgencyID == agencyID
	case c.Scope.Region != "":
		return c.Scope.Region == region
	}
	return true
}

// Nationwide reports whether the caller acts in a membership whose scope is the nation.
func (c *Caller) Nationwide() bool { return c.MembershipID != "" && c.Scope == Scope{} }
