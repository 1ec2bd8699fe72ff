package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// TokenCmd groups what is done with tokens for programs.
type TokenCmd struct {
	Create TokenCreateCmd `cmd:"" help:"Make a token; its secret is shown once. ¦ Buat token; rahasianya ditampilkan sekali."`
	List   TokenListCmd   `cmd:"" help:"List your tokens. ¦ Daftar token Anda."`
	Revoke TokenRevokeCmd `cmd:"" help:"End a token at once. ¦ Cabut token seketika."`
}

// TokenCreateCmd makes a token.
type TokenCreateCmd struct {
	Name       string `arg:"" help:"What it is for. ¦ Kegunaannya."`
	Membership string `placeholder:"ID" help:"Act as this membership; the current one when left out. ¦ Bertindak dengan keanggotaan ini; yang sekarang bila kosong."`
	Days       int32  `default:"90" help:"Valid for so many days, up to 366. ¦ Berlaku sekian hari, sampai 366."`
}

// Run prints the secret alone on standard output, so that it can be piped.
func (cmd *TokenCreateCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.CreateToken(c, &meritv1.CreateTokenRequest{Name: cmd.Name, MembershipId: cmd.Membership, ValidDays: cmd.Days})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, answer.GetSecret())
		fmt.Fprintln(c.Errs, c.sayf("Valid until %s; shown now and never again. ¦ Berlaku sampai %s; ditampilkan sekali ini saja.", when(answer.GetToken().GetExpiresAt())))
	})
}

// TokenListCmd lists tokens.
type TokenListCmd struct{ Paging }

// Run lists a page of the caller's tokens, newest first.
func (cmd *TokenListCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ListTokens(c, &meritv1.ListTokensRequest{PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeTokens(w, answer.GetTokens())
		c.more(w, answer.GetNextPageToken())
	})
}

func (c *Context) writeTokens(w io.Writer, tokens []*meritv1.Token) {
	t := c.newTable("Name ¦ Nama", "Acts as ¦ Bertindak sebagai", "Until ¦ Sampai", "Last used ¦ Terakhir dipakai", "Revoked ¦ Dicabut", "Id")
	for _, token := range tokens {
		t.row(token.GetName(), c.acting(token.GetMembership()), when(token.GetExpiresAt()), when(token.GetLastUsedAt()), when(token.GetRevokedAt()), token.GetId())
	}
	t.write(w)
}

// TokenRevokeCmd revokes a token.
type TokenRevokeCmd struct {
	ID string `arg:"" help:"Token id. ¦ Id token."`
}

// Run revokes the token.
func (cmd *TokenRevokeCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.RevokeToken(c, &meritv1.RevokeTokenRequest{TokenId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeTokens(w, []*meritv1.Token{answer.GetToken()}) })
}
