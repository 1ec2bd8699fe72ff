package store

import "strings"

// OnChange has fn called with the ids of assessments that were answered, decided or moved on: of updates of this process
// before Update returns, of those of other processes on the same PostgreSQL soon after they were committed. It is called
// with nil when something may have been missed, as when a command has written to a SQLite file beside the service: anything
// may have changed. fn must not wait. The last fn set counts.
func (s *Store) OnChange(fn func(assessments []string)) {
	s.changed.Store(&fn)
	s.hearing.Do(func() {
		s.engine.hear(func(ids []string) {
			if ids == nil {
				s.changedAll()
			}
			(*s.changed.Load())(ids)
		}, s.relearn)
	})
}

// changedAll has nothing that was read so far count as what the rows say.
func (s *Store) changedAll() {
	s.publicChanges.Add(1)
	s.identityChanges.Add(1)
	s.assessmentChanges.of(every).Add(1)
}

// tell says what was committed, here and to others. Others are told afterwards and not in the transaction: PostgreSQL lets
// transactions that notify commit one after the other, each with its own flush to the disk.
func (s *Store) tell(assessments []string) {
	if fn := s.changed.Load(); fn != nil {
		(*fn)(assessments)
	}
	s.engine.tell(assessments)
}

// changedAssessments are those that the transaction has answered, decided or moved on.
func (tx *Tx) changedAssessments() (ids []string) {
	for i := range tx.changes {
		c := &tx.changes[i]
		if c.table != "decision" && c.table != "assessment_step" {
			continue
		}
		id, _, _ := strings.Cut(c.key, "/")
		if len(ids) == 0 || id != ids[len(ids)-1] {
			ids = append(ids, id)
		}
	}
	return ids
}
