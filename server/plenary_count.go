package server

import (
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// tally is how many may decide on an agenda item, and how many are in favour.
type tally struct{ eligible, inFavour int }

// present reports whether a commissioner is recorded as present.
func (h *hearing) present(account string) bool {
	return slices.ContainsFunc(h.attendance, func(a store.Attendance) bool { return a.AccountID == account && a.Present })
}

// recused reports whether a commissioner stands aside from an agenda item.
func (h *hearing) recused(account, assessmentID string) bool {
	return standsAside(h.recusals, account, assessmentID)
}

// standsAside reports whether an account is recused from an agenda item by one of the recusals.
func standsAside(recusals []store.Recusal, account, assessmentID string) bool {
	return slices.ContainsFunc(recusals, func(r store.Recusal) bool {
		return r.AccountID == account && r.AssessmentID == assessmentID
	})
}

// eligible are who may decide on an agenda item now: commissioners who are present, not recused, and, while the session
// is open, still commissioners.
func (h *hearing) eligible(item *store.AgendaItem) (accounts []string) {
	for _, a := range h.attendance {
		if a.Present && !h.recused(a.AccountID, item.AssessmentID) && (h.session.State != store.SessionOpen || slices.Contains(h.inForce, a.AccountID)) {
			accounts = append(accounts, a.AccountID)
		}
	}
	return accounts
}

// count counts who may decide, and their votes in favour: as recorded for an item that is decided.
func (h *hearing) count(item *store.AgendaItem) tally {
	if item.Outcome == store.Adopted || item.Outcome == store.Changed {
		return tally{item.Eligible, item.InFavour}
	}
	t := tally{}
	for _, account := range h.eligible(item) {
		t.eligible++
		if h.inFavour(account, item.AssessmentID) {
			t.inFavour++
		}
	}
	return t
}

// inFavour reports whether a commissioner voted in favour of an agenda item.
func (h *hearing) inFavour(account, assessmentID string) bool {
	return slices.ContainsFunc(h.votes, func(v store.CastVote) bool {
		return v.AccountID == account && v.AssessmentID == assessmentID && v.Vote == store.InFavour
	})
}

// needed is the least number of votes in favour that exceeds the cycle's share of those who may decide.
func (t tally) needed(majorityPercent int) int { return t.eligible*majorityPercent/100 + 1 }

// carries returns REASON_QUORUM_NOT_MET or REASON_MAJORITY_NOT_MET, with the numbers, unless the votes decide.
func (t tally) carries(c *store.Cycle, agency string) error {
	if t.eligible < c.Quorum {
		return fault.New(meritv1.Reason_REASON_QUORUM_NOT_MET,
			"Kuorum untuk %s belum tercapai: %d komisioner hadir dan tidak mengundurkan diri, sekurang-kurangnya %d. Tunda atau catat kehadiran yang lain.",
			"There is no quorum on %s: %d commissioners are present and not recused, at least %d are needed. Postpone it or record others as present.",
			agency, t.eligible, c.Quorum)
	}
	if need := t.needed(c.MajorityPercent); t.inFavour < need {
		return fault.New(meritv1.Reason_REASON_MAJORITY_NOT_MET,
			"Mayoritas untuk %s belum tercapai: %d dari %d komisioner yang berhak setuju, diperlukan sekurang-kurangnya %d (lebih dari %d%%).",
			"There is no majority on %s: %d of %d commissioners who may decide are in favour, at least %d are needed (more than %d%%).",
			agency, t.inFavour, t.eligible, need, c.MajorityPercent)
	}
	return nil
}

// mayDecide returns nil when the caller is present and stands aside from nothing in this agenda item.
func (h *hearing) mayDecide(item *store.AgendaItem, agency string) error {
	if h.recused(h.caller.AccountID, item.AssessmentID) {
		return fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
			"Anda mengundurkan diri dari pembahasan %s, sehingga tidak ikut memutus.",
			"You stand aside from %s, so you do not decide on it.", agency)
	}
	if !h.present(h.caller.AccountID) {
		return fault.New(meritv1.Reason_REASON_WRONG_STATE,
			"Anda belum dicatat hadir dalam sidang %q. Catat kehadiran dahulu.",
			"You are not recorded as present in session %q. Record the attendance first.", h.session.Title)
	}
	return nil
}
