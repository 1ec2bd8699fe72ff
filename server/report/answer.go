package report

import (
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// answer writes an answer as people say it: a level, the label of an option, a text.
func (l Language) answer(in *instrument.Instrument, item string, a *meritv1.Answer) string {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_Level:
		return strconv.Itoa(int(v.Level))
	case *meritv1.Answer_Choice:
		return l.option(in, item, v.Choice)
	case *meritv1.Answer_Text:
		return v.Text
	case *meritv1.Answer_NotProven:
		return l.say("tidak terbukti", "not proven")
	}
	return "–"
}

func (l Language) option(in *instrument.Instrument, item, value string) string {
	i := in.ItemByCode(item)
	if i == nil {
		return value
	}
	for _, o := range i.Options {
		if o.Value == value && l == "en" && o.LabelEN != "" {
			return o.LabelEN
		}
		if o.Value == value && o.Label != "" {
			return o.Label
		}
	}
	return value
}

// aspect names an aspect in the language of the reader where the instrument does.
func (l Language) aspect(in *instrument.Instrument, a *meritv1.AspectScore) string {
	for i := range in.Aspects {
		if in.Aspects[i].Code == a.GetAspect() && l == "en" && in.Aspects[i].NameEN != "" {
			return in.Aspects[i].NameEN
		}
	}
	return a.GetName()
}

// item names an item in the language of the reader where the instrument does.
func (l Language) item(in *instrument.Instrument, code, name string) string {
	if i := in.ItemByCode(code); i != nil && l == "en" && i.NameEN != "" {
		return i.NameEN
	}
	return name
}

// category names a category in the language of the reader where the instrument does.
func (l Language) category(in *instrument.Instrument, code, name string) string {
	for _, c := range in.Categories {
		if c.Code == code && l == "en" && c.NameEN != "" {
			return c.NameEN
		}
	}
	return name
}

// notApplicable is what stands for an item that is left out.
func (l Language) notApplicable() string { return l.say("tidak berlaku", "does not apply") }

// kind names a kind of agency.
func (l Language) kind(k meritv1.AgencyKind) string {
	names := map[meritv1.AgencyKind][2]string{
		meritv1.AgencyKind_AGENCY_KIND_KEMENTERIAN:    {"Kementerian", "Ministry"},
		meritv1.AgencyKind_AGENCY_KIND_LPNK:           {"Lembaga pemerintah nonkementerian", "Non-ministry body"},
		meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA: {"Lembaga negara", "State institution"},
		meritv1.AgencyKind_AGENCY_KIND_PROVINSI:       {"Provinsi", "Province"},
		meritv1.AgencyKind_AGENCY_KIND_KABUPATEN:      {"Kabupaten", "Regency (kabupaten)"},
		meritv1.AgencyKind_AGENCY_KIND_KOTA:           {"Kota", "City (kota)"},
	}
	return l.say(names[k][0], names[k][1])
}
