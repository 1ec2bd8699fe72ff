package cli

import (
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// UserIdentitiesCmd lists identities at the provider.
type UserIdentitiesCmd struct {
	Account string `arg:"" optional:"" help:"Account id, from merit user list; your own when left out. ¦ Id akun, dari merit user list; akun Anda bila kosong."`
}

// Run lists them, newest first, those that were unlinked too.
func (cmd *UserIdentitiesCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ListAccountIdentities(c, &meritv1.ListAccountIdentitiesRequest{AccountId: cmd.Account})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeIdentities(w, answer.GetIdentities()...) })
}

func (c *Context) writeIdentities(w io.Writer, identities ...*meritv1.AccountIdentity) {
	t := c.newTable("E-mail ¦ Surel", "Subject ¦ Subjek", "Provider ¦ Penyedia", "Linked ¦ Ditautkan", "Unlinked ¦ Dilepas", "Identity ¦ Identitas")
	for _, i := range identities {
		t.row(i.GetEmail(), i.GetSubject(), i.GetIssuer(), when(i.GetLinkedAt()), when(i.GetUnlinkedAt()), i.GetId())
	}
	t.write(w)
}

// UserUnlinkCmd unlinks an identity.
type UserUnlinkCmd struct {
	Identity string `arg:"" help:"Identity id, from merit user identities. ¦ Id identitas, dari merit user identities."`
}

// Run unlinks it and ends all sessions of the person; the next sign-in at the provider links anew.
func (cmd *UserUnlinkCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.UnlinkAccountIdentity(c, &meritv1.UnlinkAccountIdentityRequest{IdentityId: cmd.Identity})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeIdentities(w, answer.GetIdentity()) })
}
