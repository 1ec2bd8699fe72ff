package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
)

// decisionMessage says a decision with author, time and note in the words of the contract.
func decisionMessage(d *store.Decision, who people) *meritv1.Decision {
	return &meritv1.Decision{
		Answer: standingAnswer(d.Standing()), Note: d.Note, DecidedBy: who.of(d.DecidedBy), DecidedAt: timestamp(d.DecidedAt),
		Sequence: int32(d.Seq), RoundId: d.RoundID, CarriedFrom: d.CarriedFrom,
	}
}

// standingMessage says what stands of an item without author, time and note; nil without any decision.
func standingMessage(d store.Standing) *meritv1.Decision {
	switch {
	case d.Seq == 0:
		return nil
	case d.Kind == store.KindLevel:
		m := new(standingLevel)
		m.level.Level = int32(d.Level)
		m.answer.Value = &m.level
		m.decision.Answer, m.decision.Sequence = &m.answer, int32(d.Seq)
		return &m.decision
	}
	return &meritv1.Decision{Answer: standingAnswer(d), Sequence: int32(d.Seq)}
}

// standingLevel is the message of a level with its parts in one piece of memory: a sheet has forty.
type standingLevel struct {
	decision meritv1.Decision
	answer   meritv1.Answer
	level    meritv1.Answer_Level
}

// standingAnswer is what stands of an item in the words of the contract: nil without any decision, an Answer
// without value when it was cleared.
func standingAnswer(d store.Standing) *meritv1.Answer {
	if d.Seq == 0 {
		return nil
	}
	switch d.Kind {
	case store.KindLevel:
		return level(d.Level)
	case store.KindChoice:
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: d.Value}}
	case store.KindText:
		return &meritv1.Answer{Value: &meritv1.Answer_Text{Text: d.Value}}
	case store.KindNotProven:
		return notProven()
	}
	return &meritv1.Answer{}
}

func level(n int) *meritv1.Answer {
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(n)}}
}

func notProven() *meritv1.Answer {
	return &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}
}
