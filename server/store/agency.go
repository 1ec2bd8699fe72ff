package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
)

// Agency is an agency as it is from one day to another. Days are written YYYY-MM-DD.
type Agency struct {
	ID           string
	Code         string
	Name         string
	Kind         scoring.AgencyKind
	ProvinceID   string // agency id of the province, its own id for a province; empty for central agencies
	ProvinceName string // on the same day
	Region       string // wilayah of the verifiers
	TimeZone     string // IANA name
	Assessed     bool   // assesses itself
	ValidFrom    string
	ValidUntil   string // last day
	Revision     int64  // of the agency, not of this version

	SingleOfficer bool // has one officer for the assessment: who fills in may submit
}

// Forever is the last day of what has no end yet.
const Forever = "9999-12-31"

// selectAgency joins a version with its agency and with the name its province has on the day of $1.
const (
	agencyColumns = `v.agency_id, v.code, v.name, v.kind, v.province_id, coalesce(p.name, ''), v.region,
		v.time_zone, v.assessed, v.valid_from, v.valid_until, g.revision, v.single_officer`
	joinAgency = `
	JOIN agency AS g ON g.id = v.agency_id
	LEFT JOIN agency_version AS p ON p.agency_id = v.province_id AND p.valid_from <= $1 AND p.valid_until >= $1 `
	selectAgency = `SELECT ` + agencyColumns + `
	FROM agency_version AS v` + joinAgency
)

// asOf keeps the versions of the day of $1.
const asOf = `WHERE v.valid_from <= $1 AND v.valid_until >= $1 `

func scanAgency(s Scanner, a *Agency) error { return s.Scan(a.targets()...) }

// targets are where agencyColumns go.
func (a *Agency) targets() []any {
	return []any{
		&a.ID, &a.Code, &a.Name, &a.Kind, &a.ProvinceID, &a.ProvinceName, &a.Region,
		&a.TimeZone, &a.Assessed, &a.ValidFrom, &a.ValidUntil, &a.Revision, (*orFalse)(&a.SingleOfficer),
	}
}

// Agency returns an agency as it was on a day, or ErrNotFound if there is none with that id or it began later.
func (tx *Tx) Agency(id, day string) (Agency, error) {
	return One(tx, "agency "+id, scanAgency, selectAgency+asOf+`AND v.agency_id = $2`, day, id)
}

// AgencyByCode returns the agency that had the code on a day, or ErrNotFound.
func (tx *Tx) AgencyByCode(code, day string) (Agency, error) {
	return One(tx, "agency with code "+code, scanAgency, selectAgency+asOf+`AND v.code = $2`, day, code)
}

// AgenciesByID returns those agencies as they were on a day, by id, in one query; those not found are left out.
func (tx *Tx) AgenciesByID(day string, ids ...string) (map[string]Agency, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	byID := make(map[string]Agency, len(ids))
	for some := range slices.Chunk(ids, 500) {
		args := []any{day}
		for _, id := range some {
			args = append(args, id)
		}
		found, err := All(tx, scanAgency, selectAgency+asOf+`AND v.agency_id IN `+In(2, len(some)), args...)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			byID[a.ID] = a
		}
	}
	return byID, nil
}

// AgencyVersions returns everything an agency was and is to be, oldest first; none if there is no such agency. The
// province has the name of each version's first day.
func (tx *Tx) AgencyVersions(id string) ([]Agency, error) {
	const query = `SELECT ` + agencyColumns + `
		FROM agency_version AS v
		JOIN agency AS g ON g.id = v.agency_id
		LEFT JOIN agency_version AS p
			ON p.agency_id = v.province_id AND p.valid_from <= v.valid_from AND p.valid_until >= v.valid_from
		WHERE v.agency_id = $1 ORDER BY v.valid_from`
	return All(tx, scanAgency, query, id)
}

// AgenciesSince returns every version of every agency that is in force on a day or begins later, ordered by code.
func (tx *Tx) AgenciesSince(day string) ([]Agency, error) {
	return All(tx, scanAgency, selectAgency+`WHERE v.valid_until >= $1 ORDER BY v.code, v.valid_from`, day)
}

// AgencyWithCode returns another agency that has a code on any day from one to another, or ErrNotFound.
func (tx *Tx) AgencyWithCode(code, from, until, exceptID string) (Agency, error) {
	return One(tx, "another agency with code "+code, scanAgency,
		selectAgency+`WHERE v.code = $2 AND v.agency_id <> $3 AND v.valid_from <= $4 AND v.valid_until >= $1 ORDER BY v.valid_from LIMIT 1`,
		from, code, exceptID, until)
}

// AgencyFilter says which agencies a list has.
type AgencyFilter struct {
	Day        string             // mandatory: as they were on this day
	ID         string             // optional: this one alone
	Kind       scoring.AgencyKind // optional
	ProvinceID string             // optional
	Region     string             // optional
	Text       string             // optional: words that all occur in the name, or the beginning of the code
	Assessed   bool               // only those that assess themselves
}

// Agencies lists agencies ordered by code, beginning after a code; limit is at least 1.
func (tx *Tx) Agencies(f AgencyFilter, after string, limit int) ([]Agency, error) {
	where, args := f.where()
	args = append(args, after, limit)
	query := fmt.Sprintf(`%s%s AND v.code > $%d ORDER BY v.code LIMIT $%d`, selectAgency, where, len(args)-1, len(args))
	return All(tx, scanAgency, query, args...)
}

// CountAgencies returns how many agencies a list has.
func (tx *Tx) CountAgencies(f AgencyFilter) (n int, err error) {
	where, args := f.where()
	err = tx.QueryRow(`SELECT count(*) FROM agency_version AS v `+where, args...).Scan(&n)
	return n, err
}

func (f AgencyFilter) where() (where string, args []any) {
	var c conditions
	c.args = []any{f.Day}
	c.text.WriteString(asOf)
	if f.ID != "" {
		c.add(`v.agency_id = %s`, f.ID)
	}
	if f.Kind != "" {
		c.add(`v.kind = %s`, string(f.Kind))
	}
	if f.ProvinceID != "" {
		c.add(`v.province_id = %s`, f.ProvinceID)
	}
	if f.Region != "" {
		c.add(`v.region = %s`, f.Region)
	}
	if f.Assessed {
		c.add(`v.assessed = 1`)
	}
	c.addText(f.Text, "v.code", "v.search_name")
	return c.text.String(), c.args
}

// FoldName makes names comparable: small letters and digits only, so that Tojo Una-Una is Tojo Una Una and
// Palangka Raya is Palangkaraya.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// AddAgencies records new agencies, each with its first version from ValidFrom on, without end. ID is set by the
// caller; Revision becomes 1.
func (tx *Tx) AddAgencies(agencies []Agency, by string) error {
	at := Micros(tx.Now())
	for some := range slices.Chunk(agencies, 64) {
		heads := make([]any, 0, len(some)*4)
		versions := make([]any, 0, len(some)*versionColumns)
		for _, a := range some {
			heads = append(heads, a.ID, at, by, 1)
			a.ValidUntil = Forever
			versions = append(versions, versionValues(a, at, by)...)
		}
		if _, err := tx.Exec(`INSERT INTO agency (id, created_at, created_by, revision) VALUES `+tuples(len(some), 4), heads...); err != nil {
			return err
		}
		if _, err := tx.Exec(insertVersion+tuples(len(some), versionColumns), versions...); err != nil {
			return err
		}
	}
	return nil
}

const (
	versionColumns = 14
	insertVersion  = `INSERT INTO agency_version (agency_id, valid_from, valid_until, code, name, search_name, kind,
		province_id, region, time_zone, assessed, recorded_at, recorded_by, single_officer) VALUES `
)

func versionValues(a Agency, at int64, by string) []any {
	return []any{
		a.ID, a.ValidFrom, a.ValidUntil, a.Code, a.Name, FoldName(a.Name), string(a.Kind), a.ProvinceID, a.Region,
		a.TimeZone, flag(a.Assessed), at, by, flag(a.SingleOfficer),
	}
}

// tuples writes the placeholders of an INSERT of many rows: tuples(2, 2) is "($1, $2), ($3, $4)".
func tuples(rows, columns int) string {
	all := make([]string, rows)
	for i := range all {
		all[i] = In(i*columns+1, columns)
	}
	return strings.Join(all, ", ")
}

// AgencyVersionEnd is the last day of a version of an agency that begins on a day: the day before its next version,
// or that of the version which begins on the same day. Versions are ordered by their first day.
func AgencyVersionEnd(versions []Agency, from string) string {
	for _, v := range versions {
		switch {
		case v.ValidFrom == from:
			return v.ValidUntil
		case v.ValidFrom > from:
			return calendar.Before(v.ValidFrom)
		}
	}
	return Forever
}

// PutAgencyVersion records what an agency is from ValidFrom on, until its next version if it has one. A version that
// begins on the same day is corrected. The revision of the agency grows by one. Versions are those of the agency, at
// least the ones in force on that day or later, ordered by their first day.
func (tx *Tx) PutAgencyVersion(a Agency, versions []Agency, by string) error {
	at := Micros(tx.Now())
	if _, err := tx.Exec(`UPDATE agency SET revision = revision + 1 WHERE id = $1`, a.ID); err != nil {
		return err
	}
	a.ValidUntil = AgencyVersionEnd(versions, a.ValidFrom)
	i, same := slices.BinarySearchFunc(versions, a, func(v, a Agency) int { return cmp.Compare(v.ValidFrom, a.ValidFrom) })
	if same {
		return tx.correctVersion(a, at, by)
	}
	if i > 0 {
		_, err := tx.Exec(`UPDATE agency_version SET valid_until = $1 WHERE agency_id = $2 AND valid_from = $3`,
			calendar.Before(a.ValidFrom), a.ID, versions[i-1].ValidFrom)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(insertVersion+tuples(1, versionColumns), versionValues(a, at, by)...)
	return err
}

func (tx *Tx) correctVersion(a Agency, at int64, by string) error {
	_, err := tx.Exec(`UPDATE agency_version SET valid_until = $3, code = $4, name = $5, search_name = $6, kind = $7,
		province_id = $8, region = $9, time_zone = $10, assessed = $11, recorded_at = $12, recorded_by = $13, single_officer = $14
		WHERE agency_id = $1 AND valid_from = $2`, versionValues(a, at, by)...)
	return err
}
