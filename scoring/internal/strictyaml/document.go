// Package strictyaml reads YAML written by people who are not to be trusted and who deserve to be told every mistake
// with its line. It accepts the plain part of YAML only: one document of mappings, lists and scalars. Anchors, aliases,
// tags, merge keys, duplicate and unknown keys, deep nesting and large files are refused, so that no file can unfold
// into more than its own size.
package strictyaml

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/meritindex/merit/scoring/problem"
)

// Limits of what is read at all. The parser takes time that grows with the square of the depth and with the square of the
// number of keys, hence limits on both beside that on the size.
const (
	maxTokens    = 20_000
	maxFlowDepth = 10   // brackets within brackets
	maxProblems  = 1000 // reported for one file
	maxText      = 8000 // bytes of one text
)

// Document is a file being read, with the problems found so far.
type Document struct {
	file     string
	problems problem.Problems
	at       map[string]*token.Position
	bad      map[string]bool
}

// Open parses a file of at most maxBytes. The name is only used in problems. The returned root is not usable if Err is
// not nil.
func Open(file string, data []byte, maxBytes int) (*Document, Node) {
	d := &Document{file: file, at: map[string]*token.Position{}, bad: map[string]bool{}}
	d.at[""] = &token.Position{Line: 1, Column: 1}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxBytes:
		d.Report("", "size-limit", "the file has %d bytes; at most %d are read ¦ "+
			"berkas berukuran %d bita; paling banyak %d yang dibaca", len(data), maxBytes)
	case !utf8.Valid(data):
		d.report(invalidAt(data), "encoding", "the file is not valid UTF-8 here; save it as UTF-8 ¦ "+
			"berkas di sini bukan UTF-8 yang sah; simpan sebagai UTF-8")
	default: // the lexer counts a line too many after a comment that ends in \r\n
		return d, d.parse(strings.ReplaceAll(string(data), "\r\n", "\n"))
	}
	return d, Node{}
}

// Err returns all problems found so far in the order of the file, or nil.
func (d *Document) Err() error { return d.problems.Err() }

func (d *Document) parse(data string) Node {
	tokens := lexer.Tokenize(data)
	if len(tokens) > maxTokens {
		d.report(tokens[maxTokens].Position, "size-limit", "the file has too many keys and values; it is read up to here ¦ "+
			"berkas punya terlalu banyak kunci dan nilai; dibaca sampai di sini")
		return Node{}
	}
	if d.scan(tokens); len(d.problems) > 0 {
		return Node{}
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	var located yaml.Error
	switch {
	case errors.As(err, &located) && located.GetToken() != nil:
		d.report(located.GetToken().Position, "syntax", "this is not valid YAML: %s ¦ ini bukan YAML yang sah: %s", located.GetMessage())
	case err != nil:
		d.Report("", "syntax", "this is not valid YAML: %v ¦ ini bukan YAML yang sah: %v", err)
	case len(file.Docs) != 1 || file.Docs[0].Body == nil:
		d.Report("", "syntax", "the file must hold exactly one YAML document; it holds %d ¦ "+
			"berkas harus memuat tepat satu dokumen YAML; isinya %d", bodies(file))
	default:
		return d.node("", file.Docs[0].Body)
	}
	return Node{}
}

func bodies(file *ast.File) int {
	n := 0
	for _, doc := range file.Docs {
		if doc.Body != nil {
			n++
		}
	}
	return n
}

// scan refuses, before anything is parsed, what could unfold or would take long to parse.
func (d *Document) scan(tokens token.Tokens) {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			d.report(t.Position, "plain-yaml", "anchors, aliases, tags, merge keys and directives are refused; write the value out ¦ "+
				"anchor, alias, tag, kunci gabung dan direktif ditolak; tulis nilainya langsung")
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > maxFlowDepth {
			d.report(t.Position, "size-limit", "the file is nested too deeply here; write it as in the published instruments ¦ "+
				"berkas bersarang terlalu dalam di sini; tulis seperti pada instrumen yang sudah terbit")
			return
		}
	}
}

func invalidAt(data []byte) *token.Position {
	pos := &token.Position{Line: 1, Column: 1}
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		if !utf8.Valid(line) {
			break
		}
		pos.Line++
	}
	return pos
}

// Report adds a problem at a path; if nothing stands there, at the nearest thing around it. The format is
// "English ¦ Indonesia".
func (d *Document) Report(path, rule, format string, args ...any) {
	d.bad[path] = true
	for {
		if pos, ok := d.at[path]; ok {
			d.report(pos, rule, format, args...)
			return
		}
		path = parent(path)
	}
}

// Bad reports whether a problem was reported at the path or at anything around it.
func (d *Document) Bad(path string) bool {
	for ; path != ""; path = parent(path) {
		if d.bad[path] {
			return true
		}
	}
	return d.bad[""]
}

// parent cuts the last step off a path such as aspects[0].items[2].code.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

func (d *Document) report(pos *token.Position, rule, format string, args ...any) {
	if len(d.problems) > maxProblems {
		return
	}
	p := problem.Problem{File: d.file, Line: pos.Line, Column: pos.Column, Rule: rule, Message: problem.Textf(format, args...)}
	if len(d.problems) == maxProblems {
		p.Rule, p.Message = "size-limit", problem.Textf("there are more problems than are shown; repair these first ¦ "+
			"masalahnya lebih banyak dari yang ditampilkan; perbaiki yang ini dulu")
	}
	d.problems = append(d.problems, p)
}
