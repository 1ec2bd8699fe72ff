package server

import (
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// accountServer keeps accounts, memberships, sessions and tokens.
type accountServer struct {
	meritv1.UnimplementedAccountServiceServer
	*core
}

var (
	anAccount   = fault.T("Akun", "account")
	aMembership = fault.T("Peran", "membership")
	aToken      = fault.T("Token", "token")
	anAgency    = fault.T("Instansi", "agency")
	aSession    = fault.T("Sesi", "session")
)

// mustBeSession refuses callers with a token: what a program holds must not make more rights for itself.
func mustBeSession(c *access.Caller) error {
	if c.TokenID != "" {
		return access.ErrSessionRequired
	}
	return nil
}

// foldEmail is the form in which e-mail addresses are compared.
func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// roster is what answers about accounts name beside them, read once for all.
type roster struct {
	day      string
	agencies map[string]store.Agency
	people   people
}

func readRoster(tx *store.Tx, memberships ...store.Membership) (r roster, err error) {
	r.day = calendar.Day(tx.Now())
	agencies, grantors := make([]string, len(memberships)), make([]string, len(memberships))
	for i, m := range memberships {
		agencies[i], grantors[i] = m.AgencyID, m.GrantedBy
	}
	if r.agencies, err = tx.AgenciesByID(r.day, agencies...); err != nil {
		return r, err
	}
	r.people, err = readPeople(tx, grantors...)
	return r, err
}

func (r roster) membership(m store.Membership) *meritv1.Membership {
	role, _ := access.ParseRole(m.Role)
	return &meritv1.Membership{
		Id: m.ID, AccountId: m.AccountID, Role: role,
		AgencyId: m.AgencyID, AgencyName: r.agencies[m.AgencyID].Name, AgencyTimeZone: r.agencies[m.AgencyID].TimeZone, Region: m.Region,
		ValidFrom: m.ValidFrom, ValidUntil: m.ValidUntil, LetterNumber: m.LetterNumber,
		GrantedBy: r.people.of(m.GrantedBy), GrantedAt: timestamp(m.GrantedAt),
		EndedAt: timestamp(m.EndedAt), EndReason: m.EndReason, InForce: m.InForce(r.day),
	}
}

func (r roster) account(a store.Account, memberships []store.Membership) *meritv1.Account {
	account := &meritv1.Account{
		Id: a.ID, Email: a.Email, Name: a.Name, Language: a.Language,
		State:     meritv1.AccountState(meritv1.AccountState_value["ACCOUNT_STATE_"+a.State]),
		CreatedAt: timestamp(a.CreatedAt), Revision: a.Revision, DeactivationReason: a.DeactivationReason,
	}
	for _, m := range memberships {
		account.Memberships = append(account.Memberships, r.membership(m))
	}
	return account
}

// readAccount reads an account with those of its memberships that keep keeps.
func readAccount(tx *store.Tx, id string, keep func(roster, store.Membership) bool) (*meritv1.Account, error) {
	a, err := tx.Account(id)
	if err != nil {
		return nil, err
	}
	memberships, err := tx.MembershipsOf(id)
	if err != nil {
		return nil, err
	}
	r, err := readRoster(tx, memberships...)
	if err != nil {
		return nil, err
	}
	var kept []store.Membership
	for _, m := range memberships {
		if keep(r, m) {
			kept = append(kept, m)
		}
	}
	return r.account(a, kept), nil
}

func inForce(r roster, m store.Membership) bool { return m.InForce(r.day) }
