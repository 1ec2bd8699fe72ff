package cli

import (
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
	kongcompletion.Register(parser, kongcompletion.WithPredictor("file", posener.PredictFiles("*")))
}
