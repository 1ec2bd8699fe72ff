package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/meritindex/merit/server/calendar"
)

// Cycle is one year's assessment.
type Cycle struct {
	ID              string
	Name            string // unique
	Year            int
	InstrumentID    string
	Assessor        string // the body that verifies and determines
	Quorum          int    // least number of commissioners present and not recused
	MajorityPercent int    // votes in favour must exceed this share of them
	CreatedAt       time.Time
	CreatedBy       string   // account id
	Windows         []Window // of every phase, in the order of the year
	Revision        int64
}

// Window is when a phase is open to every agency.
type Window struct {
	calendar.Window
	SetAt    time.Time
	SetBy    string // account id
	Revision int64
}

// Window returns the window of a phase of the cycle, or nil for a phase that does not exist.
func (c *Cycle) Window(phase calendar.Phase) *Window {
	i := slices.IndexFunc(c.Windows, func(w Window) bool { return w.Phase == phase })
	if i < 0 {
		return nil
	}
	return &c.Windows[i]
}

const selectCycle = `SELECT id, name, year, instrument_id, assessor, quorum, majority_percent, created_at, created_by, revision
	FROM cycle `

func scanCycle(s Scanner, c *Cycle) error {
	var created int64
	err := s.Scan(&c.ID, &c.Name, &c.Year, &c.InstrumentID, &c.Assessor, &c.Quorum, &c.MajorityPercent, &created, &c.CreatedBy, &c.Revision)
	c.CreatedAt = Instant(created)
	return err
}

// Cycle returns a cycle with its windows, or ErrNotFound.
func (tx *Tx) Cycle(id string) (Cycle, error) {
	c, err := One(tx, "cycle "+id, scanCycle, selectCycle+`WHERE id = $1`, id)
	return tx.withWindows(c, err)
}

// CycleByName returns the cycle of that name with its windows, or ErrNotFound.
func (tx *Tx) CycleByName(name string) (Cycle, error) {
	c, err := One(tx, "cycle named "+name, scanCycle, selectCycle+`WHERE name = $1`, name)
	return tx.withWindows(c, err)
}

// CycleNames returns the names of those cycles by id, in one query.
func (tx *Tx) CycleNames(ids ...string) (map[string]string, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, 500) {
		type row struct{ id, name string }
		found, err := All(tx, func(s Scanner, r *row) error { return s.Scan(&r.id, &r.name) },
			`SELECT id, name FROM cycle WHERE id IN `+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			names[r.id] = r.name
		}
	}
	return names, nil
}

func (tx *Tx) withWindows(c Cycle, err error) (Cycle, error) {
	if err != nil {
		return Cycle{}, err
	}
	cycles := []Cycle{c}
	err = tx.readWindows(cycles)
	return cycles[0], err
}

// Cycles lists cycles with their windows, the latest year first and among one year the newest, beginning after a
// year and id; an empty id means from the start.
func (tx *Tx) Cycles(afterYear int, afterID string, limit int) ([]Cycle, error) {
	cycles, err := All(tx, scanCycle, selectCycle+`WHERE $2 = '' OR year < $1 OR (year = $1 AND id < $2)
		ORDER BY year DESC, id DESC LIMIT $3`, afterYear, afterID, limit)
	if err != nil || len(cycles) == 0 {
		return nil, err
	}
	return cycles, tx.readWindows(cycles)
}

// readWindows gives each cycle its windows, in one query.
func (tx *Tx) readWindows(cycles []Cycle) error {
	ids, index := make([]any, len(cycles)), make(map[string]int, len(cycles))
	for i, c := range cycles {
		ids[i], index[c.ID] = c.ID, i
	}
	type row struct {
		cycle string
		Window
	}
	rows, err := All(tx, func(s Scanner, r *row) error {
		var set int64
		err := s.Scan(&r.cycle, &r.Phase, &r.FirstDay, &r.LastDay, &set, &r.SetBy, &r.Revision)
		r.SetAt = Instant(set)
		return err
	}, `SELECT cycle_id, phase, first_day, last_day, set_at, set_by, revision FROM cycle_window WHERE cycle_id IN `+In(1, len(ids)), ids...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		c := &cycles[index[r.cycle]]
		c.Windows = append(c.Windows, r.Window)
	}
	for i := range cycles {
		slices.SortFunc(cycles[i].Windows, func(a, b Window) int { return a.Phase.Place() - b.Phase.Place() })
	}
	return nil
}

// Window returns when a phase of a cycle is open to an agency, its newest extension included, in one query, or
// ErrNotFound for a cycle that does not exist.
func (tx *Tx) Window(cycleID string, phase calendar.Phase, agencyID string) (calendar.Window, error) {
	const query = `SELECT w.phase, w.first_day, w.last_day, coalesce((
			SELECT e.last_day FROM extension AS e
			WHERE e.cycle_id = w.cycle_id AND e.agency_id = $3 AND e.phase = w.phase ORDER BY e.granted_at DESC, e.id DESC LIMIT 1), '')
		FROM cycle_window AS w WHERE w.cycle_id = $1 AND w.phase = $2`
	return One(tx, fmt.Sprintf("window %s of cycle %s", phase, cycleID), scanWindow, query, cycleID, string(phase), agencyID)
}

func scanWindow(s Scanner, w *calendar.Window) error {
	return s.Scan(&w.Phase, &w.FirstDay, &w.LastDay, &w.Extended)
}

// AddCycle records a new cycle with its windows. A name that exists is an ErrUnique.
func (tx *Tx) AddCycle(c Cycle) error {
	at := Micros(tx.Now())
	_, err := tx.Exec(`INSERT INTO cycle (id, name, year, instrument_id, assessor, quorum, majority_percent, created_at, created_by, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`,
		c.ID, c.Name, c.Year, c.InstrumentID, c.Assessor, c.Quorum, c.MajorityPercent, at, c.CreatedBy)
	if err != nil {
		return err
	}
	var values []any
	for _, w := range c.Windows {
		values = append(values, c.ID, string(w.Phase), w.FirstDay, w.LastDay, at, c.CreatedBy, 1)
	}
	_, err = tx.Exec(`INSERT INTO cycle_window (cycle_id, phase, first_day, last_day, set_at, set_by, revision) VALUES `+
		tuples(len(c.Windows), 7), values...)
	return err
}

// SetWindow moves a phase's window, or returns ErrStale if its revision is not the one given any more.
func (tx *Tx) SetWindow(cycleID string, w Window) error {
	n, err := tx.Exec(`UPDATE cycle_window SET first_day = $3, last_day = $4, set_at = $5, set_by = $6, revision = revision + 1
		WHERE cycle_id = $1 AND phase = $2 AND revision = $7`,
		cycleID, string(w.Phase), w.FirstDay, w.LastDay, Micros(tx.Now()), w.SetBy, w.Revision)
	if err == nil && n == 0 {
		err = fmt.Errorf("window %s of cycle %s: %w", w.Phase, cycleID, ErrStale)
	}
	return err
}

// Extension is a later last day for one agency and phase.
type Extension struct {
	ID         string
	CycleID    string
	Phase      calendar.Phase
	AgencyID   string
	AgencyName string // on the day it is read for; empty if the agency has no version then
	LastDay    string
	Reason     string
	GrantedAt  time.Time
	GrantedBy  string // account id
}

// ExtensionFilter says which extensions a list has.
type ExtensionFilter struct {
	CycleID  string
	AgencyID string // optional
	Region   string // optional: of agencies that are in it on Day
	Day      string // agencies have the names of this day
}

// Extensions lists extensions, newest first, beginning after an id (empty: from the start).
func (tx *Tx) Extensions(f ExtensionFilter, after string, limit int) ([]Extension, error) {
	return All(tx, scanExtension, `SELECT e.id, e.cycle_id, e.phase, e.agency_id, coalesce(v.name, ''), e.last_day, e.reason,
			e.granted_at, e.granted_by
		FROM extension AS e
		LEFT JOIN agency_version AS v ON v.agency_id = e.agency_id AND v.valid_from <= $3 AND v.valid_until >= $3
		WHERE e.cycle_id = $1 AND ($2 = '' OR e.agency_id = $2) AND ($4 = '' OR v.region = $4) AND ($5 = '' OR e.id < $5)
		ORDER BY e.id DESC LIMIT $6`, f.CycleID, f.AgencyID, f.Day, f.Region, after, limit)
}

func scanExtension(s Scanner, e *Extension) error {
	var granted int64
	err := s.Scan(&e.ID, &e.CycleID, &e.Phase, &e.AgencyID, &e.AgencyName, &e.LastDay, &e.Reason, &granted, &e.GrantedBy)
	e.GrantedAt = Instant(granted)
	return err
}

// AddExtension records an extension.
func (tx *Tx) AddExtension(e Extension) error {
	_, err := tx.Exec(`INSERT INTO extension (id, cycle_id, phase, agency_id, last_day, reason, granted_at, granted_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, e.CycleID, string(e.Phase), e.AgencyID, e.LastDay, e.Reason, Micros(tx.Now()), e.GrantedBy)
	return err
}
