package server

import (
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
)

// clarificationMessages says rounds in the words of the contract. A round is over at its deadline, whether or
// not that is recorded.
func clarificationMessages(tx *store.Tx, rounds ...store.Clarification) ([]*meritv1.Clarification, error) {
	var accounts []string
	for i := range rounds {
		accounts = append(accounts, rounds[i].OpenedBy, rounds[i].ClosedBy)
		for _, q := range rounds[i].Items {
			for _, a := range q.Answers {
				accounts = append(accounts, a.AnsweredBy)
			}
		}
	}
	people, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	messages := make([]*meritv1.Clarification, len(rounds))
	for i := range rounds {
		messages[i] = clarificationMessage(&rounds[i], people, tx.Now())
	}
	return messages, nil
}

func clarificationMessage(c *store.Clarification, people people, now time.Time) *meritv1.Clarification {
	m := &meritv1.Clarification{
		Id: c.ID, AssessmentId: c.AssessmentID, Number: int32(c.Number), Kind: roundKindMessage(c.Kind), LastDay: c.LastDay,
		ClosesAt: timestamp(c.ClosesAt()), OpenedBy: people.of(c.OpenedBy), OpenedAt: timestamp(c.OpenedAt),
		ClosedBy: people.of(c.ClosedBy), ClosedAt: timestamp(c.ClosedAt), Open: c.OpenAt(now), Revision: c.Revision,
		Items: make([]*meritv1.ClarificationItem, len(c.Items)),
	}
	if c.Overdue(now) {
		m.ClosedAt = m.ClosesAt
	}
	for i, q := range c.Items {
		item := &meritv1.ClarificationItem{Item: q.Item, Question: q.Question}
		for _, a := range q.Answers {
			item.Answers = append(item.Answers, &meritv1.ClarificationAnswer{
				Answer: a.Answer, AnsweredBy: people.of(a.AnsweredBy), AnsweredAt: timestamp(a.AnsweredAt),
			})
		}
		m.Items[i] = item
	}
	return m
}

func roundKindMessage(k store.RoundKind) meritv1.RoundKind {
	if k == store.RoundRepair {
		return meritv1.RoundKind_ROUND_KIND_REPAIR
	}
	return meritv1.RoundKind_ROUND_KIND_CLARIFICATION
}

func roundKind(m meritv1.RoundKind) store.RoundKind {
	if m == meritv1.RoundKind_ROUND_KIND_REPAIR {
		return store.RoundRepair
	}
	return store.RoundClarification
}
