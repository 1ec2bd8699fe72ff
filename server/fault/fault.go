// Package fault says what went wrong in words for people and a reason for programs. Handlers and the
// packages below them return faults; the server turns them into gRPC errors at its edge, in the language of
// the caller, with the code its one table gives to the reason.
//
//	return fault.New(meritv1.Reason_REASON_WRONG_STATE,
//		"Penilaian berstatus %s; hanya yang berstatus DRAFT dapat diajukan.",
//		"The assessment is %s; only one in DRAFT can be submitted.", state)
package fault

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Text is a text for people in Bahasa Indonesia and in English.
type Text struct{ ID, EN string }

// T formats a text in both languages with the same arguments. An argument that is a Text itself is put in
// in the language around it; %[2]s takes arguments in another order.
func T(id, en string, args ...any) Text {
	return Text{ID: fmt.Sprintf(id, in("id", args)...), EN: fmt.Sprintf(en, in("en", args)...)}
}

func in(language string, args []any) []any {
	said := make([]any, len(args))
	for i, a := range args {
		if t, ok := a.(Text); ok {
			said[i] = t.In(language)
		} else {
			said[i] = a
		}
	}
	return said
}

// Count is a number and what is counted, in the singular for 1: "1 mistake", "2 mistakes". Indonesian nouns have one form.
func Count(n int, id, one, several string) Text {
	if n == 1 {
		several = one
	}
	return T("%d "+id, "%d "+several, n)
}

// In returns the text in the language: English for "en", Bahasa Indonesia otherwise.
func (t Text) In(language string) string {
	if language == "en" {
		return t.EN
	}
	return t.ID
}

// Error is something that went wrong and that the caller may know about.
type Error struct {
	Reason     meritv1.Reason
	Text       Text            // what is wrong, where, which rule, what to do
	Violations []Violation     // one for each field, row or item that is wrong
	Details    []proto.Message // such as the current record beside a stale revision
	cause      error
}

// Violation is what is wrong with one field of a request, one cell of a file or one item of a sheet.
type Violation struct {
	Field  string         // path in the request (answers[3].level), cell of a file, or code of an item
	Reason meritv1.Reason // may be finer than the reason of the whole
	Text   Text
}

// New makes a fault. The formats take the same arguments: see T.
func New(reason meritv1.Reason, id, en string, args ...any) *Error {
	return &Error{Reason: reason, Text: T(id, en, args...)}
}

// Invalid is REASON_INVALID_REQUEST for one field of the request. The texts say which rule it breaks and
// what to do, without naming the field again.
func Invalid(field, id, en string, args ...any) *Error {
	return (&Error{Reason: meritv1.Reason_REASON_INVALID_REQUEST}).Field(field, id, en, args...).
		saying(T("Permintaan tidak sah: %s: ", "The request is not valid: %s: ", field))
}

// NotFound is REASON_NOT_FOUND for a record that does not exist or that the caller may not know of; both
// read the same.
func NotFound(what Text, id string) *Error {
	return New(meritv1.Reason_REASON_NOT_FOUND,
		"%s %q tidak ada atau tidak boleh Anda lihat. Periksa kode atau id-nya.",
		"There is no %s %q, or you may not see it. Check the id.", what, id)
}

// OutOfScope is REASON_OUT_OF_SCOPE: the record exists and the caller may know it, but acts in a membership
// whose scope does not reach it.
func OutOfScope() *Error {
	return New(meritv1.Reason_REASON_OUT_OF_SCOPE,
		"Ini di luar lingkup peran yang sedang Anda pakai. Ganti peran bila Anda punya yang sesuai.",
		"This lies outside the scope of the role you act in. Switch to another role if you have one that fits.")
}

func (e *Error) saying(prefix Text) *Error {
	last := e.Violations[len(e.Violations)-1].Text
	e.Text = Text{ID: prefix.ID + last.ID, EN: prefix.EN + last.EN}
	return e
}

// Field adds a violation with the reason of the whole and returns e.
func (e *Error) Field(field, id, en string, args ...any) *Error {
	return e.Add(Violation{Field: field, Reason: e.Reason, Text: T(id, en, args...)})
}

// Add adds violations and returns e.
func (e *Error) Add(v ...Violation) *Error {
	e.Violations = append(e.Violations, v...)
	return e
}

// With adds messages to the details of the error and returns e.
func (e *Error) With(details ...proto.Message) *Error {
	e.Details = append(e.Details, details...)
	return e
}

// RetryAfter says when the same call may succeed and returns e.
func (e *Error) RetryAfter(d time.Duration) *Error {
	return e.With(&errdetails.RetryInfo{RetryDelay: durationpb.New(d)})
}

// Because keeps the error behind the fault for the log and for errors.Is and returns e. The caller of the
// service never sees it.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Error is the reason and the English text: for logs and tests.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(Name(e.Reason))
	b.WriteString(": ")
	b.WriteString(e.Text.EN)
	for _, v := range e.Violations {
		fmt.Fprintf(&b, "; %s: %s", v.Field, v.Text.EN)
	}
	return b.String()
}

// Unwrap returns what Because kept.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a fault with the same reason, for errors.Is.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// Name is the reason as it stands in google.rpc.ErrorInfo: without the prefix of the enum.
func Name(r meritv1.Reason) string { return strings.TrimPrefix(r.String(), "REASON_") }
