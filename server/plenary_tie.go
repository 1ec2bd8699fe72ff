package server

import (
	"errors"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// byRule is what stands as the reason of a recusal that follows from an interest.
const byRule = "Kepentingan yang dinyatakan atau diketahui"

// ties returns who of the accounts is tied by now to the agency of an agenda item and does not stand aside from it yet,
// as the recusals that follow from it. Postponed items have none.
func (h *hearing) ties(accounts []string) (all []store.Recusal, err error) {
	ids := make([]string, len(h.agenda))
	for i, item := range h.agenda {
		ids[i] = item.AssessmentID
	}
	assessments, err := h.tx.AssessmentsByID(ids...)
	if err != nil {
		return nil, err
	}
	for _, account := range accounts {
		tied, err := h.tx.ConflictedAgencies(account, calendar.Day(h.tx.Now()))
		if err != nil {
			return nil, err
		}
		for _, item := range h.agenda {
			if item.Outcome == store.Postponed || !tied[assessments[item.AssessmentID].AgencyID] || h.recused(account, item.AssessmentID) {
				continue
			}
			all = append(all, store.Recusal{
				SessionID: h.session.ID, AssessmentID: item.AssessmentID, AccountID: account,
				Reason: byRule, ByRule: true, RecordedBy: audit.System,
			})
		}
	}
	return all, nil
}

// takePart are those who are recorded as present, have voted, or were counted when something was decided, even if they
// have left since.
func (h *hearing) takePart() (accounts []string) {
	for _, a := range h.attendance {
		if a.Present {
			accounts = append(accounts, a.AccountID)
		}
	}
	for _, v := range h.votes {
		accounts = append(accounts, v.AccountID)
	}
	for _, item := range h.agenda {
		accounts = append(accounts, item.Counted...)
	}
	slices.Sort(accounts)
	return slices.Compact(accounts)
}

// recuseByRule takes every commissioner who takes part out of the undecided items of agencies they are tied to, whether
// they say so or not. Interests may be declared at any time, so it is asked again before each decision. What is decided
// is looked at when it is closed: see settle.
func (h *hearing) recuseByRule() error {
	ties, err := h.ties(h.takePart())
	if err != nil {
		return err
	}
	return h.recuse(slices.DeleteFunc(ties, func(r store.Recusal) bool {
		item, err := h.item(r.AssessmentID)
		return err != nil || item.Outcome != store.Undecided
	}))
}

// recuse records recusals.
func (h *hearing) recuse(recusals []store.Recusal) (err error) {
	for _, r := range recusals {
		if err := h.tx.AddRecusal(r); err != nil {
			return err
		}
	}
	h.recusals, err = h.tx.Recusals(h.session.ID)
	return err
}

// without is what was counted for a decided item, without those who are tied to its agency by now. The fault says why
// the decision does not stand without them; it is nil when it stands.
func (h *hearing) without(item *store.AgendaItem, ties []store.Recusal, agency string) (t tally, lapsed *fault.Error) {
	t = h.count(item)
	for _, r := range ties {
		if r.AssessmentID != item.AssessmentID || len(item.Counted) > 0 && !slices.Contains(item.Counted, r.AccountID) {
			continue
		}
		t.eligible--
		if h.inFavour(r.AccountID, item.AssessmentID) {
			t.inFavour--
		}
		if r.AccountID == item.DecidedBy {
			lapsed = fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
				"Yang memutus %[1]s ternyata terikat pada %[1]s. Tunda mata acara ini, dan putuskan dalam sidang lain.",
				"Whoever decided on %[1]s turned out to be tied to it. Postpone the item, and decide it in another session.", agency)
		}
	}
	need := t.needed(h.cycle.MajorityPercent)
	switch {
	case lapsed != nil || t == h.count(item):
	case t.eligible < h.cycle.Quorum:
		lapsed = fault.New(meritv1.Reason_REASON_QUORUM_NOT_MET,
			"Tanpa komisioner yang ternyata terikat pada %s, yang berhak memutus tinggal %d; kuorum %d. Tunda mata acara ini, dan putuskan dalam sidang lain.",
			"Without the commissioners who turned out to be tied to %s, %d are left who may decide; the quorum is %d. Postpone the item, and decide it in another session.",
			agency, t.eligible, h.cycle.Quorum)
	case t.inFavour < need:
		lapsed = fault.New(meritv1.Reason_REASON_MAJORITY_NOT_MET,
			"Tanpa komisioner yang ternyata terikat pada %s, yang setuju tinggal %d dari %d; diperlukan %d. Tunda mata acara ini, dan putuskan dalam sidang lain.",
			"Without the commissioners who turned out to be tied to %s, %d of %d are left in favour; %d are needed. Postpone the item, and decide it in another session.",
			agency, t.inFavour, t.eligible, need)
	}
	return t, lapsed
}

// toDecide is undecided; it lets through what was decided and lapsed, too, to be postponed, with the recusals that made
// it lapse.
func (h *hearing) toDecide(req *meritv1.DecideRequest) (*store.AgendaItem, error) {
	item, err := h.item(req.GetAssessmentId())
	if err != nil || item.Outcome == store.Undecided || req.GetOutcome() != meritv1.Outcome_OUTCOME_POSTPONED {
		return h.undecided(req.GetAssessmentId())
	}
	ties, err := h.ties(h.takePart())
	if err != nil {
		return nil, err
	}
	if _, lapsed := h.without(item, ties, ""); lapsed == nil {
		return h.undecided(item.AssessmentID)
	}
	return item, h.recuse(slices.DeleteFunc(ties, func(r store.Recusal) bool { return r.AssessmentID != item.AssessmentID }))
}

// settle drops the votes of those who turned out to be tied since they cast them, and records that they stand aside. It
// refuses when something that was decided does not stand without them.
func (h *hearing) settle() error {
	ties, err := h.ties(h.takePart())
	if err != nil || len(ties) == 0 {
		return err
	}
	var refused refusals
	for i := range h.agenda {
		item := &h.agenda[i]
		agency, err := h.agencyOf(item)
		if err != nil {
			return err
		}
		counted, lapsed := h.without(item, ties, agency.Name)
		if lapsed != nil {
			refused.note(item.AssessmentID, lapsed)
			continue
		}
		if counted == h.count(item) {
			continue
		}
		item.Eligible, item.InFavour = counted.eligible, counted.inFavour
		item.Counted = slices.DeleteFunc(item.Counted, func(account string) bool { return standsAside(ties, account, item.AssessmentID) })
		if err := h.tx.RecountAgendaItem(*item); err != nil {
			return err
		}
	}
	if err := refused.err(len(h.agenda)); err != nil {
		return err
	}
	return errors.Join(h.recuse(ties), h.read())
}

// agencyOf is the agency of an agenda item as it is today.
func (h *hearing) agencyOf(item *store.AgendaItem) (store.Agency, error) {
	a, err := h.tx.Assessment(item.AssessmentID)
	if err != nil {
		return store.Agency{}, err
	}
	return h.tx.Agency(a.AgencyID, calendar.Day(h.tx.Now()))
}

// readTies reads, of an open session, who is tied by now and not recorded as standing aside yet: commissioners who may
// come too, so that everybody sees it before they vote.
func (h *hearing) readTies() error {
	if h.session.State != store.SessionOpen {
		return nil
	}
	all := slices.Concat(h.inForce, h.takePart())
	slices.Sort(all)
	apart, err := h.ties(slices.Compact(all))
	if err != nil {
		return err
	}
	h.apart = apart
	h.recusals = append(h.recusals, h.apart...)
	return nil
}

// lapsed says why a decided agenda item of an open session does not stand; it is empty when it does.
func (h *hearing) lapsed(item *store.AgendaItem, agency string) fault.Text {
	took := h.takePart()
	ties := slices.DeleteFunc(slices.Clone(h.apart), func(r store.Recusal) bool { return !slices.Contains(took, r.AccountID) })
	if item.Outcome != store.Undecided {
		if _, lapsed := h.without(item, ties, agency); lapsed != nil {
			return lapsed.Text
		}
	}
	return fault.Text{}
}
