package store

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/meritindex/merit/server/audit"
)

// LoggedEntry is an entry with its place in the log.
type LoggedEntry struct {
	KeptEntry
	Position int64 // -1 while it has none
}

const selectLogged = `SELECT e.seq, e.leaf, coalesce(l.position, -1) FROM audit_entry AS e LEFT JOIN log_entry AS l ON l.seq = e.seq `

func scanLogged(row Scanner, e *LoggedEntry) (err error) {
	if err := row.Scan(&e.Seq, &e.Leaf, &e.Position); err != nil {
		return err
	}
	e.Entry, err = audit.ParseLeaf(e.Leaf)
	return err
}

// LoggedEntry returns an entry by its id if it may be seen, or ErrNotFound.
func (tx *Tx) LoggedEntry(id string, seen *EntrySight) (LoggedEntry, error) {
	c := &conditions{}
	c.text.WriteString(selectLogged)
	c.text.WriteString("WHERE e.seq > 0")
	c.add("e.id = %s", id)
	if seen != nil {
		condition, args := seen.condition()
		c.add(condition, args...)
	}
	return One(tx, "entry "+id, scanLogged, c.text.String(), c.args...)
}

// EntriesAbout lists the entries about an agency's record by an action, the oldest first.
func (tx *Tx) EntriesAbout(agencyID string, action audit.Action, subject string) ([]LoggedEntry, error) {
	return All(tx, scanLogged, selectLogged+"WHERE e.agency_id = $1 AND e.action = $2 AND e.subject = $3 ORDER BY e.seq",
		agencyID, string(action), subject)
}

// EntriesOfRows lists the entries of an agency, or of none, that left the wanted rows as they are, the oldest first: of
// each row the newest entry.
func (tx *Tx) EntriesOfRows(agencyID string, wanted func(audit.Row) bool) ([]LoggedEntry, error) {
	rows, err := tx.Query(selectLogged+"WHERE e.agency_id = $1 ORDER BY e.seq DESC", agencyID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []LoggedEntry
	known := map[rowName]bool{}
	for rows.Next() {
		var e LoggedEntry
		if err := scanLogged(rows, &e); err != nil {
			return nil, err
		}
		newest := false
		for _, r := range e.Entry.Rows {
			if name := (rowName{r.Table, r.Key}); wanted(r) && !known[name] {
				known[name], newest = true, true
			}
		}
		if newest {
			all = append(all, e)
		}
	}
	slices.Reverse(all)
	return all, rows.Err()
}

// mostEvidence bounds the evidence of one receipt.
const mostEvidence = 1000

// EvidenceEntries lists the entries by which the evidence that an assessment cites came in, the oldest first.
func (tx *Tx) EvidenceEntries(assessmentID string) ([]LoggedEntry, error) {
	const cited = `FROM citation AS c JOIN evidence AS v ON v.id = c.evidence_id WHERE c.assessment_id = $1 AND c.removed_at = 0`
	return All(tx, scanLogged, selectLogged+`WHERE e.agency_id IN (SELECT v.agency_id `+cited+`)
		AND e.action IN ('EvidenceService.FinishUpload', 'EvidenceService.AddLink') AND e.subject IN (SELECT v.id `+cited+`)
		ORDER BY e.seq LIMIT $2`, assessmentID, mostEvidence)
}

// CanonicalRow returns the canonical bytes of a row of an audited table as it is now, by its key in an entry; nil when
// there is no such row.
func (tx *Tx) CanonicalRow(name, key string) ([]byte, error) {
	t := tx.store.tables.Load().byName[name]
	if t == nil || t.unaudited {
		return nil, fmt.Errorf("store: %s is no audited table", name)
	}
	parts := strings.Split(key, "/")
	if len(parts) != len(t.key) {
		return nil, fmt.Errorf("store: %q is no key of %s", key, name)
	}
	where, args := make([]string, len(parts)), make([]any, len(parts))
	for i, part := range parts {
		value, err := url.PathUnescape(part)
		if err != nil {
			return nil, fmt.Errorf("store: %q is no key of %s", key, name)
		}
		where[i], args[i] = fmt.Sprintf("%s = $%d", t.columns[t.key[i]], i+1), value
	}
	rows, err := tx.Query("SELECT "+strings.Join(t.columns, ", ")+" FROM "+t.name+" WHERE "+strings.Join(where, " AND "), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	values, err := tx.scanRow(rows.rows, t)
	if err != nil {
		return nil, err
	}
	row, err := t.describe(values)
	return row.row, err
}

// ResultOfAssessment returns the result in force of an assessment, or ErrNotFound.
func (tx *Tx) ResultOfAssessment(assessmentID string) (Result, error) {
	return One(tx, "result of assessment "+assessmentID, scanScoredResult, `SELECT `+resultColumns+`, score FROM result
		WHERE assessment_id = $1 AND corrected_by = ''`, assessmentID)
}
