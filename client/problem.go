package client

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Violation is one field, row or item that breaks a rule.
type Violation struct {
	Field   string // Where: answers[3].item of a request, or row, line and column of a file.
	Message string // Which rule it breaks, and what to do.
}

// Problem is a refused call, taken apart.
type Problem struct {
	Code       codes.Code
	Reason     meritv1.Reason // Why, for programs; UNSPECIFIED when the service did not say.
	Message    string         // What is wrong, where, which rule, what to do, for people.
	Violations []Violation
	IncidentID string          // Under which the service's log has an internal error; Message tells it too.
	RetryAfter time.Duration   // When to try again; 0 when the service did not say.
	Details    []proto.Message // Other details, like the current record of a stale revision.
}

// Error is the message and every violation that it does not say itself, a line each. Where the message is that of the
// only violation, its field alone follows.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Message)
	for _, v := range p.Violations {
		switch {
		case strings.Contains(p.Message, v.Field+": "+v.Message):
		case v.Message == p.Message:
			fmt.Fprintf(&b, "\n  %s", v.Field)
		default:
			fmt.Fprintf(&b, "\n  %s: %s", v.Field, v.Message)
		}
	}
	return b.String()
}

// Explain takes the error of a call apart. It returns nil for nil, a Problem as it is, and for an error that no call
// returned a Problem of codes.Unknown with its text.
func Explain(err error) *Problem {
	if err == nil {
		return nil
	}
	var explained *Problem
	if errors.As(err, &explained) {
		return explained
	}
	s := status.Convert(err)
	var wrapped interface{ GRPCStatus() *status.Status }
	if errors.As(err, &wrapped) {
		s = wrapped.GRPCStatus() // Convert would put the text of the wrapping into the message
	}
	p := &Problem{Code: s.Code(), Message: s.Message()}
	for _, detail := range s.Details() {
		p.add(detail)
	}
	return p
}

func (p *Problem) add(detail any) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		p.Reason = meritv1.Reason(meritv1.Reason_value["REASON_"+strings.TrimPrefix(d.GetReason(), "REASON_")])
		p.IncidentID = d.GetMetadata()["incident"]
	case *errdetails.BadRequest:
		for _, v := range d.GetFieldViolations() {
			p.Violations = append(p.Violations, Violation{v.GetField(), v.GetDescription()})
		}
	case *errdetails.RetryInfo:
		p.RetryAfter = d.GetRetryDelay().AsDuration()
	case proto.Message:
		p.Details = append(p.Details, d)
	}
}

// Is reports whether a call failed for the given reason.
func Is(err error, reason meritv1.Reason) bool {
	return err != nil && Explain(err).Reason == reason
}
