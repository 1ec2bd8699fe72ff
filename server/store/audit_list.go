package store

import (
	"strings"
	"time"

	"github.com/meritindex/merit/server/audit"
)

// EntryFilter says which audit entries to list. Empty fields do not narrow the list.
type EntryFilter struct {
	Agency string
	Actor  string
	Action string    // the action begins with this
	From   time.Time // entries at or after
	Until  time.Time // entries before
	Seen   *EntrySight
	Before int64 // Seq of the last entry of the page before; 0 for the newest
	Limit  int   // at least 1
}

// EntrySight says which entries somebody may see: those that any of its fields opens.
type EntrySight struct {
	Account string   // what the account did
	Region  string   // everything that concerns an agency of the region …
	Day     string   // … on this day
	Actions []string // actions that begin with one of these, whomever they concern
	Own     string   // what concerns the agency and is known to it by now: see releasedTo
}

// KeptEntry is an audit entry as it is kept.
type KeptEntry struct {
	Seq   int64 // grows with every entry; says which of two is newer
	Leaf  []byte
	Entry *audit.Entry // parsed from Leaf
}

// mostEntryBytes bounds the leaves of one page: an import can have thousands of rows in one entry.
const mostEntryBytes = 1 << 20

// AuditEntries lists entries, newest first, and says whether there are more: after Limit entries, or earlier when they
// are large.
func (tx *Tx) AuditEntries(f EntryFilter) (page []KeptEntry, more bool, err error) {
	c := f.conditions()
	c.text.WriteString(" ORDER BY seq DESC LIMIT " + c.place(f.Limit+1))
	rows, err := tx.Query(c.text.String(), c.args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		var k KeptEntry
		if err := rows.Scan(&k.Seq, &k.Leaf); err != nil {
			return nil, false, err
		}
		if size += len(k.Leaf); len(page) == f.Limit || len(page) > 0 && size > mostEntryBytes {
			return page, true, nil
		}
		if k.Entry, err = audit.ParseLeaf(k.Leaf); err != nil {
			return nil, false, err
		}
		page = append(page, k)
	}
	return page, false, rows.Err()
}

func (f EntryFilter) conditions() *conditions {
	c := &conditions{}
	c.text.WriteString("SELECT e.seq, e.leaf FROM audit_entry AS e WHERE e.seq > 0")
	if f.Agency != "" {
		c.add("e.agency_id = %s", f.Agency)
	}
	if f.Actor != "" {
		c.add("e.actor = %s", f.Actor)
	}
	if f.Action != "" {
		c.add(begins, f.Action, f.Action)
	}
	if !f.From.IsZero() {
		c.add("e.at >= %s", Micros(f.From))
	}
	if !f.Until.IsZero() {
		c.add("e.at < %s", Micros(f.Until))
	}
	if f.Before > 0 {
		c.add("e.seq < %s", f.Before)
	}
	if f.Seen != nil {
		condition, args := f.Seen.condition()
		c.add(condition, args...)
	}
	return c
}

// begins compares the beginning of an action in any form, which LIKE does not on both engines.
const begins = "substr(e.action, 1, length(%s)) = %s"

func (s *EntrySight) condition() (string, []any) {
	ways, args := []string{"e.actor = %s"}, []any{s.Account}
	open := func(condition string, values ...any) {
		ways, args = append(ways, condition), append(args, values...)
	}
	if s.Region != "" {
		open(`e.agency_id IN (SELECT v.agency_id FROM agency_version AS v
			WHERE v.region = %s AND v.valid_from <= %s AND v.valid_until >= %s)`, s.Region, s.Day, s.Day)
	}
	for _, action := range s.Actions {
		open(begins, action, action)
	}
	if s.Own != "" {
		open(releasedTo, s.Own)
	}
	return "(" + strings.Join(ways, " OR ") + ")", args
}

// releasedTo opens to an agency what concerns it, but of what others than its own people did
//   - a verification once its minutes are released: who verifies and what is verified is not known before;
//   - a plenary session's work on an assessment once that is determined, but never a vote: an entry has the salt of its
//     rows, so whoever reads it can find out by trying which of the three votes was cast;
//   - downloads of evidence once no verification is under way that was submitted before;
//   - declared interests never: they are between a person and the assessor.
const releasedTo = `(e.agency_id = %s AND (
	EXISTS (SELECT 1 FROM membership AS m WHERE m.id = e.membership AND m.agency_id = e.agency_id)
	OR e.action IN ('VerificationService.OpenClarification', 'VerificationService.CloseClarification', 'Service.ExpireClarification')
	OR (e.action LIKE 'AccountService.%%' AND e.action <> 'AccountService.DeclareInterest')
	OR e.action LIKE 'AgencyService.%%' OR e.action LIKE 'CycleService.%%'
	OR ((e.action LIKE 'VerificationService.%%' OR e.action LIKE 'AssessmentService.%%')
		AND EXISTS (SELECT 1 FROM assessment AS a WHERE a.id = e.subject AND a.released_at > 0))
	OR (e.action LIKE 'PlenaryService.%%' AND e.action <> 'PlenaryService.Vote'
		AND EXISTS (SELECT 1 FROM result AS r WHERE r.agency_id = e.agency_id AND r.recorded_at >= e.at
			AND (r.assessment_id = e.subject OR r.id = e.subject OR r.corrects = e.subject)))
	OR (e.action LIKE 'EvidenceService.%%' AND NOT EXISTS (SELECT 1 FROM assessment AS a
		WHERE a.agency_id = e.agency_id AND a.released_at = 0 AND a.submitted_at > 0 AND a.submitted_at <= e.at))))`
