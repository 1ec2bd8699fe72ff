package web

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/meritindex/merit/client/bilingual"
)

// enum is the value that a form or an address names as written does; the value 0 for any other text.
func enum[E protoreflect.Enum](text string) E {
	var zero E
	values := zero.Descriptor().Values()
	for i := range values.Len() {
		if value := values.Get(i); value.Number() != 0 && bilingual.Written(value) == text {
			return zero.Type().New(value.Number()).(E)
		}
	}
	return zero
}

// written is how forms and addresses write a value of an enum: lembaga-negara for AGENCY_KIND_LEMBAGA_NEGARA; nothing
// for the value 0.
func written(e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil || value.Number() == 0 {
		return ""
	}
	return bilingual.Written(value)
}

// enumValues are the values of an enum of the contract, without the value 0, for a template that offers them.
func enumValues(name string) ([]protoreflect.Enum, error) {
	kind, err := protoregistry.GlobalTypes.FindEnumByName("merit.v1." + protoreflect.FullName(name))
	if err != nil {
		return nil, err
	}
	var all []protoreflect.Enum
	for i := range kind.Descriptor().Values().Len() {
		if n := kind.Descriptor().Values().Get(i).Number(); n != 0 {
			all = append(all, kind.New(n))
		}
	}
	return all, nil
}
