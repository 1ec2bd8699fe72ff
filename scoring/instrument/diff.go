package instrument

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meritindex/merit/scoring"
)

// ChangeKind is how something differs between two instruments.
type ChangeKind string

// The kinds of changes.
const (
	Added      ChangeKind = "ADDED"
	Removed    ChangeKind = "REMOVED"
	Reworded   ChangeKind = "REWORDED"   // the same, said otherwise
	Reweighted ChangeKind = "REWEIGHTED" // counts more or less
	RuleChange ChangeKind = "RULE"       // counts or applies otherwise
	Banded     ChangeKind = "CATEGORY"   // a category or its threshold
)

// Change is one difference between two instruments.
type Change struct {
	Kind          ChangeKind
	Subject       string // "item 1.1 weight", "aspect 3", "category baik", "scale"
	Before, After string // empty where there was or is nothing
}

// Diff lists what differs from one instrument to another, in the order of the second, what was removed last within
// its group. An item is compared with its predecessor when to replaces from and names one, and otherwise with the item
// of the same code.
func Diff(from, to *Instrument) []Change {
	changes := compare("", from.facts(), to.facts())
	changes = append(changes, compare("", from.categoryFacts(), to.categoryFacts())...)
	changes = append(changes, diffParts(from.aspectParts(), to.aspectParts())...)
	changes = append(changes, diffParts(from.itemParts(from.itemKeys(from)), to.itemParts(to.itemKeys(from)))...)
	return append(changes, diffParts(from.fieldParts(), to.fieldParts())...)
}

// fact is one thing an instrument says.
type fact struct {
	kind    ChangeKind
	subject string
	value   string
}

// compare lists the facts whose values differ; a subject that only one side has differs from nothing.
func compare(prefix string, before, after []fact) (changes []Change) {
	find := func(facts []fact, subject string) string {
		if i := slices.IndexFunc(facts, func(f fact) bool { return f.subject == subject }); i >= 0 {
			return facts[i].value
		}
		return ""
	}
	for _, f := range after {
		if was := find(before, f.subject); was != f.value {
			changes = append(changes, Change{f.kind, prefix + f.subject, was, f.value})
		}
	}
	for _, f := range before {
		if f.value != "" && !slices.ContainsFunc(after, func(a fact) bool { return a.subject == f.subject }) {
			changes = append(changes, Change{f.kind, prefix + f.subject, f.value, ""})
		}
	}
	return changes
}

// part is an aspect, item or profile field.
type part struct {
	subject string // item 1.1
	key     string // parts with the same key are compared
	name    string
	facts   []fact
}

func diffParts(before, after []part) (changes []Change) {
	find := func(parts []part, key string) int {
		return slices.IndexFunc(parts, func(p part) bool { return p.key == key })
	}
	for _, p := range after {
		if i := find(before, p.key); i >= 0 {
			changes = append(changes, compare(p.subject+" ", before[i].facts, p.facts)...)
		} else {
			changes = append(changes, Change{Added, p.subject, "", p.name})
		}
	}
	for _, p := range before {
		if find(after, p.key) < 0 {
			changes = append(changes, Change{Removed, p.subject, p.name, ""})
		}
	}
	return changes
}

// facts are what the instrument says of itself as a whole.
func (in *Instrument) facts() []fact {
	return []fact{
		{Reworded, "title", in.Title},
		{Reworded, "legal_bases", strings.Join(in.LegalBases, "; ")},
		{Reworded, "assessor", in.Assessor},
		{RuleChange, "status", string(in.Status)},
		{Reworded, "provenance", in.Provenance},
		{RuleChange, "evidence_required", strconv.FormatBool(in.EvidenceRequired)},
		{RuleChange, "scale", fmt.Sprintf("%d to %d", in.Scale.Min, in.Scale.Max)},
		{RuleChange, "method", string(in.Rule.Method)},
		{RuleChange, "index_divisor", amount(in.Rule.IndexDivisor)},
		{RuleChange, "index_decimals", strconv.Itoa(in.Rule.IndexDecimals)},
	}
}

func (in *Instrument) categoryFacts() (facts []fact) {
	for _, c := range in.Categories {
		facts = append(facts, fact{Banded, "category " + c.Code, fmt.Sprintf("%s, from %s", c.Name, c.Min)})
	}
	return facts
}

func (in *Instrument) aspectParts() (parts []part) {
	for _, a := range in.Aspects {
		parts = append(parts, part{"aspect " + a.Code, a.Code, a.Name, []fact{
			{Reworded, "name", a.Name},
			{Reworded, "name_en", a.NameEN},
			{Reworded, "description", a.Description},
			{Reweighted, "weight", amount(a.Weight)},
		}})
	}
	return parts
}

// itemKeys says, for each item by its code, which item of an earlier instrument it is compared with: a word that is
// no code there if with none.
func (in *Instrument) itemKeys(from *Instrument) map[string]string {
	keys, claimed := map[string]string{}, map[string]bool{}
	if in.Replaces == from.ID {
		for i := range in.scoring.Items() {
			if item := in.Item(i); item.Predecessor != "" {
				keys[item.Code], claimed[item.Predecessor] = item.Predecessor, true
			}
		}
	}
	for i := range in.scoring.Items() {
		code := in.Item(i).Code
		switch {
		case keys[code] != "":
		case claimed[code]:
			keys[code] = "new item " + code
		default:
			keys[code] = code
		}
	}
	return keys
}

func (in *Instrument) itemParts(keys map[string]string) (parts []part) {
	for _, a := range in.Aspects {
		for i := range a.Items {
			item := &a.Items[i]
			p := part{"item " + item.Code, keys[item.Code], item.Name, item.facts(a.Code)}
			if p.name == "" {
				p.name = item.Question
			}
			parts = append(parts, p)
		}
	}
	return parts
}

func (item *Item) facts(aspect string) []fact {
	facts := []fact{
		{RuleChange, "code", item.Code},
		{RuleChange, "aspect", aspect},
		{RuleChange, "kind", string(item.Kind)},
		{Reworded, "name", item.Name},
		{Reworded, "name_en", item.NameEN},
		{Reworded, "question", item.Question},
		{Reweighted, "weight", amount(item.Weight)},
		{RuleChange, "applies_to", join(item.AppliesTo)},
		{RuleChange, "applies_when", condition(item.AppliesWhen)},
		{RuleChange, "options", options(item.Options)},
		{Reworded, "evidence_hints", strings.Join(item.EvidenceHints, "; ")},
		{RuleChange, "provenance", string(item.Provenance)},
	}
	for _, l := range item.Levels {
		facts = append(facts, fact{Reworded, fmt.Sprintf("level %d", l.Level), l.Description})
	}
	return facts
}

func (in *Instrument) fieldParts() (parts []part) {
	for _, f := range in.Profile {
		parts = append(parts, part{"profile " + f.Code, f.Code, f.Label, []fact{
			{RuleChange, "kind", string(f.Kind)},
			{Reworded, "label", f.Label},
			{RuleChange, "options", options(f.Options)},
			{RuleChange, "applies_when", condition(f.AppliesWhen)},
		}})
	}
	return parts
}

// amount writes an amount; nothing stands for one that the instrument does not have.
func amount(p scoring.Points) string {
	if p == 0 {
		return ""
	}
	return p.String()
}

func condition(c *scoring.Condition) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%s is %s", c.Item, strings.Join(c.In, " or "))
}

func options(all []Option) string {
	said := make([]string, len(all))
	for i, o := range all {
		said[i] = fmt.Sprintf("%s (%s)", o.Value, o.Label)
	}
	return strings.Join(said, ", ")
}

func join[S ~string](all []S) string {
	said := make([]string, len(all))
	for i, s := range all {
		said[i] = string(s)
	}
	return strings.Join(said, ", ")
}
