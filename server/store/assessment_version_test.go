package store_test

import (
	"errors"
	"testing"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestAnAssessmentCountsItsOwnChangesAndThoseOfAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, b := MustAddAssessment(t, s, "a1", 1).ID, MustAddAssessment(t, s, "a2", 2).ID
		version := func(id string) int64 {
			n, known := s.AssessmentVersion(id)
			if want := s.Engine() == "sqlite"; known != want {
				t.Fatalf("known = %v, want %v: on PostgreSQL other processes write too", known, want)
			}
			return n
		}
		if s.Engine() != "sqlite" {
			version(a)
			return
		}
		for _, c := range []struct {
			name, statement string
			arg             string
			fails           error
			a, b            bool // counts for
		}{
			{"a row of one", "UPDATE assessment SET answered = 1 WHERE id = $1", a, nil, true, false},
			{"a row beside one", "UPDATE assessment_sheet SET revision = revision + 1 WHERE assessment_id = $1", b, nil, false, true},
			{"a row of none", "UPDATE cycle SET name = 'x' WHERE id <> $1", "nobody's", nil, true, true},
			{"a row that is gone", "DELETE FROM assessment_sheet WHERE assessment_id = $1", b, nil, true, true},
			{"an update of which it might not be known what it left", "UPDATE assessment SET answered = 2 WHERE id = $1", a, errors.New("given up"), true, false},
			{"no row", "UPDATE assessment SET answered = 2 WHERE id = $1", "nobody's", nil, false, false},
		} {
			beforeA, beforeB := version(a), version(b)
			err := s.Update(t.Context(), func(tx *store.Tx) ([]audit.Entry, error) {
				_, err := tx.Exec(c.statement, c.arg)
				return []audit.Entry{{Action: "test.change", Actor: "o"}}, errors.Join(err, c.fails)
			})
			if !errors.Is(err, c.fails) {
				t.Fatalf("%s: %v", c.name, err)
			}
			if grewA, grewB := version(a) > beforeA, version(b) > beforeB; grewA != c.a || grewB != c.b {
				t.Errorf("%s counts for the first: %t, for the second: %t; want %t, %t", c.name, grewA, grewB, c.a, c.b)
			}
		}
	})
}
