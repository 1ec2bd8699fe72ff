package problem

import (
	"fmt"
	"strings"
)

// Text is what people read, in both languages.
type Text struct{ English, Indonesian string }

// separator stands between the English and the Indonesian half of a format.
const separator = " ¦ "

// Textf fills in a format "English ¦ Indonesia". Both halves take the same arguments; %[2]s takes them in another order.
// An argument that has two languages itself, as an error of package scoring does, is put in in the language around it.
// A format without the separator is the same in both languages.
func Textf(format string, args ...any) Text {
	english, indonesian, both := strings.Cut(format, separator)
	if !both {
		indonesian = english
	}
	return Text{
		English:    fmt.Sprintf(english, in("en", args)...),
		Indonesian: fmt.Sprintf(indonesian, in("id", args)...),
	}
}

func in(language string, args []any) []any {
	said := make([]any, len(args))
	for i, arg := range args {
		if t, ok := arg.(interface{ In(language string) string }); ok {
			arg = t.In(language)
		}
		said[i] = arg
	}
	return said
}

// In returns the text in the language: "id" for Indonesian, English for any other.
func (t Text) In(language string) string {
	if language == "id" {
		return t.Indonesian
	}
	return t.English
}

// String returns the English text.
func (t Text) String() string { return t.English }
