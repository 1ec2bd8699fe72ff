package server

import (
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// readAnswer turns an answer of a request into what a decision has: kind, level and value. An answer without value
// clears the item. Field is where the answer stands in the request. It checks all that the instrument and the kind
// of the agency tell; whether the gate of an item is open, the whole sheet tells: see behindGates.
func readAnswer(in *instrument.Instrument, kind scoring.AgencyKind, field, item string, a *meritv1.Answer) (store.Standing, *fault.Violation) {
	if code, ok := strings.CutPrefix(item, profilePrefix); ok {
		return readProfileAnswer(in, field, code, a)
	}
	i, ok := in.Scoring().ItemIndex(item)
	if !ok {
		return store.Standing{}, unknownItem(in, field, item)
	}
	if a.GetValue() == nil {
		return store.Standing{Kind: store.KindCleared}, nil
	}
	if !in.Scoring().AppliesToKind(i, kind) {
		return store.Standing{}, refused(field, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
			"Butir %s tidak berlaku bagi instansi jenis %s. Kosongkan jawabannya.",
			"Item %s does not apply to agencies of kind %s. Leave it unanswered.", item, kind)
	}
	if in.Item(i).Kind == scoring.Choice {
		return readChoice(field, item, in.Item(i).Options, a)
	}
	return readLevel(in, field, item, a)
}

func readLevel(in *instrument.Instrument, field, item string, a *meritv1.Answer) (store.Standing, *fault.Violation) {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_NotProven:
		return store.Standing{Kind: store.KindNotProven}, nil
	case *meritv1.Answer_Level:
		if n := int(v.Level); in.Scale.Min <= n && n <= in.Scale.Max {
			return store.Standing{Kind: store.KindLevel, Level: n}, nil
		}
		return store.Standing{}, refused(field+".level", meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"Tingkat %d butir %s di luar skala. Isilah tingkat %d sampai %d.",
			"Level %d of item %s is off the scale. Answer a level from %d to %d.", v.Level, item, in.Scale.Min, in.Scale.Max)
	}
	return store.Standing{}, refused(field, meritv1.Reason_REASON_LEVEL_OFF_SCALE,
		"Butir %s dinilai dengan tingkat. Isilah tingkat %d sampai %d.",
		"Item %s is answered with a level. Answer a level from %d to %d.", item, in.Scale.Min, in.Scale.Max)
}

func readChoice(field, item string, options []instrument.Option, a *meritv1.Answer) (store.Standing, *fault.Violation) {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_NotProven:
		return store.Standing{Kind: store.KindNotProven}, nil
	case *meritv1.Answer_Choice:
		if slices.ContainsFunc(options, func(o instrument.Option) bool { return o.Value == v.Choice }) {
			return store.Standing{Kind: store.KindChoice, Value: v.Choice}, nil
		}
		return store.Standing{}, refused(field+".choice", meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"Butir %s tidak punya pilihan %q. Pilihlah salah satu: %s.",
			"Item %s has no option %q. Answer one of: %s.", item, v.Choice, optionValues(options))
	}
	return store.Standing{}, refused(field, meritv1.Reason_REASON_LEVEL_OFF_SCALE,
		"Butir %s dijawab dengan pilihan. Pilihlah salah satu: %s.",
		"Item %s is answered with an option. Answer one of: %s.", item, optionValues(options))
}

func readProfileAnswer(in *instrument.Instrument, field, code string, a *meritv1.Answer) (store.Standing, *fault.Violation) {
	item := profilePrefix + code
	f := profileField(in, code)
	if f == nil {
		return store.Standing{}, unknownItem(in, field, item)
	}
	text := strings.TrimSpace(a.GetText())
	_, isText := a.GetValue().(*meritv1.Answer_Text)
	_, isNotProven := a.GetValue().(*meritv1.Answer_NotProven)
	switch {
	case a.GetValue() == nil:
		return store.Standing{Kind: store.KindCleared}, nil
	case isNotProven:
	case f.Kind == instrument.FieldChoice:
		return readChoice(field, item, f.Options, a)
	case f.Kind == instrument.FieldYear && isText && isYear(text), f.Kind == instrument.FieldText && isText && text != "":
		return store.Standing{Kind: store.KindText, Value: text}, nil
	}
	wanted := profileWants[f.Kind]
	return store.Standing{}, refused(field, meritv1.Reason_REASON_INVALID_REQUEST,
		"Data profil %s: %s.", "Profile field %s: %s.", item, wanted)
}

// profileWants says how each kind of profile field is answered.
var profileWants = map[instrument.FieldKind]fault.Text{
	instrument.FieldText:   {ID: "isilah dengan teks", EN: "answer with a text"},
	instrument.FieldYear:   {ID: "isilah tahun empat angka, misalnya \"2021\"", EN: `answer with a year of four digits as text, such as "2021"`},
	instrument.FieldFile:   {ID: "rujuklah berkas bukti, bukan mengisi jawaban", EN: "cite a file as evidence instead of answering"},
	instrument.FieldChoice: {ID: "pilihlah salah satu pilihannya", EN: "answer with one of its options"},
}

func isYear(s string) bool {
	year, err := strconv.Atoi(s)
	return err == nil && len(s) == 4 && year >= 1900
}

func profileField(in *instrument.Instrument, code string) *instrument.Field {
	for i := range in.Profile {
		if in.Profile[i].Code == code {
			return &in.Profile[i]
		}
	}
	return nil
}

// behindGates returns a violation where an item with a value does not apply on the sheet as it would be with all
// the new answers: its gate is answered with a value under which it does not apply.
func behindGates(in *instrument.Instrument, scored *scoring.Sheet, s *store.Sheet, field, item string) *fault.Violation {
	if code, ok := strings.CutPrefix(item, profilePrefix); ok {
		if f := profileField(in, code); !fieldApplies(in, f, s) {
			return refused(field, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
				"Data profil %s hanya diisi bila %s dijawab %s.", "Profile field %s applies only when %s is answered with %s.",
				item, profilePrefix+f.AppliesWhen.Item, strings.Join(f.AppliesWhen.In, ", "))
		}
		return nil
	}
	i, _ := in.Scoring().ItemIndex(item)
	if scored.State(i) != scoring.StateGateClosed {
		return nil
	}
	gate := in.Scoring().Item(i).AppliesWhen
	return refused(field, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
		"Butir %s tidak berlaku karena jawaban atas butir %s; butir ini hanya berlaku bila dijawab %s. Kosongkan jawabannya atau ubah jawaban butir %[2]s.",
		"Item %s does not apply after the answer to item %s; it applies only when that is %s. Leave it unanswered or change the answer to %[2]s.",
		item, gate.Item, strings.Join(gate.In, ", "))
}

// fieldApplies reports whether a profile field is asked for, given what is claimed of the field it depends on.
func fieldApplies(in *instrument.Instrument, f *instrument.Field, s *store.Sheet) bool {
	if f.AppliesWhen == nil {
		return true
	}
	gate := profileField(in, f.AppliesWhen.Item)
	answer := s.Item(profilePrefix + f.AppliesWhen.Item).Claimed
	return fieldApplies(in, gate, s) && answer.Stands() && slices.Contains(f.AppliesWhen.In, answer.Value)
}

func unknownItem(in *instrument.Instrument, field, item string) *fault.Violation {
	return refused(strings.TrimSuffix(field, "answer")+"item", meritv1.Reason_REASON_UNKNOWN_ITEM,
		"Instrumen %s tidak punya butir %q. Periksa kode butirnya.", "Instrument %s has no item %q. Check the code.", in.ID, item)
}

func optionValues(options []instrument.Option) string {
	values := make([]string, len(options))
	for i, o := range options {
		values[i] = o.Value
	}
	return strings.Join(values, ", ")
}

func refused(field string, reason meritv1.Reason, id, en string, args ...any) *fault.Violation {
	return &fault.Violation{Field: field, Reason: reason, Text: fault.T(id, en, args...)}
}

// refuse makes one fault of violations, of which there is at least one: nothing was stored. It has their reason when
// they share one.
func refuse(violations []fault.Violation) *fault.Error {
	first := violations[0]
	f := &fault.Error{Reason: first.Reason, Text: first.Text}
	for _, v := range violations {
		if v.Reason != first.Reason {
			f.Reason = meritv1.Reason_REASON_INVALID_REQUEST
		}
	}
	if n := len(violations); n > 1 {
		f.Text = fault.T("%d jawaban tidak dapat diterima dan tidak ada yang disimpan. Perbaiki semuanya lalu kirim lagi. Yang pertama: %s",
			"%d answers cannot be accepted and nothing was stored. Correct them all and send them again. The first: %s", n, first.Text)
	}
	return f.Add(violations...)
}
