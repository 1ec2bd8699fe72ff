package store

import (
	"fmt"
	"time"
)

// AwardState is how far an award is.
type AwardState string

// The states of an award.
const (
	AwardDraft     AwardState = "DRAFT"     // the rule is written; agencies may be excluded
	AwardDecided   AwardState = "DECIDED"   // the recipients are selected
	AwardPublished AwardState = "PUBLISHED" // public, never changes
)

// Award is one list of recipients in the making.
type Award struct {
	ID           string
	Title        string
	Year         int // of the results
	InstrumentID string
	State        AwardState
	Rule         []byte // merit.v1.AwardRule
	DraftedAt    time.Time
	DraftedBy    string // account id, like the other two
	DecidedAt    time.Time
	DecidedBy    string
	PublishedAt  time.Time
	PublishedBy  string
	LetterNumber string
	Revision     int64 // grows with every change, exclusions included
}

// Exclusion takes an agency out of an award.
type Exclusion struct {
	AgencyID   string
	Reason     string
	ExcludedAt time.Time // set by the store
	ExcludedBy string    // account id
}

// Recipient is a result that gets an award.
type Recipient struct {
	Group    int // place of the group in the rule, from 0
	ResultID string
	Place    int    // equal totals share it
	Reason   string // why this one among equals
}

const selectAward = `SELECT id, title, year, instrument_id, state, rule, drafted_at, drafted_by, decided_at, decided_by,
	published_at, published_by, letter_number, revision FROM award `

func scanAward(s Scanner, a *Award) error {
	var drafted, decided, published int64
	err := s.Scan(&a.ID, &a.Title, &a.Year, &a.InstrumentID, (*string)(&a.State), &a.Rule, &drafted, &a.DraftedBy, &decided,
		&a.DecidedBy, &published, &a.PublishedBy, &a.LetterNumber, &a.Revision)
	a.DraftedAt, a.DecidedAt, a.PublishedAt = Instant(drafted), Instant(decided), Instant(published)
	return err
}

// Award returns an award, or ErrNotFound.
func (tx *Tx) Award(id string) (Award, error) {
	return One(tx, "award "+id, scanAward, selectAward+`WHERE id = $1`, id)
}

// Awards lists awards, newest first, beginning after an id: of a year unless it is 0, only published ones unless drafts
// are wanted.
func (tx *Tx) Awards(year int, drafts bool, after string, limit int) ([]Award, error) {
	return All(tx, scanAward, selectAward+`WHERE ($1 = 0 OR year = $1) AND ($2 = 1 OR state = 'PUBLISHED') AND ($3 = '' OR id < $3)
		ORDER BY id DESC LIMIT $4`, year, flag(drafts), after, limit)
}

// InsertAward records a draft. Revision becomes 1.
func (tx *Tx) InsertAward(a Award) error {
	_, err := tx.Exec(`INSERT INTO award (id, title, year, instrument_id, state, rule, drafted_at, drafted_by, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
		a.ID, a.Title, a.Year, a.InstrumentID, string(a.State), a.Rule, Micros(a.DraftedAt), a.DraftedBy)
	return err
}

// UpdateAward writes how far an award is and raises its revision. ErrStale says that it was changed since it was read.
func (tx *Tx) UpdateAward(a *Award) error {
	n, err := tx.Exec(`UPDATE award SET state = $3, decided_at = $4, decided_by = $5, published_at = $6, published_by = $7,
			letter_number = $8, revision = revision + 1
		WHERE id = $1 AND revision = $2`,
		a.ID, a.Revision, string(a.State), Micros(a.DecidedAt), a.DecidedBy, Micros(a.PublishedAt), a.PublishedBy, a.LetterNumber)
	if err == nil && n == 0 {
		err = fmt.Errorf("award %s at revision %d: %w", a.ID, a.Revision, ErrStale)
	}
	if err == nil {
		a.Revision++
	}
	return err
}

// Exclusions returns who is taken out of an award, in the order in which it was done.
func (tx *Tx) Exclusions(awardID string) ([]Exclusion, error) {
	return All(tx, func(s Scanner, e *Exclusion) error {
		var at int64
		err := s.Scan(&e.AgencyID, &e.Reason, &at, &e.ExcludedBy)
		e.ExcludedAt = Instant(at)
		return err
	}, `SELECT agency_id, reason, excluded_at, excluded_by FROM award_exclusion WHERE award_id = $1
		ORDER BY excluded_at, agency_id`, awardID)
}

// InsertExclusion takes an agency out of an award. ErrUnique says that it is out already.
func (tx *Tx) InsertExclusion(awardID string, e Exclusion) error {
	_, err := tx.Exec(`INSERT INTO award_exclusion (award_id, agency_id, reason, excluded_at, excluded_by)
		VALUES ($1, $2, $3, $4, $5)`, awardID, e.AgencyID, e.Reason, Micros(tx.Now()), e.ExcludedBy)
	return err
}

// DeleteExclusion takes an exclusion back, or returns ErrNotFound.
func (tx *Tx) DeleteExclusion(awardID, agencyID string) error {
	n, err := tx.Exec(`DELETE FROM award_exclusion WHERE award_id = $1 AND agency_id = $2`, awardID, agencyID)
	if err == nil && n == 0 {
		err = fmt.Errorf("exclusion of agency %s: %w", agencyID, ErrNotFound)
	}
	return err
}

// Recipients returns who gets an award, by group and place.
func (tx *Tx) Recipients(awardID string) ([]Recipient, error) {
	return All(tx, func(s Scanner, r *Recipient) error { return s.Scan(&r.Group, &r.ResultID, &r.Place, &r.Reason) },
		`SELECT a.group_index, a.result_id, a.place, a.reason FROM award_recipient AS a JOIN result AS r ON r.id = a.result_id
			WHERE a.award_id = $1 ORDER BY a.group_index, a.place, r.agency_code, r.id`, awardID)
}

// SetRecipients puts recipients in the place of those that an award had.
func (tx *Tx) SetRecipients(awardID string, recipients []Recipient) error {
	if _, err := tx.Exec(`DELETE FROM award_recipient WHERE award_id = $1`, awardID); err != nil {
		return err
	}
	for _, r := range recipients {
		_, err := tx.Exec(`INSERT INTO award_recipient (award_id, group_index, result_id, place, reason) VALUES ($1, $2, $3, $4, $5)`,
			awardID, r.Group, r.ResultID, r.Place, r.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

// Candidates returns the determined results in force under an instrument and year that have a total, the greatest first,
// equal ones by agency code.
func (tx *Tx) Candidates(instrumentID string, year int) ([]Result, error) {
	return All(tx, scanResult, `SELECT `+resultColumns+` FROM result
		WHERE instrument_id = $1 AND year = $2 AND corrected_by = '' AND has_total = 1 AND imported = 0
		ORDER BY total DESC, agency_code, id`, instrumentID, year)
}
