// Package bilingual keeps the two languages of a text side by side, where the text stands.
package bilingual

import "strings"

// separator stands between the English and the Indonesian form of a text.
const separator = " ¦ "

// Pick returns the Indonesian half of a text "English ¦ Indonesia" for the language "id" and the English half for
// any other. A text without the separator is the same in both languages.
func Pick(language, text string) string {
	english, indonesian, found := strings.Cut(text, separator)
	if found && language == "id" {
		return indonesian
	}
	return english
}
