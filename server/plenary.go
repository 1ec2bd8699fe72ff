package server

import (
	"context"
	"errors"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// plenaryServer runs plenary sessions.
type plenaryServer struct {
	meritv1.UnimplementedPlenaryServiceServer
	*core
}

var whatSession = fault.Text{ID: "Sidang pleno", EN: "plenary session"}

// hearing is a session with everything said in it so far, and who reads it.
type hearing struct {
	tx         *store.Tx
	caller     *access.Caller
	session    store.PlenarySession
	cycle      store.Cycle
	in         *instrument.Instrument
	agenda     []store.AgendaItem
	inForce    []string // accounts of the commissioners of today, while the session is open
	attendance []store.Attendance
	recusals   []store.Recusal
	votes      []store.CastVote
	levels     []store.PlenaryLevel
	apart      []store.Recusal // see readTies
}

// readHearing returns a session with all that belongs to it. The sheets of agencies are read where they are needed.
func (s *core) readHearing(ctx context.Context, tx *store.Tx, id string) (h *hearing, err error) {
	h = &hearing{tx: tx, caller: access.From(ctx)}
	if err := beyondAgencies(h.caller); err != nil {
		return nil, err
	}
	if h.session, err = tx.PlenarySession(id); errors.Is(err, store.ErrNotFound) {
		return nil, fault.NotFound(whatSession, id)
	} else if err != nil {
		return nil, err
	}
	if h.cycle, err = tx.Cycle(h.session.CycleID); err != nil {
		return nil, err
	}
	if h.in, err = s.instruments.Published(tx, h.cycle.InstrumentID); err != nil {
		return nil, err
	}
	return h, h.read()
}

func (h *hearing) read() (err error) {
	if h.agenda, err = h.tx.Agenda(h.session.ID); err != nil {
		return err
	}
	if h.attendance, err = h.tx.Attendances(h.session.ID); err != nil {
		return err
	}
	if h.session.State == store.SessionOpen {
		if h.inForce, err = h.tx.Commissioners(calendar.Day(h.tx.Now())); err != nil {
			return err
		}
	}
	if h.recusals, err = h.tx.Recusals(h.session.ID); err != nil {
		return err
	}
	if h.votes, err = h.tx.Votes(h.session.ID); err != nil {
		return err
	}
	h.levels, err = h.tx.PlenaryLevels(h.session.ID)
	return err
}

// beyondAgencies keeps people of an agency, its own auditors among them, away from the work of the assessor: who verifies
// what and how far, and what is not determined yet.
func beyondAgencies(c *access.Caller) error {
	if c.Scope.AgencyID != "" {
		return fault.OutOfScope()
	}
	return nil
}

// takeSession is readHearing for a commissioner of the nation who acts in a session, which must be open.
func (s *core) takeSession(ctx context.Context, tx *store.Tx, id string) (*hearing, error) {
	h, err := s.readHearing(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !h.caller.Nationwide() {
		return nil, fault.OutOfScope()
	}
	if h.session.State != store.SessionOpen {
		return nil, fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Sidang %q sudah ditutup dengan keputusan %s dan dibekukan. Buka sidang baru untuk koreksi.",
			"Session %q was closed under decree %s and is frozen. Open another session for a correction.", h.session.Title, h.session.DecreeNumber)
	}
	return h, nil
}

// item returns the agenda item of an assessment, or REASON_NOT_FOUND.
func (h *hearing) item(assessmentID string) (*store.AgendaItem, error) {
	for i := range h.agenda {
		if h.agenda[i].AssessmentID == assessmentID {
			return &h.agenda[i], nil
		}
	}
	return nil, fault.New(meritv1.Reason_REASON_NOT_FOUND,
		"Penilaian %s tidak ada pada agenda sidang %q.", "Assessment %s is not on the agenda of session %q.", assessmentID, h.session.Title)
}

// undecided is item, and REASON_IMMUTABLE once it is decided.
func (h *hearing) undecided(assessmentID string) (*store.AgendaItem, error) {
	item, err := h.item(assessmentID)
	if err == nil && item.Outcome != store.Undecided {
		return nil, fault.New(meritv1.Reason_REASON_IMMUTABLE,
			"Mata acara ini sudah diputus (%s). Yang sudah diputus tidak diubah dalam sidang yang sama.",
			"This agenda item is decided (%s). What is decided is not changed in the same session.", item.Outcome)
	}
	return item, err
}

// OpenSession opens a session with an agenda of verified assessments.
func (s *plenaryServer) OpenSession(ctx context.Context, req *meritv1.OpenSessionRequest) (*meritv1.OpenSessionResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.OpenSessionResponse, []audit.Entry, error) {
		id, err := s.openSession(ctx, tx, req)
		if err != nil {
			return nil, nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlenaryService.OpenSession", Subject: id})
		h, err := s.readHearing(ctx, tx, id)
		if err != nil {
			return nil, nil, err
		}
		m, err := h.message()
		return &meritv1.OpenSessionResponse{Session: m}, []audit.Entry{entry}, err
	})
}

func (s *plenaryServer) openSession(ctx context.Context, tx *store.Tx, req *meritv1.OpenSessionRequest) (id string, err error) {
	caller := access.From(ctx)
	if !caller.Nationwide() {
		return "", fault.OutOfScope()
	}
	if !calendar.IsDay(req.GetHeldOn()) {
		return "", fault.Invalid("held_on", "%q bukan tanggal yang ada.", "%q is not a date that exists.", req.GetHeldOn())
	}
	if _, err := tx.Cycle(req.GetCycleId()); errors.Is(err, store.ErrNotFound) {
		return "", fault.NotFound(whatCycle, req.GetCycleId())
	} else if err != nil {
		return "", err
	}
	id = tx.NewID()
	err = tx.InsertPlenarySession(store.PlenarySession{
		ID: id, CycleID: req.GetCycleId(), Title: req.GetTitle(), HeldOn: req.GetHeldOn(), OpenedAt: tx.Now(), OpenedBy: caller.AccountID,
	})
	if err != nil {
		return "", err
	}
	var refused refusals
	for i, assessmentID := range req.GetAssessmentIds() {
		err := putOnAgenda(tx, caller, id, req.GetCycleId(), assessmentID)
		if !refused.note(fmt.Sprintf("assessment_ids[%d]", i), err) && err != nil {
			return "", err
		}
	}
	return id, refused.err(len(req.GetAssessmentIds()))
}

// putOnAgenda puts a verified assessment of the cycle on an agenda while determination is open to its agency.
func putOnAgenda(tx *store.Tx, c *access.Caller, sessionID, cycleID, assessmentID string) error {
	a, agency, err := reach(tx, c, assessmentID)
	if err != nil {
		return err
	}
	if a.CycleID != cycleID {
		return fault.New(meritv1.Reason_REASON_NOT_FOUND,
			"Penilaian %s milik siklus lain.", "The assessment of %s belongs to another cycle.", agency.Name)
	}
	rule, err := workflow.Take(a.State, workflow.Determine, c.Role)
	if err != nil {
		return err
	}
	if _, err := openPhase(tx, a.CycleID, agency, rule.Phases); err != nil {
		return err
	}
	if err := onNoAgenda(tx, assessmentID, agency.Name); err != nil {
		return err
	}
	return tx.InsertAgendaItem(store.AgendaItem{SessionID: sessionID, AssessmentID: assessmentID})
}

// onNoAgenda refuses an assessment that another open session, or the same, has before it.
func onNoAgenda(tx *store.Tx, assessmentID, agency string) error {
	other, err := tx.OnOpenAgenda(assessmentID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
		"%s sudah ada pada agenda sidang %q yang masih terbuka.",
		"%s is already on the agenda of session %q, which is still open.", agency, other.Title)
}

// GetSession returns a session with agenda, attendance, recusals, votes and decisions.
func (s *plenaryServer) GetSession(ctx context.Context, req *meritv1.GetSessionRequest) (*meritv1.GetSessionResponse, error) {
	resp := new(meritv1.GetSessionResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		h, err := s.readHearing(ctx, tx, req.GetSessionId())
		if err != nil {
			return err
		}
		resp.Session, err = h.message()
		return err
	})
}

// ListSessions lists sessions without their agenda, newest first.
func (s *plenaryServer) ListSessions(ctx context.Context, req *meritv1.ListSessionsRequest) (*meritv1.ListSessionsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	resp := new(meritv1.ListSessionsResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if err := beyondAgencies(access.From(ctx)); err != nil {
			return err
		}
		sessions, err := tx.PlenarySessions(req.GetCycleId(), lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		sessions, resp.NextPageToken = page.Cut(p, sessions, func(s store.PlenarySession) []string { return []string{s.ID} })
		accounts := make([]string, len(sessions))
		for i, s := range sessions {
			accounts[i] = s.OpenedBy
		}
		people, err := readPeople(tx, accounts...)
		for i := range sessions {
			resp.Sessions = append(resp.Sessions, sessionMessage(&sessions[i], people))
		}
		return err
	})
}
