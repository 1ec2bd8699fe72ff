package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

var (
	errProposalClosed = fault.New(meritv1.Reason_REASON_PROPOSAL_CLOSED,
		"Usulan ini sudah diputus, atau sudah lewat 72 jam. Usulkan lagi bila masih perlu.",
		"This proposal is decided, or older than 72 hours. Propose it again if it is still needed.")
	errOwnProposal = fault.New(meritv1.Reason_REASON_OWN_PROPOSAL,
		"Usulan Anda sendiri disetujui oleh administrator lain.", "Your own proposal is for another administrator to approve.")
	errForOneself = fault.New(meritv1.Reason_REASON_OWN_PROPOSAL,
		"Usulan ini memberi hak kepada Anda sendiri, maka bukan Anda yang menyetujuinya. Mintalah administrator lain.",
		"This proposal gives rights to yourself, so it is not for you to approve. Ask another administrator.")
	errProposerGone = fault.New(meritv1.Reason_REASON_WRONG_STATE,
		"Pengusulnya bukan lagi administrator, maka usulannya tidak berlaku. Tolaklah, dan usulkan sendiri bila perlu.",
		"Its proposer is no administrator any more, so the proposal is void. Reject it, and propose it yourself if needed.")
)

// ApproveProposal does what was proposed.
func (s *proposalServer) ApproveProposal(ctx context.Context, req *meritv1.ApproveProposalRequest) (*meritv1.ApproveProposalResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	resp := &meritv1.ApproveProposalResponse{}
	var secret string
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		p, err := openProposal(tx, req.GetProposalId())
		if err != nil {
			return nil, err
		}
		if err := mayApprove(&p, caller); err != nil {
			return nil, err
		}
		proposer, err := proposerOf(tx, &p, caller)
		if err != nil {
			return nil, err
		}
		entry, err := decide(tx, caller, &p, store.ProposalApproved, "")
		if err != nil {
			return nil, err
		}
		done, err := s.carryOut(access.With(ctx, proposer), tx, proposer, &p)
		if err != nil {
			return nil, err
		}
		resp.Link, secret = done.link, done.secret
		resp.Proposal, err = proposalMessage(tx, caller, p)
		return []audit.Entry{entry, done.entry}, err
	})
	if err != nil {
		return nil, err
	}
	reveal(resp.Link, secret)
	return resp, nil
}

// RejectProposal closes a proposal with a reason.
func (s *proposalServer) RejectProposal(ctx context.Context, req *meritv1.RejectProposalRequest) (*meritv1.RejectProposalResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.RejectProposalResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		p, err := openProposal(tx, req.GetProposalId())
		if err != nil {
			return nil, err
		}
		entry, err := decide(tx, caller, &p, store.ProposalRejected, req.GetReason())
		if err != nil {
			return nil, err
		}
		resp.Proposal, err = proposalMessage(tx, caller, p)
		return []audit.Entry{entry}, err
	})
}

// openProposal returns a proposal that can be decided.
func openProposal(tx *store.Tx, id string) (store.Proposal, error) {
	p, err := tx.Proposal(id)
	if errors.Is(err, store.ErrNotFound) {
		return p, fault.NotFound(aProposal, id)
	}
	if err == nil && !p.Open(tx.Now()) {
		err = errProposalClosed
	}
	return p, err
}

// mayApprove refuses the proposer, and whom the proposal gives something to.
func mayApprove(p *store.Proposal, caller *access.Caller) error {
	switch {
	case p.ProposedBy == caller.AccountID:
		return errOwnProposal
	case p.SubjectID == caller.AccountID && gives(proposalKind(p)):
		return errForOneself
	}
	return nil
}

// gives reports whether a kind of proposal gives somebody something, rather than taking it away.
func gives(kind meritv1.ProposalKind) bool {
	return kind != meritv1.ProposalKind_PROPOSAL_KIND_END_MEMBERSHIP && kind != meritv1.ProposalKind_PROPOSAL_KIND_DEACTIVATE_ACCOUNT
}

// proposerOf is the proposer as a caller whose act the other one has approved, if they can still act as ADMIN.
func proposerOf(tx *store.Tx, p *store.Proposal, approver *access.Caller) (*access.Caller, error) {
	m, err := tx.Membership(p.MembershipID)
	if err != nil {
		return nil, err
	}
	a, err := tx.Account(p.ProposedBy)
	if err != nil {
		return nil, err
	}
	if a.State != store.AccountActive || !m.InForce(calendar.Day(tx.Now())) {
		return nil, errProposerGone
	}
	return &access.Caller{
		AccountID: a.ID, Name: a.Name, MembershipID: m.ID, Role: meritv1.Role_ROLE_ADMIN,
		Approver: approver.AccountID, Language: approver.Language, Address: approver.Address,
	}, nil
}

// decide closes a proposal and tells the proposer, unless it is they who withdraw it.
func decide(tx *store.Tx, caller *access.Caller, p *store.Proposal, state, reason string) (audit.Entry, error) {
	p.State, p.DecidedAt, p.DecidedBy, p.DecisionReason = state, tx.Now(), caller.AccountID, reason
	if err := tx.DecideProposal(*p); err != nil {
		return audit.Entry{}, err
	}
	action, kind := audit.Action("ProposalService.ApproveProposal"), store.NoticeProposalApproved
	if state == store.ProposalRejected {
		action, kind = "ProposalService.RejectProposal", store.NoticeProposalRejected
	}
	entry := tx.Entry(audit.Entry{Action: action, Subject: p.ID})
	if p.ProposedBy == caller.AccountID {
		return entry, nil
	}
	return entry, tellProposal(tx, kind, p, p.ProposedBy)
}

// deed is what came of an act.
type deed struct {
	entry  audit.Entry
	link   *meritv1.OneTimeLink
	secret string // of the link
}

// carryOut does what the proposer asked for, with every check of the RPC that they called.
func (s *proposalServer) carryOut(ctx context.Context, tx *store.Tx, proposer *access.Caller, p *store.Proposal) (d deed, err error) {
	req, err := proposedRequest(p)
	if err != nil {
		return d, err
	}
	switch req := req.(type) {
	case *meritv1.InviteAccountRequest:
		i, err := invite(tx, proposer, req)
		return deed{inviteEntry(i), i.link, i.secret}, err
	case *meritv1.GrantMembershipRequest:
		m, _, err := grant(tx, proposer, req)
		return deed{entry: grantEntry(m)}, err
	case *meritv1.ResetPasswordRequest:
		r, err := resetPassword(tx, proposer, req)
		return deed{resetEntry(proposer, r), r.link, r.secret}, err
	case *meritv1.ResetSecondFactorRequest:
		_, err := resetSecondFactor(tx, proposer, req)
		return deed{entry: resetFactorEntry(req.GetAccountId())}, err
	case *meritv1.EndMembershipRequest:
		m, _, err := endMembership(tx, proposer, req)
		return deed{entry: endEntry(m)}, err
	case *meritv1.DeactivateAccountRequest:
		_, err := deactivateAccount(tx, proposer, req)
		return deed{entry: deactivateEntry(proposer, req.GetAccountId())}, err
	case *meritv1.PublishInstrumentRequest:
		_, _, err := (&instrumentServer{core: s.core}).publish(ctx, tx, req)
		return deed{entry: publishEntry(req.GetInstrumentId())}, err
	}
	return d, fmt.Errorf("proposal %s: nobody carries out %T", p.ID, req)
}

// proposedRequest reads the request that a proposal keeps.
func proposedRequest(p *store.Proposal) (req proto.Message, err error) {
	switch proposalKind(p) {
	case meritv1.ProposalKind_PROPOSAL_KIND_INVITE_ACCOUNT:
		req = &meritv1.InviteAccountRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_GRANT_MEMBERSHIP:
		req = &meritv1.GrantMembershipRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_RESET_PASSWORD:
		req = &meritv1.ResetPasswordRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_RESET_SECOND_FACTOR:
		req = &meritv1.ResetSecondFactorRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_END_MEMBERSHIP:
		req = &meritv1.EndMembershipRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_DEACTIVATE_ACCOUNT:
		req = &meritv1.DeactivateAccountRequest{}
	case meritv1.ProposalKind_PROPOSAL_KIND_PUBLISH_INSTRUMENT:
		req = &meritv1.PublishInstrumentRequest{}
	default:
		return nil, fmt.Errorf("proposal %s: unknown kind %q", p.ID, p.Kind)
	}
	return req, proto.Unmarshal(p.Request, req)
}
