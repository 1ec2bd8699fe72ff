package cli

import (
	"strings"

	"github.com/alecthomas/kong"
)

// separator stands between the English and the Indonesian form of a text.
const separator = " ¦ "

// text picks the language of a two-language text "English ¦ Indonesia".
func text(lang, both string) string {
	english, indonesian, found := strings.Cut(both, separator)
	if found && lang == "id" {
		return indonesian
	}
	return english
}

// translate leaves only one language in every help text below a node.
func translate(node *kong.Node, lang string) {
	node.Help = text(lang, node.Help)
	node.Detail = text(lang, node.Detail)
	for _, flag := range node.Flags {
		flag.Help = text(lang, flag.Help)
	}
	for _, positional := range node.Positional {
		positional.Help = text(lang, positional.Help)
	}
	for _, child := range node.Children {
		translate(child, lang)
	}
}
