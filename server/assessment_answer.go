package server

import (
	"context"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// SaveAnswer adds a claim for one item.
func (s *assessmentServer) SaveAnswer(ctx context.Context, req *meritv1.SaveAnswerRequest) (*meritv1.SaveAnswerResponse, error) {
	received := s.now()
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.SaveAnswerResponse, []audit.Entry, error) {
		f, err := s.fill(tx, access.From(ctx), req.GetAssessmentId(), received)
		if err != nil {
			return nil, nil, err
		}
		f.add("answer", &meritv1.AnswerChange{
			Item: req.GetItem(), Answer: req.GetAnswer(), Note: req.GetNote(), ExpectedSequence: req.ExpectedSequence,
		})
		claimed, score, err := f.save()
		if err != nil {
			return nil, nil, err
		}
		return &meritv1.SaveAnswerResponse{Claimed: claimed[0], Score: score}, f.entries(), nil
	})
}

// SaveAnswers adds many claims, all or none.
func (s *assessmentServer) SaveAnswers(ctx context.Context, req *meritv1.SaveAnswersRequest) (*meritv1.SaveAnswersResponse, error) {
	received := s.now()
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.SaveAnswersResponse, []audit.Entry, error) {
		f, err := s.fill(tx, access.From(ctx), req.GetAssessmentId(), received)
		if err != nil {
			return nil, nil, err
		}
		for i, change := range req.GetAnswers() {
			f.add(fmt.Sprintf("answers[%d].answer", i), change)
		}
		claimed, score, err := f.save()
		if err != nil {
			return nil, nil, err
		}
		return &meritv1.SaveAnswersResponse{Claimed: claimed, Score: score}, f.entries(), nil
	})
}
