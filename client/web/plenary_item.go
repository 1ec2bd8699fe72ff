package web

import (
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// agendaView is one agency before the plenary: what is disputed, who stands aside, votes, and the decision.
type agendaView struct {
	Session      *meritv1.Session
	Item         *meritv1.AgendaItem
	Dossier      *dossier
	Acts         bool // the reader is a commissioner and the session is open
	Open         bool // and the item is undecided
	Self         presence
	Recused      bool // the reader stands aside
	Vote         *meritv1.CastVote
	InFavour     int
	Outcome      meritv1.Outcome // as the form has it
	Reason       string
	Acknowledged bool
	Levels       map[string]string // set otherwise, by item, as in the form
	Why          map[string]string
}

var agendaPage = newPage[agendaView]("plenary-item")

// Fields of the form for each item.
const (
	levelField = "level."
	whyField   = "why."
)

func showAgendaItem(w http.ResponseWriter, r *request) error {
	view, err := r.agendaView()
	if err != nil {
		return err
	}
	return agendaPage.show(w, r, view)
}

func (r *request) agendaView() (view agendaView, err error) {
	got, err := r.Plenary.GetSession(r.Context(), &meritv1.GetSessionRequest{SessionId: r.PathValue("session")})
	if err != nil {
		return view, err
	}
	view.Session = got.GetSession()
	for _, item := range view.Session.GetAgenda() {
		if item.GetAssessmentId() == r.PathValue("assessment") {
			view.Item = item
		}
	}
	if view.Item == nil {
		return view, errNoPage
	}
	view.Acts = r.actsIn(view.Session)
	view.Open = view.Acts && view.Item.GetOutcome() == meritv1.Outcome_OUTCOME_UNSPECIFIED
	view.readSelf(r.who.GetAccount().GetId())
	view.Levels, view.Why = map[string]string{}, map[string]string{}
	if view.Open {
		view.Dossier, err = r.dossier(view.Item.GetAssessmentId())
	}
	return view, err
}

// readSelf finds the reader among those who are there, stand aside and have voted.
func (v *agendaView) readSelf(account string) {
	for _, p := range presences(v.Session, account) {
		if p.Self {
			v.Self = p
		}
	}
	for _, recusal := range v.Item.GetRecusals() {
		v.Recused = v.Recused || recusal.GetCommissioner().GetAccountId() == account
	}
	for _, vote := range v.Item.GetVotes() {
		if vote.GetCommissioner().GetAccountId() == account {
			v.Vote = vote
		}
		if vote.GetVote() == meritv1.VoteKind_VOTE_KIND_IN_FAVOUR {
			v.InFavour++
		}
	}
}

// Disputed reports whether an item stands in the table of disputed ones already.
func (v agendaView) Disputed(code string) bool {
	for _, d := range v.Item.GetDisputed() {
		if d.GetItem() == code {
			return true
		}
	}
	return false
}

// Of is an item of the sheet by its code, for the choices it has; nil when it has none.
func (v agendaView) Of(code string) *dossierItem {
	if v.Dossier != nil {
		for _, item := range v.Dossier.items() {
			if item.Item.GetCode() == code {
				return item
			}
		}
	}
	return nil
}

func (r *request) agendaAgain(w http.ResponseWriter, failed error) error {
	view, err := r.agendaView()
	if err != nil {
		return err
	}
	view.Outcome = enum[meritv1.Outcome](r.PostFormValue("outcome"))
	view.Reason, view.Acknowledged = r.PostFormValue("reason"), r.PostFormValue("acknowledge") != ""
	for name := range r.PostForm {
		if code, ok := strings.CutPrefix(name, levelField); ok {
			view.Levels[code], view.Why[code] = r.PostFormValue(name), r.PostFormValue(whyField+code)
		}
	}
	return agendaPage.again(w, r, view, failed)
}

func (r *request) agendaPath() string {
	return "/plenary/" + r.PathValue("session") + "/agenda/" + r.PathValue("assessment")
}

// standAside recuses the reader, or a colleague, from this agency.
func standAside(w http.ResponseWriter, r *request) error {
	_, err := r.Plenary.RecordAttendance(r.Context(), &meritv1.RecordAttendanceRequest{
		SessionId: r.PathValue("session"),
		Recusals: []*meritv1.CommissionerRecusal{{
			AccountId: r.PostFormValue("commissioner"), AssessmentId: r.PathValue("assessment"), Reason: r.PostFormValue("recusal"),
		}},
	})
	if err != nil {
		return r.agendaAgain(w, err)
	}
	return r.redirect(w, r.agendaPath(), "recusal-recorded")
}

func castVote(w http.ResponseWriter, r *request) error {
	_, err := r.Plenary.Vote(r.Context(), &meritv1.VoteRequest{
		SessionId: r.PathValue("session"), AssessmentId: r.PathValue("assessment"),
		Vote: enum[meritv1.VoteKind](r.PostFormValue("vote")), Dissent: r.PostFormValue("dissent"),
	})
	if err != nil {
		return r.agendaAgain(w, err)
	}
	return r.redirect(w, r.agendaPath(), "vote-recorded")
}

// decideAgendaItem settles the item. Levels count for the outcome "changed" only; those left at "as verified" are not
// sent.
func decideAgendaItem(w http.ResponseWriter, r *request) error {
	req := &meritv1.DecideRequest{
		SessionId: r.PathValue("session"), AssessmentId: r.PathValue("assessment"), Outcome: enum[meritv1.Outcome](r.PostFormValue("outcome")),
		Reason: r.PostFormValue("reason"), AcknowledgeReconstructed: r.PostFormValue("acknowledge") != "",
	}
	if req.GetOutcome() == meritv1.Outcome_OUTCOME_CHANGED {
		levels, err := r.determinedLevels()
		if err != nil {
			return err
		}
		req.Levels = levels
	}
	if _, err := r.Plenary.Decide(r.Context(), req); err != nil {
		return r.agendaAgain(w, err)
	}
	return r.redirect(w, "/plenary/"+r.PathValue("session"), "item-decided")
}

// determinedLevels are the levels that the form sets, in the order of the instrument.
func (r *request) determinedLevels() ([]*meritv1.DeterminedLevel, error) {
	d, err := r.dossier(r.PathValue("assessment"))
	if err != nil {
		return nil, err
	}
	var levels []*meritv1.DeterminedLevel
	for _, item := range d.items() {
		code := item.Item.GetCode()
		if answer := parseVerdict(r.PostFormValue(levelField + code)); answer != nil {
			levels = append(levels, &meritv1.DeterminedLevel{Item: code, Answer: answer, Reason: r.PostFormValue(whyField + code)})
		}
	}
	return levels, nil
}
