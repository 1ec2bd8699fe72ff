package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// sessionView is a plenary session: agenda, who is there, its papers, and how it is closed.
type sessionView struct {
	Session     *meritv1.Session
	Cycle       *meritv1.Cycle
	Acts        bool // the reader is a commissioner and the session is open
	People      []presence
	Correctable []*meritv1.Assessment // determined ones of the cycle
	Chosen      string                // assessment whose determination is to be corrected
	Reason      string
	Decree      string
	DecreeDate  string
}

// presence is a commissioner, and whether they are there.
type presence struct {
	Person  *meritv1.Person
	Present bool
	Self    bool // the reader
}

var sessionPage = newPage[sessionView]("plenary-session")

func showSession(w http.ResponseWriter, r *request) error {
	view, err := r.sessionView()
	if err != nil {
		return err
	}
	return sessionPage.show(w, r, view)
}

func (r *request) sessionView() (view sessionView, err error) {
	got, err := r.Plenary.GetSession(r.Context(), &meritv1.GetSessionRequest{SessionId: r.PathValue("session")})
	if err != nil {
		return view, err
	}
	view.Session = got.GetSession()
	cycle, err := r.Cycles.GetCycle(r.Context(), &meritv1.GetCycleRequest{CycleId: view.Session.GetCycleId()})
	if err != nil {
		return view, err
	}
	view.Cycle, view.DecreeDate = cycle.GetCycle(), r.today()
	view.People = presences(view.Session, r.who.GetAccount().GetId())
	if view.Acts = r.actsIn(view.Session); view.Acts {
		view.Correctable, err = r.assessmentsIn(view.Session.GetCycleId(), meritv1.AssessmentState_ASSESSMENT_STATE_DETERMINED)
	}
	return view, err
}

// actsIn reports whether the reader can act in the session.
func (r *request) actsIn(s *meritv1.Session) bool {
	return r.acts(meritv1.Role_ROLE_COMMISSIONER) && s.GetState() == meritv1.SessionState_SESSION_STATE_OPEN
}

// presences are those who may be there and those who were recorded, each once.
func presences(s *meritv1.Session, self string) []presence {
	var all []presence
	for _, a := range s.GetAttendance() {
		all = append(all, presence{a.GetCommissioner(), a.GetPresent(), a.GetCommissioner().GetAccountId() == self})
	}
	for _, p := range s.GetCommissioners() {
		if !slices.ContainsFunc(all, func(known presence) bool { return known.Person.GetAccountId() == p.GetAccountId() }) {
			all = append(all, presence{Person: p, Self: p.GetAccountId() == self})
		}
	}
	return all
}

// Undecided are the agenda items that stand in the way of closing.
func (v sessionView) Undecided() []*meritv1.AgendaItem {
	return slices.DeleteFunc(slices.Clone(v.Session.GetAgenda()), func(i *meritv1.AgendaItem) bool {
		return i.GetOutcome() != meritv1.Outcome_OUTCOME_UNSPECIFIED
	})
}

// Aside are the agencies on which a commissioner may not decide, because they are tied to them.
func (v sessionView) Aside(p *meritv1.Person) (agencies []string) {
	for _, item := range v.Session.GetAgenda() {
		for _, recusal := range item.GetRecusals() {
			if recusal.GetByRule() && recusal.GetCommissioner().GetAccountId() == p.GetAccountId() {
				agencies = append(agencies, item.GetAgencyName())
			}
		}
	}
	return agencies
}

// Present counts who is there.
func (v sessionView) Present() (n int) {
	for _, p := range v.People {
		if p.Present {
			n++
		}
	}
	return n
}

// sessionAgain shows the session with what was refused.
func (r *request) sessionAgain(w http.ResponseWriter, failed error) error {
	view, err := r.sessionView()
	if err != nil {
		return err
	}
	view.Chosen, view.Reason, view.Decree = r.PostFormValue("assessment"), r.PostFormValue("reason"), r.PostFormValue("decree_number")
	if date := r.PostFormValue("decree_date"); date != "" {
		view.DecreeDate = date
	}
	return sessionPage.again(w, r, view, failed)
}

// recordAttendance records everybody on the form as present or not.
func recordAttendance(w http.ResponseWriter, r *request) error {
	id := r.PathValue("session")
	req := &meritv1.RecordAttendanceRequest{SessionId: id}
	for _, account := range r.PostForm["commissioner"] {
		req.Attendance = append(req.Attendance, &meritv1.CommissionerPresence{
			AccountId: account, Present: slices.Contains(r.PostForm["present"], account),
		})
	}
	if _, err := r.Plenary.RecordAttendance(r.Context(), req); err != nil {
		return r.sessionAgain(w, err)
	}
	return r.redirect(w, "/plenary/"+id, "attendance-recorded")
}

// correctDetermination puts the result in force of a determined assessment on the agenda.
func correctDetermination(w http.ResponseWriter, r *request) error {
	session, assessment := r.PathValue("session"), r.PostFormValue("assessment")
	result, err := r.resultOf(assessment)
	if err == nil {
		_, err = r.Plenary.CorrectDetermination(r.Context(), &meritv1.CorrectDeterminationRequest{
			SessionId: session, ResultId: result, Reason: r.PostFormValue("reason"),
		})
	}
	if err != nil {
		return r.sessionAgain(w, err)
	}
	return r.redirect(w, "/plenary/"+session+"/agenda/"+assessment, "correction-added")
}

// resultOf is the id of the result in force that an assessment led to.
func (r *request) resultOf(assessment string) (string, error) {
	if len(assessment) != idLength {
		return "", r.wrong("assessment", "Choose the agency whose determination is to be corrected. ¦ Pilih instansi yang penetapannya akan dikoreksi.", "")
	}
	got, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: assessment})
	if err != nil {
		return "", err
	}
	trend, err := r.Results.GetTrend(r.Context(), &meritv1.GetTrendRequest{AgencyId: got.GetAssessment().GetAgencyId()})
	if err != nil {
		return "", err
	}
	for _, point := range trend.GetPoints() {
		found, err := r.Results.GetResult(r.Context(), &meritv1.GetResultRequest{ResultId: point.GetResult().GetId()})
		if err != nil {
			return "", err
		}
		if found.GetResult().GetAssessmentId() == assessment {
			return found.GetResult().GetId(), nil
		}
	}
	return "", r.wrong("assessment", "This assessment has no result in force. ¦ Penilaian ini tidak punya hasil yang berlaku.", "")
}

// closeSession closes the session under a decree, which determines what it decided.
func closeSession(w http.ResponseWriter, r *request) error {
	id := r.PathValue("session")
	_, err := r.Plenary.CloseSession(r.Context(), &meritv1.CloseSessionRequest{
		SessionId: id, Revision: r.number("revision"), DecreeNumber: r.PostFormValue("decree_number"),
		DecreeDate: r.PostFormValue("decree_date"), RequestId: r.PostFormValue("request_id"),
	})
	if err != nil {
		return r.sessionAgain(w, err)
	}
	return r.redirect(w, "/plenary/"+id, "session-closed")
}
