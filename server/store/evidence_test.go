package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustExec runs a statement as the system, for what a test needs around the records it is about.
func MustExec(tb testing.TB, s *store.Store, statement string, args ...any) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

// MustInsertEvidence adds files of the agency "a" with these ids.
func MustInsertEvidence(tb testing.TB, s *store.Store, ids ...string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for _, id := range ids {
			e := store.Evidence{ID: id, AgencyID: "a", Kind: store.EvidenceFile, Title: id, AddedAt: tx.Now(), AddedBy: "a"}
			if err := tx.InsertEvidence(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// MustCite cites evidence for items of the assessment "a"; the id of each citation is its evidence and item.
func MustCite(tb testing.TB, s *store.Store, evidence string, items ...string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for _, item := range items {
			c := store.Citation{ID: evidence + "-" + item, AssessmentID: "a", Item: item, EvidenceID: evidence, CitedAt: tx.Now(), CitedBy: "a"}
			if err := tx.InsertCitation(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// MustListEvidence lists ids.
func MustListEvidence(tb testing.TB, s *store.Store, f store.EvidenceFilter) []string {
	tb.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	var ids []string
	MustView(tb, s, func(tx *store.Tx) error {
		list, err := tx.EvidenceList(f)
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return err
	})
	return ids
}

func TestEvidenceComesBackAsItWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		at := time.Date(2026, 1, 20, 3, 0, 0, 0, time.UTC)
		want := store.Evidence{
			ID: "e1", AgencyID: "a", Kind: store.EvidenceFile, Title: "Keputusan", FileName: "sk.pdf", MediaType: "application/pdf",
			Size: 12, SHA256: "ab", EffectiveDate: "2025-03-01", ValidUntil: "2027-03-01", AddedAt: at, AddedBy: "a",
			AddedByName: "Somebody", Revision: 1,
			Examination: store.Examination{FileID: "e1", Flags: []string{"MACROS", "SCRIPT"}, Scan: store.ScanClean, ScannedAt: at, Revision: 1},
		}
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertEvidence(want), tx.SaveExamination(want.Examination))
		})
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.Evidence("e1")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Evidence (-want +got):\n%s", diff)
			}
			if _, missing := tx.Evidence("e2"); !errors.Is(missing, store.ErrNotFound) {
				t.Errorf("Evidence of an unknown id = %v, want ErrNotFound", missing)
			}
			return err
		})
	})
}

func TestEvidenceChangesOnlyAtTheRevisionRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		MustInsertEvidence(t, s, "e1")
		change := func(revision int64) (changed bool) {
			MustUpdate(t, s, func(tx *store.Tx) (err error) {
				changed, err = tx.DescribeEvidence("e1", revision, "New title", "2025-01-01", "")
				return err
			})
			return changed
		}
		if !change(1) || change(1) {
			t.Error("want the first change at revision 1 made and the second refused")
		}
		var withdrawn bool
		MustUpdate(t, s, func(tx *store.Tx) (err error) {
			withdrawn, err = tx.WithdrawEvidence("e1", 2, "a")
			return err
		})
		MustView(t, s, func(tx *store.Tx) error {
			e, err := tx.Evidence("e1")
			if !withdrawn || e.Revision != 3 || e.WithdrawnAt.IsZero() || e.WithdrawnBy != "a" || e.Title != "New title" {
				t.Errorf("after a change and a withdrawal: %+v", e)
			}
			return err
		})
	})
}

func TestEvidenceIsListedNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		MustSeedAssessment(t, s, "b")
		MustInsertEvidence(t, s, "e1", "e2", "e3", "e4")
		MustCite(t, s, "e1", "1.1")
		MustCite(t, s, "e2", "1.1", "1.2")
		MustCite(t, s, "e3", "1.2")
		MustExec(t, s, "UPDATE citation SET removed_at = 1 WHERE id = $1", "e3-1.2")
		MustExec(t, s, "UPDATE evidence SET withdrawn_at = 1 WHERE id = $1", "e1")
		for _, tc := range []struct {
			name   string
			filter store.EvidenceFilter
			want   []string
		}{
			{"of an agency", store.EvidenceFilter{AgencyID: "a"}, []string{"e4", "e3", "e2"}},
			{"with what was withdrawn", store.EvidenceFilter{AgencyID: "a", IncludeWithdrawn: true}, []string{"e4", "e3", "e2", "e1"}},
			{"of another agency", store.EvidenceFilter{AgencyID: "b"}, nil},
			{"a page", store.EvidenceFilter{AgencyID: "a", Before: "e4", Limit: 1}, []string{"e3"}},
			{"what a submitted assessment cites", store.EvidenceFilter{AgencyID: "a", Submitted: true}, []string{"e2"}},
			{"what an assessment cites", store.EvidenceFilter{AssessmentID: "a", IncludeWithdrawn: true}, []string{"e2", "e1"}},
			{"what an item cites", store.EvidenceFilter{AssessmentID: "a", Item: "1.2"}, []string{"e2"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if got := MustListEvidence(t, s, tc.filter); !slices.Equal(got, tc.want) {
					t.Errorf("EvidenceList = %v, want %v", got, tc.want)
				}
			})
		}
		MustExec(t, s, "UPDATE assessment SET state = 'DRAFT' WHERE id = $1", "a")
		if got := MustListEvidence(t, s, store.EvidenceFilter{AgencyID: "a", Submitted: true}); got != nil {
			t.Errorf("what a draft cites is listed as submitted: %v", got)
		}
	})
}

func TestARemovedCitationKeepsItsRowAndCountsNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		MustInsertEvidence(t, s, "e1", "e2")
		MustCite(t, s, "e1", "1.1", "1.2")
		MustCite(t, s, "e2", "1.2")
		var first, second bool
		MustUpdate(t, s, func(tx *store.Tx) (err error) {
			if first, err = tx.RemoveCitation("e1-1.1", "a"); err != nil {
				return err
			}
			second, err = tx.RemoveCitation("e1-1.1", "a")
			return err
		})
		if !first || second {
			t.Errorf("RemoveCitation twice = %t, %t", first, second)
		}
		MustView(t, s, func(tx *store.Tx) error {
			removed, err := tx.Citation("e1-1.1")
			if err != nil || removed.RemovedAt.IsZero() || removed.EvidenceTitle != "e1" || removed.CitedByName != "Somebody" {
				t.Errorf("the removed citation: %+v, %v", removed, err)
			}
			cited, err := tx.CitedItems("a")
			if diff := cmp.Diff(map[string]int{"1.2": 2}, cited); err != nil || diff != "" {
				t.Errorf("CitedItems: %v (-want +got):\n%s", err, diff)
			}
			ofItem, err := tx.Citations("a", "1.1")
			if err != nil || ofItem != nil {
				t.Errorf("Citations of the item: %v, %v", ofItem, err)
			}
			ofEvidence, err := tx.CitationsOf("e1", true)
			if err != nil || len(ofEvidence) != 1 || ofEvidence[0].Item != "1.2" {
				t.Errorf("CitationsOf the evidence: %v, %v", ofEvidence, err)
			}
			return nil
		})
		MustExec(t, s, "UPDATE assessment SET state = 'DRAFT' WHERE id = $1", "a")
		MustView(t, s, func(tx *store.Tx) error {
			all, err := tx.CitationsOf("e1", false)
			submitted, err2 := tx.CitationsOf("e1", true)
			if err != nil || err2 != nil || len(all) != 1 || submitted != nil {
				t.Errorf("CitationsOf in a draft: %v, %v; submitted: %v, %v", all, err, submitted, err2)
			}
			return nil
		})
	})
}

func TestDocumentsOfARecordAreListedOldestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		first := store.Document{
			ID: "d1", Subject: store.DocumentOfMinutes, SubjectID: "a", Title: "Berita Acara", FileName: "ba.pdf",
			MediaType: "application/pdf", Size: 3, SHA256: "ab", AddedAt: at, AddedBy: "a",
		}
		second, other := first, first
		second.ID, other.ID, other.Subject = "d2", "d3", store.DocumentOfSubmission
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertDocument(second), tx.InsertDocument(first), tx.InsertDocument(other))
		})
		for _, d := range []*store.Document{&first, &second, &other} {
			d.AddedByName = "Somebody"
			d.Examination = store.Examination{FileID: d.ID, Flags: []string{"NOT_EXAMINED"}, Scan: store.NotScanned}
		}
		MustView(t, s, func(tx *store.Tx) error {
			got, err := tx.Documents(store.DocumentOfMinutes, "a")
			if diff := cmp.Diff([]store.Document{first, second}, got); err != nil || diff != "" {
				t.Errorf("Documents: %v (-want +got):\n%s", err, diff)
			}
			one, err := tx.Document("d3")
			if diff := cmp.Diff(other, one); err != nil || diff != "" {
				t.Errorf("Document: %v (-want +got):\n%s", err, diff)
			}
			return nil
		})
	})
}

func TestAnExpiredUploadIsGone(t *testing.T) {
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	clock := func(o *store.Options) { o.Now = func() time.Time { return now } }
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		u := store.Upload{
			ID: "u1", AccountID: "p", AgencyID: "a", FileName: "sk.pdf", Size: 3, SHA256: "ab", StartedAt: now,
			ExpiresAt: now.Add(time.Hour),
		}
		MustTouch(t, s, func(tx *store.Tx) error { return errors.Join(tx.InsertUpload(u), tx.FinishUpload("u1", "e1")) })
		u.FinishedAs = "e1"
		MustTouch(t, s, func(tx *store.Tx) error {
			if err := tx.ForgetUploads(); err != nil {
				return err
			}
			got, err := tx.Upload("u1")
			if diff := cmp.Diff(u, got); diff != "" {
				t.Errorf("Upload (-want +got):\n%s", diff)
			}
			return err
		})
		now = u.ExpiresAt
		MustTouch(t, s, func(tx *store.Tx) error {
			if _, err := tx.Upload("u1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Upload after its end = %v, want ErrNotFound", err)
			}
			return nil
		})
		MustTouch(t, s, (*store.Tx).ForgetUploads)
		now = u.StartedAt
		MustTouch(t, s, func(tx *store.Tx) error {
			if _, err := tx.Upload("u1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Upload after it was forgotten = %v, want ErrNotFound", err)
			}
			return nil
		})
	}, clock)
}

// MustTouch changes unaudited tables.
func MustTouch(tb testing.TB, s *store.Store, fn func(*store.Tx) error) {
	tb.Helper()
	if err := s.Touch(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}
