package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// proposalServer keeps what needs a second administrator.
type proposalServer struct {
	meritv1.UnimplementedProposalServiceServer
	*core
}

// proposalLength is how long a proposal waits for a second administrator.
const proposalLength = 72 * time.Hour

var aProposal = fault.T("Usulan", "proposal")

// weighty are the roles that decide scores and awards, give rights, or read everything: nobody gives one of them, or
// new credentials to somebody who holds one, alone.
var weighty = append([]meritv1.Role{meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR}, deciding...)

func isWeighty(role string) bool {
	r, _ := access.ParseRole(role)
	return slices.Contains(weighty, r)
}

// holdsWeight reports whether one of the memberships that are not over is of a weighty role.
func holdsWeight(memberships []store.Membership, day string) bool {
	return slices.ContainsFunc(memberships, func(m store.Membership) bool { return isWeighty(m.Role) && !m.Over(day) })
}

// act is something that an administrator wants done: the request of the RPC that they called.
type act struct {
	kind    meritv1.ProposalKind
	subject string // account whose rights or credentials it is about; empty when there is none
	request proto.Message
}

// propose keeps an act that needs a second administrator and returns the id of its proposal, after which nothing else is
// to be done. It returns nothing where the act may be done at once: when a second administrator has approved it, and
// when nobody else can act as ADMIN.
func propose(tx *store.Tx, caller *access.Caller, a act) (id string, err error) {
	if !caller.Acts(meritv1.Role_ROLE_ADMIN) || caller.Approver != "" {
		return "", nil
	}
	others, err := otherAdministrators(tx, caller.AccountID)
	if err != nil || len(others) == 0 {
		return "", err
	}
	request, err := proto.MarshalOptions{Deterministic: true}.Marshal(withoutRequestID(a.request))
	if err != nil {
		return "", err
	}
	p := store.Proposal{
		ID: tx.NewID(), Kind: a.kind.String()[len("PROPOSAL_KIND_"):], Request: request, SubjectID: a.subject,
		ProposedAt: tx.Now(), ProposedBy: caller.AccountID, MembershipID: caller.MembershipID, ExpiresAt: tx.Now().Add(proposalLength),
	}
	if err := notProposed(tx, &p); err != nil {
		return "", err
	}
	if err := tx.InsertProposal(p); err != nil {
		return "", err
	}
	return p.ID, tellProposal(tx, store.NoticeProposalMade, &p, others...)
}

// proposed is the entry of a proposal.
func proposed(id string) audit.Entry {
	return audit.Entry{Action: "ProposalService.Propose", Subject: id}
}

// notProposed refuses what waits already.
func notProposed(tx *store.Tx, p *store.Proposal) error {
	same, err := tx.OpenProposal(p.Kind, p.Request)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
		"Hal yang sama sudah diusulkan dan menunggu administrator kedua (usulan %s).",
		"The same is proposed already and waits for a second administrator (proposal %s).", same.ID)
}

// withoutRequestID is the request without the id that made it repeatable: that id has done its work.
func withoutRequestID(m proto.Message) proto.Message {
	m = proto.Clone(m)
	if f := m.ProtoReflect().Descriptor().Fields().ByName("request_id"); f != nil {
		m.ProtoReflect().Clear(f)
	}
	return m
}

// otherAdministrators are the accounts beside this one that can act as ADMIN today.
func otherAdministrators(tx *store.Tx, accountID string) ([]string, error) {
	all, err := tx.Administrators(calendar.Day(tx.Now()))
	return slices.DeleteFunc(all, func(id string) bool { return id == accountID }), err
}

// singleAdministrator reports whether at most one account can act as ADMIN: whatever it wants takes effect at once.
func singleAdministrator(tx *store.Tx) (bool, error) {
	all, err := tx.Administrators(calendar.Day(tx.Now()))
	return len(all) < 2, err
}

// aloneOrInEmergency reports whether an administrator could act without a second one, or one whom no second one approved
// could act: results say so.
func aloneOrInEmergency(tx *store.Tx) (bool, error) {
	single, err := singleAdministrator(tx)
	if err != nil || single {
		return single, err
	}
	return tx.EmergencyAdministrators(calendar.Day(tx.Now()))
}

// SingleAdministrator reports whether at most one account can act as ADMIN, so that there is no second administrator
// whom anything would need. Whoever runs the service is to know.
func (s *Server) SingleAdministrator(ctx context.Context) (single bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		single, err = singleAdministrator(tx)
		return err
	})
	return single, err
}

// ListProposals lists proposals, newest first.
func (s *proposalServer) ListProposals(ctx context.Context, req *meritv1.ListProposalsRequest) (*meritv1.ListProposalsResponse, error) {
	caller := access.From(ctx)
	if !caller.Nationwide() { // an auditor of one agency or region has no business with them
		return nil, fault.OutOfScope()
	}
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListProposalsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.Proposals(req.GetOpenOnly(), lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		found, resp.NextPageToken = page.Cut(p, found, func(p store.Proposal) []string { return []string{p.ID} })
		if resp.Proposals, err = proposalMessages(tx, caller, found...); err != nil {
			return err
		}
		resp.SingleAdministrator, err = singleAdministrator(tx)
		return err
	})
}
