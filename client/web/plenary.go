package web

import (
	"net/http"
	"net/url"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) plenary() {
	rt.get("/plenary", only(showSessions, plenaryReaders...))
	rt.get("/plenary/new", only(showNewSession, meritv1.Role_ROLE_COMMISSIONER))
	rt.post("/plenary/new", only(openSession, meritv1.Role_ROLE_COMMISSIONER))
	rt.get("/plenary/{session}", plenary(showSession))
	rt.post("/plenary/{session}/attendance", plenary(recordAttendance))
	rt.post("/plenary/{session}/correct", plenary(correctDetermination))
	rt.post("/plenary/{session}/close", plenary(closeSession))
	rt.get("/plenary/{session}/minutes.pdf", plenary(sendSessionMinutes))
	rt.handle("POST /plenary/{session}/documents", rt.serve(plenary(attachToSession)))
	rt.get("/plenary/{session}/documents/{document}", plenary(sendSessionDocument))
	rt.get("/plenary/{session}/agenda/{assessment}", plenary(showAgendaItem))
	rt.post("/plenary/{session}/agenda/{assessment}/recuse", plenary(standAside))
	rt.post("/plenary/{session}/agenda/{assessment}/vote", plenary(castVote))
	rt.post("/plenary/{session}/agenda/{assessment}/decide", plenary(decideAgendaItem))
}

// plenaryReaders are those who may read sessions; commissioners act in them.
var plenaryReaders = []meritv1.Role{meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR}

// plenary serves a page of a session to those who may read it.
func plenary(h handler) handler { return only(h, plenaryReaders...) }

// sessionsView lists the sessions of a cycle, or of all.
type sessionsView struct {
	Cycles   []*meritv1.Cycle
	CycleID  string
	Names    map[string]string // of cycles, by id
	Sessions []*meritv1.Session
	Pager    pager
}

var sessionsPage = newPage[sessionsView]("plenary-list")

func showSessions(w http.ResponseWriter, r *request) (err error) {
	view := sessionsView{CycleID: r.URL.Query().Get("cycle"), Names: map[string]string{}}
	if view.Cycles, err = r.cycles(); err != nil {
		return err
	}
	for _, cycle := range view.Cycles {
		view.Names[cycle.GetId()] = cycle.GetName()
	}
	listed, err := r.Plenary.ListSessions(r.Context(), &meritv1.ListSessionsRequest{CycleId: view.CycleID, PageToken: r.pageToken()})
	if err != nil {
		return err
	}
	view.Sessions, view.Pager = listed.GetSessions(), r.pager(listed.GetNextPageToken())
	return sessionsPage.show(w, r, view)
}

// newSessionView is a session that is about to be opened, and what can be put on its agenda.
type newSessionView struct {
	Cycles   []*meritv1.Cycle
	Cycle    *meritv1.Cycle
	Title    string
	HeldOn   string
	Verified []*meritv1.Assessment
	Chosen   map[string]bool // by assessment
}

var newSessionPage = newPage[newSessionView]("plenary-new")

func showNewSession(w http.ResponseWriter, r *request) error {
	view, err := r.newSessionView(r.URL.Query().Get("cycle"))
	if err != nil {
		return err
	}
	view.HeldOn = r.today()
	for _, a := range view.Verified {
		view.Chosen[a.GetId()] = true
	}
	return newSessionPage.show(w, r, view)
}

func (r *request) newSessionView(cycleID string) (view newSessionView, err error) {
	view.Chosen = map[string]bool{}
	if view.Cycles, err = r.cycles(); err != nil {
		return view, err
	}
	if view.Cycle = chosenCycle(view.Cycles, cycleID); view.Cycle == nil {
		return view, nil
	}
	view.Verified, err = r.assessmentsIn(view.Cycle.GetId(), meritv1.AssessmentState_ASSESSMENT_STATE_VERIFIED)
	return view, err
}

// assessmentsIn are all assessments of a cycle in a state that the reader reaches.
func (r *request) assessmentsIn(cycleID string, state meritv1.AssessmentState) ([]*meritv1.Assessment, error) {
	var all []*meritv1.Assessment
	req := &meritv1.ListAssessmentsRequest{CycleId: cycleID, State: state, PageSize: pageMost}
	for {
		listed, err := r.Assessments.ListAssessments(r.Context(), req)
		if err != nil {
			return nil, err
		}
		all = append(all, listed.GetAssessments()...)
		if req.PageToken = listed.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

func openSession(w http.ResponseWriter, r *request) error {
	req := &meritv1.OpenSessionRequest{
		CycleId: r.PostFormValue("cycle"), Title: r.PostFormValue("title"), HeldOn: r.PostFormValue("held_on"),
		AssessmentIds: r.PostForm["assessment"], RequestId: r.PostFormValue("request_id"),
	}
	opened, err := r.Plenary.OpenSession(r.Context(), req)
	if err == nil {
		return r.redirect(w, "/plenary/"+opened.GetSession().GetId(), "session-opened")
	}
	view, failed := r.newSessionView(req.GetCycleId())
	if failed != nil {
		return failed
	}
	view.Title, view.HeldOn = req.GetTitle(), req.GetHeldOn()
	for _, id := range req.GetAssessmentIds() {
		view.Chosen[id] = true
	}
	return newSessionPage.again(w, r, view, err)
}

// attachToSession keeps signed minutes, the decree or another paper with a session.
func attachToSession(w http.ResponseWriter, r *request) error {
	id := r.PathValue("session")
	_, err := r.receiveFiles(w, func(up *meritv1.Upload, fields url.Values) error {
		_, err := r.Evidence.AttachDocument(r.Context(), &meritv1.AttachDocumentRequest{
			UploadId: up.GetId(), Subject: meritv1.DocumentSubject_DOCUMENT_SUBJECT_PLENARY_SESSION, SubjectId: id, Title: fields.Get("title"),
		})
		return err
	})
	if err != nil {
		return r.sessionAgain(w, err)
	}
	return r.redirect(w, "/plenary/"+id, "document-attached")
}

// sendSessionDocument sends a paper of a session, to be saved.
func sendSessionDocument(w http.ResponseWriter, r *request) error {
	got, err := r.Plenary.GetSession(r.Context(), &meritv1.GetSessionRequest{SessionId: r.PathValue("session")})
	if err != nil {
		return err
	}
	for _, document := range got.GetSession().GetDocuments() {
		if document.GetId() == r.PathValue("document") {
			return r.sendDocument(w, document)
		}
	}
	return errNoPage
}

func sendSessionMinutes(w http.ResponseWriter, r *request) error {
	made, err := r.Reports.GetSessionMinutesDocument(r.Context(), &meritv1.GetSessionMinutesDocumentRequest{SessionId: r.PathValue("session")})
	if err != nil {
		return err
	}
	return sendFile(w, made.GetFile())
}
