package servertest

import (
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Reason is the reason in the error's details; REASON_UNSPECIFIED when it has none.
func Reason(err error) meritv1.Reason {
	if info, ok := Detail[*errdetails.ErrorInfo](err); ok {
		return meritv1.Reason(meritv1.Reason_value["REASON_"+info.GetReason()])
	}
	return meritv1.Reason_REASON_UNSPECIFIED
}

// Detail returns the first detail of the type that the error carries.
func Detail[M proto.Message](err error) (m M, ok bool) {
	for _, d := range status.Convert(err).Details() {
		if m, ok = d.(M); ok {
			return m, true
		}
	}
	return m, false
}

// Violations are the field violations of the error: what is wrong, by field.
func Violations(err error) map[string]string {
	all := map[string]string{}
	bad, _ := Detail[*errdetails.BadRequest](err)
	for _, v := range bad.GetFieldViolations() {
		all[v.GetField()] = v.GetDescription()
	}
	return all
}

// WantReason fails the test unless the error has the reason.
func WantReason(tb testing.TB, err error, want meritv1.Reason) {
	tb.Helper()
	if err == nil {
		tb.Fatalf("no error, want %s", want)
	}
	if got := Reason(err); got != want {
		tb.Fatalf("reason %s, want %s: %v", got, want, err)
	}
}

// Must returns the answer of a call that is to succeed: servertest.Must(client.WhoAmI(ctx, req))(t).
func Must[R any](resp R, err error) func(testing.TB) R {
	return func(tb testing.TB) R {
		tb.Helper()
		if err != nil {
			tb.Fatalf("the call failed: %v", err)
		}
		return resp
	}
}
