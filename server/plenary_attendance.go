package server

import (
	"context"
	"fmt"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// RecordAttendance records who is present and who stands aside from which agency.
func (s *plenaryServer) RecordAttendance(ctx context.Context, req *meritv1.RecordAttendanceRequest) (*meritv1.RecordAttendanceResponse, error) {
	resp := new(meritv1.RecordAttendanceResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		h, err := s.takeSession(ctx, tx, req.GetSessionId())
		if err != nil {
			return nil, err
		}
		if err := h.recordPresence(req.GetAttendance()); err != nil {
			return nil, err
		}
		if err := h.recordRecusals(req.GetRecusals()); err != nil {
			return nil, err
		}
		if err := h.recuseByRule(); err != nil {
			return nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlenaryService.RecordAttendance", Subject: h.session.ID})
		resp.Session, err = h.message()
		return []audit.Entry{entry}, err
	})
	return resp, err
}

// recordPresence records who is there; only commissioners in force can be.
func (h *hearing) recordPresence(presence []*meritv1.CommissionerPresence) error {
	wrong := fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
		"Yang hadir harus komisioner dengan peran yang berlaku.", "Only commissioners whose membership is in force can be present.")
	for i, p := range presence {
		in, err := h.commissioner(p.GetAccountId())
		if err != nil {
			return err
		}
		if !in && p.GetPresent() {
			wrong.Field(fmt.Sprintf("attendance[%d].account_id", i), "Akun %s tidak punya peran COMMISSIONER yang berlaku.",
				"Account %s holds no COMMISSIONER membership in force.", p.GetAccountId())
			continue
		}
		if !in && !h.present(p.GetAccountId()) {
			continue // nobody who could be absent
		}
		err = h.tx.PutAttendance(store.Attendance{SessionID: h.session.ID, AccountID: p.GetAccountId(), Present: p.GetPresent(), RecordedBy: h.caller.AccountID})
		if err != nil {
			return err
		}
	}
	if len(wrong.Violations) > 0 {
		return wrong
	}
	return h.read()
}

// commissioner reports whether an account holds a nationwide COMMISSIONER membership in force.
func (h *hearing) commissioner(account string) (bool, error) {
	memberships, err := h.tx.MembershipsOf(account)
	for _, m := range memberships {
		if m.Role == access.RoleName(meritv1.Role_ROLE_COMMISSIONER) && m.AgencyID == "" && m.Region == "" && m.InForce(calendar.Day(h.tx.Now())) {
			return true, nil
		}
	}
	return false, err
}

// recordRecusals records who stands aside by their own word, as long as the item is not decided.
func (h *hearing) recordRecusals(recusals []*meritv1.CommissionerRecusal) error {
	for i, r := range recusals {
		if _, err := h.undecided(r.GetAssessmentId()); err != nil {
			return err
		}
		in, err := h.commissioner(r.GetAccountId())
		if err != nil {
			return err
		}
		if !in {
			return fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
				"Akun %s tidak punya peran COMMISSIONER yang berlaku.", "Account %s holds no COMMISSIONER membership in force.", r.GetAccountId()).
				Field(fmt.Sprintf("recusals[%d].account_id", i), "Bukan komisioner.", "Not a commissioner.")
		}
		err = h.tx.AddRecusal(store.Recusal{
			SessionID: h.session.ID, AssessmentID: r.GetAssessmentId(), AccountID: r.GetAccountId(), Reason: r.GetReason(), RecordedBy: h.caller.AccountID,
		})
		if err != nil {
			return err
		}
	}
	return h.read()
}

// Vote records the caller's own vote on one agenda item.
func (s *plenaryServer) Vote(ctx context.Context, req *meritv1.VoteRequest) (*meritv1.VoteResponse, error) {
	resp := new(meritv1.VoteResponse)
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		h, err := s.takeSession(ctx, tx, req.GetSessionId())
		if err != nil {
			return nil, err
		}
		item, err := h.undecided(req.GetAssessmentId())
		if err != nil {
			return nil, err
		}
		a, agency, err := reach(tx, h.caller, item.AssessmentID)
		if err != nil {
			return nil, err
		}
		if err := h.recuseByRule(); err != nil {
			return nil, err
		}
		if err := h.mayDecide(item, agency.Name); err != nil {
			return nil, err
		}
		err = tx.PutVote(store.CastVote{
			SessionID: h.session.ID, AssessmentID: a.ID, AccountID: h.caller.AccountID,
			Vote: votes[req.GetVote()], Dissent: req.GetDissent(), At: tx.Now(),
		})
		if err != nil {
			return nil, err
		}
		entry := tx.Entry(audit.Entry{Action: "PlenaryService.Vote", Agency: a.AgencyID, Subject: a.ID})
		resp.Item, err = h.itemNow(a.ID)
		return []audit.Entry{entry}, err
	})
	return resp, err
}

// votes are the votes of the contract as the store keeps them.
var votes = map[meritv1.VoteKind]store.Vote{
	meritv1.VoteKind_VOTE_KIND_IN_FAVOUR: store.InFavour,
	meritv1.VoteKind_VOTE_KIND_AGAINST:   store.Against,
	meritv1.VoteKind_VOTE_KIND_ABSTAINED: store.Abstained,
}

func voteMessage(v store.Vote) meritv1.VoteKind {
	for m, vote := range votes {
		if vote == v {
			return m
		}
	}
	return meritv1.VoteKind_VOTE_KIND_UNSPECIFIED
}
