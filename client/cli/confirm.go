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
type ConfirmCmd struct{}

// Run asks for the password or a code and says until when it counts.
func (cmd *ConfirmCmd) Run(c *Context) error {
	proof, err := c.proof(c)
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

// proof asks the person for what proves that it is them.
func (c *Context) proof(context.Context) (*meritv1.ConfirmRequest, error) {
	typed, err := c.Password("This cannot be taken back. Your password, or a code: ¦ Tindakan ini tidak dapat ditarik kembali. Kata sandi Anda, atau kode: ")
	if codeForm.MatchString(typed) {
		return &meritv1.ConfirmRequest{Code: typed}, err
	}
	return &meritv1.ConfirmRequest{Password: typed}, err
}
