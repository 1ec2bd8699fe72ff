package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	posener "github.com/posener/complete"
)

// CompletionCmd prints the code that lets a shell complete commands, flags, enums and file names.
type CompletionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish: source <(merit completion bash). ¦ bash, zsh, atau fish: source <(merit completion bash)."`
}

// Run prints the code; the shell's own startup file is the place to run it.
func (cmd *CompletionCmd) Run(parsed *kong.Context) error {
	return (&kongcompletion.Completion{Shell: cmd.Shell, Code: true}).Run(parsed)
}

// complete answers a shell that asks how a command line may go on, and does nothing for anybody else.
func complete(parser *kong.Kong) {
	if os.Getenv("COMP_LINE") == "" {
		return
	}
	nameEnums(parser.Model.Node)
	kongcompletion.Register(parser, kongcompletion.WithPredictor("file", posener.PredictFiles("*")))
}

// nameEnums tells the completion what names enums know. Kong would want one of them in flags that were not given, too,
// so it is told for completion only.
func nameEnums(node *kong.Node) {
	values := slices.Clone(node.Positional)
	for _, flag := range node.Flags {
		values = append(values, flag.Value)
	}
	for _, value := range values {
		if names := namesOf(value); names != nil {
			value.Enum = strings.Join(names, ",")
		}
	}
	for _, child := range node.Children {
		nameEnums(child)
	}
}
