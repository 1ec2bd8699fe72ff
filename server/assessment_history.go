package server

import (
	"context"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// GetHistory lists the decisions and steps of an assessment that the caller may see.
func (s *assessmentServer) GetHistory(ctx context.Context, req *meritv1.GetHistoryRequest) (*meritv1.GetHistoryResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	resp := new(meritv1.GetHistoryResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		c := access.From(ctx)
		a, _, err := reach(tx, c, req.GetAssessmentId())
		if err != nil {
			return err
		}
		if req.GetItem() != "" {
			if err := s.checkItems(tx, &a, []string{req.GetItem()}); err != nil {
				return err
			}
		}
		sight, err := sightOf(tx, c, &a)
		if err != nil {
			return err
		}
		all, err := history(tx, &a, sight, req.GetItem())
		if err != nil {
			return err
		}
		after, _ := slices.BinarySearchFunc(all, p.After, func(h happening, after []string) int { return slices.Compare(h.key(), after) })
		if p.After != nil {
			after++
		}
		shown := all[after:min(after+p.Limit(), len(all))]
		shown, resp.NextPageToken = page.Cut(p, shown, happening.key)
		resp.Events, err = sight.messages(tx, shown)
		return err
	})
}

// happening is one decision or one step.
type happening struct {
	at       int64 // microseconds
	decision *store.Decision
	step     *store.Step
}

// key orders what happened: by time, and at one time first the start, then decisions, then the step that they led to.
func (h happening) key() []string {
	at := strconv.FormatInt(h.at, 10)
	at = strings.Repeat("0", 20-len(at)) + at
	switch {
	case h.step != nil && h.step.Step == workflow.Start:
		return []string{at, "begin"}
	case h.step != nil:
		return []string{at, "step", number(h.step.Seq)}
	}
	return []string{at, "decision", h.decision.Item, string(h.decision.Stage), number(h.decision.Seq)}
}

func (h happening) compare(other happening) int { return slices.Compare(h.key(), other.key()) }

func number(n int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", 10-len(s)) + s
}

// history is what happened to an assessment, or to one item of it, as far as it is visible, oldest first.
func history(tx *store.Tx, a *store.Assessment, sight sight, item string) ([]happening, error) {
	decisions, err := tx.Decisions(a.ID, item)
	if err != nil {
		return nil, err
	}
	var all []happening
	for i := range decisions {
		if d := &decisions[i]; sight.sees(d) {
			all = append(all, happening{at: store.Micros(d.DecidedAt), decision: d})
		}
	}
	if item == "" {
		steps, err := tx.Steps(a.ID)
		if err != nil {
			return nil, err
		}
		for i := range steps {
			if st := &steps[i]; sight.seesStep(st) {
				all = append(all, happening{at: store.Micros(st.TakenAt), step: st})
			}
		}
	}
	slices.SortFunc(all, happening.compare)
	return all, nil
}

// seesStep reports whether a step is visible: whom the assessor assigns is its own affair until something is released.
func (s sight) seesStep(step *store.Step) bool {
	return step.Step != workflow.AssignVerifier || s.assessors()
}

// names reports whether the person who took a step may be named.
func (s sight) names(step *store.Step) bool {
	byAgency := slices.Contains([]workflow.Step{workflow.Start, workflow.Submit, workflow.Recall}, step.Step)
	return byAgency || s.assessors()
}

// messages says what happened in the words of the contract.
func (s sight) messages(tx *store.Tx, all []happening) ([]*meritv1.HistoryEvent, error) {
	accounts := make([]string, len(all))
	for i, h := range all {
		if h.decision != nil {
			accounts[i] = h.decision.DecidedBy
		} else if s.names(h.step) {
			accounts[i] = h.step.TakenBy
		}
	}
	who, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	events := make([]*meritv1.HistoryEvent, len(all))
	for i, h := range all {
		events[i] = &meritv1.HistoryEvent{At: timestamp(store.Instant(h.at)), By: who.of(accounts[i])}
		if h.decision != nil {
			sayDecision(events[i], h.decision, who)
		} else {
			events[i].Step, events[i].Reason = string(h.step.Step), h.step.Reason
			events[i].FromState, events[i].ToState = h.step.From.Proto(), h.step.To.Proto()
		}
	}
	return events, nil
}

func sayDecision(m *meritv1.HistoryEvent, d *store.Decision, who people) {
	m.Item, m.Decision = d.Item, decisionMessage(d, who)
	m.Stage = meritv1.Stage(meritv1.Stage_value["STAGE_"+string(d.Stage)])
	if d.Stage != store.StageClaimed {
		m.Reason = d.Note
	}
}
