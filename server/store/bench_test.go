package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// writers is how many people save answers at once in the benchmarks.
const writers = 64

// BenchmarkSaveAnswer saves answers (a decision, the sheet beside it, the count of answers, the audit entry)
// by 64 writers, each into its own assessment, and reports how many that is per second and in relation to
// one writer that commits single unaudited rows on the same SQLite settings; and how many of these one writer saves in the
// time of such a row.
func BenchmarkSaveAnswer(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		grouped := storetest.New(b)
		alone := storetest.New(b, func(o *store.Options) { o.GroupLimit = 1 })
		raw := storetest.NewRaw(b)
		var inGroups, oneByOne, byOne, rows time.Duration
		for b.Loop() {
			inGroups += saveAnswers(b, grouped, writers)
			oneByOne += saveAnswers(b, alone, writers)
			byOne += saveAnswers(b, alone, 1)
			rows += commitRows(b, raw, 8*writers) / 8
		}
		b.ReportMetric(float64(b.N*writers)/inGroups.Seconds(), "answers/s")
		b.ReportMetric(rows.Seconds()/inGroups.Seconds(), "×single-rows")
		b.ReportMetric(oneByOne.Seconds()/inGroups.Seconds(), "×ungrouped")
		b.ReportMetric(rows.Seconds()/(writers*byOne.Seconds()), "one/single-row")
	})
	b.Run("postgres", func(b *testing.B) {
		s := storetest.NewPostgres(b)
		var took time.Duration
		for b.Loop() {
			took += saveAnswers(b, s, writers)
		}
		b.ReportMetric(float64(b.N*writers)/took.Seconds(), "answers/s")
	})
}

// saveAnswers lets each of n writers save 8 answers and returns the time for one each.
func saveAnswers(b *testing.B, s *store.Store, n int) time.Duration {
	b.Helper()
	mustStartAssessments(b, s, n)
	start := time.Now()
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			for range 8 {
				if err := saveAnswer(b, s, fmt.Sprintf("assessment-%d", w)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start) / 8
}

func saveAnswer(b *testing.B, s *store.Store, assessment string) error {
	ctx := audit.WithActor(b.Context(), audit.Actor{Account: "account", Membership: "membership"})
	return s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		var revision int64
		var body []byte
		if err := tx.QueryRow("SELECT body, revision FROM assessment_sheet WHERE assessment_id = $1", assessment).
			Scan(&body, &revision); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(`INSERT INTO decision (assessment_id, stage, item, seq, kind, level, decided_by, membership_id, decided_at)
			VALUES ($1, 'CLAIMED', '1.1', $2, 'LEVEL', 3, 'account', 'membership', $3)`, assessment, revision, store.Micros(tx.Now())); err != nil {
			return nil, err
		}
		if _, err := tx.Exec("UPDATE assessment_sheet SET body = $2, revision = $3 WHERE assessment_id = $1",
			assessment, body, revision+1); err != nil {
			return nil, err
		}
		return []audit.Entry{{Action: "answer.save", Agency: "agency"}}, nil
	})
}

func mustStartAssessments(b *testing.B, s *store.Store, n int) {
	b.Helper()
	err := s.Update(audit.WithActor(b.Context(), audit.Actor{Account: audit.System}), func(tx *store.Tx) ([]audit.Entry, error) {
		var there bool
		if err := tx.QueryRow("SELECT count(*) > 0 FROM assessment").Scan(&there); err != nil || there {
			return nil, err
		}
		for _, statement := range []string{
			"INSERT INTO agency (id, created_at, created_by, revision) VALUES ('agency', 0, '', 1)",
			`INSERT INTO instrument (id, title, status, lifecycle, source, digest, saved_at, saved_by, revision)
				VALUES ('instrument', '', '', '', '', '', 0, '', 1)`,
			`INSERT INTO cycle (id, name, year, instrument_id, assessor, quorum, majority_percent, created_at, created_by, revision)
				VALUES ('cycle', '', 2021, 'instrument', '', 1, 50, 0, '', 1)`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return nil, err
			}
		}
		for i := range n {
			id := fmt.Sprintf("assessment-%d", i)
			if _, err := tx.Exec(`INSERT INTO assessment (id, cycle_id, agency_id, attempt, instrument_id, agency_kind, state, started_at, started_by, revision)
				VALUES ($1, 'cycle', 'agency', $2, 'instrument', '', 'DRAFT', 0, '', 1)`, id, i); err != nil {
				return nil, err
			}
			if _, err := tx.Exec("INSERT INTO assessment_sheet (assessment_id, body, revision) VALUES ($1, $2, 1)", id, make([]byte, 1500)); err != nil {
				return nil, err
			}
		}
		return []audit.Entry{{Action: "assessment.start"}}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// commitRows commits n single rows by one writer and returns how long it took.
func commitRows(b *testing.B, raw *store.Raw, n int) time.Duration {
	b.Helper()
	start := time.Now()
	for range n {
		if err := raw.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}
