package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// UserCmd groups what is done with people and their memberships.
type UserCmd struct {
	List       UserListCmd       `cmd:"" help:"List people. ¦ Daftar orang."`
	Show       UserShowCmd       `cmd:"" help:"Show one person with ended memberships too. ¦ Tampilkan satu orang beserta keanggotaan yang sudah berakhir."`
	Invite     UserInviteCmd     `cmd:"" help:"Invite one person. ¦ Undang satu orang."`
	Import     UserImportCmd     `cmd:"" help:"Invite many from CSV, all or none. ¦ Undang banyak orang dari CSV, semua atau tidak sama sekali."`
	Grant      UserGrantCmd      `cmd:"" help:"Give a person another role. ¦ Beri seseorang peran lain."`
	End        UserEndCmd        `cmd:"" help:"End a membership. ¦ Akhiri keanggotaan."`
	Deactivate UserDeactivateCmd `cmd:"" help:"Refuse a person from now on. ¦ Tolak seseorang mulai sekarang."`
	Reset      UserResetCmd      `cmd:"" help:"Make a one-time link for a new password. ¦ Buat tautan sekali pakai untuk kata sandi baru."`
	Accept     UserAcceptCmd     `cmd:"" help:"Set a password with a one-time link's secret. ¦ Pasang kata sandi dengan rahasia tautan sekali pakai."`
	Password   UserPasswordCmd   `cmd:"" help:"Change your own password. ¦ Ganti kata sandi sendiri."`
	Identities UserIdentitiesCmd `cmd:"" help:"List your identities at the provider, or a person's. ¦ Daftar identitas Anda, atau seseorang, di penyedia."`
	Unlink     UserUnlinkCmd     `cmd:"" help:"Unlink an identity at the provider. ¦ Lepaskan identitas di penyedia."`
	Profile    UserProfileCmd    `cmd:"" help:"Change your own name and language. ¦ Ganti nama dan bahasa sendiri."`
	Interest   UserInterestCmd   `cmd:"" help:"Declare an agency you belong or belonged to. ¦ Nyatakan instansi tempat Anda bertugas atau pernah bertugas."`
	Interests  UserInterestsCmd  `cmd:"" help:"List declared interests. ¦ Daftar benturan kepentingan yang dinyatakan."`
}

// Appointing are the flags that describe a membership.
type Appointing struct {
	Role   enum[meritv1.Role] `required:"" placeholder:"ROLE" help:"The role. ¦ Peran."`
	Agency string             `placeholder:"CODE" help:"The role holds for this agency. ¦ Peran berlaku bagi instansi ini."`
	Region string             `help:"The role holds for this region. ¦ Peran berlaku bagi wilayah ini."`
	From   string             `placeholder:"YYYY-MM-DD" help:"First day; today when left out. ¦ Hari pertama; hari ini bila kosong."`
	Until  string             `placeholder:"YYYY-MM-DD" help:"Last day. ¦ Hari terakhir."`
	Letter string             `help:"Number of the letter of appointment. ¦ Nomor surat penunjukan."`
}

func (a Appointing) appointment(c *Context) (*meritv1.Appointment, error) {
	agency, err := c.agencyID(a.Agency)
	return &meritv1.Appointment{
		Role: meritv1.Role(a.Role), AgencyId: agency, Region: a.Region, ValidFrom: a.From, ValidUntil: a.Until, LetterNumber: a.Letter,
	}, err
}

// UserListCmd lists people.
type UserListCmd struct {
	Paging
	Agency      string             `placeholder:"CODE" help:"Only people of this agency. ¦ Hanya orang di instansi ini."`
	Role        enum[meritv1.Role] `placeholder:"ROLE" help:"Only people with this role. ¦ Hanya orang dengan peran ini."`
	Text        string             `help:"Found in name or e-mail. ¦ Terdapat dalam nama atau surel."`
	Deactivated bool               `help:"Also deactivated accounts. ¦ Juga akun yang dinonaktifkan."`
}

// Run lists a page of people.
func (cmd *UserListCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.ListAccounts(c, &meritv1.ListAccountsRequest{
		AgencyId: agency, Role: meritv1.Role(cmd.Role), Text: cmd.Text, IncludeDeactivated: cmd.Deactivated,
		PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeAccounts(w, answer.GetAccounts())
		c.more(w, answer.GetNextPageToken())
	})
}

// UserShowCmd shows one person.
type UserShowCmd struct {
	Account string `arg:"" help:"Account id, from merit user list. ¦ Id akun, dari merit user list."`
}

// Run shows the person.
func (cmd *UserShowCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.GetAccount(c, &meritv1.GetAccountRequest{AccountId: cmd.Account})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAccounts(w, []*meritv1.Account{answer.GetAccount()}) })
}

// writeAccounts prints a line for every membership of every account, and one for an account without any.
func (c *Context) writeAccounts(w io.Writer, accounts []*meritv1.Account) {
	t := c.newTable("Name ¦ Nama", "E-mail ¦ Surel", "State ¦ Keadaan", "Acts as ¦ Bertindak sebagai", "Membership ¦ Keanggotaan", "Account ¦ Akun")
	for _, a := range accounts {
		held, state := a.GetMemberships(), c.word(a.GetState())
		if a.GetDeactivationReason() != "" {
			state += ": " + a.GetDeactivationReason()
		}
		if len(held) == 0 {
			t.row(a.GetName(), a.GetEmail(), state, "", "", a.GetId())
		}
		for _, m := range held {
			t.row(a.GetName(), a.GetEmail(), state, c.held(m), m.GetId(), a.GetId())
		}
	}
	t.write(w)
}

// held names a membership, and says so when it has ended or has yet to begin.
func (c *Context) held(m *meritv1.Membership) string {
	if m.GetInForce() {
		return c.acting(m)
	}
	return c.acting(m) + " " + c.Say("(not in force) ¦ (tidak berlaku)")
}

// ShowLink prints a one-time link that was made in the store itself.
func (c *Context) ShowLink(link *meritv1.OneTimeLink) error {
	return c.show(link, func(w io.Writer) { c.writeLink(w, link) })
}

// writeLink prints a one-time link for the issuer to hand over.
func (c *Context) writeLink(w io.Writer, link *meritv1.OneTimeLink) {
	fmt.Fprintln(w, c.sayf("For %s, works once until %s. Hand over: ¦ Untuk %s, berlaku sekali sampai %s. Serahkan:", clean(link.GetEmail()), when(link.GetExpiresAt())))
	fmt.Fprintf(w, "  merit user accept %s\n", link.GetSecret())
}

// UserInviteCmd invites one person.
type UserInviteCmd struct {
	Email string `arg:"" help:"E-mail address. ¦ Alamat surel."`
	Name  string `arg:"" help:"Full name. ¦ Nama lengkap."`
	Appointing
}

// Run invites and prints the one-time link.
func (cmd *UserInviteCmd) Run(c *Context) error {
	appointment, err := cmd.appointment(c)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.InviteAccount(c, &meritv1.InviteAccountRequest{Email: cmd.Email, Name: cmd.Name, Appointment: appointment})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if c.waits(w, answer.GetProposalId()) {
			return
		}
		c.writeAccounts(w, []*meritv1.Account{answer.GetAccount()})
		if answer.GetLink() != nil {
			c.writeLink(w, answer.GetLink())
		}
	})
}

// UserImportCmd invites many people.
type UserImportCmd struct {
	File    string `arg:"" predictor:"file" help:"CSV: name,email,role and optionally agency,region,from,until,letter_number. ¦ CSV: name,email,role dan bila perlu agency,region,from,until,letter_number."`
	Preview bool   `help:"Show what would be done and store nothing. ¦ Tampilkan tanpa menyimpan."`
}

// Run invites all of them or none.
func (cmd *UserImportCmd) Run(c *Context) error {
	data, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	var answer *meritv1.ImportAccountsResponse
	err = c.working(cmd.File, func() (err error) {
		answer, err = c.api.Accounts.ImportAccounts(c, &meritv1.ImportAccountsRequest{Csv: data, Preview: cmd.Preview})
		return err
	})
	if err != nil {
		return inTable(err, cmd.File, data)
	}
	return c.show(answer, func(w io.Writer) {
		c.writeAccounts(w, answer.GetAccounts())
		c.waits(w, answer.GetProposalIds()...)
		for _, link := range answer.GetLinks() {
			c.writeLink(w, link)
		}
	})
}

// UserGrantCmd gives a person another membership.
type UserGrantCmd struct {
	Account string `arg:"" help:"Account id, from merit user list. ¦ Id akun, dari merit user list."`
	Appointing
}

// Run grants the membership.
func (cmd *UserGrantCmd) Run(c *Context) error {
	appointment, err := cmd.appointment(c)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.GrantMembership(c, &meritv1.GrantMembershipRequest{AccountId: cmd.Account, Appointment: appointment})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if !c.waits(w, answer.GetProposalId()) {
			fmt.Fprintf(w, "%s  %s\n", answer.GetMembership().GetId(), c.acting(answer.GetMembership()))
		}
	})
}

// UserEndCmd ends a membership.
type UserEndCmd struct {
	Membership string `arg:"" help:"Membership id, from merit user list. ¦ Id keanggotaan, dari merit user list."`
	Reason     string `required:"" help:"Why. ¦ Alasan."`
}

// Run ends the membership now.
func (cmd *UserEndCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.EndMembership(c, &meritv1.EndMembershipRequest{MembershipId: cmd.Membership, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if !c.waits(w, answer.GetProposalId()) {
			fmt.Fprintf(w, "%s  %s\n", c.acting(answer.GetMembership()), when(answer.GetMembership().GetEndedAt()))
		}
	})
}

// UserDeactivateCmd deactivates an account.
type UserDeactivateCmd struct {
	Account string `arg:"" help:"Account id, from merit user list. ¦ Id akun, dari merit user list."`
	Reason  string `required:"" help:"Why. ¦ Alasan."`
}

// Run ends the account's sessions, tokens and links.
func (cmd *UserDeactivateCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.DeactivateAccount(c, &meritv1.DeactivateAccountRequest{AccountId: cmd.Account, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if !c.waits(w, answer.GetProposalId()) {
			c.writeAccounts(w, []*meritv1.Account{answer.GetAccount()})
		}
	})
}

// UserResetCmd makes a one-time link.
type UserResetCmd struct {
	Account string `arg:"" help:"Account id, from merit user list. ¦ Id akun, dari merit user list."`
}

// Run prints the link; earlier ones stop working.
func (cmd *UserResetCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ResetPassword(c, &meritv1.ResetPasswordRequest{AccountId: cmd.Account})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if !c.waits(w, answer.GetProposalId()) {
			c.writeLink(w, answer.GetLink())
		}
	})
}

// UserAcceptCmd sets a password through a one-time link.
type UserAcceptCmd struct {
	Secret string `arg:"" help:"The link's secret. ¦ Rahasia tautan."`
}

// Run asks for the new password and sets it.
func (cmd *UserAcceptCmd) Run(c *Context) error {
	password, err := c.Password("New password: ¦ Kata sandi baru: ")
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.AcceptLink(c, &meritv1.AcceptLinkRequest{Secret: cmd.Secret, NewPassword: password})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("The password is set. Sign in with: merit login %s ¦ Kata sandi terpasang. Masuk dengan: merit login %s", clean(answer.GetAccount().GetEmail())))
	})
}

// UserPasswordCmd changes the caller's password.
type UserPasswordCmd struct{}

// Run asks for the current and the new password; other sessions end.
func (cmd *UserPasswordCmd) Run(c *Context) error {
	current, err := c.Password("Current password: ¦ Kata sandi sekarang: ")
	if err != nil {
		return err
	}
	fresh, err := c.Password("New password: ¦ Kata sandi baru: ")
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.ChangePassword(c, &meritv1.ChangePasswordRequest{CurrentPassword: current, NewPassword: fresh})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.Say("The password is changed; your other sessions have ended. ¦ Kata sandi diganti; sesi Anda yang lain diakhiri."))
	})
}

// UserProfileCmd changes the caller's name and language.
type UserProfileCmd struct {
	Name     string `required:"" help:"Full name. ¦ Nama lengkap."`
	Language string `required:"" enum:"id,en" help:"Language of messages. ¦ Bahasa pesan."`
}

// Run changes the profile.
func (cmd *UserProfileCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.UpdateProfile(c, &meritv1.UpdateProfileRequest{Name: cmd.Name, Language: cmd.Language})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAccounts(w, []*meritv1.Account{answer.GetAccount()}) })
}

// UserInterestCmd declares an interest.
type UserInterestCmd struct {
	Agency   string `arg:"" help:"Code or id. ¦ Kode atau id."`
	Relation string `arg:"" help:"What ties you to it, in your own words. ¦ Hubungan Anda dengannya, dengan kata-kata sendiri."`
	From     string `placeholder:"YYYY-MM-DD" help:"Since when. ¦ Sejak kapan."`
	Until    string `placeholder:"YYYY-MM-DD" help:"Until when; still when left out. ¦ Sampai kapan; masih bila kosong."`
}

// Run records the declaration.
func (cmd *UserInterestCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Accounts.DeclareInterest(c, &meritv1.DeclareInterestRequest{
		AgencyId: agency, Relation: cmd.Relation, FromDate: cmd.From, UntilDate: cmd.Until,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeInterests(w, []*meritv1.Interest{answer.GetInterest()}) })
}

func (c *Context) writeInterests(w io.Writer, interests []*meritv1.Interest) {
	t := c.newTable("Agency ¦ Instansi", "Relation ¦ Hubungan", "From ¦ Dari", "Until ¦ Sampai", "Declared ¦ Dinyatakan")
	for _, i := range interests {
		t.row(i.GetAgencyName(), i.GetRelation(), i.GetFromDate(), i.GetUntilDate(), when(i.GetDeclaredAt()))
	}
	t.write(w)
}

// UserInterestsCmd lists declarations.
type UserInterestsCmd struct {
	Account string `help:"Of another account. ¦ Milik akun lain."`
}

// Run lists the caller's declarations, or another's for those who may see them.
func (cmd *UserInterestsCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ListInterests(c, &meritv1.ListInterestsRequest{AccountId: cmd.Account})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeInterests(w, answer.GetInterests()) })
}
