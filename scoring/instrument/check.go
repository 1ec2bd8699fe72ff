package instrument

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/internal/strictyaml"
	"github.com/meritindex/merit/scoring/problem"
)

// How identifiers look. Codes stand in addresses, CSV files and messages, so they are short and plain.
var (
	idForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)
)

// How identifiers look, in words.
var (
	idRule   = problem.Textf("small letters, digits and hyphens, at most 64 ¦ huruf kecil, angka dan tanda hubung, paling panjang 64")
	codeRule = problem.Textf("letters, digits, points, hyphens and underscores, at most 32, beginning with a letter or digit ¦ " +
		"huruf, angka, titik, tanda hubung dan garis bawah, paling panjang 32, diawali huruf atau angka")
)

// check applies the rules of the file and those of package scoring, and compiles the instrument if none is broken.
func (in *Instrument) check(doc *strictyaml.Document) {
	in.checkHead(doc)
	in.checkCodes(doc)
	for a := range in.Aspects {
		for i := range in.Aspects[a].Items {
			in.checkItem(doc, fmt.Sprintf("aspects[%d].items[%d]", a, i), &in.Aspects[a].Items[i])
		}
	}
	in.checkProfile(doc)
	in.compile(doc)
}

// compile reports the faults found by package scoring where they stand in the file, unless the same place has been
// reported already: a weight that could not be read is not also missing.
func (in *Instrument) compile(doc *strictyaml.Document) {
	compiled, err := scoring.Compile(in.definition())
	var faults scoring.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			if !doc.Bad(f.Path) {
				doc.Report(f.Path, f.Rule, "%s", f.Message)
			}
		}
	}
	in.scoring = compiled
}

func (in *Instrument) checkHead(doc *strictyaml.Document) {
	if in.Status != Official && in.Status != Provisional && !doc.Bad("status") {
		doc.Report("status", "known-status", "%q is not a legal status; use %s or %s ¦ "+
			"%q bukan status hukum; pakai %s atau %s", in.Status, Official, Provisional)
	}
	form(doc, "id", in.ID, idForm, idRule)
	form(doc, "replaces", in.Replaces, idForm, idRule)
	if in.Replaces != "" && in.Replaces == in.ID {
		doc.Report("replaces", "new-id", "%s cannot replace itself; a new version has a new id ¦ "+
			"%s tidak dapat menggantikan dirinya sendiri; versi baru punya id baru", in.ID)
	}
}

// form reports an identifier that does not look like one; an empty one has been reported as missing.
func form(doc *strictyaml.Document, path, s string, form *regexp.Regexp, rule problem.Text) {
	if s != "" && !form.MatchString(s) {
		doc.Report(path, "code-form", "%.40q is not allowed; use %s ¦ %.40q tidak boleh; pakai %s", s, rule)
	}
}

func (in *Instrument) checkCodes(doc *strictyaml.Document) {
	for i, c := range in.Categories {
		form(doc, fmt.Sprintf("categories[%d].code", i), c.Code, codeForm, codeRule)
	}
	for a, aspect := range in.Aspects {
		path := fmt.Sprintf("aspects[%d]", a)
		form(doc, path+".code", aspect.Code, codeForm, codeRule)
		for i, item := range aspect.Items {
			path := fmt.Sprintf("%s.items[%d]", path, i)
			form(doc, path+".code", item.Code, codeForm, codeRule)
			checkOptionForms(doc, path, item.Options)
		}
	}
}

func checkOptionForms(doc *strictyaml.Document, path string, options []Option) {
	for i, o := range options {
		form(doc, fmt.Sprintf("%s.options[%d].value", path, i), o.Value, codeForm, codeRule)
	}
}

func (in *Instrument) checkItem(doc *strictyaml.Document, path string, item *Item) {
	if item.Kind == scoring.Scored && !doc.Bad("scale") && !doc.Bad(path+".levels") {
		in.checkLevels(doc, path+".levels", item)
	}
	if item.Predecessor != "" && in.Replaces == "" {
		doc.Report(path+".predecessor", "predecessor", "item %s has a predecessor, but the instrument replaces none; add replaces ¦ "+
			"butir %s punya pendahulu, tetapi instrumen tidak menggantikan apa pun; tambahkan replaces", item.Code)
	}
}

func (in *Instrument) checkLevels(doc *strictyaml.Document, path string, item *Item) {
	next := in.Scale.Min
	for i, l := range item.Levels {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case doc.Bad(at + ".level"):
			return
		case l.Level > in.Scale.Max || l.Level < in.Scale.Min:
			doc.Report(at+".level", "levels-complete", "level %d of item %s is off the scale of %d to %d; remove it ¦ "+
				"tingkat %d pada butir %s di luar skala %d sampai %d; hapus", l.Level, item.Code, in.Scale.Min, in.Scale.Max)
		case l.Level != next:
			doc.Report(at+".level", "levels-complete", "item %s has level %d where %d is expected; give every level once, from the lowest to the highest ¦ "+
				"butir %s punya tingkat %d di tempat tingkat %d; tulis setiap tingkat sekali, dari yang terendah ke yang tertinggi", item.Code, l.Level, next)
			return
		}
		next++
	}
	if next <= in.Scale.Max {
		doc.Report(path, "levels-complete", "item %s lacks level %d; describe every level from %d to %d ¦ "+
			"butir %s tidak punya tingkat %d; uraikan setiap tingkat dari %d sampai %d", item.Code, next, in.Scale.Min, in.Scale.Max)
	}
}

// maxFields limits the profile.
const maxFields = 100

func (in *Instrument) checkProfile(doc *strictyaml.Document) {
	if len(in.Profile) > maxFields {
		doc.Report("profile", "size-limit", "the profile has %d fields; it may have at most %d ¦ "+
			"profil punya %d isian; paling banyak %d", len(in.Profile), maxFields)
		return
	}
	for i := range in.Profile {
		in.checkField(doc, fmt.Sprintf("profile[%d]", i), i)
	}
}

func (in *Instrument) checkField(doc *strictyaml.Document, path string, i int) {
	f, earlier := &in.Profile[i], in.Profile[:i]
	form(doc, path+".code", f.Code, codeForm, codeRule)
	checkOptionForms(doc, path, f.Options)
	if f.Code != "" && slices.ContainsFunc(earlier, func(e Field) bool { return e.Code == f.Code }) {
		doc.Report(path+".code", "unique-code", "field code %q is used before; give every field of the profile its own code ¦ "+
			"kode isian %q sudah dipakai; beri setiap isian profil kodenya sendiri", f.Code)
	}
	if kinds := (scoring.Names[FieldKind]{FieldText, FieldYear, FieldFile, FieldChoice}); !slices.Contains(kinds, f.Kind) && !doc.Bad(path+".kind") {
		doc.Report(path+".kind", "known-field-kind", "%.40q is not a kind of field; use one of %s ¦ "+
			"%.40q bukan jenis isian; pakai salah satu dari %s", f.Kind, kinds)
	}
	checkFieldOptions(doc, path+".options", f)
	if f.AppliesWhen != nil && !doc.Bad(path+".applies_when") {
		checkFieldCondition(doc, path+".applies_when", f, earlier)
	}
}

func checkFieldOptions(doc *strictyaml.Document, path string, f *Field) {
	switch {
	case doc.Bad(path):
	case f.Kind == FieldChoice && (len(f.Options) < 2 || len(f.Options) > scoring.MaxOptions):
		doc.Report(path, "options-of-choice", "field %s has %d options; a %s needs 2 to %d ¦ "+
			"isian %s punya %d pilihan; %s harus punya 2 sampai %d", f.Code, len(f.Options), FieldChoice, scoring.MaxOptions)
	case f.Kind != FieldChoice && len(f.Options) > 0:
		doc.Report(path, "options-of-choice", "field %s has options; only a %s has them, so remove them ¦ "+
			"isian %s punya pilihan; hanya %s yang punya, jadi hapus", f.Code, FieldChoice)
	}
	for i, o := range f.Options {
		if slices.IndexFunc(f.Options, func(x Option) bool { return x.Value == o.Value }) != i {
			doc.Report(fmt.Sprintf("%s[%d]", path, i), "unique-option", "option %q of %s is given twice ¦ pilihan %q pada %s ditulis dua kali", o.Value, f.Code)
		}
	}
}

func checkFieldCondition(doc *strictyaml.Document, path string, f *Field, earlier []Field) {
	at := slices.IndexFunc(earlier, func(e Field) bool { return e.Code == f.AppliesWhen.Item })
	if at < 0 || earlier[at].Kind != FieldChoice {
		doc.Report(path+".item", "condition-earlier", "the condition of field %s names %.40q, which is no earlier %s field of the profile; name one above it ¦ "+
			"syarat isian %s menyebut %.40q, yang bukan isian %s sebelumnya dalam profil; sebutkan satu di atasnya",
			f.Code, f.AppliesWhen.Item, FieldChoice)
		return
	}
	var values []string
	for _, o := range earlier[at].Options {
		values = append(values, o.Value)
	}
	for i, v := range f.AppliesWhen.In {
		if !slices.Contains(values, v) {
			doc.Report(fmt.Sprintf("%s.in[%d]", path, i), "condition-values", "%.40q is not an option of %s; its options are %s ¦ "+
				"%.40q bukan pilihan dari %s; pilihannya %s",
				v, f.AppliesWhen.Item, strings.Join(values, ", "))
		}
	}
}
