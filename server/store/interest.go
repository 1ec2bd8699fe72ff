package store

import (
	"time"

	"github.com/meritindex/merit/server/calendar"
)

// Interest is an agency that a person declared to belong or to have belonged to.
type Interest struct {
	ID         string
	AccountID  string
	AgencyID   string
	Relation   string // in the declarer's own words
	FromDate   string // may be empty
	UntilDate  string // empty: still belongs
	DeclaredAt time.Time
}

// InsertInterest adds a declaration. Declarations are never changed or removed.
func (tx *Tx) InsertInterest(i Interest) error {
	_, err := tx.Exec(`INSERT INTO interest (id, account_id, agency_id, relation, from_date, until_date, declared_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		i.ID, i.AccountID, i.AgencyID, i.Relation, i.FromDate, i.UntilDate, Micros(i.DeclaredAt))
	return err
}

// InterestsOf returns what an account declared, oldest first.
func (tx *Tx) InterestsOf(accountID string) ([]Interest, error) {
	return All(tx, scanInterest, `SELECT id, account_id, agency_id, relation, from_date, until_date, declared_at
		FROM interest WHERE account_id = $1 ORDER BY id`, accountID)
}

func scanInterest(row Scanner, i *Interest) error {
	var at int64
	err := row.Scan(&i.ID, &i.AccountID, &i.AgencyID, &i.Relation, &i.FromDate, &i.UntilDate, &at)
	i.DeclaredAt = Instant(at)
	return err
}

// A conflict of interest ties a person to an agency: the person declared to belong to it, or to have belonged to it
// within the last two years, or has a membership of it that is in force, is still to come, or ended within them. A tie to one agency is a tie to what it
// came from and what came of it. Nobody verifies, determines or awards an agency they are tied to.

// tiedSince is the first instant of the first day whose memberships still tie a person on the day.
func tiedSince(day string) time.Time { return calendar.Window{FirstDay: day}.Opens().AddDate(-2, 0, 0) }

// ties selects account and agency of every tie. $1 is the day of tiedSince and $2 its microseconds.
const ties = `SELECT account_id, agency_id FROM interest WHERE until_date = '' OR until_date >= $1
	UNION SELECT account_id, agency_id FROM membership
		WHERE agency_id <> '' AND (valid_until = '' OR valid_until >= $1) AND (ended_at = 0 OR ended_at >= $2)`

// tieArgs are the arguments of ties and then the ids.
func tieArgs(day string, ids ...string) []any {
	first := tiedSince(day)
	args := []any{calendar.Day(first), Micros(first)}
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}

// ConflictOfInterest reports whether the account is tied to the agency on the day, a date in WIB.
func (tx *Tx) ConflictOfInterest(accountID, agencyID, day string) (bool, error) {
	lineage, err := tx.Lineage(agencyID)
	if err != nil {
		return false, err
	}
	args := tieArgs(day, append([]string{accountID}, lineage.All()...)...)
	tied, err := tx.tied(`SELECT account_id FROM (`+ties+`) AS tie WHERE account_id = $3 AND agency_id IN `+
		In(4, len(args)-3), args)
	return tied[accountID], err
}

// ConflictedAccounts returns the accounts tied to the agency on the day: those who must not be assigned to it.
func (tx *Tx) ConflictedAccounts(agencyID, day string) (map[string]bool, error) {
	lineage, err := tx.Lineage(agencyID)
	if err != nil {
		return nil, err
	}
	args := tieArgs(day, lineage.All()...)
	return tx.tied(`SELECT DISTINCT account_id FROM (`+ties+`) AS tie WHERE agency_id IN `+In(3, len(args)-2), args)
}

// ConflictedAgencies returns the agencies that the account is tied to on the day.
func (tx *Tx) ConflictedAgencies(accountID, day string) (map[string]bool, error) {
	agencies, err := tx.tied(`SELECT DISTINCT agency_id FROM (`+ties+`) AS tie WHERE account_id = $3`, tieArgs(day, accountID))
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for id := range agencies {
		lineage, err := tx.Lineage(id)
		if err != nil {
			return nil, err
		}
		for _, id := range lineage.All() {
			all[id] = true
		}
	}
	return all, nil
}

func (tx *Tx) tied(query string, args []any) (map[string]bool, error) {
	ids, err := All(tx, func(row Scanner, id *string) error { return row.Scan(id) }, query, args...)
	tied := make(map[string]bool, len(ids))
	for _, id := range ids {
		tied[id] = true
	}
	return tied, err
}
