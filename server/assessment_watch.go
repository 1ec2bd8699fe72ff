package server

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/store"
)

// lookEvery is how often a stream looks at an assessment of which nothing was told: a replica that is killed may have
// committed what it told nobody, and what may be seen changes with the day too.
const lookEvery = 30 * time.Second

// WatchAssessment streams what happens to an assessment from now on, and what of earlier happenings becomes visible. The
// headers are sent once it watches.
func (s *assessmentServer) WatchAssessment(req *meritv1.WatchAssessmentRequest, stream grpc.ServerStreamingServer[meritv1.WatchAssessmentResponse]) error {
	ctx := stream.Context()
	happened, end := s.events.watch(req.GetAssessmentId())
	defer end()
	w := &watching{core: s.core, id: req.GetAssessmentId(), seen: map[stagedItem]int{}, steps: map[int]bool{}}
	if _, err := w.look(ctx); err != nil {
		return err
	}
	if err := stream.SendHeader(metadata.MD{}); err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-happened:
		case <-tick.C:
		}
		news, err := w.look(ctx)
		if err != nil {
			return err
		}
		for _, m := range news {
			if err := stream.Send(m); err != nil {
				return err
			}
		}
	}
}

// watching is how much of an assessment one stream has told.
type watching struct {
	*core
	id    string
	seen  map[stagedItem]int // newest decision told of each item and stage
	steps map[int]bool       // steps told
}

type stagedItem struct {
	stage store.Stage
	item  string
}

// look tells what is visible now and was not before.
func (w *watching) look(ctx context.Context) (news []*meritv1.WatchAssessmentResponse, err error) {
	var fresh []happening
	err = w.store.View(ctx, func(tx *store.Tx) error {
		a, _, err := reach(tx, access.From(ctx), w.id)
		if err != nil {
			return err
		}
		sight, err := sightOf(tx, access.From(ctx), &a)
		if err != nil {
			return err
		}
		sheet, err := tx.Sheet(w.id)
		if err != nil {
			return err
		}
		if fresh, err = w.fresh(tx, sight, &sheet); err != nil || len(fresh) == 0 {
			return err
		}
		news, err = w.tell(tx, &a, sight, &sheet, fresh)
		return err
	})
	for _, h := range fresh {
		if h.step != nil {
			w.steps[h.step.Seq] = true
		} else {
			key := stagedItem{h.decision.Stage, h.decision.Item}
			w.seen[key] = max(w.seen[key], h.decision.Seq)
		}
	}
	return news, err
}

// fresh is what is visible and has not been told, oldest first. The sheet says whether decisions need reading at all.
func (w *watching) fresh(tx *store.Tx, sight sight, sheet *store.Sheet) (all []happening, err error) {
	if w.stirred(sight, sheet) {
		decisions, err := tx.Decisions(w.id, "")
		if err != nil {
			return nil, err
		}
		for i := range decisions {
			if d := &decisions[i]; d.Seq > w.seen[stagedItem{d.Stage, d.Item}] && sight.sees(d) {
				all = append(all, happening{at: store.Micros(d.DecidedAt), decision: d})
			}
		}
	}
	steps, err := tx.Steps(w.id)
	for i := range steps {
		if !w.steps[steps[i].Seq] && sight.seesStep(&steps[i]) {
			all = append(all, happening{at: store.Micros(steps[i].TakenAt), step: &steps[i]})
		}
	}
	slices.SortFunc(all, happening.compare)
	return all, err
}

// stirred reports whether the sheet has decisions that were not told and may be visible.
func (w *watching) stirred(sight sight, sheet *store.Sheet) bool {
	for i := range sheet.Items {
		item := &sheet.Items[i]
		_, released := sight.released[item.Item]
		if item.Claimed.Seq > w.seen[stagedItem{store.StageClaimed, item.Item}] ||
			(sight.verified || released) && item.Verified.Seq > w.seen[stagedItem{store.StageVerified, item.Item}] ||
			(sight.plenary || !sight.decreed.IsZero()) && item.Determined.Seq > w.seen[stagedItem{store.StageDetermined, item.Item}] {
			return true
		}
	}
	return false
}

// tell says the news; the score of the claims stands beside the newest claim.
func (w *watching) tell(tx *store.Tx, a *store.Assessment, sight sight, sheet *store.Sheet, fresh []happening) ([]*meritv1.WatchAssessmentResponse, error) {
	events, err := sight.messages(tx, fresh)
	if err != nil {
		return nil, err
	}
	news := make([]*meritv1.WatchAssessmentResponse, len(events))
	newestClaim := -1
	for i, e := range events {
		news[i] = &meritv1.WatchAssessmentResponse{Event: e}
		if e.GetStage() == meritv1.Stage_STAGE_CLAIMED {
			newestClaim = i
		}
	}
	if newestClaim < 0 {
		return news, nil
	}
	in, err := w.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return nil, err
	}
	news[newestClaim].Score, err = scoreOf(in, a.AgencyKind, sheet, scored.ByAspect, store.StageClaimed)
	return news, err
}
