package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// proposalsView is what waits for a second administrator, and what was decided.
type proposalsView struct {
	Proposals []*meritv1.Proposal
	Single    bool   // nobody else can act as ADMIN
	Tried     string // id of the proposal that a form was about
	Reason    string
	Pager     pager
}

// proposalsPath is where a proposal leads to.
const proposalsPath = "/admin/proposals"

var proposalsPage = newPage[proposalsView]("proposals")

// Decides reports whether the reader may close a proposal: anybody's, their own too.
func (v proposalsView) Decides(p *meritv1.Proposal) bool {
	return p.GetState() == meritv1.ProposalState_PROPOSAL_STATE_OPEN
}

func (rt router) proposals() {
	seeing := []meritv1.Role{meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR}
	rt.get(proposalsPath, only(showProposals, seeing...))
	rt.post(proposalsPath+"/{id}/approve", only(approveProposal, meritv1.Role_ROLE_ADMIN))
	rt.post(proposalsPath+"/{id}/reject", only(rejectProposal, meritv1.Role_ROLE_ADMIN))
}

func (r *request) proposalsView() (proposalsView, error) {
	list, err := r.Proposals.ListProposals(r.Context(), &meritv1.ListProposalsRequest{PageToken: r.pageToken()})
	return proposalsView{
		Proposals: list.GetProposals(), Single: list.GetSingleAdministrator(), Tried: r.PathValue("id"),
		Reason: r.PostFormValue("reason"), Pager: r.pager(list.GetNextPageToken()),
	}, err
}

func showProposals(w http.ResponseWriter, r *request) error {
	view, err := r.proposalsView()
	if err != nil {
		return err
	}
	return proposalsPage.show(w, r, view)
}

// proposalsAgain shows the list as it is now, with what was refused.
func proposalsAgain(w http.ResponseWriter, r *request, failed error) error {
	view, err := r.proposalsView()
	if err != nil {
		return err
	}
	return proposalsPage.again(w, r, view, failed)
}

func approveProposal(w http.ResponseWriter, r *request) error {
	done, err := r.Proposals.ApproveProposal(r.Context(), &meritv1.ApproveProposalRequest{ProposalId: r.PathValue("id")})
	if err != nil {
		return proposalsAgain(w, r, err)
	}
	if done.GetLink().GetSecret() != "" {
		return linksPage.show(w, r, linksView{Links: r.handouts(done.GetLink()), AccountID: done.GetLink().GetAccountId()})
	}
	return r.redirect(w, proposalsPath, "proposal-approved")
}

func rejectProposal(w http.ResponseWriter, r *request) error {
	_, err := r.Proposals.RejectProposal(r.Context(), &meritv1.RejectProposalRequest{ProposalId: r.PathValue("id"), Reason: r.PostFormValue("reason")})
	if err != nil {
		return proposalsAgain(w, r, err)
	}
	return r.redirect(w, proposalsPath, "proposal-rejected")
}

// done leads on after an act of an administrator: to the proposals when it waits for a second one.
func (r *request) done(w http.ResponseWriter, proposals []string, path, said string) error {
	if slices.ContainsFunc(proposals, func(id string) bool { return id != "" }) {
		return r.redirect(w, proposalsPath, "proposed")
	}
	return r.redirect(w, path, said)
}
