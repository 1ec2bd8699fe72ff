package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// Simulate scores the sheet with some answers changed.
func (s *assessmentServer) Simulate(ctx context.Context, req *meritv1.SimulateRequest) (*meritv1.SimulateResponse, error) {
	in, before, after, err := s.simulate(ctx, req.GetAssessmentId(), req.GetChanges())
	if err != nil {
		return nil, err
	}
	return &meritv1.SimulateResponse{Before: scored.Sheet(in, before, scored.ByAspect), After: scored.Sheet(in, after, scored.WithItems)}, nil
}

// SuggestPath finds the cheapest way to a category.
func (s *assessmentServer) SuggestPath(ctx context.Context, req *meritv1.SuggestPathRequest) (*meritv1.SuggestPathResponse, error) {
	in, _, sheet, err := s.simulate(ctx, req.GetAssessmentId(), req.GetChanges())
	if err != nil {
		return nil, err
	}
	category, err := target(in, sheet, req.GetCategory())
	if err != nil {
		return nil, err
	}
	path, err := in.Scoring().CheapestPath(sheet, category)
	if err != nil {
		return nil, noPath(in, category, err)
	}
	return scored.Path(in, path), nil
}

// target is the category asked for; the next one when none is named, or the one reached when there is none above it.
func target(in *instrument.Instrument, sheet *scoring.Sheet, asked string) (string, error) {
	if !in.Scoring().HasTotal() || len(in.Categories) == 0 {
		return "", fault.New(meritv1.Reason_REASON_NO_TOTAL,
			"Instrumen %s belum punya nilai total dan kategori, sehingga tidak ada jalan ke suatu kategori.",
			"Instrument %s has no total and no categories yet, so there is no way to one.", in.ID)
	}
	if asked != "" {
		return asked, nil
	}
	var r scoring.Result
	in.Scoring().Score(sheet, &r)
	if r.Next >= 0 {
		return in.Categories[r.Next].Code, nil
	}
	return in.Categories[r.Category].Code, nil
}

func noPath(in *instrument.Instrument, category string, err error) error {
	switch {
	case errors.Is(err, scoring.ErrUnknownCategory):
		var codes []string
		for _, c := range in.Categories {
			codes = append(codes, c.Code)
		}
		return fault.Invalid("category", "Tidak ada kategori %q. Pilihlah salah satu: %s.",
			"There is no category %q. Use one of %s.", category, strings.Join(codes, ", "))
	case errors.Is(err, scoring.ErrUnreachable):
		return fault.New(meritv1.Reason_REASON_TARGET_UNREACHABLE,
			"Kategori %s tidak tercapai sekalipun setiap butir yang berlaku berada di tingkat tertinggi.",
			"Category %s cannot be reached even with every applicable item at the highest level.", category).Because(err)
	}
	return err
}

// simulate reads the claims of an assessment and puts the changes on a copy of them. Nothing is stored.
func (s *core) simulate(ctx context.Context, id string, changes []*meritv1.Change) (in *instrument.Instrument, before, after *scoring.Sheet, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		a, _, err := reach(tx, access.From(ctx), id)
		if err != nil {
			return err
		}
		if in, err = s.instruments.Published(tx, a.InstrumentID); err != nil {
			return err
		}
		sheet, err := tx.Sheet(a.ID)
		if err != nil {
			return err
		}
		if before, err = scoringSheet(in, a.AgencyKind, &sheet, store.StageClaimed); err != nil {
			return err
		}
		after, err = changed(in, a.AgencyKind, before, &sheet, changes)
		return err
	})
	return in, before, after, err
}

// changed is a copy of a sheet with the changes, which it refuses as SaveAnswers would. A profile field scores nothing.
func changed(in *instrument.Instrument, kind scoring.AgencyKind, before *scoring.Sheet, s *store.Sheet, changes []*meritv1.Change) (*scoring.Sheet, error) {
	after := before.Clone()
	var wrong []fault.Violation
	for i, c := range changes {
		field := fmt.Sprintf("changes[%d].answer", i)
		d, refused := readAnswer(in, kind, field, c.GetItem(), c.GetAnswer())
		if refused == nil && !strings.HasPrefix(c.GetItem(), profilePrefix) {
			d.Seq = 1 // it stands
			if err := setAnswer(after, c.GetItem(), d); err != nil {
				return nil, err
			}
		} else if refused != nil {
			wrong = append(wrong, *refused)
		}
	}
	for i, c := range changes {
		if len(wrong) == 0 && c.GetAnswer().GetValue() != nil {
			if refused := behindGates(in, after, s, fmt.Sprintf("changes[%d].answer", i), c.GetItem()); refused != nil {
				return nil, refuse([]fault.Violation{*refused})
			}
		}
	}
	if len(wrong) > 0 {
		return nil, refuse(wrong)
	}
	return after, nil
}
