package web

import (
	"net/http"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// workListView is the list of the assessor: which sheets wait, for how long, and who has how much.
type workListView struct {
	Filter     workFilter
	Cycles     []*meritv1.Cycle
	Work       []*meritv1.Work
	Verifiers  []*meritv1.Load // with their load; for those who may see it
	LoadCycle  *meritv1.Cycle
	Unassigned int32
	Pager      pager
	Lead       bool
}

// workFilter is what the list is narrowed to.
type workFilter struct {
	Cycle, Verifier, Text string
	State                 meritv1.AssessmentState
}

// unassigned is what the filter calls sheets without a verifier.
const unassigned = "none"

var workListPage = newPage[workListView]("verification-list")

func (rt router) verification() {
	rt.get("/verification", assessor(showWork))
	rt.post("/verification/assign", assessor(assignMany))
	rt.get("/verification/statistics", assessor(showStatistics))
	rt.get("/verification/{assessment}", assessor(showVerification))
	rt.post("/verification/{assessment}/start", assessor(startVerification))
	rt.post("/verification/{assessment}/return", assessor(returnAssessment))
	rt.post("/verification/{assessment}/complete", assessor(completeVerification))
	rt.get("/verification/{assessment}/differences", assessor(showDifferences))
	rt.get("/verification/{assessment}/assign", assessor(showAssign))
	rt.post("/verification/{assessment}/assign", assessor(assignOne))
	rt.get("/verification/{assessment}/ask", assessor(showAsk))
	rt.post("/verification/{assessment}/ask", assessor(openRound))
	rt.post("/verification/{assessment}/rounds/{round}/close", assessor(endRound))
	rt.get("/verification/{assessment}/items/{item}", assessor(showDesk))
	rt.post("/verification/{assessment}/items/{item}", assessor(decideItem))
}

// assessor serves a page to the assessing side and to auditors. The service decides what each of them reaches.
func assessor(h handler) handler {
	return only(h,
		meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR)
}

func showWork(w http.ResponseWriter, r *request) error {
	view, err := r.workList()
	if err != nil {
		return err
	}
	return workListPage.show(w, r, view)
}

// workList reads the list that the address asks for.
func (r *request) workList() (view workListView, err error) {
	q := r.URL.Query()
	view.Lead = r.acts(meritv1.Role_ROLE_LEAD_VERIFIER)
	view.Filter = workFilter{q.Get("cycle"), q.Get("verifier"), strings.TrimSpace(q.Get("text")), enum[meritv1.AssessmentState](q.Get("state"))}
	if view.Cycles, err = r.cycles(); err != nil {
		return view, err
	}
	if err := r.readWork(&view); err != nil {
		return view, err
	}
	if r.acts(meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_AUDITOR) {
		err = r.readLoad(&view)
	}
	return view, err
}

// cycles are all cycles, the latest year first.
func (r *request) cycles() ([]*meritv1.Cycle, error) {
	listed, err := r.Cycles.ListCycles(r.Context(), &meritv1.ListCyclesRequest{PageSize: pageMost})
	return listed.GetCycles(), err
}

// pageMost is the largest page that the service gives.
const pageMost = 500

// readWork reads a page of the list; when an agency is looked for by its name, all pages.
func (r *request) readWork(view *workListView) error {
	f := view.Filter
	req := &meritv1.ListWorkRequest{CycleId: f.Cycle, State: f.State, VerifierId: f.Verifier, PageToken: r.pageToken()}
	if f.Verifier == unassigned {
		req.VerifierId, req.Unassigned = "", true
	}
	if f.Text != "" {
		req.PageSize = pageMost
	}
	for {
		listed, err := r.Verifications.ListWork(r.Context(), req)
		if err != nil {
			return err
		}
		view.Work = append(view.Work, ofAgencyNamed(listed.GetWork(), f.Text)...)
		if req.PageToken = listed.GetNextPageToken(); f.Text == "" || req.PageToken == "" {
			view.Pager = r.pager(req.PageToken)
			return nil
		}
	}
}

// ofAgencyNamed keeps the work whose agency's name contains the text.
func ofAgencyNamed(work []*meritv1.Work, text string) []*meritv1.Work {
	text = strings.ToLower(text)
	return slices.DeleteFunc(work, func(w *meritv1.Work) bool {
		return !strings.Contains(strings.ToLower(w.GetAssessment().GetAgencyName()), text)
	})
}

// readLoad reads who has how much in the cycle of the filter, or in the latest one.
func (r *request) readLoad(view *workListView) error {
	if view.LoadCycle = chosenCycle(view.Cycles, view.Filter.Cycle); view.LoadCycle == nil {
		return nil
	}
	load, err := r.Verifications.GetLoad(r.Context(), &meritv1.GetLoadRequest{CycleId: view.LoadCycle.GetId()})
	view.Verifiers, view.Unassigned = load.GetLoads(), load.GetUnassigned()
	return err
}
