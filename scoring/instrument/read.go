package instrument

import (
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/internal/strictyaml"
	"github.com/meritindex/merit/scoring/problem"
)

// MaxBytes is the largest file that is read; the published ones have about 45,000 bytes.
const MaxBytes = 512 << 10

// Problem is one mistake in an instrument file, with file, line, column, rule and what to do.
type Problem = problem.Problem

// Problems is the error of Parse: every mistake found, in the order of the file.
type Problems = problem.Problems

// Parse reads and checks an instrument file. The name is only used to say where a mistake is. If any rule is broken the
// error is of type Problems and names every mistake. The data must not be changed afterwards.
func Parse(name string, data []byte) (*Instrument, error) {
	doc, root := strictyaml.Open(name, data, MaxBytes)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	in := &Instrument{source: data}
	in.read(root)
	in.check(doc)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return in, nil
}

func (in *Instrument) read(root strictyaml.Node) {
	m := root.Map("id", "title", "legal_bases", "assessor", "status", "provenance", "evidence_required", "replaces",
		"scale", "rule", "categories", "aspects", "profile")
	in.ID = m.Must("id").Text()
	in.Title = m.Must("title").Text()
	in.LegalBases = m.Get("legal_bases").Texts()
	in.Assessor = m.Must("assessor").Text()
	in.Status = Status(m.Must("status").Text())
	in.Provenance = m.Must("provenance").Text()
	in.EvidenceRequired = m.Get("evidence_required").Bool()
	in.Replaces = m.Get("replaces").Text()
	in.readScale(m.Must("scale"))
	in.readRule(m.Must("rule"))
	for _, n := range m.Get("categories").List() {
		in.Categories = append(in.Categories, readCategory(n))
	}
	for _, n := range m.Must("aspects").List() {
		in.Aspects = append(in.Aspects, readAspect(n))
	}
	for _, n := range m.Get("profile").List() {
		in.Profile = append(in.Profile, readField(n))
	}
}

func (in *Instrument) readScale(n strictyaml.Node) {
	m := n.Map("min", "max")
	in.Scale = scoring.Scale{Min: m.Must("min").Int(), Max: m.Must("max").Int()}
}

func (in *Instrument) readRule(n strictyaml.Node) {
	m := n.Map("method", "index_divisor", "index_decimals")
	in.Rule = scoring.Rule{
		Method:        scoring.Method(m.Must("method").Text()),
		IndexDivisor:  points(m.Get("index_divisor")),
		IndexDecimals: m.Must("index_decimals").Int(),
	}
}

func readCategory(n strictyaml.Node) Category {
	m := n.Map("code", "name", "name_en", "min")
	return Category{
		Code: m.Must("code").Text(), Name: m.Must("name").Text(), NameEN: m.Get("name_en").Text(), Min: points(m.Must("min")),
	}
}

func readAspect(n strictyaml.Node) Aspect {
	m := n.Map("code", "name", "name_en", "description", "weight", "items")
	a := Aspect{
		Code: m.Must("code").Text(), Name: m.Must("name").Text(), NameEN: m.Get("name_en").Text(),
		Description: m.Get("description").Text(), Weight: positive(m.Get("weight")),
	}
	for _, n := range m.Must("items").List() {
		a.Items = append(a.Items, readItem(n))
	}
	return a
}

func readItem(n strictyaml.Node) Item {
	m := n.Map("code", "kind", "name", "name_en", "question", "weight", "applies_to", "applies_when", "levels", "options",
		"evidence_hints", "provenance", "predecessor", "comparable")
	item := Item{
		Code: m.Must("code").Text(), Kind: scoring.Scored, Name: m.Get("name").Text(), NameEN: m.Get("name_en").Text(),
		Question: m.Get("question").Text(), Weight: positive(m.Get("weight")), AppliesWhen: readCondition(m.Get("applies_when")),
		Options: readOptions(m.Get("options")), EvidenceHints: m.Get("evidence_hints").Texts(),
		Provenance:  scoring.Provenance(m.Must("provenance").Text()),
		Predecessor: m.Get("predecessor").Text(), Comparable: m.Get("comparable").Bool(),
	}
	if kind := m.Get("kind"); kind.Given() {
		item.Kind = scoring.ItemKind(kind.Text())
	}
	for _, k := range m.Get("applies_to").Texts() {
		item.AppliesTo = append(item.AppliesTo, scoring.AgencyKind(k))
	}
	for _, n := range m.Get("levels").List() {
		item.Levels = append(item.Levels, readLevel(n))
	}
	item.checkKeys(m)
	return item
}

// checkKeys reports keys that an item of its kind must have or cannot have.
func (i *Item) checkKeys(m strictyaml.Map) {
	switch i.Kind {
	case scoring.Scored:
		m.Must("name")
		m.Must("levels")
	case scoring.Choice:
		m.Must("question")
		m.Must("options")
		if levels := m.Get("levels"); levels.Given() {
			levels.Report("levels-of-scored", "choice %s has levels; only a %s item has them, so remove them ¦ "+
				"butir pilihan %s punya tingkat; hanya butir %s yang punya, jadi hapus", i.Code, scoring.Scored)
		}
	}
	if m.Get("predecessor").Given() {
		m.Must("comparable")
	} else if c := m.Get("comparable"); c.Given() {
		c.Report("predecessor", "item %s says whether it is comparable, but not with what; add its predecessor ¦ "+
			"butir %s menyebut dapat dibandingkan atau tidak, tetapi bukan dengan apa; tambahkan predecessor", i.Code)
	}
}

func readLevel(n strictyaml.Node) Level {
	m := n.Map("level", "description")
	return Level{Level: m.Must("level").Int(), Description: m.Must("description").Text()}
}

func readOptions(n strictyaml.Node) []Option {
	var options []Option
	for _, n := range n.List() {
		m := n.Map("value", "label", "label_en")
		options = append(options, Option{m.Must("value").Text(), m.Must("label").Text(), m.Get("label_en").Text()})
	}
	return options
}

func readCondition(n strictyaml.Node) *scoring.Condition {
	if !n.Given() {
		return nil
	}
	m := n.Map("item", "in")
	return &scoring.Condition{Item: m.Must("item").Text(), In: m.Must("in").Texts()}
}

func readField(n strictyaml.Node) Field {
	m := n.Map("code", "kind", "label", "label_en", "options", "applies_when")
	return Field{
		Code: m.Must("code").Text(), Kind: FieldKind(m.Must("kind").Text()), Label: m.Must("label").Text(),
		LabelEN: m.Get("label_en").Text(), Options: readOptions(m.Get("options")), AppliesWhen: readCondition(m.Get("applies_when")),
	}
}

// points reads an amount exactly.
func points(n strictyaml.Node) scoring.Points {
	text := n.Number()
	if text == "" {
		return 0
	}
	p, err := scoring.ParsePoints(text)
	if err != nil {
		n.Report("points", "%v", err)
	}
	return p
}

// positive reads an amount that cannot be 0.
func positive(n strictyaml.Node) scoring.Points {
	p := points(n)
	if n.Given() && p == 0 && !n.Bad() {
		n.Report("weight-positive", "a weight must be above 0; correct it or, if it is not known, remove the key ¦ "+
			"bobot harus di atas 0; perbaiki atau, bila tidak diketahui, hapus kuncinya")
	}
	return p
}
