package server

import (
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/plaintext"
)

// unreadable finds the texts of a message that hide something from whoever reads them later, and those that have to say
// something and are blank. It is a rule of every field, so that no new one can forget it, but of secrets, which
// nobody reads, and of names of files, which are cleaned.
func unreadable(m protoreflect.Message) (wrong []fault.Violation) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) || f.IsMap() {
			continue
		}
		if !f.IsList() {
			wrong = append(wrong, under(string(f.Name()), unreadableValue(f, m.Get(f)))...)
			continue
		}
		for j, list := 0, m.Get(f).List(); j < list.Len(); j++ {
			if some := unreadableValue(f, list.Get(j)); len(some) > 0 {
				wrong = append(wrong, under(fmt.Sprintf("%s[%d]", f.Name(), j), some)...)
			}
		}
	}
	return wrong
}

// under says what field the violations are in.
func under(field string, some []fault.Violation) []fault.Violation {
	for i := range some {
		if some[i].Field != "" {
			some[i].Field = "." + some[i].Field
		}
		some[i].Field = field + some[i].Field
	}
	return some
}

func unreadableValue(f protoreflect.FieldDescriptor, v protoreflect.Value) []fault.Violation {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return unreadable(v.Message())
	case protoreflect.StringKind:
		if wrong := unreadableText(f, v.String()); wrong != nil {
			return []fault.Violation{*wrong}
		}
	}
	return nil
}

func unreadableText(f protoreflect.FieldDescriptor, s string) *fault.Violation {
	if options, _ := f.Options().(*descriptorpb.FieldOptions); options.GetDebugRedact() || f.Name() == "file_name" {
		return nil
	}
	if r, found := plaintext.Hidden(s); found {
		return refused("", meritv1.Reason_REASON_INVALID_REQUEST,
			"berisi karakter %U yang tidak terlihat; hapuslah", "has the character %U, which nobody sees; remove it", r)
	}
	if plaintext.Blank(s) && mustSay(f) {
		return refused("", meritv1.Reason_REASON_INVALID_REQUEST, "tidak boleh hanya spasi", "must not be blank")
	}
	return nil
}

// mustSay reports whether the contract asks for at least one character.
func mustSay(f protoreflect.FieldDescriptor) bool {
	rules, err := protovalidate.ResolveFieldRules(f)
	return err == nil && (rules.GetString().GetMinLen() > 0 || rules.GetRepeated().GetItems().GetString().GetMinLen() > 0)
}
