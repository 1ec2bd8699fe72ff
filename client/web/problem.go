package web

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Errors of the pages themselves, in the form that the service's have.
var (
	errNoPage        = status.Error(codes.NotFound, "There is no page at this address. ¦ Tidak ada halaman di alamat ini.")
	errTooLarge      = status.Error(codes.InvalidArgument, "What was sent is too large: at most 6 MB in one form. Evidence goes through the evidence page. ¦ Kiriman terlalu besar: paling banyak 6 MB dalam satu formulir. Bukti dukung dikirim lewat halaman bukti.")
	errNothingRaised = status.Error(codes.InvalidArgument, "Nothing is raised: choose a level above the one claimed for at least one item. ¦ Tidak ada yang dinaikkan: pilihlah tingkat di atas klaim untuk sedikitnya satu butir.")

	errBadForm = status.Error(codes.InvalidArgument, "The form arrived damaged. Go back and send it again. ¦ Formulir tiba dalam keadaan rusak. Kembali dan kirim ulang.")
)

// problem is what was refused, beside the form that was refused.
type problem struct {
	Message    string
	Violations []client.Violation
	RetryAfter int // seconds; 0 when nothing was said
}

func shown(lang string, p *client.Problem) *problem {
	if p == nil {
		return nil
	}
	return &problem{bilingual.Pick(lang, p.Message), p.Violations, int(p.RetryAfter.Seconds())}
}

// Of is what is wrong with a field, to be shown at it; empty when nothing is.
func (p *problem) Of(field string) string {
	if p == nil {
		return ""
	}
	for _, v := range p.Violations {
		if v.Field == field || strings.HasSuffix(v.Field, "."+field) {
			return v.Message
		}
	}
	return ""
}

// detail is the first of the error's details that is an M, such as the current record of a stale revision; the zero value
// when there is none.
func detail[M proto.Message](err error) (m M) {
	for _, d := range client.Explain(err).Details {
		if found, ok := d.(M); ok {
			return found
		}
	}
	return m
}

// formCanShow tells the errors that a sender can mend in the form.
func formCanShow(code codes.Code) bool {
	switch code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.Aborted, codes.AlreadyExists, codes.ResourceExhausted, codes.OutOfRange,
		codes.PermissionDenied: // of this one thing, such as for an interest: the page itself could be read
		return true
	}
	return false
}

// statusOf is the HTTP status of a refused call.
func statusOf(code codes.Code) int {
	switch code {
	case codes.InvalidArgument, codes.OutOfRange:
		return http.StatusUnprocessableEntity
	case codes.FailedPrecondition, codes.Aborted, codes.AlreadyExists:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.NotFound:
		return http.StatusNotFound
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.Unavailable, codes.DeadlineExceeded:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// errorView is the page of what went wrong.
type errorView struct {
	Status   int
	Message  string // empty for a fault of ours
	Incident string // under which the service's log has it
}

var errorPage = newPage[errorView]("error")

// fail answers with the error page. Who has to sign in first is led there and back, and who has to prove that it is them
// is asked to.
func (w *Web) fail(rw http.ResponseWriter, r *request, err error) {
	problem := client.Explain(err)
	if r.Context().Err() != nil { // the browser is gone
		return
	}
	if problem.Code == codes.Unauthenticated && r.who == nil {
		w.leadToSignIn(rw, r)
		return
	}
	if problem.Reason == meritv1.Reason_REASON_STEP_UP_REQUIRED && r.Method == http.MethodPost {
		if err = askToConfirm(rw, r); err == nil {
			return
		}
		problem = client.Explain(err)
	}
	view := errorView{Status: statusOf(problem.Code), Incident: problem.IncidentID}
	if view.Status < http.StatusInternalServerError {
		view.Message = bilingual.Pick(r.lang, problem.Message)
	} else {
		w.Log.ErrorContext(r.Context(), "page failed", "path", r.Pattern, "error", err)
	}
	sayRetry(rw, problem)
	if err := errorPage.write(rw, r, view.Status, nil, view); err != nil {
		w.Log.ErrorContext(r.Context(), "error page failed", "error", err)
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

// sayRetry tells the browser when to try again, if the service said so.
func sayRetry(rw http.ResponseWriter, problem *client.Problem) {
	if problem.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(problem.RetryAfter.Seconds()))))
	}
}

// refuseForeign answers a form that another site has sent.
func (w *Web) refuseForeign(rw http.ResponseWriter, hr *http.Request) {
	w.serve(func(http.ResponseWriter, *request) error {
		return status.Error(codes.PermissionDenied, "This form was sent from another site. Open the page here and send it again. ¦ Formulir ini dikirim dari situs lain. Buka halamannya di sini lalu kirim ulang.")
	}).ServeHTTP(rw, hr)
}
