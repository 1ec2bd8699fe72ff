package server

import (
	"cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

func proposalKind(p *store.Proposal) meritv1.ProposalKind {
	return meritv1.ProposalKind(meritv1.ProposalKind_value["PROPOSAL_KIND_"+p.Kind])
}

func proposalMessage(tx *store.Tx, caller *access.Caller, p store.Proposal) (*meritv1.Proposal, error) {
	all, err := proposalMessages(tx, caller, p)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// proposalMessages says proposals to an administrator or auditor, in their language.
func proposalMessages(tx *store.Tx, caller *access.Caller, all ...store.Proposal) ([]*meritv1.Proposal, error) {
	var ids []string
	for _, p := range all {
		ids = append(ids, p.SubjectID, p.ProposedBy, p.DecidedBy)
	}
	people, err := readPeople(tx, ids...)
	if err != nil {
		return nil, err
	}
	messages := make([]*meritv1.Proposal, len(all))
	for i := range all {
		p := &all[i]
		messages[i] = &meritv1.Proposal{
			Id: p.ID, Kind: proposalKind(p), State: proposalState(tx, p), Subject: people.of(p.SubjectID),
			ProposedBy: people.of(p.ProposedBy), ProposedAt: timestamp(p.ProposedAt), ExpiresAt: timestamp(p.ExpiresAt),
			DecidedBy: people.of(p.DecidedBy), DecidedAt: timestamp(p.DecidedAt), DecisionReason: p.DecisionReason,
			Decidable: p.Open(tx.Now()) && caller.Acts(meritv1.Role_ROLE_ADMIN) && mayApprove(p, caller) == nil,
		}
		summary, err := sayRequest(tx, p, messages[i])
		if err != nil {
			return nil, err
		}
		messages[i].Summary = summary.In(caller.Language)
	}
	return messages, nil
}

func proposalState(tx *store.Tx, p *store.Proposal) meritv1.ProposalState {
	if p.State == store.ProposalOpen && !p.Open(tx.Now()) {
		return meritv1.ProposalState_PROPOSAL_STATE_EXPIRED
	}
	return meritv1.ProposalState(meritv1.ProposalState_value["PROPOSAL_STATE_"+p.State])
}

// sayRequest puts what was asked for into the message and sums it up in a sentence.
func sayRequest(tx *store.Tx, p *store.Proposal, m *meritv1.Proposal) (fault.Text, error) {
	req, err := proposedRequest(p)
	if err != nil {
		return fault.Text{}, err
	}
	whose := m.GetSubject().GetName()
	switch req := req.(type) {
	case *meritv1.InviteAccountRequest:
		m.Email, m.Name, m.Appointment = req.GetEmail(), req.GetName(), req.GetAppointment()
		what, err := appointmentText(tx, req.GetAppointment())
		return fault.T("Undang %s (%s) sebagai %s.", "Invite %s (%s) as %s.", req.GetName(), req.GetEmail(), what), err
	case *meritv1.GrantMembershipRequest:
		m.Appointment = req.GetAppointment()
		what, err := appointmentText(tx, req.GetAppointment())
		return fault.T("Beri %s peran %s.", "Give %s the role %s.", whose, what), err
	case *meritv1.ResetPasswordRequest:
		return fault.T("Buat tautan kata sandi baru untuk %s.", "Make a link for %s to set a new password.", whose), nil
	case *meritv1.ResetSecondFactorRequest:
		return fault.T("Lepaskan faktor kedua %s.", "Take the second factor of %s away.", whose), nil
	case *meritv1.EndMembershipRequest:
		m.MembershipId, m.Reason = req.GetMembershipId(), req.GetReason()
		return fault.T("Akhiri peran administrator %s.", "End the role of %s as administrator.", whose), nil
	case *meritv1.DeactivateAccountRequest:
		m.Reason = req.GetReason()
		return fault.T("Nonaktifkan akun administrator %s.", "Deactivate the account of the administrator %s.", whose), nil
	case *meritv1.PublishInstrumentRequest:
		m.InstrumentId, m.Digest = req.GetInstrumentId(), req.GetDigest()
		return fault.T("Terbitkan instrumen %s.", "Publish the instrument %s.", req.GetInstrumentId()), nil
	}
	return fault.Text{}, nil
}

// appointmentText says a role with its scope: VERIFIER (wilayah I).
func appointmentText(tx *store.Tx, a *meritv1.Appointment) (fault.Text, error) {
	role := access.RoleName(a.GetRole())
	switch {
	case a.GetRegion() != "":
		return fault.T("%s (wilayah %s)", "%s (region %s)", role, a.GetRegion()), nil
	case a.GetAgencyId() == "":
		return fault.T("%s (nasional)", "%s (nation)", role), nil
	}
	agencies, err := tx.AgenciesByID(calendar.Day(tx.Now()), a.GetAgencyId())
	return fault.T("%s (%s)", "%s (%s)", role, cmp.Or(agencies[a.GetAgencyId()].Name, a.GetAgencyId())), err
}
