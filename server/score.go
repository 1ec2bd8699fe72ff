package server

import (
	"fmt"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// profilePrefix begins the code under which a profile field stands on a sheet.
const profilePrefix = "profile."

// scoringSheet puts what stands of every item into a sheet that can be scored. Of several stages the first that
// has a decision counts: (Determined, Verified) is what the plenary would determine now. With one stage, items
// without a decision of it are unanswered: a verified score counts verified decisions only.
func scoringSheet(in *instrument.Instrument, kind scoring.AgencyKind, s *store.Sheet, stages ...store.Stage) (*scoring.Sheet, error) {
	sheet, err := in.Scoring().NewSheet(kind)
	if err != nil {
		return nil, err
	}
	for i := range s.Items {
		item := &s.Items[i]
		if strings.HasPrefix(item.Item, profilePrefix) {
			continue
		}
		for _, stage := range stages {
			if d := item.At(stage); d.Stands() {
				if err := setAnswer(sheet, item.Item, d); err != nil {
					return nil, fmt.Errorf("assessment %s: %w", s.AssessmentID, err)
				}
				break
			}
		}
	}
	return sheet, nil
}

// setAnswer puts one decision on a sheet; a decision that does not stand leaves the item unanswered.
func setAnswer(sheet *scoring.Sheet, item string, d store.Standing) error {
	switch {
	case !d.Stands():
		if i, ok := sheet.Instrument().ItemIndex(item); ok {
			return sheet.Set(i, scoring.Unanswered)
		}
		return nil
	case d.Kind == store.KindLevel:
		return sheet.SetLevel(item, d.Level)
	case d.Kind == store.KindChoice:
		return sheet.SetChoice(item, d.Value)
	case d.Kind == store.KindNotProven:
		return sheet.SetNotProven(item)
	}
	return fmt.Errorf("item %s has a decision of kind %s", item, d.Kind)
}

// scoreOf scores what stands at the stages: see scoringSheet.
func scoreOf(in *instrument.Instrument, kind scoring.AgencyKind, s *store.Sheet, detail scored.Detail, stages ...store.Stage) (*meritv1.Score, error) {
	sheet, err := scoringSheet(in, kind, s, stages...)
	if err != nil {
		return nil, err
	}
	return scored.Sheet(in, sheet, detail), nil
}

// applicableItems returns the codes of the items that apply, choices included, in the order of the instrument.
func applicableItems(in *instrument.Instrument, sheet *scoring.Sheet) []string {
	codes := make([]string, 0, in.Scoring().NumItems())
	for i, item := range in.Scoring().Items() {
		if sheet.State(i).Applies() {
			codes = append(codes, item.Code)
		}
	}
	return slices.Clip(codes)
}
