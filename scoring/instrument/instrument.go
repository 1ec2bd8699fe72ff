// Package instrument reads the files that define instruments, checks every rule with the line of each mistake, and
// holds the published ones.
//
// A file is plain YAML; instruments/README.md explains it. What an instrument is for scoring is defined by package
// scoring; this package adds what people read: names, questions, descriptions of levels, hints for evidence, and the
// profile. The lifecycle (draft, published, retired) is no part of a file: it belongs to the service.
package instrument

import (
	"crypto/sha256"

	"github.com/meritindex/merit/scoring"
)

// Status is the legal status of an instrument, not its lifecycle.
type Status string

// The legal statuses.
const (
	Official    Status = "OFFICIAL"    // results may be determined with it
	Provisional Status = "PROVISIONAL" // may be filled in and measured, not determined
)

// Instrument is one instrument file. It must not be changed once parsed.
type Instrument struct {
	ID               string
	Title            string
	LegalBases       []string
	Assessor         string // the body that verified under it; the assessor of a year belongs to the cycle
	Status           Status
	Provenance       string // what is stated by sources, concluded or reconstructed
	EvidenceRequired bool   // a level above 0 needs at least one piece of evidence
	Replaces         string // id of the instrument of which this is the new version, or empty
	Scale            scoring.Scale
	Rule             scoring.Rule
	Categories       []Category
	Aspects          []Aspect
	Profile          []Field // facts about the agency that carry no score

	source  []byte
	scoring *scoring.Instrument
}

// Category is a class of results.
type Category struct {
	Code, Name, NameEN string
	Min                scoring.Points
}

// Aspect is a group of items.
type Aspect struct {
	Code, Name, NameEN, Description string
	Weight                          scoring.Points // 0 while it is not known
	Items                           []Item
}

// Item is one question.
type Item struct {
	Code          string
	Kind          scoring.ItemKind
	Name, NameEN  string // a choice may have none
	Question      string
	Weight        scoring.Points // points per level; 0 where items have no weight
	AppliesTo     []scoring.AgencyKind
	AppliesWhen   *scoring.Condition
	Levels        []Level  // of a scored item: every level of the scale, ascending
	Options       []Option // of a choice
	EvidenceHints []string
	Provenance    scoring.Provenance
	Predecessor   string // code of the item of the replaced instrument that this one continues, or empty
	Comparable    bool   // whether a level here means the same as the level of the predecessor
}

// Title is what an item is called: its name, or the question of a choice that has none.
func (i *Item) Title() string {
	if i.Name == "" {
		return i.Question
	}
	return i.Name
}

// Level describes when an item has a level.
type Level struct {
	Level       int
	Description string
}

// Option is one answer to a choice.
type Option struct{ Value, Label, LabelEN string }

// FieldKind is the kind of a profile field.
type FieldKind string

// The kinds of profile fields.
const (
	FieldText   FieldKind = "TEXT"
	FieldYear   FieldKind = "YEAR"
	FieldFile   FieldKind = "FILE"
	FieldChoice FieldKind = "CHOICE"
)

// Field is one unscored fact about the agency. Its condition names an earlier CHOICE field of the profile.
type Field struct {
	Code           string
	Kind           FieldKind
	Label, LabelEN string
	Options        []Option
	AppliesWhen    *scoring.Condition
}

// Scoring returns the instrument compiled for scoring; items have the same order and codes.
func (in *Instrument) Scoring() *scoring.Instrument { return in.scoring }

// Source returns the bytes of the file, which must not be changed.
func (in *Instrument) Source() []byte { return in.source }

// Digest returns the SHA-256 of the bytes of the file.
func (in *Instrument) Digest() [sha256.Size]byte { return sha256.Sum256(in.source) }

// Item returns item number i in the order of the instrument, as package scoring numbers items.
func (in *Instrument) Item(i int) *Item {
	a := in.scoring.ItemAspect(i)
	first, _ := in.scoring.AspectItems(a)
	return &in.Aspects[a].Items[i-first]
}

// ItemByCode returns the item with that code, or nil.
func (in *Instrument) ItemByCode(code string) *Item {
	i, ok := in.scoring.ItemIndex(code)
	if !ok {
		return nil
	}
	return in.Item(i)
}

// definition keeps what package scoring needs.
func (in *Instrument) definition() scoring.Definition {
	def := scoring.Definition{Scale: in.Scale, Rule: in.Rule}
	for _, c := range in.Categories {
		def.Categories = append(def.Categories, scoring.Category{Code: c.Code, Name: c.Name, Min: c.Min})
	}
	for _, a := range in.Aspects {
		aspect := scoring.Aspect{Code: a.Code, Name: a.Name, Weight: a.Weight}
		for _, i := range a.Items {
			item := scoring.Item{
				Code: i.Code, Kind: i.Kind, Weight: i.Weight, AppliesTo: i.AppliesTo, AppliesWhen: i.AppliesWhen, Provenance: i.Provenance,
			}
			for _, o := range i.Options {
				item.Options = append(item.Options, o.Value)
			}
			aspect.Items = append(aspect.Items, item)
		}
		def.Aspects = append(def.Aspects, aspect)
	}
	return def
}
