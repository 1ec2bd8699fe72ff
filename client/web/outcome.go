package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) outcome() {
	rt.get("/assessments/{id}/outcome", signedIn(showOutcome))
	rt.get("/assessments/{id}/history", signedIn(showHistory))
}

// outcomeView sets claimed, verified and determined side by side.
type outcomeView struct {
	Head    sheetHead
	Stages  []stageScore
	Aspects []outcomeAspect
	Only    string // differences, or empty for all items
	Differ  int    // items on which the decisions differ
}

// stageScore is the score of one stage.
type stageScore struct {
	Stage meritv1.Stage
	Card  scoreCard
}

// outcomeAspect is one aspect with its items.
type outcomeAspect struct {
	Code, Title string
	Items       []outcomeItem
}

// outcomeItem is one item with its decisions.
type outcomeItem struct {
	*meritv1.AssessmentItem
	Name    string
	Differs bool // the verifier or the plenary decided otherwise than was claimed
}

var outcomePage = newPage[outcomeView]("outcome")

func showOutcome(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("outcome", meritv1.AssessmentView_ASSESSMENT_VIEW_FULL)
	if err != nil {
		return err
	}
	view := outcomeView{Head: head, Only: r.URL.Query().Get("only")}
	view.score(in)
	view.compare(r, in)
	return outcomePage.show(w, r, view)
}

// score lists the scores of the stages that the reader may see.
func (v *outcomeView) score(in *meritv1.Instrument) {
	a := v.Head.Assessment
	for _, s := range []struct {
		stage meritv1.Stage
		score *meritv1.Score
	}{
		{meritv1.Stage_STAGE_CLAIMED, a.GetScore()}, {meritv1.Stage_STAGE_VERIFIED, a.GetVerifiedScore()}, {meritv1.Stage_STAGE_DETERMINED, a.GetDeterminedScore()},
	} {
		if s.score != nil {
			v.Stages = append(v.Stages, stageScore{s.stage, scoreCardOf(in, s.score)})
		}
	}
}

func (v *outcomeView) compare(r *request, in *meritv1.Instrument) {
	for _, aspect := range in.GetAspects() {
		out := outcomeAspect{Code: aspect.GetCode(), Title: r.named(aspect.GetName(), aspect.GetNameEn())}
		for _, item := range aspect.GetItems() {
			stand := standOf(v.Head.Assessment, item.GetCode())
			row := outcomeItem{stand, r.named(item.GetName(), item.GetNameEn()), differs(stand)}
			if row.Differs {
				v.Differ++
			}
			if row.Differs || v.Only == "" {
				out.Items = append(out.Items, row)
			}
		}
		if len(out.Items) > 0 {
			v.Aspects = append(v.Aspects, out)
		}
	}
}

// differs reports whether somebody decided otherwise than was claimed, or was verified.
func differs(item *meritv1.AssessmentItem) bool {
	claimed, verified, determined := item.GetClaimed().GetAnswer(), item.GetVerified(), item.GetDetermined()
	return verified != nil && !sameAnswer(claimed, verified.GetAnswer()) ||
		determined != nil && verified != nil && !sameAnswer(verified.GetAnswer(), determined.GetAnswer()) ||
		determined != nil && !sameAnswer(claimed, determined.GetAnswer())
}

// historyView is everything that happened to an assessment, or to one item of it.
type historyView struct {
	Head   sheetHead
	Item   string
	Name   string // of the item
	Events []historyEvent
	More   string // the token of the next page
}

// historyEvent is one decision or step.
type historyEvent struct {
	*meritv1.HistoryEvent
	Name  string // of the item
	Steps string // English ¦ Indonesia
}

// stepWords say the steps that the history has.
var stepWords = map[string]string{
	"START": "Started ¦ Dimulai", "SUBMIT": "Submitted ¦ Diajukan", "RECALL": "Recalled ¦ Ditarik kembali", "RETURN": "Returned by the verifier ¦ Dikembalikan verifikator",
	"ASSIGN_VERIFIER": "Verifier assigned ¦ Verifikator ditugaskan", "START_VERIFICATION": "Verification begun ¦ Verifikasi dimulai",
	"OPEN_CLARIFICATION": "Clarification opened ¦ Klarifikasi dibuka", "CLOSE_CLARIFICATION": "Clarification closed ¦ Klarifikasi ditutup",
	"OPEN_REPAIR": "Repair round opened ¦ Putaran perbaikan dibuka", "CLOSE_REPAIR": "Repair round closed ¦ Putaran perbaikan ditutup",
	"COMPLETE":  "Verification signed off, minutes released ¦ Verifikasi disahkan, berita acara dirilis",
	"DETERMINE": "Determined by decree ¦ Ditetapkan dengan keputusan", "CORRECT": "Determination corrected ¦ Penetapan dikoreksi",
}

var historyPage = newPage[historyView]("history")

func showHistory(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("history", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	view := historyView{Head: head, Item: r.URL.Query().Get("item")}
	list, err := r.Assessments.GetHistory(r.Context(), &meritv1.GetHistoryRequest{
		AssessmentId: head.Assessment.GetId(), Item: view.Item, PageSize: 100, PageToken: r.URL.Query().Get("page"),
	})
	if err != nil {
		return err
	}
	names := r.itemNames(in)
	view.Name, view.More = names[view.Item], list.GetNextPageToken()
	for _, e := range list.GetEvents() {
		view.Events = append(view.Events, historyEvent{e, names[e.GetItem()], stepWords[e.GetStep()]})
	}
	return historyPage.show(w, r, view)
}
