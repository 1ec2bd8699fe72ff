package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ProposalCmd groups what waits for a second administrator.
type ProposalCmd struct {
	List    ProposalListCmd    `cmd:"" help:"List proposals. ¦ Daftar usulan."`
	Approve ProposalApproveCmd `cmd:"" help:"Do what another administrator proposed. ¦ Lakukan yang diusulkan administrator lain."`
	Reject  ProposalRejectCmd  `cmd:"" help:"Close a proposal with a reason, or withdraw your own. ¦ Tutup usulan dengan alasan, atau tarik usulan sendiri."`
}

// ProposalListCmd lists proposals.
type ProposalListCmd struct {
	Paging
	All bool `help:"Also decided and expired ones. ¦ Juga yang sudah diputus dan yang lewat waktu."`
}

// Run lists a page of proposals.
func (cmd *ProposalListCmd) Run(c *Context) error {
	answer, err := c.api.Proposals.ListProposals(c, &meritv1.ListProposalsRequest{OpenOnly: !cmd.All, PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Proposal ¦ Usulan", "What ¦ Isi", "State ¦ Keadaan", "By ¦ Oleh", "Until ¦ Sampai")
		for _, p := range answer.GetProposals() {
			t.row(p.GetId(), p.GetSummary(), c.word(p.GetState()), p.GetProposedBy().GetName(), when(p.GetExpiresAt()))
		}
		t.write(w)
		if answer.GetSingleAdministrator() {
			fmt.Fprintln(w, c.Say("There is a single administrator: nothing is proposed, everything takes effect at once. ¦ Hanya ada satu administrator: tidak ada usulan, semua langsung berlaku."))
		}
		c.more(w, answer.GetNextPageToken())
	})
}

// ProposalApproveCmd approves a proposal.
type ProposalApproveCmd struct {
	Proposal string `arg:"" help:"Proposal id, from merit proposal list. ¦ Id usulan, dari merit proposal list."`
}

// Run approves it and prints the one-time link that came of it.
func (cmd *ProposalApproveCmd) Run(c *Context) error {
	answer, err := c.api.Proposals.ApproveProposal(c, &meritv1.ApproveProposalRequest{ProposalId: cmd.Proposal})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n", c.word(answer.GetProposal().GetState()), clean(answer.GetProposal().GetSummary()))
		if answer.GetLink() != nil {
			c.writeLink(w, answer.GetLink())
		}
	})
}

// ProposalRejectCmd rejects or withdraws a proposal.
type ProposalRejectCmd struct {
	Proposal string `arg:"" help:"Proposal id, from merit proposal list. ¦ Id usulan, dari merit proposal list."`
	Reason   string `required:"" help:"Why. ¦ Alasan."`
}

// Run closes the proposal.
func (cmd *ProposalRejectCmd) Run(c *Context) error {
	answer, err := c.api.Proposals.RejectProposal(c, &meritv1.RejectProposalRequest{ProposalId: cmd.Proposal, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n", c.word(answer.GetProposal().GetState()), clean(answer.GetProposal().GetSummary()))
	})
}

// waits prints that something waits for a second administrator, and reports whether it does.
func (c *Context) waits(w io.Writer, proposals ...string) bool {
	waits := false
	for _, id := range proposals {
		if id != "" {
			fmt.Fprintln(w, c.sayf("Waits for a second administrator: merit proposal approve %s ¦ Menunggu administrator kedua: merit proposal approve %s", id))
			waits = true
		}
	}
	return waits
}
