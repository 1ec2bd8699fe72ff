package web

import (
	"html/template"
	"io"
	"io/fs"
	"sync"
	tree "text/template/parse"

	"github.com/meritindex/merit/client/bilingual"
)

// templateSets are the pages by language and name, each parsed when it is first asked for: all of them take 15 MB and most of
// the time of a start, and many services are asked for few.
type templateSets map[string]map[string]func() (*template.Template, error)

// templateSets prepares every page, once for each language, so that a text is chosen when the page is parsed and not at each call.
func (w *Web) templateSets() templateSets {
	sets := templateSets{}
	for _, lang := range bilingual.Languages {
		functions := w.functions(lang)
		parts := sync.OnceValues(func() (*template.Template, error) {
			return template.New("").Funcs(functions).ParseFS(pageFiles, "pages/layout.html", "pages/parts/*.html")
		})
		sets[lang] = map[string]func() (*template.Template, error){}
		for _, p := range pages {
			sets[lang][p.name] = sync.OnceValues(func() (*template.Template, error) { return parse(p.name, functions, parts) })
		}
	}
	return sets
}

// parse reads a page and the parts that it needs.
func parse(name string, functions template.FuncMap, all func() (*template.Template, error)) (*template.Template, error) {
	parts, err := all()
	if err != nil {
		return nil, err
	}
	file := "pages/" + name + ".html"
	text, err := fs.ReadFile(pageFiles, file)
	if err != nil {
		return nil, err
	}
	page, err := template.New(file).Funcs(functions).Parse(string(text))
	if err != nil {
		return nil, err
	}
	return page, addParts(page, parts)
}

// fill fills a template of a page.
func (w *Web) fill(out io.Writer, lang, page, name string, data any) error {
	set, err := w.sets[lang][page]()
	if err != nil {
		return err
	}
	return set.ExecuteTemplate(out, name, data)
}

// addParts adds the layout to a page, and of all parts those that the two need: each page has copies of its own, which for
// all parts of all pages came to 60 MB and to most of the time that the service took to start.
func addParts(page, parts *template.Template) error {
	missing := []string{"layout"}
	for _, t := range page.Templates() {
		missing = append(missing, needs(t.Tree.Root)...)
	}
	for len(missing) > 0 {
		name := missing[0]
		missing = missing[1:]
		part := parts.Lookup(name)
		if part == nil || page.Lookup(name) != nil {
			continue // a block of the page's own, or one that only some pages have; executing says what is missing
		}
		added, err := page.AddParseTree(name, part.Tree.Copy())
		if err != nil {
			return err
		}
		missing = append(missing, needs(added.Tree.Root)...)
	}
	return nil
}

// needs are the names of the templates that a node calls.
func needs(node tree.Node) (names []string) {
	both := func(branch *tree.BranchNode) []string {
		names := needs(branch.List)
		if branch.ElseList != nil {
			names = append(names, needs(branch.ElseList)...)
		}
		return names
	}
	switch n := node.(type) {
	case *tree.ListNode:
		for _, inner := range n.Nodes {
			names = append(names, needs(inner)...)
		}
	case *tree.IfNode:
		return both(&n.BranchNode)
	case *tree.RangeNode:
		return both(&n.BranchNode)
	case *tree.WithNode:
		return both(&n.BranchNode)
	case *tree.TemplateNode:
		return []string{n.Name}
	}
	return names
}
