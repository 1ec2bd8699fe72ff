package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// LoginCmd signs in with e-mail and password, or at the identity provider.
type LoginCmd struct {
	Email      string `arg:"" optional:"" help:"Your e-mail address. ¦ Alamat surel Anda."`
	OIDC       bool   `name:"oidc" help:"Sign in at the identity provider, with a browser. ¦ Masuk melalui penyedia identitas, dengan peramban."`
	Port       int32  `placeholder:"PORT" help:"Port on which to wait for the browser; any free one when left out. ¦ Porta untuk menunggu peramban; porta bebas bila kosong."`
	Membership string `placeholder:"ID" help:"Act as this membership. ¦ Bertindak dengan keanggotaan ini."`
}

// firstFactor signs in at the identity provider or with the password.
func (cmd *LoginCmd) firstFactor(c *Context) (*meritv1.SignInResponse, error) {
	if cmd.OIDC {
		return c.loginOidc(cmd.Port, cmd.Membership)
	}
	if cmd.Email == "" {
		return nil, Mistake("give your e-mail address, or --oidc to sign in at the identity provider ¦ " +
			"berikan alamat surel Anda, atau --oidc untuk masuk melalui penyedia identitas")
	}
	password, err := c.Password("Password: ¦ Kata sandi: ")
	if err != nil {
		return nil, err
	}
	return c.api.Accounts.SignIn(c, &meritv1.SignInRequest{Email: cmd.Email, Password: password, MembershipId: cmd.Membership})
}

// Run signs in and keeps the session.
func (cmd *LoginCmd) Run(c *Context) error {
	answer, err := cmd.firstFactor(c)
	if err != nil {
		return err
	}
	if answer.GetPendingToken() != "" {
		return c.giveCode(answer.GetPendingToken())
	}
	if err := keepSession(c.Server, answer.GetSessionToken()); err != nil {
		return err
	}
	answer.SessionToken = "" // kept, and of no use on a screen
	return c.show(answer, func(w io.Writer) { c.welcome(w, answer.GetAccount(), answer.GetActing()) })
}

// giveCode takes the second step of signing in.
func (c *Context) giveCode(pending string) error {
	code, err := c.Password(codePrompt)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.GiveCode(c, &meritv1.GiveCodeRequest{PendingToken: pending, Code: code})
	if err != nil {
		return err
	}
	if err := keepSession(c.Server, answer.GetSessionToken()); err != nil {
		return err
	}
	answer.SessionToken = ""
	return c.show(answer, func(w io.Writer) { c.welcome(w, answer.GetAccount(), answer.GetActing()) })
}

func (c *Context) welcome(w io.Writer, account *meritv1.Account, as *meritv1.Membership) {
	fmt.Fprintln(w, c.sayf("Signed in as %s, %s. ¦ Masuk sebagai %s, %s.", account.GetName(), c.acting(as)))
}

// LogoutCmd ends the kept session.
type LogoutCmd struct{}

// Run signs out and forgets the session, even when it has ended already.
func (cmd *LogoutCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.SignOut(c, &meritv1.SignOutRequest{})
	if err := errors.Join(keepSession(c.Server, ""), err); err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { fmt.Fprintln(w, c.Say("Signed out. ¦ Anda sudah keluar.")) })
}

// WhoamiCmd shows the caller.
type WhoamiCmd struct{}

// Run shows the account and its memberships in force, the one acted in marked.
func (cmd *WhoamiCmd) Run(c *Context) error {
	me, err := c.api.Accounts.WhoAmI(c, &meritv1.WhoAmIRequest{})
	if err != nil {
		return err
	}
	return c.show(me, func(w io.Writer) {
		fmt.Fprintf(w, "%s <%s>\n\n", clean(me.GetAccount().GetName()), clean(me.GetAccount().GetEmail()))
		t := c.newTable(" ", "Membership ¦ Keanggotaan", "Acting as ¦ Sebagai", "From ¦ Dari", "Until ¦ Sampai", "Letter ¦ Surat")
		for _, m := range me.GetAccount().GetMemberships() {
			mark := ""
			if m.GetId() == me.GetActing().GetId() {
				mark = "*"
			}
			t.row(mark, m.GetId(), c.acting(m), m.GetValidFrom(), m.GetValidUntil(), m.GetLetterNumber())
		}
		t.write(w)
	})
}

// ActCmd switches the membership of the session.
type ActCmd struct {
	Membership string `arg:"" help:"Membership id, from merit whoami. ¦ Id keanggotaan, dari merit whoami."`
}

// Run switches and says what the session acts as now.
func (cmd *ActCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.SwitchMembership(c, &meritv1.SwitchMembershipRequest{MembershipId: cmd.Membership})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { fmt.Fprintln(w, c.acting(answer.GetActing())) })
}

// acting names a membership: its role and scope.
func (c *Context) acting(m *meritv1.Membership) string {
	if m == nil {
		return c.Say("no membership in force ¦ tanpa keanggotaan yang berlaku")
	}
	role := c.word(m.GetRole())
	switch {
	case m.GetAgencyName() != "":
		return role + ", " + clean(m.GetAgencyName())
	case m.GetRegion() != "":
		return role + ", " + c.Say("region ¦ wilayah") + " " + clean(m.GetRegion())
	default:
		return role + ", " + c.Say("nation ¦ nasional")
	}
}

// Password asks for a secret with a two-language prompt: without echo from a terminal, else the next line of standard
// input. Input that ends before it is a mistake.
func (c *Context) Password(prompt string) (string, error) {
	secret, err := c.secret(prompt)
	if errors.Is(err, io.EOF) {
		return "", Mistake("the input ended before a password came; type it and press Enter, or give it as a line of standard input: merit … < FILE ¦ " +
			"masukan berakhir sebelum ada kata sandi; ketikkan lalu tekan Enter, atau berikan sebagai satu baris masukan standar: merit … < BERKAS")
	}
	return secret, err
}

func (c *Context) secret(prompt string) (string, error) {
	if file, ok := c.In.(*os.File); ok && terminal(file) {
		fmt.Fprint(c.Errs, c.Say(prompt))
		secret, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(c.Errs)
		return string(secret), err
	}
	line, err := c.lines.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
