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
		if value := values.Get(i); nameable(value) && bilingual.Written(value) == name {
			*e = enum[E](value.Number())
			return nil
		}
	}
	return Mistake("%q is none of %s ¦ %q tidak termasuk %s", text, strings.Join(e.names(), ", "))
}

// String is the name as it is written; nothing for none.
func (e enum[E]) String() string {
	if value := descriptor[E]().Values().ByNumber(protoreflect.EnumNumber(e)); value != nil && nameable(value) {
		return bilingual.Written(value)
	}
	return ""
}

// names are the values there are, as they are written.
func (enum[E]) names() []string {
	var names []string
	values := descriptor[E]().Values()
	for i := range values.Len() {
		if nameable(values.Get(i)) {
			names = append(names, bilingual.Written(values.Get(i)))
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

// word is an enum's value in the language of the reader; nothing for none.
func (c *Context) word(e protoreflect.Enum) string { return bilingual.Word(c.Lang, e) }
