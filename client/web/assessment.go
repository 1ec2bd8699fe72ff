package web

import (
	"net/http"
	"slices"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) assessment() {
	rt.get("/assessments", signedIn(showAssessments))
	rt.post("/assessments", signedIn(startAssessment))
	rt.get("/assessments/{id}", signedIn(showAssessment))
	rt.answering()
	rt.profileFields()
	rt.submission()
	rt.clarification()
	rt.outcome()
	rt.simulation()
	rt.plan()
}

// assessmentsView lists the assessments that the reader may see, by cycle.
type assessmentsView struct {
	Assessments []assessmentRow
	Open        []openCycle // in which the reader may start one
	More        string      // the token of the next page
	Chosen      string      // the cycle of the form that was refused
	CarryOver   bool
	NotDue      bool // a result is still valid: starting early is offered
}

// assessmentRow is one assessment of the list.
type assessmentRow struct {
	*meritv1.Assessment
	LastDay  string
	DaysLeft int
}

// openCycle is a cycle in which the agency may assess itself now.
type openCycle struct {
	*meritv1.Cycle
	LastDay  string
	DaysLeft int
}

var assessmentsPage = newPage[assessmentsView]("assessments")

func showAssessments(w http.ResponseWriter, r *request) error {
	view, err := r.assessmentsView()
	if err != nil {
		return err
	}
	return assessmentsPage.show(w, r, view)
}

func (r *request) assessmentsView() (view assessmentsView, err error) {
	list, err := r.Assessments.ListAssessments(r.Context(), &meritv1.ListAssessmentsRequest{PageToken: r.URL.Query().Get("page")})
	if err != nil {
		return view, err
	}
	view.More, view.CarryOver = list.GetNextPageToken(), true
	started := map[string]bool{}
	for _, a := range list.GetAssessments() {
		view.Assessments = append(view.Assessments, assessmentRow{a, lastDay(a.GetClosesAt()), r.daysLeft(a.GetClosesAt())})
		started[a.GetCycleId()] = started[a.GetCycleId()] || !inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DETERMINED)
	}
	if r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER) {
		view.Open, err = r.openCycles(started)
	}
	return view, err
}

// openCycles are those whose self-assessment is open to the agency, but for those in which it has one under way.
func (r *request) openCycles(started map[string]bool) (open []openCycle, err error) {
	cycles, err := r.Cycles.ListCycles(r.Context(), &meritv1.ListCyclesRequest{})
	if err != nil {
		return nil, err
	}
	today := r.today()
	for _, c := range cycles.GetCycles() {
		if started[c.GetId()] || c.GetYear() < int32(r.web.Now().Year())-1 {
			continue
		}
		window, err := r.selfAssessment(c, today)
		if err != nil {
			return nil, err
		}
		if window.GetFirstDay() <= today && today <= window.GetLastDay() {
			open = append(open, openCycle{c, window.GetLastDay(), daysBetween(today, window.GetLastDay())})
		}
	}
	return open, nil
}

// selfAssessment is the window of self-assessment as it is for the reader's agency, a later last day included.
func (r *request) selfAssessment(c *meritv1.Cycle, today string) (*meritv1.Window, error) {
	i := slices.IndexFunc(c.GetWindows(), func(w *meritv1.Window) bool { return w.GetPhase() == meritv1.Phase_PHASE_SELF_ASSESSMENT })
	if i < 0 {
		return nil, nil //nolint:nilnil // a window that is not there is never open
	}
	window := c.GetWindows()[i]
	if window.GetLastDay() >= today {
		return window, nil
	}
	later, err := r.Cycles.ListExtensions(r.Context(), &meritv1.ListExtensionsRequest{CycleId: c.GetId()})
	for _, e := range later.GetExtensions() { // the newest counts, and comes first
		if e.GetPhase() == meritv1.Phase_PHASE_SELF_ASSESSMENT {
			return &meritv1.Window{FirstDay: window.GetFirstDay(), LastDay: e.GetLastDay()}, err
		}
	}
	return window, err
}

func startAssessment(w http.ResponseWriter, r *request) error {
	started, err := r.Assessments.StartAssessment(r.Context(), &meritv1.StartAssessmentRequest{
		CycleId: r.PostFormValue("cycle"), CarryOver: r.PostFormValue("carry_over") != "",
		StartEarly: r.PostFormValue("start_early") != "", RequestId: r.PostFormValue("request_id"),
	})
	if err == nil {
		return r.redirect(w, "/assessments/"+started.GetAssessment().GetId(), "started")
	}
	view, readErr := r.assessmentsView()
	if readErr != nil {
		return readErr
	}
	view.Chosen, view.CarryOver = r.PostFormValue("cycle"), r.PostFormValue("carry_over") != ""
	view.NotDue = client.Is(err, meritv1.Reason_REASON_NOT_DUE)
	return assessmentsPage.again(w, r, view, err)
}

// assessmentView is the overview of one assessment.
type assessmentView struct {
	Head     sheetHead
	Card     scoreCard
	Aspects  []aspectProgress
	LastDay  string
	DaysLeft int
	Next     nextStep
	Assigned []itemLink // what waits for the reader in person
}

var assessmentPage = newPage[assessmentView]("assessment")

func showAssessment(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("overview", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	a := head.Assessment
	return assessmentPage.show(w, r, assessmentView{
		Head: head, Card: scoreCardOf(in, bestScore(a)), Aspects: r.aspects(in, a, bestScore(a)),
		LastDay: lastDay(a.GetClosesAt()), DaysLeft: r.daysLeft(a.GetClosesAt()),
		Next: r.nextStep(in, a), Assigned: r.assigned(in, a),
	})
}

// bestScore is the score that was decided last: determined, else verified, else claimed.
func bestScore(a *meritv1.Assessment) *meritv1.Score {
	switch {
	case a.GetDeterminedScore() != nil:
		return a.GetDeterminedScore()
	case a.GetVerifiedScore() != nil:
		return a.GetVerifiedScore()
	}
	return a.GetScore()
}
