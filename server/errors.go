package server

import (
	"context"
	"errors"

	"github.com/oklog/ulid/v2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// codeOf is the one table from reasons to gRPC codes. A test checks that every reason stands in it.
var codeOf = map[meritv1.Reason]codes.Code{
	meritv1.Reason_REASON_INVALID_REQUEST:     codes.InvalidArgument,
	meritv1.Reason_REASON_UNKNOWN_ITEM:        codes.InvalidArgument,
	meritv1.Reason_REASON_LEVEL_OFF_SCALE:     codes.InvalidArgument,
	meritv1.Reason_REASON_ITEM_NOT_APPLICABLE: codes.InvalidArgument,
	meritv1.Reason_REASON_EVIDENCE_REQUIRED:   codes.FailedPrecondition,
	meritv1.Reason_REASON_REASON_REQUIRED:     codes.InvalidArgument,
	meritv1.Reason_REASON_PAGE_TOKEN_INVALID:  codes.InvalidArgument,
	meritv1.Reason_REASON_REQUEST_ID_REUSED:   codes.InvalidArgument,
	meritv1.Reason_REASON_INSTRUMENT_INVALID:  codes.InvalidArgument,
	meritv1.Reason_REASON_IMPORT_INVALID:      codes.InvalidArgument,
	meritv1.Reason_REASON_FILE_TYPE_REFUSED:   codes.InvalidArgument,
	meritv1.Reason_REASON_UPLOAD_TOO_LARGE:    codes.InvalidArgument,
	meritv1.Reason_REASON_UPLOAD_INCOMPLETE:   codes.FailedPrecondition,
	meritv1.Reason_REASON_UPLOAD_OFFSET:       codes.Aborted,
	meritv1.Reason_REASON_HASH_MISMATCH:       codes.DataLoss,
	meritv1.Reason_REASON_LINK_REFUSED:        codes.InvalidArgument,
	meritv1.Reason_REASON_PASSWORD_WEAK:       codes.InvalidArgument,
	meritv1.Reason_REASON_FILE_UNSAFE:         codes.InvalidArgument,

	meritv1.Reason_REASON_NOT_SIGNED_IN:           codes.Unauthenticated,
	meritv1.Reason_REASON_SIGN_IN_FAILED:          codes.Unauthenticated,
	meritv1.Reason_REASON_SIGN_IN_SLOWED:          codes.ResourceExhausted,
	meritv1.Reason_REASON_ROLE_NOT_ALLOWED:        codes.PermissionDenied,
	meritv1.Reason_REASON_OUT_OF_SCOPE:            codes.PermissionDenied,
	meritv1.Reason_REASON_CONFLICT_OF_INTEREST:    codes.PermissionDenied,
	meritv1.Reason_REASON_FOUR_EYES:               codes.PermissionDenied,
	meritv1.Reason_REASON_ROLES_EXCLUDE:           codes.FailedPrecondition,
	meritv1.Reason_REASON_LINK_USED_OR_EXPIRED:    codes.PermissionDenied,
	meritv1.Reason_REASON_NOT_ASSIGNED:            codes.PermissionDenied,
	meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE: codes.PermissionDenied,
	meritv1.Reason_REASON_CODE_REFUSED:            codes.Unauthenticated,
	meritv1.Reason_REASON_SECOND_FACTOR_REQUIRED:  codes.PermissionDenied,
	meritv1.Reason_REASON_STEP_UP_REQUIRED:        codes.PermissionDenied,
	meritv1.Reason_REASON_SESSION_REQUIRED:        codes.PermissionDenied,
	meritv1.Reason_REASON_TOKEN_SCOPE:             codes.PermissionDenied,
	meritv1.Reason_REASON_PENDING_SIGN_IN_ENDED:   codes.Unauthenticated,

	meritv1.Reason_REASON_PASSWORDS_OFF:      codes.FailedPrecondition,
	meritv1.Reason_REASON_OIDC_STATE_REFUSED: codes.PermissionDenied,
	meritv1.Reason_REASON_OIDC_REFUSED:       codes.PermissionDenied,
	meritv1.Reason_REASON_OIDC_NO_ACCOUNT:    codes.PermissionDenied,

	meritv1.Reason_REASON_NOT_FOUND:                      codes.NotFound,
	meritv1.Reason_REASON_ALREADY_EXISTS:                 codes.AlreadyExists,
	meritv1.Reason_REASON_STALE_REVISION:                 codes.Aborted,
	meritv1.Reason_REASON_WRONG_STATE:                    codes.FailedPrecondition,
	meritv1.Reason_REASON_OUTSIDE_WINDOW:                 codes.FailedPrecondition,
	meritv1.Reason_REASON_INCOMPLETE:                     codes.FailedPrecondition,
	meritv1.Reason_REASON_ALREADY_SUBMITTED:              codes.FailedPrecondition,
	meritv1.Reason_REASON_NOT_DUE:                        codes.FailedPrecondition,
	meritv1.Reason_REASON_ITEM_CLOSED:                    codes.FailedPrecondition,
	meritv1.Reason_REASON_ROUND_CLOSED:                   codes.FailedPrecondition,
	meritv1.Reason_REASON_ROUND_OPEN:                     codes.FailedPrecondition,
	meritv1.Reason_REASON_QUORUM_NOT_MET:                 codes.FailedPrecondition,
	meritv1.Reason_REASON_MAJORITY_NOT_MET:               codes.FailedPrecondition,
	meritv1.Reason_REASON_PROVISIONAL_INSTRUMENT:         codes.FailedPrecondition,
	meritv1.Reason_REASON_RECONSTRUCTED_NOT_ACKNOWLEDGED: codes.FailedPrecondition,
	meritv1.Reason_REASON_INSTRUMENT_IMMUTABLE:           codes.FailedPrecondition,
	meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED:       codes.FailedPrecondition,
	meritv1.Reason_REASON_IMMUTABLE:                      codes.FailedPrecondition,
	meritv1.Reason_REASON_IN_USE:                         codes.FailedPrecondition,
	meritv1.Reason_REASON_TIE_UNDECIDED:                  codes.FailedPrecondition,
	meritv1.Reason_REASON_NO_TOTAL:                       codes.FailedPrecondition,
	meritv1.Reason_REASON_TARGET_UNREACHABLE:             codes.FailedPrecondition,
	meritv1.Reason_REASON_NO_VERIFIER:                    codes.FailedPrecondition,
	meritv1.Reason_REASON_NOT_YET_LOGGED:                 codes.FailedPrecondition,
	meritv1.Reason_REASON_FILE_QUARANTINED:               codes.FailedPrecondition,
	meritv1.Reason_REASON_FILE_PENDING:                   codes.FailedPrecondition,
	meritv1.Reason_REASON_FILE_REMOVED:                   codes.FailedPrecondition,
	meritv1.Reason_REASON_OWN_PROPOSAL:                   codes.FailedPrecondition,
	meritv1.Reason_REASON_PROPOSAL_CLOSED:                codes.FailedPrecondition,
	meritv1.Reason_REASON_RATE_LIMITED:                   codes.ResourceExhausted,
	meritv1.Reason_REASON_TOO_SLOW:                       codes.DeadlineExceeded,
	meritv1.Reason_REASON_TOO_MANY_UPLOADS:               codes.ResourceExhausted,
	meritv1.Reason_REASON_OVERLOADED:                     codes.ResourceExhausted,

	meritv1.Reason_REASON_CANCELLED:    codes.Canceled,
	meritv1.Reason_REASON_UNAVAILABLE:  codes.Unavailable,
	meritv1.Reason_REASON_STORAGE_FULL: codes.ResourceExhausted,
	meritv1.Reason_REASON_INTERNAL:     codes.Internal,
}

// errorDomain is the domain of every ErrorInfo.
const errorDomain = "merit"

// mapErrors turns what a call ends with into a gRPC error in the language of the caller. A stranger reads of
// our own mistakes only an incident id; the log has the rest under it.
func (s *Server) mapErrors(ctx context.Context, c *call, next func(context.Context) error) error {
	err := next(ctx)
	if err == nil || passes(err) {
		return err
	}
	f := explain(err)
	if f.Reason == meritv1.Reason_REASON_INTERNAL && ctx.Err() != nil && !panicked(err) {
		f = errCancelled // drivers have many names for it
	}
	if f == errCancelled {
		f = ended(ctx)
	}
	if f == errOutage || f == errFull {
		s.logOutage(ctx, c, err)
	}
	if f.Reason != meritv1.Reason_REASON_INTERNAL {
		return toStatus(f, c.language, nil)
	}
	incident := ulid.Make().String()
	s.logIncident(ctx, c, incident, err)
	f = fault.New(meritv1.Reason_REASON_INTERNAL,
		"Kesalahan pada layanan. Laporkan nomor kejadian %s kepada pengelola.",
		"Internal error. Report the incident id %s to the people who run the service.", incident)
	return toStatus(f, c.language, map[string]string{"incident": incident})
}

// ended says what it was that ended a call: its caller went away, or had no time left, or neither, and then a database that
// could not be reached in time.
func ended(ctx context.Context) *fault.Error {
	switch {
	case ctx.Err() == nil:
		return errOutage
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errTooSlow
	}
	return errCancelled
}

var errCancelled = fault.New(meritv1.Reason_REASON_CANCELLED,
	"Permintaan dibatalkan sebelum selesai.", "The request was cancelled before it was done.")

// What the machine below the service refuses. Of a commit whose answer was lost nobody knows whether it was made, so the
// advice is to repeat: requests with an id are done once.
var (
	errOutage = fault.New(meritv1.Reason_REASON_UNAVAILABLE,
		"Penyimpanan data layanan sedang tidak menjawab. Ulangi sebentar lagi; permintaan dengan request_id yang sama tidak dikerjakan dua kali.",
		"The storage of the service does not answer at the moment. Repeat in a moment; a request with the same request_id is not done twice.")
	errFull = fault.New(meritv1.Reason_REASON_STORAGE_FULL,
		"Ruang penyimpanan layanan habis, jadi tidak ada yang disimpan. Beri tahu pengelola layanan, lalu ulangi.",
		"The storage of the service is full, so nothing was saved. Tell the people who run the service, then repeat.")
)

func panicked(err error) bool {
	return errors.As(err, new(*panicError)) || errors.As(err, new(*store.PanicError))
}

// passes reports whether gRPC itself made the error: an unknown method, a message too large, a caller gone.
func passes(err error) bool {
	st, ok := err.(interface{ GRPCStatus() *status.Status }) // wrapped ones are our own doing
	if !ok {
		return false
	}
	switch st.GRPCStatus().Code() {
	case codes.Unimplemented, codes.ResourceExhausted, codes.Canceled, codes.DeadlineExceeded:
		return true
	}
	return false
}

// explain makes a fault of any error. What it does not know is REASON_INTERNAL.
func explain(err error) *fault.Error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, store.ErrNotFound):
		return fault.New(meritv1.Reason_REASON_NOT_FOUND,
			"Data yang diminta tidak ada atau tidak boleh Anda lihat.", "There is no such record, or you may not see it.")
	case errors.Is(err, store.ErrUnique):
		return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
			"Data dengan kunci ini sudah ada.", "A record with this key exists already.")
	case errors.Is(err, store.ErrRequestReused):
		return fault.New(meritv1.Reason_REASON_REQUEST_ID_REUSED,
			"request_id ini sudah dipakai untuk permintaan lain. Pakai yang baru.",
			"This request_id came with another request before. Use a new one.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errCancelled
	case errors.Is(err, store.ErrClosed):
		return errShuttingDown
	case store.IsFull(err):
		return errFull
	case errors.Is(err, blob.ErrUnavailable), store.IsOutage(err):
		return errOutage
	}
	return fault.New(meritv1.Reason_REASON_INTERNAL, "", "")
}

func toStatus(f *fault.Error, language string, metadata map[string]string) error {
	st := status.New(codeOf[f.Reason], clip(f.Text.In(language)))
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: fault.Name(f.Reason), Domain: errorDomain, Metadata: metadata}}
	if len(f.Violations) > 0 {
		details = append(details, badRequest(f.Violations, language))
	}
	for _, d := range f.Details {
		details = append(details, protoadapt.MessageV1Of(d))
	}
	with, err := st.WithDetails(details...)
	if err != nil {
		return st.Err()
	}
	return with.Err()
}

func badRequest(violations []fault.Violation, language string) *errdetails.BadRequest {
	b := &errdetails.BadRequest{FieldViolations: make([]*errdetails.BadRequest_FieldViolation, len(violations))}
	for i, v := range violations {
		b.FieldViolations[i] = &errdetails.BadRequest_FieldViolation{
			Field: v.Field, Description: clip(v.Text.In(language)), Reason: fault.Name(v.Reason),
		}
	}
	return b
}

// longestText is how many characters of a text for people are sent: it may repeat what the caller wrote, and answers
// without a body have little room.
const longestText = 600

func clip(text string) string {
	if len(text) <= longestText {
		return text
	}
	return shorten(text, longestText-1) + "…"
}
