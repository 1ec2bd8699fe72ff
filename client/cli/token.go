package cli

import (
	"fmt"
	"io"
	"strings"

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
	ReadOnly   bool   `help:"Reads only. ¦ Hanya membaca."`
	Agency     string `placeholder:"CODE" help:"Reaches this agency only. ¦ Hanya menjangkau instansi ini."`
	Service    string `placeholder:"NAME" help:"Opens this service only, such as ResultService. ¦ Hanya membuka layanan ini, misalnya ResultService."`
	Days       int32  `default:"90" help:"Valid for so many days, up to 366. ¦ Berlaku sekian hari, sampai 366."`
}

// Run prints the secret alone on standard output, so that it can be piped.
func (cmd *TokenCreateCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.CreateToken(c, &meritv1.CreateTokenRequest{
		Name: cmd.Name, MembershipId: cmd.Membership, ValidDays: cmd.Days, ReadOnly: cmd.ReadOnly, AgencyId: agency, Service: cmd.Service,
	})
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
	t := c.newTable("Name ¦ Nama", "Acts as ¦ Bertindak sebagai", "Limits ¦ Batas", "Until ¦ Sampai", "Last used ¦ Terakhir dipakai", "Revoked ¦ Dicabut", "Id")
	for _, token := range tokens {
		t.row(token.GetName(), c.acting(token.GetMembership()), c.limits(token), when(token.GetExpiresAt()), when(token.GetLastUsedAt()), when(token.GetRevokedAt()), token.GetId())
	}
	t.write(w)
}

// limits is what a token opens less than its membership does.
func (c *Context) limits(t *meritv1.Token) string {
	var limits []string
	if t.GetReadOnly() {
		limits = append(limits, c.Say("reads only ¦ hanya membaca"))
	}
	for _, limit := range []string{t.GetAgencyName(), t.GetService()} {
		if limit != "" {
			limits = append(limits, limit)
		}
	}
	return strings.Join(limits, ", ")
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
