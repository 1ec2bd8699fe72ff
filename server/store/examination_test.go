package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustInsertFile adds a file of an agency with a SHA-256.
func MustInsertFile(tb testing.TB, s *store.Store, id, agency, sum string, at time.Time) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		return tx.InsertEvidence(store.Evidence{
			ID: id, AgencyID: agency, Kind: store.EvidenceFile, Title: id, FileName: id + ".pdf", SHA256: sum, AddedAt: at, AddedBy: "a",
		})
	})
}

// MustExamine keeps what was found in files.
func MustExamine(tb testing.TB, s *store.Store, scan string, files ...string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		for _, id := range files {
			if err := tx.SaveExamination(store.Examination{FileID: id, Scan: scan}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestFilesAreListedUntilTheyWereLookedIntoAndScanned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		at := time.Date(2026, 1, 20, 3, 0, 0, 0, time.UTC)
		for _, id := range []string{"e1", "e2", "e3", "e4"} {
			MustInsertFile(t, s, id, "a", "ab", at)
		}
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertEvidence(store.Evidence{ID: "link", AgencyID: "a", Kind: store.EvidenceLink, AddedAt: at, AddedBy: "a"}),
				tx.InsertDocument(store.Document{ID: "d1", Subject: store.DocumentOfMinutes, SubjectID: "a", AddedAt: at, AddedBy: "a"}))
		})
		MustExamine(t, s, store.ScanPending, "e1")
		MustExamine(t, s, store.NotScanned, "e2")
		MustExamine(t, s, store.ScanClean, "e3")
		MustView(t, s, func(tx *store.Tx) error {
			unseen, err := tx.UnexaminedFiles("", 10)
			if got := fileIDs(unseen); !slices.Equal(got, []string{"d1", "e4"}) {
				t.Errorf("not looked into: %v", got)
			}
			unscanned, err2 := tx.UnscannedFiles("", 10)
			if got := fileIDs(unscanned); !slices.Equal(got, []string{"e1", "e2"}) {
				t.Errorf("not scanned: %v", got)
			}
			rest, err3 := tx.UnscannedFiles("e1", 10)
			if got := fileIDs(rest); !slices.Equal(got, []string{"e2"}) {
				t.Errorf("after the first: %v", got)
			}
			return errors.Join(err, err2, err3)
		})
	})
}

func fileIDs(files []store.File) (ids []string) {
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestOnlyFilesThatNobodyEverCitedAreGarbage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		MustExec(t, s, "UPDATE assessment SET state = 'DETERMINED' WHERE id = $1", "a")
		old := time.Date(2026, 1, 20, 3, 0, 0, 0, time.UTC)
		grace := old.AddDate(0, 0, 1)
		for _, id := range []string{"cited", "uncited", "taken back", "withdrawn late", "infected", "removed"} {
			MustInsertFile(t, s, id, "a", id, old)
		}
		MustInsertFile(t, s, "young", "a", "young", grace)
		MustCite(t, s, "cited", "1.1")
		MustCite(t, s, "taken back", "1.2")
		MustExec(t, s, "UPDATE citation SET removed_at = 1 WHERE evidence_id = $1", "taken back")
		MustExec(t, s, "UPDATE evidence SET withdrawn_at = $2 WHERE id = $1", "withdrawn late", store.Micros(grace))
		MustExamine(t, s, store.Quarantined, "infected")
		MustUpdate(t, s, func(tx *store.Tx) error {
			e, err := tx.Evidence("removed")
			return errors.Join(err, tx.RemoveEvidence(&e, "system"))
		})
		if got := MustNeverCited(t, s, grace); !slices.Equal(got, []string{"uncited"}) {
			t.Errorf("garbage: %v", got)
		}
		MustView(t, s, func(tx *store.Tx) error {
			e, err := tx.Evidence("removed")
			if e.Examination.RemovedAt.IsZero() || e.WithdrawnAt.IsZero() || e.WithdrawnBy != "system" {
				t.Errorf("removed evidence is %+v", e)
			}
			for sum, want := range map[string]bool{"removed": false, "uncited": true, "unknown": false} {
				if used, err := tx.BytesInUse(sum); err != nil || used != want {
					t.Errorf("BytesInUse(%s) = %t, %v", sum, used, err)
				}
			}
			return err
		})
		for _, state := range []string{"DRAFT", "IN_VERIFICATION", "IN_REPAIR"} {
			MustExec(t, s, "UPDATE assessment SET state = $2 WHERE id = $1", "a", state)
			if got := MustNeverCited(t, s, grace); got != nil {
				t.Errorf("garbage while a sheet in %s may cite it: %v", state, got)
			}
		}
	})
}

// MustNeverCited lists the ids of garbage.
func MustNeverCited(tb testing.TB, s *store.Store, before time.Time) (ids []string) {
	tb.Helper()
	MustView(tb, s, func(tx *store.Tx) error {
		list, err := tx.NeverCited(before, 10)
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return err
	})
	return ids
}

func TestTheSameBytesElsewhereCountWhenASubmittedSheetCitesThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustSeedAssessment(t, s, "a")
		MustSeedAssessment(t, s, "b")
		at := time.Date(2026, 1, 20, 3, 0, 0, 0, time.UTC)
		MustInsertFile(t, s, "a1", "a", "same", at)
		MustInsertFile(t, s, "a2", "a", "same", at)
		MustInsertFile(t, s, "b1", "b", "same", at)
		MustInsertFile(t, s, "b2", "b", "other", at)
		MustCite(t, s, "a1", "1.1")
		MustCite(t, s, "a2", "1.2")
		elsewhere := func(id string) (agencies []string) {
			MustView(t, s, func(tx *store.Tx) error {
				e, err := tx.Evidence(id)
				others, err2 := tx.HandedInElsewhere(&e, "2026-02-01")
				for _, o := range others {
					agencies = append(agencies, o.AgencyID)
				}
				return errors.Join(err, err2)
			})
			return agencies
		}
		for id, want := range map[string][]string{"a1": nil, "b1": {"a"}, "b2": nil} {
			if got := elsewhere(id); !slices.Equal(got, want) {
				t.Errorf("the bytes of %s are elsewhere with %v, want %v", id, got, want)
			}
		}
		MustExec(t, s, "UPDATE assessment SET state = 'DRAFT' WHERE id = $1", "a")
		if got := elsewhere("b1"); got != nil {
			t.Errorf("what a draft cites is known elsewhere: %v", got)
		}
	})
}
