package cli_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/bilingual"
)

func TestEveryCommandAndFlagIsExplainedInBothLanguages(t *testing.T) {
	parser, err := kong.New(&program{}, kong.Vars{"lang": "en"})
	if err != nil {
		t.Fatal(err)
	}
	parser.Model.HelpFlag.Help = "" // kong's own; it is translated where it is shown
	var walk func(*kong.Node)
	walk = func(node *kong.Node) {
		for _, child := range node.Children {
			wantBoth(t, "merit "+child.Path(), child.Help)
			walk(child)
		}
		for _, flag := range node.Flags {
			if flag.Name != "help" {
				wantBoth(t, "merit "+node.Path()+" --"+flag.Name, flag.Help)
			}
		}
		for _, arg := range node.Positional {
			wantBoth(t, "merit "+node.Path()+" <"+arg.Name+">", arg.Help)
		}
	}
	walk(parser.Model.Node)
}

func wantBoth(t *testing.T, of, help string) {
	t.Helper()
	english, indonesian := bilingual.Pick("en", help), bilingual.Pick("id", help)
	for _, text := range []string{english, indonesian} {
		if !strings.HasSuffix(text, ".") || strings.Contains(text, "¦") {
			t.Errorf("%s: %q is no sentence", of, text)
		}
	}
	if english == indonesian {
		t.Errorf("%s: %q stands in one language", of, help)
	}
}
