package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// FactorCmd groups what is done with the second factor.
type FactorCmd struct {
	Show    FactorShowCmd    `cmd:"" help:"Show how yours stands. ¦ Tampilkan keadaan faktor kedua Anda."`
	Enrol   FactorEnrolCmd   `cmd:"" help:"Enrol an authenticator. ¦ Pasang autentikator."`
	Remove  FactorRemoveCmd  `cmd:"" help:"Remove it, with password and code. ¦ Lepaskan, dengan kata sandi dan kode."`
	Reset   FactorResetCmd   `cmd:"" help:"Take a person's lost one away. ¦ Hapus faktor kedua seseorang yang hilang."`
	Policy  FactorPolicyCmd  `cmd:"" help:"Show the roles that demand one. ¦ Tampilkan peran yang mewajibkannya."`
	Require FactorRequireCmd `cmd:"" help:"Name the roles that demand one, in place of those before. ¦ Tetapkan peran yang mewajibkannya, menggantikan yang lama."`
}

// FactorShowCmd shows the caller's second factor.
type FactorShowCmd struct{}

// Run shows since when there is one and how many recovery codes are left.
func (cmd *FactorShowCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.GetSecondFactor(c, &meritv1.GetSecondFactorRequest{})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		switch {
		case answer.GetEnrolled():
			fmt.Fprintln(w, c.sayf("Enrolled since %s; recovery codes left: %d. ¦ Terpasang sejak %s; sisa kode pemulihan: %d.",
				when(answer.GetEnrolledAt()), answer.GetRecoveryCodesLeft()))
		case answer.GetDemanded():
			fmt.Fprintln(w, c.Say("None, and your role demands one: merit factor enrol. ¦ Belum ada, padahal peran Anda mewajibkannya: merit factor enrol."))
		default:
			fmt.Fprintln(w, c.Say("None: whoever gets past the sign-in is you. ¦ Belum ada: siapa pun yang berhasil masuk dianggap Anda."))
		}
	})
}

// FactorEnrolCmd enrols an authenticator.
type FactorEnrolCmd struct{}

// Run shows the key, asks for a first code and shows the recovery codes.
func (cmd *FactorEnrolCmd) Run(c *Context) error {
	made, err := c.api.Accounts.EnrolSecondFactor(c, &meritv1.EnrolSecondFactorRequest{})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Errs, c.sayf("Key for your authenticator: %s\n%s ¦ Kunci bagi autentikator Anda: %s\n%s", made.GetSecret(), made.GetUri()))
	code, err := c.Password("The six digits it shows now: ¦ Enam angka yang tampil sekarang: ")
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.ConfirmSecondFactor(c, &meritv1.ConfirmSecondFactorRequest{Code: code})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		for _, code := range answer.GetRecoveryCodes() {
			fmt.Fprintln(w, code)
		}
		fmt.Fprintln(c.Errs, c.Say("Recovery codes: each lets you in once without your authenticator. Shown now and never again. ¦ Kode pemulihan: masing-masing sekali pakai untuk masuk tanpa autentikator. Ditampilkan sekali ini saja."))
	})
}

// FactorRemoveCmd removes the caller's second factor.
type FactorRemoveCmd struct{}

// Run asks for password and code.
func (cmd *FactorRemoveCmd) Run(c *Context) error {
	password, err := c.Password("Password: ¦ Kata sandi: ")
	if err != nil {
		return err
	}
	code, err := c.Password(codePrompt)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.RemoveSecondFactor(c, &meritv1.RemoveSecondFactorRequest{Password: password, Code: code})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { fmt.Fprintln(w, c.Say("The second factor is removed. ¦ Faktor kedua dilepas.")) })
}

// FactorResetCmd takes the second factor of somebody else away.
type FactorResetCmd struct {
	Account string `arg:"" help:"Account id. ¦ Id akun."`
}

// Run takes it away and ends the person's sessions, or says that it waits for a second administrator.
func (cmd *FactorResetCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ResetSecondFactor(c, &meritv1.ResetSecondFactorRequest{AccountId: cmd.Account})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if c.waits(w, answer.GetProposalId()) {
			return
		}
		fmt.Fprintln(w, c.Say("The second factor is taken away; the person's sessions have ended. ¦ Faktor kedua dihapus; sesi orang ini diakhiri."))
	})
}

// FactorPolicyCmd shows the policy.
type FactorPolicyCmd struct{}

// Run lists the roles.
func (cmd *FactorPolicyCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.GetSecondFactorPolicy(c, &meritv1.GetSecondFactorPolicyRequest{})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writePolicy(w, answer.GetPolicy()) })
}

func (c *Context) writePolicy(w io.Writer, policy *meritv1.SecondFactorPolicy) {
	if len(policy.GetRoles()) == 0 {
		fmt.Fprintln(w, c.Say("No role demands a second factor. ¦ Tidak ada peran yang mewajibkan faktor kedua."))
	}
	for _, role := range policy.GetRoles() {
		fmt.Fprintln(w, c.word(role))
	}
}

// FactorRequireCmd sets the policy.
type FactorRequireCmd struct {
	Roles []enum[meritv1.Role] `arg:"" optional:"" help:"Roles; none lets all go without. ¦ Peran; kosong berarti tidak ada yang wajib."`
}

// Run reads the newest policy and puts the roles in its place.
func (cmd *FactorRequireCmd) Run(c *Context) error {
	before, err := c.api.Accounts.GetSecondFactorPolicy(c, &meritv1.GetSecondFactorPolicyRequest{})
	if err != nil {
		return err
	}
	req := &meritv1.SetSecondFactorPolicyRequest{Revision: before.GetPolicy().GetRevision()}
	for _, role := range cmd.Roles {
		req.Roles = append(req.Roles, meritv1.Role(role))
	}
	answer, err := c.api.Accounts.SetSecondFactorPolicy(c, req)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writePolicy(w, answer.GetPolicy()) })
}
