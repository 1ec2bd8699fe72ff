package server_test

import (
	"slices"
	"sync"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// allAtOnce makes calls at the same time and returns how each ended.
func allAtOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = call(i) })
	}
	all.Wait()
	return errs
}

// wantOnce fails unless one call succeeded and all others were refused for one of the reasons.
func wantOnce(t *testing.T, errs []error, reasons ...meritv1.Reason) {
	t.Helper()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !slices.Contains(reasons, servertest.Reason(err)) {
			t.Errorf("refused with %v, want one of %v", err, reasons)
		}
	}
	if done != 1 {
		t.Errorf("%d calls succeeded, want 1: %v", done, errs)
	}
}

func TestASheetIsSubmittedOnceHoweverOftenAtOnce(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		wantOnce(t, allAtOnce(8, func(int) error { return submit(d.id, 1)(t.Context(), d.approver) }), meritv1.Reason_REASON_ALREADY_SUBMITTED)
	})
}

func TestNoAnswerSlipsInBehindASubmission(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(2))
		errs := allAtOnce(9, func(i int) error {
			if i == 4 {
				return submit(d.id, 1)(t.Context(), d.approver)
			}
			_, err := d.save(t.Context(), d.operator, "1.1", yeartest.Answer(1+i%4))
			return err
		})
		if errs[4] != nil {
			t.Fatalf("the submission: %v", errs[4])
		}
		saved := 1
		for i, err := range errs {
			if i != 4 && err == nil {
				saved++
			} else if i != 4 {
				servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_SUBMITTED)
			}
		}
		claim := itemOf(d.MustGet(t, d.approver), "1.1").GetClaimed()
		if int(claim.GetSequence()) != saved {
			t.Errorf("the newest claim is number %d, and %d were told that they are stored", claim.GetSequence(), saved)
		}
	})
}

func TestOneVerifierIsPutInCharge(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := y.MustSubmitted(t, store.Agency{}, nil)
		rivals := []*servertest.Person{y.Verifier, y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")}
		wantOnce(t, allAtOnce(2, func(i int) error {
			_, err := assign(t, y, c, rivals[i].AccountID, "")
			return err
		}), meritv1.Reason_REASON_REASON_REQUIRED)
		revision := y.Revision(t, c)
		wantOnce(t, allAtOnce(2, func(i int) error {
			_, err := verification(rivals[i]).StartVerification(t.Context(), &meritv1.StartVerificationRequest{AssessmentId: c.AssessmentID, Revision: revision})
			return err
		}), meritv1.Reason_REASON_NOT_ASSIGNED)
	})
}
