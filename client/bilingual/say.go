package bilingual

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Say is Pick with values put in as by fmt.Sprintf. What stands in braces is said of any number but 1, what stands before
// a bar in them of 1 alone; the number is the last whole one before the braces:
//
//	Say("en", "%d day{s} left ¦ sisa %d hari", 1)                      // 1 day left
//	Say("en", "%d thing{s} {is|are} missing ¦ %d hal masih kurang", 2) // 2 things are missing
//
// The form has no %[1]d: values are taken in their order. A text without values stays as it is: what stands in braces may
// be for a script to fill in.
func Say(language, text string, values ...any) string {
	text, next, one := Pick(language, text), 0, false
	if len(values) == 0 {
		return text
	}
	text = verbOrBraces.ReplaceAllStringFunc(text, func(found string) string {
		if found[0] == '%' {
			if found != "%%" && next < len(values) {
				one = isOne(values[next], one)
				next++
			}
			return found
		}
		single, several, hasBar := strings.Cut(strings.Trim(found, "{}"), "|")
		if !hasBar {
			single, several = "", single
		}
		if one {
			return single
		}
		return several
	})
	return fmt.Sprintf(text, values...)
}

// verbOrBraces finds what takes a value, and what depends on one.
var verbOrBraces = regexp.MustCompile(`%[%a-zA-Z]|\{[^{}]*\}`)

// isOne reports whether a value is the number 1; what is no whole number leaves it as it was.
func isOne(value any, before bool) bool {
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	if err != nil {
		return before
	}
	return n == 1
}
