// Package problem says what is wrong in a file that somebody wrote: where, which rule, and what to do.
package problem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file.
type Problem struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1; 0 if the whole line is meant
	Rule    string // short stable name of the broken rule, such as weight-required
	Message Text   // what is wrong and what to do
}

// String gives the form editors understand, in English: file:line:column: rule: message.
func (p Problem) String() string { return p.In("en") }

// In gives the form editors understand, with the message in the language: "id" for Indonesian, English for any other.
func (p Problem) In(language string) string {
	return p.At() + ": " + p.Rule + ": " + p.Message.In(language)
}

// At says where the mistake is: file:line:column.
func (p Problem) At() string {
	at := fmt.Sprintf("%s:%d", p.File, p.Line)
	if p.Column > 0 {
		at += fmt.Sprintf(":%d", p.Column)
	}
	return at
}

// Problems is the error of everything that reads such files: all mistakes found, in the order of the file.
type Problems []Problem

// Error lists all mistakes in English, one per line.
func (p Problems) Error() string { return p.In("en") }

// In lists all mistakes in the language, one per line.
func (p Problems) In(language string) string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.In(language)
	}
	return strings.Join(lines, "\n")
}

// Err returns the mistakes in the order of the file as an error, or nil if there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}
