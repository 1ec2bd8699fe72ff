package server

import (
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// instrumentHead is an instrument as lists show it: without aspects, profile and source.
func instrumentHead(row store.Instrument, in *instrument.Instrument) *meritv1.Instrument {
	m := &meritv1.Instrument{
		Id:               in.ID,
		Title:            in.Title,
		LegalBases:       in.LegalBases,
		Assessor:         in.Assessor,
		Status:           meritv1.LegalStatus(meritv1.LegalStatus_value["LEGAL_STATUS_"+string(in.Status)]),
		Lifecycle:        meritv1.Lifecycle(meritv1.Lifecycle_value["LIFECYCLE_"+string(row.Lifecycle)]),
		Provenance:       in.Provenance,
		EvidenceRequired: in.EvidenceRequired,
		Replaces:         in.Replaces,
		Method:           string(in.Rule.Method),
		IndexDivisor:     knownPoints(in.Rule.IndexDivisor),
		IndexDecimals:    int32(in.Rule.IndexDecimals),
		ScaleMin:         int32(in.Scale.Min),
		ScaleMax:         int32(in.Scale.Max),
		Digest:           row.Digest,
		PublishedAt:      timestamp(row.PublishedAt),
	}
	for _, c := range in.Categories {
		m.Categories = append(m.Categories, &meritv1.Category{Code: c.Code, Name: c.Name, NameEn: c.NameEN, Min: c.Min.String()})
	}
	for _, item := range in.Scoring().Items() {
		if item.Kind == scoring.Scored {
			m.ItemCount++
		}
		m.RestsOnReconstructed = m.RestsOnReconstructed || item.Provenance == scoring.Reconstructed
	}
	return m
}

// wholeInstrument is an instrument with everything in it.
func wholeInstrument(row store.Instrument, in *instrument.Instrument) *meritv1.Instrument {
	m := instrumentHead(row, in)
	m.Source = in.Source()
	for _, a := range in.Aspects {
		aspect := &meritv1.Aspect{
			Code: a.Code, Name: a.Name, NameEn: a.NameEN, Description: a.Description, Weight: knownPoints(a.Weight),
		}
		for i := range a.Items {
			aspect.Items = append(aspect.Items, itemMessage(&a.Items[i]))
		}
		m.Aspects = append(m.Aspects, aspect)
	}
	for _, f := range in.Profile {
		m.Profile = append(m.Profile, &meritv1.ProfileField{
			Code: f.Code, Kind: string(f.Kind), Label: f.Label, LabelEn: f.LabelEN, Options: optionMessages(f.Options),
			AppliesWhen: conditionMessage(f.AppliesWhen),
		})
	}
	return m
}

func itemMessage(item *instrument.Item) *meritv1.Item {
	m := &meritv1.Item{
		Code: item.Code, Name: item.Name, NameEn: item.NameEN, Question: item.Question, Kind: string(item.Kind),
		Weight: knownPoints(item.Weight), EvidenceHints: item.EvidenceHints, Options: optionMessages(item.Options),
		AppliesWhen: conditionMessage(item.AppliesWhen), Provenance: string(item.Provenance),
		Predecessor: item.Predecessor, Comparable: item.Comparable,
	}
	for _, l := range item.Levels {
		m.Levels = append(m.Levels, &meritv1.LevelDescription{Level: int32(l.Level), Description: l.Description})
	}
	for _, k := range item.AppliesTo {
		m.AppliesTo = append(m.AppliesTo, string(k))
	}
	return m
}

func optionMessages(options []instrument.Option) []*meritv1.Option {
	var all []*meritv1.Option
	for _, o := range options {
		all = append(all, &meritv1.Option{Value: o.Value, Label: o.Label, LabelEn: o.LabelEN})
	}
	return all
}

func conditionMessage(c *scoring.Condition) *meritv1.Condition {
	if c == nil {
		return nil
	}
	return &meritv1.Condition{Item: c.Item, In: slices.Clone(c.In)}
}

// knownPoints writes an amount as exact decimal text, and one that the instrument does not have as nothing.
func knownPoints(p scoring.Points) string {
	if p == 0 {
		return ""
	}
	return p.String()
}

// timestamp is an instant as messages have it; the zero time is left out.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
