package cli

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
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

// usageError is a mistake in the command line that kong could not see.
type usageError struct{ error }

// fail prints an error for a person and returns the exit code.
func (c *Context) fail(err error) int {
	var wrong usageError
	if errors.As(err, &wrong) {
		return usage(c.Errs, err, c.Lang)
	}
	problem, ok := explained(err)
	if !ok {
		fmt.Fprintf(c.Errs, "merit: %v\n", err)
		return ExitFailure
	}
	if problem.Code == codes.Unavailable && len(problem.Details) == 0 && problem.Reason == 0 {
		fmt.Fprintf(c.Errs, "merit: %s\n  %s\n", c.sayf("no service answers at %s; start one or give --server ¦ tidak ada layanan di %s; jalankan atau berikan --server", c.Server), problem.Message)
		return ExitFailure
	}
	fmt.Fprintf(c.Errs, "merit: %v\n", problem)
	return exitCode(problem.Code)
}

// explained takes the error of a call apart; false for an error of our own.
func explained(err error) (*client.Problem, bool) {
	var problem *client.Problem
	if errors.As(err, &problem) {
		return problem, true
	}
	_, ok := status.FromError(err)
	return client.Explain(err), ok
}

func exitCode(code codes.Code) int {
	switch code {
	case codes.OK:
		return ExitOK
	case codes.Unauthenticated, codes.PermissionDenied:
		return ExitNotAllowed
	case codes.NotFound:
		return ExitNotFound
	case codes.AlreadyExists, codes.Aborted, codes.FailedPrecondition:
		return ExitConflict
	default:
		return ExitFailure
	}
}

func usage(w io.Writer, err error, lang string) int {
	fmt.Fprintf(w, "merit: %v\n%s\n", err, bilingual.Pick(lang, "See merit --help. ¦ Lihat merit --help."))
	return ExitUsage
}
