package strictyaml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Node is a value in a document, or nothing if the key was not given.
type Node struct {
	doc  *Document
	path string
	node ast.Node
}

// node registers where a value stands.
func (d *Document) node(path string, n ast.Node) Node {
	pos := n.GetToken().Position
	if m, ok := n.(ast.MapNode); ok {
		if it := m.MapRange(); it.Next() && !isFlow(n) {
			pos = it.Key().GetToken().Position
		}
	}
	d.at[path] = pos
	return Node{d, path, n}
}

func isFlow(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

// Given reports whether there is a value.
func (n Node) Given() bool { return n.node != nil }

// Bad reports whether a problem was reported at the node or at anything around it.
func (n Node) Bad() bool { return n.doc.Bad(n.path) }

// Line returns the line of the node.
func (n Node) Line() int { return n.doc.at[n.path].Line }

// Report adds a problem at the node. The format is "English ¦ Indonesia".
func (n Node) Report(rule, format string, args ...any) {
	n.doc.Report(n.path, rule, format, args...)
}

// Text returns the text of a scalar. Numbers and truth values must be quoted to be text.
func (n Node) Text() string {
	var text string
	switch v := n.node.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		text = v.Value
	case *ast.LiteralNode:
		text = v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		n.Report("type", "%s is not text; write it in quotes, or remove the key ¦ "+
			"%s bukan teks; tulis dalam tanda kutip, atau hapus kuncinya", n.node.GetToken().Value)
		return ""
	default:
		n.Report("type", "this must be a text ¦ ini harus berupa teks")
		return ""
	}
	return n.clean(text)
}

func (n Node) clean(text string) string {
	text = strings.TrimSpace(text)
	control := strings.ContainsFunc(text, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
	})
	switch {
	case control:
		n.Report("text", "this text contains control characters; remove them ¦ "+
			"teks ini memuat karakter kendali; hapus")
	case len(text) > maxText:
		n.Report("size-limit", "this text has %d bytes; at most %d are allowed ¦ "+
			"teks ini berukuran %d bita; paling banyak %d", len(text), maxText)
	case text == "":
		n.Report("text", "this text is empty; fill it in or remove the key ¦ "+
			"teks ini kosong; isi atau hapus kuncinya")
	default:
		return text
	}
	return ""
}

// Scalar returns a text or a number exactly as written, and nothing for an empty value.
func (n Node) Scalar() string {
	switch v := n.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return n.node.GetToken().Value
	case *ast.NullNode:
		return ""
	case *ast.StringNode:
		if strings.TrimSpace(v.Value) == "" {
			return ""
		}
	}
	return n.Text()
}

// Number returns the digits of a number exactly as written, quoted or not.
func (n Node) Number() string {
	switch n.node.(type) {
	case nil:
		return ""
	case *ast.IntegerNode, *ast.FloatNode:
		return n.node.GetToken().Value
	case *ast.StringNode:
		return n.Text()
	}
	n.Report("type", "this must be a number such as \"2.5\" ¦ "+
		"ini harus berupa angka, misalnya \"2.5\"")
	return ""
}

// Int returns a whole number from 0 to 9999.
func (n Node) Int() int {
	if !n.Given() {
		return 0
	}
	text := n.node.GetToken().Value
	if _, ok := n.node.(*ast.IntegerNode); ok && len(text) <= 4 && strings.Trim(text, "0123456789") == "" {
		i, _ := strconv.Atoi(text)
		return i
	}
	n.Report("type", "this must be a whole number of at most four digits, without quotes ¦ "+
		"ini harus berupa bilangan bulat paling banyak empat angka, tanpa tanda kutip")
	return 0
}

// Bool returns true or false.
func (n Node) Bool() bool {
	if !n.Given() {
		return false
	}
	b, ok := n.node.(*ast.BoolNode)
	if !ok {
		n.Report("type", "this must be true or false, without quotes ¦ "+
			"ini harus true atau false, tanpa tanda kutip")
		return false
	}
	return b.Value
}

// List returns the entries of a list, which must have at least one.
func (n Node) List() []Node {
	if !n.Given() {
		return nil
	}
	seq, ok := n.node.(*ast.SequenceNode)
	if !ok {
		n.Report("type", "this must be a list ¦ ini harus berupa daftar")
		return nil
	}
	if len(seq.Values) == 0 {
		n.Report("type", "this list is empty; fill it in or remove the key ¦ "+
			"daftar ini kosong; isi atau hapus kuncinya")
	}
	nodes := make([]Node, len(seq.Values))
	for i, v := range seq.Values {
		nodes[i] = n.doc.node(fmt.Sprintf("%s[%d]", n.path, i), v)
	}
	return nodes
}

// Texts returns the entries of a list of texts.
func (n Node) Texts() []string {
	var texts []string
	for _, e := range n.List() {
		texts = append(texts, e.Text())
	}
	return texts
}

// Map returns the values of a mapping that may have the given keys and no other.
func (n Node) Map(keys ...string) Map {
	m := Map{n, map[string]Node{}}
	if !n.Given() {
		return m
	}
	pairs, ok := n.node.(ast.MapNode)
	if !ok {
		n.Report("type", "this must be a mapping with the keys %s ¦ "+
			"ini harus berupa pemetaan dengan kunci %s", strings.Join(keys, ", "))
		return m
	}
	for it := pairs.MapRange(); it.Next(); {
		m.add(it.Key(), it.Value(), keys)
	}
	return m
}

// Map is a mapping whose keys were checked.
type Map struct {
	Node
	values map[string]Node
}

func (m Map) add(key ast.MapKeyNode, value ast.Node, keys []string) {
	name, pos := key.GetToken().Value, key.GetToken().Position
	if _, complex := key.(*ast.MappingKeyNode); complex || !slices.Contains(keys, name) {
		m.doc.report(pos, "unknown-key", "%q is not a key here; the keys are %s ¦ "+
			"%q bukan kunci di sini; kuncinya %s", clip(name), strings.Join(keys, ", "))
		return
	}
	if first, twice := m.values[name]; twice {
		m.doc.report(pos, "duplicate-key", "%s is given twice, first on line %d; keep one of them ¦ "+
			"%s ditulis dua kali, pertama pada baris %d; pertahankan salah satu", name, first.Line())
		return
	}
	path := name
	if m.path != "" {
		path = m.path + "." + name
	}
	if value == nil {
		m.doc.report(pos, "type", "%s has no value ¦ %s tidak punya nilai", name)
		return
	}
	m.values[name] = m.doc.node(path, value)
}

// Get returns the value of a key, which may be nothing.
func (m Map) Get(key string) Node {
	if v, ok := m.values[key]; ok {
		return v
	}
	return Node{doc: m.doc, path: strings.TrimPrefix(m.path+"."+key, ".")}
}

// Must returns the value of a key and reports it if it is missing. A mapping that is itself missing or wrong has been
// reported already.
func (m Map) Must(key string) Node {
	v := m.Get(key)
	if _, isMap := m.node.(ast.MapNode); isMap && !v.Given() && !m.doc.bad[v.path] {
		v.Report("required", "%s is missing; add it ¦ %s tidak ada; tambahkan", key)
	}
	return v
}

// clip keeps foreign text short enough to be quoted in a message.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
