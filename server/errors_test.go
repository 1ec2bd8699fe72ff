package server

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"testing"

	pv "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

func TestEveryReasonHasACode(t *testing.T) {
	for number, name := range meritv1.Reason_name {
		if _, ok := codeOf[meritv1.Reason(number)]; !ok && number != 0 {
			t.Errorf("%s has no code", name)
		}
	}
}

func TestErrorsAreExplained(t *testing.T) {
	for _, test := range []struct {
		err  error
		want meritv1.Reason
	}{
		{fmt.Errorf("wrapped: %w", fault.New(meritv1.Reason_REASON_NOT_DUE, "", "")), meritv1.Reason_REASON_NOT_DUE},
		{fmt.Errorf("agency x: %w", store.ErrNotFound), meritv1.Reason_REASON_NOT_FOUND},
		{&store.ConstraintError{Kind: store.ErrUnique}, meritv1.Reason_REASON_ALREADY_EXISTS},
		{&store.ConstraintError{Kind: store.ErrForeignKey}, meritv1.Reason_REASON_INTERNAL},
		{fmt.Errorf("%w: 1", store.ErrRequestReused), meritv1.Reason_REASON_REQUEST_ID_REUSED},
		{store.ErrClosed, meritv1.Reason_REASON_UNAVAILABLE},
		{fmt.Errorf("view: %w", context.Canceled), meritv1.Reason_REASON_CANCELLED},
		{context.DeadlineExceeded, meritv1.Reason_REASON_CANCELLED},
		{fmt.Errorf("blob: append: %w", syscall.ENOSPC), meritv1.Reason_REASON_STORAGE_FULL},
		{fmt.Errorf("blob: append: %w", syscall.EROFS), meritv1.Reason_REASON_UNAVAILABLE},
		{fmt.Errorf("store: begin: %w", sqlite3.Error{Code: sqlite3.ErrBusy}), meritv1.Reason_REASON_UNAVAILABLE},
		{fmt.Errorf("store: begin: %w", sqlite3.Error{Code: sqlite3.ErrFull}), meritv1.Reason_REASON_STORAGE_FULL},
		{fmt.Errorf("store: commit: %w", &pgconn.PgError{Code: "57P01"}), meritv1.Reason_REASON_UNAVAILABLE},
		{fmt.Errorf("store: commit: %w", &pgconn.PgError{Code: "53100"}), meritv1.Reason_REASON_STORAGE_FULL},
		{fmt.Errorf("store: commit: %w", driver.ErrBadConn), meritv1.Reason_REASON_UNAVAILABLE},
		{errors.New("anything else"), meritv1.Reason_REASON_INTERNAL},
		{&panicError{value: "x"}, meritv1.Reason_REASON_INTERNAL},
		{&store.PanicError{Value: "x"}, meritv1.Reason_REASON_INTERNAL},
	} {
		if got := explain(test.err).Reason; got != test.want {
			t.Errorf("%v is %s, want %s", test.err, got, test.want)
		}
	}
}

func TestAfterACallerHasGoneOnlyAPanicIsAnIncident(t *testing.T) {
	s := &Server{core: &core{log: slog.New(slog.DiscardHandler)}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx  context.Context
		err  error
		want codes.Code
	}{
		{gone, errors.New("interrupted"), codes.Canceled},
		{gone, &panicError{value: "x"}, codes.Internal},
		{gone, store.ErrNotFound, codes.NotFound},
		{t.Context(), errors.New("interrupted"), codes.Internal},
	} {
		err := s.mapErrors(test.ctx, &call{}, func(context.Context) error { return test.err })
		if status.Code(err) != test.want {
			t.Errorf("%v is %v, want %v", test.err, err, test.want)
		}
	}
}

// TestEveryRuleIsToldInIndonesian walks the rules of the contract: one that has no words is read in English by everybody.
func TestEveryRuleIsToldInIndonesian(t *testing.T) {
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			fields := file.Messages().Get(i).Fields()
			for j := range fields.Len() {
				checkRules(t, fields.Get(j))
			}
		}
		return true
	})
}

func checkRules(t *testing.T, field protoreflect.FieldDescriptor) {
	rules, _ := proto.GetExtension(field.Options(), pv.E_Field).(*pv.FieldRules)
	for _, id := range ruleIDs(rules.ProtoReflect()) {
		if _, ok := rulesInIndonesian[id]; !ok && id != "string.pattern" {
			t.Errorf("%s: the rule %s has no words in rulesInIndonesian", field.FullName(), id)
		}
	}
	if pattern := rules.GetString().GetPattern(); pattern != "" {
		if _, ok := patterns[pattern]; !ok {
			t.Errorf("%s: the pattern %s has no words in patterns", field.FullName(), pattern)
		}
	}
}

// ruleIDs are the ids under which the rules of a field are reported when they are broken.
func ruleIDs(rules protoreflect.Message) (ids []string) {
	rules.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Name() == "items":
			ids = append(ids, ruleIDs(v.Message())...)
		case f.Kind() == protoreflect.MessageKind && f.Name() != "cel":
			ids = append(ids, kindRuleIDs(string(f.Name()), v.Message())...)
		case f.Name() != "ignore":
			ids = append(ids, string(f.Name()))
		}
		return true
	})
	return ids
}

func kindRuleIDs(kind string, rules protoreflect.Message) (ids []string) {
	has := map[string]bool{}
	rules.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Name() == "items" {
			ids = append(ids, ruleIDs(v.Message())...)
		} else {
			has[string(f.Name())] = true
		}
		return true
	})
	for _, upper := range []string{"lt", "lte"} {
		if has["gte"] && has[upper] {
			delete(has, "gte")
			delete(has, upper)
			has["gte_"+upper] = true
		}
	}
	for name := range has {
		ids = append(ids, kind+"."+name)
	}
	return ids
}

func TestACallThatWasEndedIsToldByWhom(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		want meritv1.Reason
	}{
		"the caller went away":       {gone, meritv1.Reason_REASON_CANCELLED},
		"the caller's time was over": {late, meritv1.Reason_REASON_TOO_SLOW},
		"neither, but the database":  {t.Context(), meritv1.Reason_REASON_UNAVAILABLE},
	} {
		if got := ended(test.ctx).Reason; got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
