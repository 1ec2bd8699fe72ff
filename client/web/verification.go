package web

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
	NextPage   string
	Lead       bool
}

// workFilter is what the list is narrowed to.
type workFilter struct {
	Cycle, Verifier, Text string
	State                 meritv1.AssessmentState
}

// StateName is the state of the filter as it stands in an address; empty for all.
func (v workListView) StateName() string {
	if v.Filter.State == meritv1.AssessmentState_ASSESSMENT_STATE_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(v.Filter.State.String(), "ASSESSMENT_STATE_"))
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

var errAssessorOnly = status.Error(codes.PermissionDenied,
	"This page belongs to the assessor: verifiers, lead verifiers, commissioners and auditors. ¦ Halaman ini milik penilai: verifikator, koordinator pokja, komisioner, dan auditor.")

// assessor serves a page to the assessing side and to auditors. The service decides what each of them reaches.
func assessor(h handler) handler {
	return signedIn(func(w http.ResponseWriter, r *request) error {
		if !r.acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR) {
			return errAssessorOnly
		}
		for _, name := range []string{"assessment", "session", "round"} {
			if id := r.PathValue(name); id != "" && len(id) != idLength {
				return errNoPage
			}
		}
		return h(w, r)
	})
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
	view.Filter = workFilter{q.Get("cycle"), q.Get("verifier"), strings.TrimSpace(q.Get("text")), parseState(q.Get("state"))}
	if view.Cycles, err = r.cycles(); err != nil {
		return view, err
	}
	if err := r.readWork(&view, q.Get("page")); err != nil {
		return view, err
	}
	if r.acts(meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_AUDITOR) {
		err = r.readLoad(&view)
	}
	return view, err
}

// parseState is the state of that number or name in an address; UNSPECIFIED for another.
func parseState(name string) meritv1.AssessmentState {
	return meritv1.AssessmentState(meritv1.AssessmentState_value["ASSESSMENT_STATE_"+strings.ToUpper(name)])
}

// cycles are all cycles, the latest year first.
func (r *request) cycles() ([]*meritv1.Cycle, error) {
	listed, err := r.Cycles.ListCycles(r.Context(), &meritv1.ListCyclesRequest{PageSize: pageMost})
	return listed.GetCycles(), err
}

// pageMost is the largest page that the service gives.
const pageMost = 500

// readWork reads a page of the list; when an agency is looked for by its name, all pages.
func (r *request) readWork(view *workListView, page string) error {
	f := view.Filter
	req := &meritv1.ListWorkRequest{CycleId: f.Cycle, State: f.State, VerifierId: f.Verifier, PageToken: page}
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
			view.NextPage = req.PageToken
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
