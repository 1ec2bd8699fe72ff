package store

import (
	"slices"
	"time"
)

// Membership is a right: a role over a scope for a time.
type Membership struct {
	ID           string
	AccountID    string
	Role         string // as access.RoleName writes it
	AgencyID     string // the scope: an agency,
	Region       string // or a region; both empty: the nation
	ValidFrom    string // first day
	ValidUntil   string // last day; empty until ended
	LetterNumber string
	GrantedBy    string // account id; empty for the first administrator, audit.System for one appointed in an emergency
	GrantedAt    time.Time
	EndedAt      time.Time // zero while not ended
	EndedBy      string
	EndReason    string
	Revision     int64
}

// InForce reports whether the membership gives rights on the day, a date in WIB.
func (m Membership) InForce(day string) bool {
	return m.EndedAt.IsZero() && m.ValidFrom <= day && (m.ValidUntil == "" || day <= m.ValidUntil)
}

// Over reports whether the membership gives no rights on the day or after it.
func (m Membership) Over(day string) bool {
	return !m.EndedAt.IsZero() || m.ValidUntil != "" && m.ValidUntil < day
}

// Overlaps reports whether some day from day on lies in both memberships.
func (m Membership) Overlaps(other Membership, day string) bool {
	from := max(m.ValidFrom, other.ValidFrom, day)
	return m.EndedAt.IsZero() && other.EndedAt.IsZero() &&
		(m.ValidUntil == "" || from <= m.ValidUntil) && (other.ValidUntil == "" || from <= other.ValidUntil)
}

const membershipColumns = `id, account_id, role, agency_id, region, valid_from, valid_until, letter_number,
	granted_by, granted_at, ended_at, ended_by, end_reason, revision`

func scanMembership(row Scanner, m *Membership) error {
	var granted, ended int64
	err := row.Scan(&m.ID, &m.AccountID, &m.Role, &m.AgencyID, &m.Region, &m.ValidFrom, &m.ValidUntil, &m.LetterNumber,
		&m.GrantedBy, &granted, &ended, &m.EndedBy, &m.EndReason, &m.Revision)
	m.GrantedAt, m.EndedAt = Instant(granted), Instant(ended)
	return err
}

// Membership returns the membership with the id, or ErrNotFound.
func (tx *Tx) Membership(id string) (Membership, error) {
	return One(tx, "membership "+id, scanMembership, "SELECT "+membershipColumns+" FROM membership WHERE id = $1", id)
}

// MembershipsOf returns all memberships of an account, also ended ones, in the order they were granted.
func (tx *Tx) MembershipsOf(accountID string) ([]Membership, error) {
	return All(tx, scanMembership, "SELECT "+membershipColumns+" FROM membership WHERE account_id = $1 ORDER BY id", accountID)
}

// MembershipsByAccount returns all memberships of those accounts, also ended ones, in the order they were granted.
func (tx *Tx) MembershipsByAccount(ids ...string) (map[string][]Membership, error) {
	byAccount := make(map[string][]Membership, len(ids))
	for some := range slices.Chunk(ids, 500) {
		found, err := All(tx, scanMembership, "SELECT "+membershipColumns+" FROM membership WHERE account_id IN "+
			In(1, len(some))+" ORDER BY id", anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			byAccount[m.AccountID] = append(byAccount[m.AccountID], m)
		}
	}
	return byAccount, nil
}

// MembershipRoles returns the roles of those memberships by id, in one query.
func (tx *Tx) MembershipRoles(ids ...string) (map[string]string, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	roles := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, 500) {
		found, err := All(tx, func(s Scanner, m *Membership) error { return s.Scan(&m.ID, &m.Role) },
			"SELECT id, role FROM membership WHERE id IN "+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			roles[m.ID] = m.Role
		}
	}
	return roles, nil
}

// InsertMembership adds a membership with revision 1.
func (tx *Tx) InsertMembership(m Membership) error {
	_, err := tx.Exec(`INSERT INTO membership (`+membershipColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '', 1)`,
		m.ID, m.AccountID, m.Role, m.AgencyID, m.Region, m.ValidFrom, m.ValidUntil, m.LetterNumber,
		m.GrantedBy, Micros(m.GrantedAt))
	return err
}

// EndMembership ends a membership at the instant of the transaction. ErrNotFound says that there is none or that it
// has been ended before.
func (tx *Tx) EndMembership(id, by, reason string) error {
	return changedOne(tx.Exec(`UPDATE membership SET ended_at = $2, ended_by = $3, end_reason = $4, revision = revision + 1
		WHERE id = $1 AND ended_at = 0`, id, Micros(tx.Now()), by, reason))
}

// changedOne turns an update that found no row into ErrNotFound.
func changedOne(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// CountMemberships returns how many memberships of a role were ever granted, also ended ones.
func (tx *Tx) CountMemberships(role string) (n int, err error) {
	err = tx.QueryRow("SELECT count(*) FROM membership WHERE role = $1", role).Scan(&n)
	return n, err
}
