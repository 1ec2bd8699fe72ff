package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// validator keeps the rules it has compiled, so all servers of a process share one.
var validator = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// validateRequest refuses requests that break the rules written beside their fields, naming every one.
// Messages of streams are checked as they come in.
func validateRequest(ctx context.Context, c *call, next func(context.Context) error) error {
	if c.message != nil {
		if err := validate(c.message); err != nil {
			return err
		}
	}
	return next(ctx)
}

func validate(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("a %T is no message", message)
	}
	v, err := validator()
	if err != nil {
		return err
	}
	err = v.Validate(m)
	var broken *protovalidate.ValidationError
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	violations := unreadable(m.ProtoReflect())
	if broken != nil {
		for _, b := range broken.Violations {
			violations = append(violations, violation(b))
		}
	}
	if len(violations) == 0 {
		return nil
	}
	return fault.New(meritv1.Reason_REASON_INVALID_REQUEST,
		"Permintaan tidak sah: %s.", "The request is not valid: %s.", summary(violations)).Add(violations...)
}

// mostTold is how many broken rules the message itself tells; the details have all.
const mostTold = 3

func summary(violations []fault.Violation) fault.Text {
	told := fault.T("%s: %s", "%s: %s", violations[0].Field, violations[0].Text)
	for _, v := range violations[1:min(len(violations), mostTold)] {
		told = fault.T("%s; %s: %s", "%s; %s: %s", told, v.Field, v.Text)
	}
	if more := len(violations) - mostTold; more > 0 {
		told = fault.T("%s; dan %d lagi", "%s; and %d more", told, more)
	}
	return told
}

// violation says in both languages which value breaks which rule.
func violation(b *protovalidate.Violation) fault.Violation {
	v := fault.Violation{Field: protovalidate.FieldPathString(b.Proto.GetField()), Reason: meritv1.Reason_REASON_INVALID_REQUEST}
	english := b.Proto.GetMessage()
	if rule := b.Proto.GetRuleId(); strings.Contains(rule, ".min_") && b.RuleValue.String() == "1" {
		v.Text = fault.T("tidak boleh kosong", "must not be empty")
		return v
	}
	if pattern, ok := patterns[b.RuleValue.String()]; ok && b.Proto.GetRuleId() == "string.pattern" {
		v.Text = pattern
	} else if format, ok := rulesInIndonesian[b.Proto.GetRuleId()]; ok {
		v.Text = fault.Text{ID: fmt.Sprintf(format, argumentsOf(english)...), EN: english}
	} else {
		v.Text = fault.Text{ID: english, EN: english}
	}
	if shown := shownValue(b); shown != "" {
		v.Text = fault.T("%s %s", "%s %s", shown, v.Text)
	}
	return v
}

// patterns are the patterns of the contract in words.
var patterns = map[string]fault.Text{
	`^(\d{4}-\d{2}-\d{2})?$`: fault.T("harus tanggal YYYY-MM-DD atau kosong", "must be a date YYYY-MM-DD or empty"),
	`^\d{4}-\d{2}-\d{2}$`:    fault.T("harus tanggal YYYY-MM-DD", "must be a date YYYY-MM-DD"),
	`^[0-9a-f]{64}$`: fault.T("harus SHA-256 dalam 64 angka heksadesimal kecil",
		"must be a SHA-256 in 64 lower-case hexadecimal digits"),
}

// rulesInIndonesian are the rules that the contract uses, with the places of their arguments. A test checks that none
// is missing.
var rulesInIndonesian = map[string]string{
	"required":           "wajib diisi",
	"bytes.max_len":      "paling banyak %s bita",
	"bytes.min_len":      "paling sedikit %s bita",
	"enum.defined_only":  "harus salah satu nilai yang ada",
	"int32.gte":          "paling kecil %s",
	"int32.gte_lt":       "paling kecil %s dan kurang dari %s",
	"int32.gte_lte":      "paling kecil %s dan paling besar %s",
	"int32.lt":           "harus kurang dari %s",
	"int32.lte":          "paling besar %s",
	"int64.gte":          "paling kecil %s",
	"repeated.max_items": "paling banyak %s butir",
	"repeated.min_items": "paling sedikit %s butir",
	"repeated.unique":    "tidak boleh ada yang berulang",
	"string.email":       "harus alamat surel",
	"string.in":          "harus salah satu dari %s",
	"string.len":         "harus tepat %s karakter",
	"string.max_len":     "paling banyak %s karakter",
	"string.min_len":     "paling sedikit %s karakter",
}

var arguments = regexp.MustCompile(`\[[^]]*\]|-?\d+`)

// argumentsOf finds the numbers and lists that an English message has.
func argumentsOf(message string) []any {
	var args []any
	for _, a := range arguments.FindAllString(message, -1) {
		args = append(args, a)
	}
	return args
}

// shownValue is the value that breaks its rule, for the message; empty when it is long, secret or no scalar. An item of a
// list comes without its field; no list is secret.
func shownValue(b *protovalidate.Violation) string {
	if fd := b.FieldDescriptor; fd != nil {
		options, _ := fd.Options().(*descriptorpb.FieldOptions)
		if fd.IsList() || fd.IsMap() || options.GetDebugRedact() {
			return ""
		}
	}
	if !b.FieldValue.IsValid() {
		return ""
	}
	switch v := b.FieldValue.Interface().(type) {
	case string:
		if v != "" && len(v) <= 60 {
			return fmt.Sprintf("%q", v)
		}
	case int32, int64, protoreflect.EnumNumber:
		return fmt.Sprint(v)
	}
	return ""
}
