package cli

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/problem"
)

// Exit codes, for scripts.
const (
	ExitOK         = 0
	ExitFailure    = 1
	ExitUsage      = 2 // Wrong command, flag or argument.
	ExitNotAllowed = 3 // Not signed in, or not allowed.
	ExitNotFound   = 4
	ExitConflict   = 5 // Exists already, changed meanwhile, or in the wrong state.
)

// fail prints an error and returns the exit code: for a person as text, for a program as google.rpc.Status, which the
// JSON door answers with too.
func (c *Context) fail(err error) int {
	var typed mistake
	switch {
	case errors.As(err, &typed):
		return c.usage(err)
	case c.Output == outputJSON:
		_ = writeJSON(c.Errs, statusOf(err, c.Lang).Proto()) // nothing can be said about it anywhere else
	default:
		fmt.Fprintln(c.Errs, cleanLines(c.failure(err)))
	}
	return exitCode(err)
}

// otherDoor reports whether the libraries say of who answered that it does not speak HTTP/2, as the door of the pages, in
// the clear and with TLS.
func otherDoor(message string) bool {
	return strings.Contains(message, "looked like an HTTP/1.1 header") || strings.Contains(message, "missing selected ALPN property")
}

// failure is what a person reads. Mistakes in a file stand on lines of their own, as editors expect them.
func (c *Context) failure(err error) string {
	var inFile problem.Problems
	told := client.Explain(err)
	_, called := ofCall(err)
	switch {
	case c.Err() != nil:
		return c.Say("merit: interrupted ¦ merit: dihentikan")
	case errors.As(err, &inFile):
		return inFile.In(c.Lang)
	case !called:
		return "merit: " + err.Error()
	case told.Code == codes.Unavailable && otherDoor(told.Message):
		return c.sayf("merit: at %s answers something else than the gRPC door, which is at port 7420 unless told otherwise; give --server ¦ "+
			"merit: yang menjawab di %s bukan pintu gRPC, yang ada di port 7420 kecuali diatur lain; berikan --server", c.Server)
	case told.Code == codes.Unavailable && told.Reason == meritv1.Reason_REASON_UNSPECIFIED:
		return c.sayf("merit: no service answers at %s; start one or give --server\n  %s ¦ "+
			"merit: tidak ada layanan di %s; jalankan atau berikan --server\n  %s", c.Server, told.Message)
	}
	return "merit: " + told.Error()
}

// ofCall returns what a call ended with, and whether the error is that of a call.
func ofCall(err error) (*status.Status, bool) {
	var call interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &call) {
		return nil, false
	}
	return call.GRPCStatus(), true
}

// statusOf is an error as a program reads it. Mistakes in a file are field violations, like those the service finds, with
// texts in the language.
func statusOf(err error, language string) *status.Status {
	if s, ok := ofCall(err); ok {
		return s
	}
	var inFile problem.Problems
	if !errors.As(err, &inFile) {
		return status.New(codes.Unknown, err.Error())
	}
	violations := &errdetails.BadRequest{}
	for _, p := range inFile {
		violations.FieldViolations = append(violations.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: p.At(), Description: p.Message.In(language), Reason: p.Rule,
		})
	}
	s := status.New(codes.InvalidArgument, inFile.In(language))
	if with, err := s.WithDetails(violations); err == nil {
		return with
	}
	return s
}

// exitCode is what a script learns of an error. A request that breaks a rule of its fields was typed wrong.
func exitCode(err error) int {
	told := client.Explain(err)
	if told.Reason == meritv1.Reason_REASON_INVALID_REQUEST {
		return ExitUsage
	}
	switch told.Code {
	case codes.Unauthenticated, codes.PermissionDenied:
		return ExitNotAllowed
	case codes.NotFound:
		return ExitNotFound
	case codes.AlreadyExists, codes.Aborted, codes.FailedPrecondition:
		return ExitConflict
	}
	return ExitFailure
}
