package demo

import (
	"context"
	"fmt"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Password is the password of every demo account. It is printed, which is why the demo stays on loopback.
const Password = "demo-merit-hanya-contoh"

// Login is a demo account.
type Login struct {
	Email, Password string
	Role            string // English ¦ Indonesia
	Does            string // What to try as this person: English ¦ Indonesia
}

// AdminLogin is the administrator that a demo service is bootstrapped with.
func AdminLogin() Login {
	return Login{
		"admin@demo.invalid", Password, "administrator ¦ admin",
		"Accounts, agencies, cycles and instruments. Decides no score. ¦ Akun, instansi, siklus, dan instrumen. Tidak memutuskan nilai.",
	}
}

// part is one person to be invited.
type part struct {
	name   string // before the @ of the login
	role   meritv1.Role
	agency bool // of the demo's agency, else of the nation
	text   string
	does   string
}

// cast are the people of the year, beside the administrator.
var cast = []part{
	{"operator", meritv1.Role_ROLE_OPERATOR, true, "operator ¦ petugas pengelola", "Fill in this year's questionnaire, attach evidence, watch the score. ¦ Mengisi kuesioner tahun ini, melampirkan bukti, memantau nilai."},
	{"contributor", meritv1.Role_ROLE_CONTRIBUTOR, true, "contributor ¦ kontributor OPD", "Answer the items assigned to an office. ¦ Menjawab butir yang ditugaskan kepada OPD."},
	{"approver", meritv1.Role_ROLE_APPROVER, true, "approver ¦ pejabat yang berwenang", "Check what is missing, sign and submit. ¦ Memeriksa kekurangan, menandatangani, dan mengajukan."},
	{"agency-admin", meritv1.Role_ROLE_AGENCY_ADMIN, true, "agency administrator ¦ admin instansi", "Invite and remove colleagues of the agency. ¦ Mengundang dan menonaktifkan rekan di instansi."},
	{"verifier", meritv1.Role_ROLE_VERIFIER, false, "verifier ¦ verifikator", "Decide every item against its evidence. ¦ Memutuskan tiap butir berdasarkan buktinya."},
	{"lead-verifier", meritv1.Role_ROLE_LEAD_VERIFIER, false, "lead verifier ¦ koordinator pokja", "Assign verifiers, complete verifications. ¦ Menugaskan verifikator, mengesahkan verifikasi."},
	{"commissioner-1", meritv1.Role_ROLE_COMMISSIONER, false, "commissioner ¦ komisioner", "Read the session of 2021, decide in the plenary. ¦ Membaca sidang 2021, memutuskan dalam pleno."},
	{"commissioner-2", meritv1.Role_ROLE_COMMISSIONER, false, "commissioner ¦ komisioner", "The second member of the plenary. ¦ Anggota pleno kedua."},
	{"commissioner-3", meritv1.Role_ROLE_COMMISSIONER, false, "commissioner ¦ komisioner", "The third member of the plenary. ¦ Anggota pleno ketiga."},
	{"committee", meritv1.Role_ROLE_AWARD_COMMITTEE, false, "award committee ¦ panitia anugerah", "Draw up and publish lists of awards. ¦ Menyusun dan mengumumkan daftar anugerah."},
	{"auditor", meritv1.Role_ROLE_AUDITOR, false, "auditor ¦ auditor", "Read everything, change nothing. ¦ Membaca semuanya, tidak mengubah apa pun."},
}

// commissioners are the logins of the plenary.
var commissioners = []string{"commissioner-1", "commissioner-2", "commissioner-3"}

// person is somebody signed in.
type person struct {
	*client.Client
	accountID string
}

func email(name string) string { return name + "@demo.invalid" }

// anyone is a connection without an account.
func (y *year) anyone() (*client.Client, error) {
	return client.Dial(y.Address, client.Options{Plaintext: true, Language: y.Language})
}

// signIn opens a session and a connection that uses it.
func (y *year) signIn(ctx context.Context, login Login) (*person, error) {
	anyone, err := y.anyone()
	if err != nil {
		return nil, err
	}
	defer anyone.Close() //nolint:errcheck // one call was made; nothing depends on the end of the connection
	session, err := anyone.Accounts.SignIn(ctx, &meritv1.SignInRequest{Email: login.Email, Password: login.Password})
	if err != nil {
		return nil, err
	}
	own, err := client.Dial(y.Address, client.Options{
		Plaintext: true, Language: y.Language, Token: client.StaticToken(session.GetSessionToken()), UserAgent: "merit-demo",
	})
	return &person{own, session.GetAccount().GetId()}, err
}

// signInAdmin sets the administrator's password with the link of the bootstrap and signs in.
func (y *year) signInAdmin(ctx context.Context) (string, error) {
	if err := y.accept(ctx, y.AdminLink); err != nil {
		return "", err
	}
	admin, err := y.signIn(ctx, AdminLogin())
	y.people = map[string]*person{"admin": admin}
	return AdminLogin().Email, err
}

// accept sets the demo password through a one-time link, as a person who has no account yet.
func (y *year) accept(ctx context.Context, secret string) error {
	anyone, err := y.anyone()
	if err != nil {
		return err
	}
	defer anyone.Close() //nolint:errcheck // one call was made; nothing depends on the end of the connection
	_, err = anyone.Accounts.AcceptLink(ctx, &meritv1.AcceptLinkRequest{Secret: secret, NewPassword: Password})
	return err
}

// invitePeople invites the cast; each accepts the one-time link, sets a password and signs in.
func (y *year) invitePeople(ctx context.Context) (string, error) {
	for _, p := range cast {
		appointment := &meritv1.Appointment{Role: p.role, LetterNumber: "DEMO/" + p.name}
		if p.agency {
			appointment.AgencyId = y.agencyID
		}
		invited, err := y.people["admin"].Accounts.InviteAccount(ctx, &meritv1.InviteAccountRequest{
			Email: email(p.name), Name: "Demo " + p.name, Appointment: appointment,
		})
		if err != nil {
			return p.name, err
		}
		if err := y.accept(ctx, invited.GetLink().GetSecret()); err != nil {
			return p.name, err
		}
		if y.people[p.name], err = y.signIn(ctx, Login{Email: email(p.name), Password: Password}); err != nil {
			return p.name, err
		}
	}
	return y.sayf("%d people ¦ %d orang", len(cast)), nil
}

// Logins are all demo accounts.
func Logins() []Login {
	logins := []Login{AdminLogin()}
	for _, p := range cast {
		logins = append(logins, Login{email(p.name), Password, p.text, p.does})
	}
	return logins
}

func (y *year) close() {
	for _, p := range y.people {
		if p != nil {
			p.Close() //nolint:errcheck // the year is over
		}
	}
}

// WriteLogins prints the demo accounts, a line each.
func (r *Result) WriteLogins(o Options) {
	y := year{Options: o}
	for _, login := range r.Logins {
		fmt.Fprintf(o.Out, "  %-28s %-26s %s\n", login.Email, login.Password, y.say(login.Role))
	}
}
