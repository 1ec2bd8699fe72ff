package store

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/meritindex/merit/server/audit"
)

// aside are audited tables that say of no assessment by themselves what is told of one, and change all evening: files that
// come in. Every other audited table counts, so that one that is forgotten here costs a reading and nothing else.
var aside = map[string]bool{"evidence": true, "examination": true}

// every stands for every assessment.
const every = ""

var countSeed = maphash.MakeSeed()

// assessmentChanges count how often this process may have changed what is told of assessments. Many assessments share a
// count, so that there are so many counts and no more: an answer that is read once too often is not wrong.
type assessmentChanges struct {
	every atomic.Int64
	some  [4096]atomic.Int64
}

func (c *assessmentChanges) of(id string) *atomic.Int64 {
	if id == every {
		return &c.every
	}
	return &c.some[maphash.String(countSeed, id)%uint64(len(c.some))]
}

// AssessmentVersion is a number that grows whenever what was read of an assessment under an earlier one may not hold any more:
// what the rows of the assessment say, the names in it, and when it is open. It grows before the update that changed
// something returns. Files and what their examination found do not count, nor does what is written without an audit entry.
// What a command has written to
// the SQLite file beside the service counts soon after: see OnChange. Known is false where other processes serve too.
func (s *Store) AssessmentVersion(id string) (version int64, known bool) {
	return s.assessmentChanges.of(id).Load() + s.assessmentChanges.every.Load(), s.engine.alone()
}

// concerned are the assessments of which something else may be told after the transaction; a row that is of no assessment, or
// is gone, concerns every one.
func (tx *Tx) concerned() (ids []string) {
	if !tx.store.engine.alone() {
		return nil
	}
	for i := range tx.changes {
		c := &tx.changes[i]
		if aside[c.table] {
			continue
		}
		column := "assessment_id"
		if c.table == "assessment" {
			column = "id"
		}
		if id := audit.TextColumn(c.row, column); len(ids) == 0 || ids[len(ids)-1] != id {
			ids = append(ids, id)
		}
	}
	return ids
}
