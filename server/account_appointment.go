package server

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/plaintext"
	"github.com/meritindex/merit/server/store"
)

// scopeRule is what kinds of scope a role can have.
type scopeRule struct{ agency, region, nation bool }

var (
	ofAgency = scopeRule{agency: true}
	ofRegion = scopeRule{region: true, nation: true}
	ofNation = scopeRule{nation: true}
	scopes   = map[meritv1.Role]scopeRule{
		meritv1.Role_ROLE_OPERATOR:        ofAgency,
		meritv1.Role_ROLE_CONTRIBUTOR:     ofAgency,
		meritv1.Role_ROLE_APPROVER:        ofAgency,
		meritv1.Role_ROLE_AGENCY_ADMIN:    ofAgency,
		meritv1.Role_ROLE_VERIFIER:        ofRegion,
		meritv1.Role_ROLE_LEAD_VERIFIER:   ofRegion,
		meritv1.Role_ROLE_COMMISSIONER:    ofNation,
		meritv1.Role_ROLE_AWARD_COMMITTEE: ofNation,
		meritv1.Role_ROLE_ADMIN:           ofNation,
		meritv1.Role_ROLE_AUDITOR:         {agency: true, region: true, nation: true},
	}
)

// deciding are the roles that decide scores or awards. ADMIN excludes them and they exclude ADMIN: who grants rights
// decides nothing.
var deciding = []meritv1.Role{
	meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AWARD_COMMITTEE,
}

// appointment is the membership that an account which has these already would get from the caller. It refuses what the
// caller may not give, a scope that the role cannot have, dates that are over, a second membership of the same kind,
// and ADMIN beside a deciding role.
func appointment(tx *store.Tx, caller *access.Caller, accountID string, has []store.Membership, a *meritv1.Appointment) (store.Membership, error) {
	day := calendar.Day(tx.Now())
	m := store.Membership{
		ID: tx.NewID(), AccountID: accountID, Role: access.RoleName(a.GetRole()),
		AgencyID: a.GetAgencyId(), Region: strings.TrimSpace(a.GetRegion()),
		ValidFrom: a.GetValidFrom(), ValidUntil: a.GetValidUntil(), LetterNumber: a.GetLetterNumber(),
		GrantedBy: caller.AccountID, GrantedAt: tx.Now(),
	}
	if m.ValidFrom == "" {
		m.ValidFrom = day
	}
	if err := mayGrant(caller, a.GetRole(), &m); err != nil {
		return m, err
	}
	if err := checkScope(tx, day, a.GetRole(), m); err != nil {
		return m, err
	}
	if err := checkDates(m, day); err != nil {
		return m, err
	}
	if err := checkBeside(m, a.GetRole(), has, day); err != nil {
		return m, err
	}
	return m, nil
}

// provenFor refuses callers who appoint an ADMIN unless they proved within the last minutes who they are.
func (s *accountServer) provenFor(caller *access.Caller, role meritv1.Role) error {
	if role != meritv1.Role_ROLE_ADMIN || !caller.Acts(meritv1.Role_ROLE_ADMIN) {
		return nil // nobody else can appoint one
	}
	return caller.CheckConfirmed(s.now())
}

// mayGrant refuses roles and agencies that an AGENCY_ADMIN may not give; without an agency, theirs is meant.
func mayGrant(caller *access.Caller, role meritv1.Role, m *store.Membership) error {
	if !access.Grantable(role) {
		return fault.Invalid("appointment.role", "%s bukan peran yang dapat diberikan.", "%s is not a role that can be granted.", m.Role)
	}
	if caller.Acts(meritv1.Role_ROLE_ADMIN) {
		return nil
	}
	if m.AgencyID == "" && m.Region == "" {
		m.AgencyID = caller.Scope.AgencyID
	}
	if scopes[role] != ofAgency || m.AgencyID != caller.Scope.AgencyID {
		return fault.New(meritv1.Reason_REASON_OUT_OF_SCOPE,
			"Admin instansi hanya memberikan peran OPERATOR, CONTRIBUTOR, APPROVER dan AGENCY_ADMIN di instansinya sendiri.",
			"An agency administrator grants OPERATOR, CONTRIBUTOR, APPROVER and AGENCY_ADMIN in the own agency only.")
	}
	return nil
}

func checkScope(tx *store.Tx, day string, role meritv1.Role, m store.Membership) error {
	rule := scopes[role]
	switch {
	case m.AgencyID != "" && m.Region != "":
		return fault.Invalid("appointment.region", "Isi instansi atau wilayah, bukan keduanya.", "Give an agency or a region, not both.")
	case m.AgencyID != "" && !rule.agency:
		return fault.Invalid("appointment.agency_id", "Peran %s tidak terikat pada satu instansi; kosongkan.",
			"The role %s is not of one agency; leave it empty.", m.Role)
	case m.Region != "" && !rule.region:
		return fault.Invalid("appointment.region", "Peran %s tidak terikat pada wilayah; kosongkan.",
			"The role %s is not of a region; leave it empty.", m.Role)
	case m.AgencyID == "" && m.Region == "" && !rule.nation:
		return fault.Invalid("appointment.agency_id", "Peran %s memerlukan instansi.", "The role %s needs an agency.", m.Role)
	case m.AgencyID == "":
		return nil
	}
	_, err := tx.Agency(m.AgencyID, max(day, m.ValidFrom))
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound(anAgency, m.AgencyID).
			Field("appointment.agency_id", "Instansi %q tidak ada.", "There is no agency %q.", m.AgencyID)
	}
	return err
}

func checkDates(m store.Membership, day string) error {
	switch {
	case !calendar.IsDay(m.ValidFrom):
		return fault.Invalid("appointment.valid_from", "%q bukan tanggal YYYY-MM-DD.", "%q is not a date YYYY-MM-DD.", m.ValidFrom)
	case m.ValidUntil != "" && !calendar.IsDay(m.ValidUntil):
		return fault.Invalid("appointment.valid_until", "%q bukan tanggal YYYY-MM-DD.", "%q is not a date YYYY-MM-DD.", m.ValidUntil)
	case m.ValidUntil != "" && m.ValidUntil < max(day, m.ValidFrom):
		return fault.Invalid("appointment.valid_until", "%s sudah lewat atau sebelum hari pertama %s.",
			"%s is over or lies before the first day %s.", m.ValidUntil, m.ValidFrom)
	}
	return nil
}

// checkBeside compares a membership with those that the account has.
func checkBeside(m store.Membership, role meritv1.Role, has []store.Membership, day string) error {
	for _, h := range has {
		if !h.Overlaps(m, day) {
			continue
		}
		other, _ := access.ParseRole(h.Role)
		switch {
		case h.Role == m.Role && h.AgencyID == m.AgencyID && h.Region == m.Region:
			return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
				"Orang ini sudah punya peran %s dengan lingkup yang sama sejak %s.",
				"This person has the role %s over the same scope already, since %s.", m.Role, h.ValidFrom)
		case exclude(role, other), exclude(other, role):
			return fault.New(meritv1.Reason_REASON_ROLES_EXCLUDE,
				"Peran %s dan %s tidak boleh dipegang satu orang pada waktu yang sama. Akhiri yang satu dahulu.",
				"The roles %s and %s exclude each other at the same time. End one first.", m.Role, h.Role)
		}
	}
	return nil
}

func exclude(a, b meritv1.Role) bool {
	return a == meritv1.Role_ROLE_ADMIN && slices.Contains(deciding, b)
}

// cleanName trims a name and refuses control characters, which could hide something in lists and logs.
func cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if plaintext.Blank(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.Invalid("name", "Nama kosong atau berisi karakter kendali.", "The name is empty or has control characters.")
	}
	return name, nil
}
