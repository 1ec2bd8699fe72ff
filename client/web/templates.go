package web

import (
	"html/template"
	"io/fs"
	"text/template/parse"

	"github.com/meritindex/merit/client/bilingual"
)

// templateSets are the parsed pages by language and name.
type templateSets map[string]map[string]*template.Template

// parse reads every page, once for each language, so that a text is chosen when the program starts and not at each call.
func (w *Web) parse() (templateSets, error) {
	sets := templateSets{}
	for _, lang := range bilingual.Languages {
		functions := w.functions(lang)
		parts, err := template.New("").Funcs(functions).ParseFS(pageFiles, "pages/layout.html", "pages/parts/*.html")
		if err != nil {
			return nil, err
		}
		sets[lang] = map[string]*template.Template{}
		for _, p := range pages {
			file := "pages/" + p.name + ".html"
			text, err := fs.ReadFile(pageFiles, file)
			if err != nil {
				return nil, err
			}
			set, err := template.New(file).Funcs(functions).Parse(string(text))
			if err != nil {
				return nil, err
			}
			if err := addParts(set, parts); err != nil {
				return nil, err
			}
			sets[lang][p.name] = set
		}
	}
	return sets, nil
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
func needs(node parse.Node) (names []string) {
	both := func(branch *parse.BranchNode) []string {
		names := needs(branch.List)
		if branch.ElseList != nil {
			names = append(names, needs(branch.ElseList)...)
		}
		return names
	}
	switch n := node.(type) {
	case *parse.ListNode:
		for _, inner := range n.Nodes {
			names = append(names, needs(inner)...)
		}
	case *parse.IfNode:
		return both(&n.BranchNode)
	case *parse.RangeNode:
		return both(&n.BranchNode)
	case *parse.WithNode:
		return both(&n.BranchNode)
	case *parse.TemplateNode:
		return []string{n.Name}
	}
	return names
}
