package cli

import (
	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/bilingual"
)

// translate leaves only one language in every help text below a node.
func translate(node *kong.Node, lang string) {
	node.Help = bilingual.Pick(lang, node.Help)
	node.Detail = bilingual.Pick(lang, node.Detail)
	for _, flag := range node.Flags {
		flag.Help = bilingual.Pick(lang, flag.Help)
	}
	for _, positional := range node.Positional {
		positional.Help = bilingual.Pick(lang, positional.Help)
	}
	for _, child := range node.Children {
		translate(child, lang)
	}
}
