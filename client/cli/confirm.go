package cli

import (
	"context"
	"fmt"
	"io"
	"regexp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

const codePrompt = "Code of your authenticator, or a recovery code: ¦ Kode autentikator Anda, atau kode pemulihan: "

// codeForm is that of what an authenticator shows, and recovery codes. No password is as short, or of that form by accident.
var codeForm = regexp.MustCompile(`^(\d{6}|[a-z2-7]{4}(-[a-z2-7]{4}){3})$`)

// ConfirmCmd proves who holds the session.
type ConfirmCmd struct {
	OIDC bool  `name:"oidc" help:"Sign in at the identity provider once more, with a browser. ¦ Masuk sekali lagi melalui penyedia identitas, dengan peramban."`
	Port int32 `placeholder:"PORT" help:"Port on which to wait for the browser; any free one when left out. ¦ Porta untuk menunggu peramban; porta bebas bila kosong."`
}

// Run asks for the password or a code, or has the person sign in at the provider, and says until when it counts.
func (cmd *ConfirmCmd) Run(c *Context) error {
	prove := c.proof
	if cmd.OIDC {
		prove = func(context.Context) (*meritv1.ConfirmRequest, error) { return c.proofAtProvider(cmd.Port) }
	}
	proof, err := prove(c)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.Confirm(c, proof)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("Confirmed until %s. ¦ Terkonfirmasi sampai %s.", when(answer.GetConfirmedUntil())))
	})
}

// proof asks the person for what proves that it is them. Where there is an identity provider, nothing typed means there.
func (c *Context) proof(context.Context) (*meritv1.ConfirmRequest, error) {
	methods, err := c.api.Accounts.GetSignInMethods(c, &meritv1.GetSignInMethodsRequest{})
	if err != nil {
		return nil, err
	}
	typed, err := c.Password(proofPrompt(methods))
	if err == nil && typed == "" && methods.GetOidc() != nil {
		return c.proofAtProvider(0)
	}
	if codeForm.MatchString(typed) {
		return &meritv1.ConfirmRequest{Code: typed}, err
	}
	return &meritv1.ConfirmRequest{Password: typed}, err
}

// proofPrompt names what the deployment takes as a proof.
func proofPrompt(methods *meritv1.GetSignInMethodsResponse) string {
	switch {
	case methods.GetOidc() == nil:
		return "This cannot be taken back. Your password, or a code: ¦ Tindakan ini tidak dapat ditarik kembali. Kata sandi Anda, atau kode: "
	case methods.GetPassword():
		return "This cannot be taken back. Your password, a code, or just Enter to sign in again at the identity provider: ¦ " +
			"Tindakan ini tidak dapat ditarik kembali. Kata sandi Anda, kode, atau Enter saja untuk masuk ulang di penyedia identitas: "
	}
	return "This cannot be taken back. A code, or just Enter to sign in again at the identity provider: ¦ " +
		"Tindakan ini tidak dapat ditarik kembali. Kode, atau Enter saja untuk masuk ulang di penyedia identitas: "
}

// proofAtProvider has the person prove themselves at the identity provider.
func (c *Context) proofAtProvider(port int32) (*meritv1.ConfirmRequest, error) {
	proof, err := c.atProvider(port, true)
	return &meritv1.ConfirmRequest{Oidc: proof}, err
}
