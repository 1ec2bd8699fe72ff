package server

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// sessionMessage says a session without agenda and attendance.
func sessionMessage(s *store.PlenarySession, people people) *meritv1.Session {
	state := meritv1.SessionState_SESSION_STATE_OPEN
	if s.State == store.SessionClosed {
		state = meritv1.SessionState_SESSION_STATE_CLOSED
	}
	return &meritv1.Session{
		Id: s.ID, CycleId: s.CycleID, Title: s.Title, HeldOn: s.HeldOn, State: state, OpenedBy: people.of(s.OpenedBy),
		OpenedAt: timestamp(s.OpenedAt), ClosedAt: timestamp(s.ClosedAt), DecreeNumber: s.DecreeNumber, DecreeDate: s.DecreeDate,
		Revision: s.Revision,
	}
}

// message says a session with everything the caller may see of it: agenda items of agencies within the scope.
func (h *hearing) message() (*meritv1.Session, error) {
	if err := h.readTies(); err != nil {
		return nil, err
	}
	people, err := h.people()
	if err != nil {
		return nil, err
	}
	m := sessionMessage(&h.session, people)
	for _, a := range h.attendance {
		m.Attendance = append(m.Attendance, &meritv1.Attendance{Commissioner: people.of(a.AccountID), Present: a.Present})
	}
	if err := h.sayCommissioners(m); err != nil {
		return nil, err
	}
	documents, err := h.tx.Documents(store.DocumentOfSession, h.session.ID)
	if err != nil {
		return nil, err
	}
	m.Documents = documentMessages(documents)
	m.Agenda, err = h.itemMessages(h.agenda, people)
	return m, err
}

// sayCommissioners names who may be recorded as present, so that whoever keeps the session can choose.
func (h *hearing) sayCommissioners(m *meritv1.Session) error {
	if h.session.State != store.SessionOpen {
		return nil
	}
	ids, err := h.tx.Commissioners(calendar.Day(h.tx.Now()))
	if err != nil {
		return err
	}
	people, err := readPeople(h.tx, ids...)
	for _, id := range ids {
		m.Commissioners = append(m.Commissioners, people.of(id))
	}
	return err
}

// itemNow says one agenda item as it is after a change.
func (h *hearing) itemNow(assessmentID string) (*meritv1.AgendaItem, error) {
	if err := errors.Join(h.read(), h.readTies()); err != nil {
		return nil, err
	}
	item, err := h.item(assessmentID)
	if err != nil {
		return nil, err
	}
	people, err := h.people()
	if err != nil {
		return nil, err
	}
	m, err := h.itemMessages([]store.AgendaItem{*item}, people)
	if err != nil {
		return nil, err
	}
	return m[0], nil
}

// people names everybody who had a part in the session.
func (h *hearing) people() (people, error) {
	ids := []string{h.session.OpenedBy}
	for _, a := range h.attendance {
		ids = append(ids, a.AccountID)
	}
	for _, r := range h.recusals {
		ids = append(ids, r.AccountID)
	}
	for _, v := range h.votes {
		ids = append(ids, v.AccountID)
	}
	for _, i := range h.agenda {
		ids = append(ids, i.DecidedBy)
	}
	return readPeople(h.tx, ids...)
}

// itemMessages says agenda items, reading their assessments, sheets and agencies at once.
func (h *hearing) itemMessages(items []store.AgendaItem, people people) ([]*meritv1.AgendaItem, error) {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].AssessmentID
	}
	assessments, err := h.tx.AssessmentsByID(ids...)
	if err != nil {
		return nil, err
	}
	sheets, err := h.tx.Sheets(ids...)
	if err != nil {
		return nil, err
	}
	var agencyIDs []string
	for _, a := range assessments {
		agencyIDs = append(agencyIDs, a.AgencyID)
	}
	agencies, err := h.tx.AgenciesByID(calendar.Day(h.tx.Now()), agencyIDs...)
	if err != nil {
		return nil, err
	}
	var messages []*meritv1.AgendaItem
	for i := range items {
		a := assessments[items[i].AssessmentID]
		agency := agencies[a.AgencyID]
		if !h.caller.Reaches(a.AgencyID, agency.Region) {
			continue
		}
		m, err := h.itemMessage(&items[i], &a, sheets[a.ID], people)
		if err != nil {
			return nil, err
		}
		m.AgencyName, m.Lapsed = agency.Name, h.lapsed(&items[i], agency.Name).In(h.caller.Language)
		messages = append(messages, m)
	}
	return messages, nil
}

func (h *hearing) itemMessage(item *store.AgendaItem, a *store.Assessment, sheet *store.Sheet, people people) (*meritv1.AgendaItem, error) {
	counted := h.count(item)
	m := &meritv1.AgendaItem{
		AssessmentId: a.ID, AgencyId: a.AgencyID, AgencyKind: agencyKindMessage(a.AgencyKind),
		Eligible: int32(counted.eligible), NeededQuorum: int32(h.cycle.Quorum), NeededVotes: int32(counted.needed(h.cycle.MajorityPercent)),
		Outcome: outcomeMessage(item.Outcome), Reason: item.Reason, DecidedBy: people.of(item.DecidedBy), DecidedAt: timestamp(item.DecidedAt),
		AcknowledgedReconstructed: item.Acknowledged, Corrects: item.Corrects,
	}
	var err error
	if m.Claimed, err = scoreOf(h.in, a.AgencyKind, sheet, scored.ByAspect, store.StageClaimed); err != nil {
		return nil, err
	}
	if m.Verified, err = scoreOf(h.in, a.AgencyKind, sheet, scored.ByAspect, store.StageVerified); err != nil {
		return nil, err
	}
	m.RestsOnReconstructed = m.Verified.GetRestsOnReconstructed()
	if m.Determined, err = h.determinedScore(item, a, sheet); err != nil {
		return nil, err
	}
	if m.Disputed, err = h.disputed(item, sheet, people); err != nil {
		return nil, err
	}
	h.sayVotes(m, people)
	return m, nil
}

// determinedScore is the score as decided so far, or as it was determined when the session is closed; nil before.
func (h *hearing) determinedScore(item *store.AgendaItem, a *store.Assessment, sheet *store.Sheet) (*meritv1.Score, error) {
	if item.Outcome != store.Adopted && item.Outcome != store.Changed {
		return nil, nil
	}
	if h.session.State == store.SessionOpen {
		return scoreOf(h.in, a.AgencyKind, h.determined(item, sheet), scored.ByAspect, store.StageDetermined)
	}
	determinations, err := h.tx.Determinations(a.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(determinations, func(d store.Determination) bool { return d.SessionID == h.session.ID })
	if i < 0 {
		return nil, nil
	}
	result, err := h.tx.ResultOfDetermination(a.ID, determinations[i].ID)
	if err != nil {
		return nil, err
	}
	score := new(meritv1.Score)
	if err := proto.Unmarshal(result.Score, score); err != nil {
		return nil, err
	}
	for _, aspect := range score.Aspects {
		aspect.Items = nil
	}
	return score, nil
}

// sayVotes adds the recusals and votes on an agenda item.
func (h *hearing) sayVotes(m *meritv1.AgendaItem, people people) {
	for _, r := range h.recusals {
		if r.AssessmentID == m.GetAssessmentId() {
			m.Recusals = append(m.Recusals, &meritv1.Recusal{Commissioner: people.of(r.AccountID), Reason: r.Reason, ByRule: r.ByRule})
		}
	}
	for _, v := range h.votes {
		if v.AssessmentID == m.GetAssessmentId() {
			m.Votes = append(m.Votes, &meritv1.CastVote{
				Commissioner: people.of(v.AccountID), Vote: voteMessage(v.Vote), Dissent: v.Dissent, At: timestamp(v.At),
			})
		}
	}
}

// disputed lists the items on which claim and verification differ, or that this session sets otherwise, with all
// decisions side by side.
func (h *hearing) disputed(item *store.AgendaItem, sheet *store.Sheet, people people) ([]*meritv1.DisputedItem, error) {
	set := map[string]*store.PlenaryLevel{}
	for i := range h.levels {
		if h.levels[i].AssessmentID == item.AssessmentID {
			set[h.levels[i].Item] = &h.levels[i]
		}
	}
	j, err := h.decisionsOf(item.AssessmentID)
	if err != nil {
		return nil, err
	}
	var items []*meritv1.DisputedItem
	for _, scored := range h.in.Scoring().Items() {
		s, level := sheet.Item(scored.Code), set[scored.Code]
		if level == nil && (!s.Verified.Stands() || s.Verified.SameAs(s.Claimed)) {
			continue
		}
		m := &meritv1.DisputedItem{
			Item: scored.Code, Name: h.in.ItemByCode(scored.Code).Title(),
			Claimed: j.message(scored.Code, store.StageClaimed), Verified: j.message(scored.Code, store.StageVerified),
		}
		if level != nil {
			m.Determined = decisionMessage(&store.Decision{
				Seq: 1, Kind: store.DecisionKind(level.Kind), Level: level.Level, Value: level.Value, Note: level.Reason,
				DecidedBy: level.RecordedBy, DecidedAt: level.RecordedAt,
			}, people)
		}
		items = append(items, m)
	}
	return items, nil
}

// sideBySide are the newest decisions of an assessment.
type sideBySide struct {
	decisions []store.Decision
	people    people
}

func (h *hearing) decisionsOf(assessmentID string) (*sideBySide, error) {
	decisions, err := h.tx.NewestDecisions(assessmentID)
	if err != nil {
		return nil, err
	}
	accounts := make([]string, len(decisions))
	for i, d := range decisions {
		accounts[i] = d.DecidedBy
	}
	people, err := readPeople(h.tx, accounts...)
	return &sideBySide{decisions, people}, err
}

func (s *sideBySide) message(item string, stage store.Stage) *meritv1.Decision {
	for i := range s.decisions {
		if d := &s.decisions[i]; d.Item == item && d.Stage == stage {
			return decisionMessage(d, s.people)
		}
	}
	return nil
}
