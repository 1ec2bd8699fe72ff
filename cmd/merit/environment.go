package main

import (
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/cli"
)

// ownVariables are read by the client, and no flag has them.
var ownVariables = []string{"MERIT_CONFIG"}

// variables are the environment variables that a command or one below it reads.
func variables(n *kong.Node) []string {
	all := slices.Clone(ownVariables)
	for _, node := range nodes(n) {
		for _, f := range node.Flags {
			all = append(all, f.Envs...)
		}
	}
	return all
}

// nodes are a command and all below it.
func nodes(n *kong.Node) []*kong.Node {
	all := []*kong.Node{n}
	for _, child := range n.Children {
		all = append(all, nodes(child)...)
	}
	return all
}

// unread are the names of variables of ours that nothing reads: somebody meant another. What they are set to may be secret.
func unread(environment, read []string) (names []string) {
	for _, setting := range environment {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "MERIT_") && !slices.Contains(read, name) {
			names = append(names, name)
		}
	}
	return names
}

// warnUnread says which settings have no effect.
func (cmd *serveCmd) warnUnread(c *cli.Context, all *kong.Kong) {
	for _, name := range unread(os.Environ(), variables(all.Model.Node)) {
		cmd.logger(c.Errs).Warn("nothing reads this variable: is it misspelt?", "variable", name)
	}
}
