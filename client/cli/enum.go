package cli

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meritindex/merit/client/bilingual"
)

// enum is a flag or argument that names a value of the enum E as people write it: kota, agency-admin, IN_REPAIR. Its
// names are listed in the help and completed by shells. The zero value is none.
type enum[E protoreflect.Enum] int32

// UnmarshalText reads a name; the error lists those there are.
func (e *enum[E]) UnmarshalText(text []byte) error {
	values := descriptor[E]().Values()
	name := strings.ReplaceAll(strings.ToLower(string(text)), "_", "-")
	for i := range values.Len() {
		if value := values.Get(i); nameable(value) && written(value) == name {
			*e = enum[E](value.Number())
			return nil
		}
	}
	return Mistake("%q is none of %s ¦ %q tidak termasuk %s", text, strings.Join(e.names(), ", "))
}

// String is the name as it is written; nothing for none.
func (e enum[E]) String() string {
	if value := descriptor[E]().Values().ByNumber(protoreflect.EnumNumber(e)); value != nil && nameable(value) {
		return written(value)
	}
	return ""
}

// names are the values there are, as they are written.
func (enum[E]) names() []string {
	var names []string
	values := descriptor[E]().Values()
	for i := range values.Len() {
		if nameable(values.Get(i)) {
			names = append(names, written(values.Get(i)))
		}
	}
	return names
}

func descriptor[E protoreflect.Enum]() protoreflect.EnumDescriptor {
	var zero E
	return zero.Descriptor()
}

// nameable tells the values that somebody can ask for: neither none nor the callers whom no membership makes.
func nameable(value protoreflect.EnumValueDescriptor) bool {
	return value.Number() != 0 && !slices.Contains([]protoreflect.Name{"ROLE_SIGNED_IN", "ROLE_ANYONE"}, value.Name())
}

// written is the name of a value without the prefix of its enum: lembaga-negara for AGENCY_KIND_LEMBAGA_NEGARA. The
// value 0 is named by the prefix and UNSPECIFIED.
func written(value protoreflect.EnumValueDescriptor) string {
	zero := value.Parent().(protoreflect.EnumDescriptor).Values().ByNumber(0).Name()
	name := strings.TrimPrefix(string(value.Name()), strings.TrimSuffix(string(zero), "UNSPECIFIED"))
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// word is an enum's value in the language of the reader; nothing for none.
func (c *Context) word(e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil || value.Number() == 0 {
		return ""
	}
	if both, ok := words[value.Name()]; ok {
		return bilingual.Pick(c.Lang, both)
	}
	return written(value)
}
