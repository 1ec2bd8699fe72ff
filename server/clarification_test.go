package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

func openRound(t *testing.T, p *servertest.Person, c *yeartest.Case, kind meritv1.RoundKind, lastDay string, items ...string) (*meritv1.Clarification, error) {
	req := &meritv1.OpenClarificationRequest{AssessmentId: c.AssessmentID, Kind: kind, LastDay: lastDay}
	for _, item := range items {
		req.Questions = append(req.Questions, &meritv1.ClarificationQuestion{Item: item, Question: "Halaman berapa?"})
	}
	resp, err := verification(p).OpenClarification(t.Context(), req)
	return resp.GetClarification(), err
}

// mustOpenRound opens a round as the verifier in charge.
func mustOpenRound(t *testing.T, y *yeartest.Year, c *yeartest.Case, kind meritv1.RoundKind, lastDay string, items ...string) *meritv1.Clarification {
	t.Helper()
	return servertest.Must(openRound(t, y.Verifier, c, kind, lastDay, items...))(t)
}

const (
	clarify = meritv1.RoundKind_ROUND_KIND_CLARIFICATION
	repair  = meritv1.RoundKind_ROUND_KIND_REPAIR
)

func answerRound(t *testing.T, p *servertest.Person, round *meritv1.Clarification, item string) (*meritv1.Clarification, error) {
	resp, err := verification(p).AnswerClarification(t.Context(), &meritv1.AnswerClarificationRequest{ClarificationId: round.GetId(), Item: item, Answer: "Halaman 2."})
	return resp.GetClarification(), err
}

func closeRound(t *testing.T, p *servertest.Person, round *meritv1.Clarification) (*meritv1.Clarification, error) {
	resp, err := verification(p).CloseClarification(t.Context(), &meritv1.CloseClarificationRequest{ClarificationId: round.GetId(), Revision: round.GetRevision()})
	return resp.GetClarification(), err
}

func TestRoundIsAskedAnsweredAndClosed(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.2", "1.1")
		if !round.GetOpen() || round.GetNumber() != 1 || round.GetItems()[0].GetItem() != "1.2" ||
			!round.GetClosesAt().AsTime().Equal(time.Date(2021, 3, 10, 17, 0, 0, 0, time.UTC)) {
			t.Errorf("opened: %v", round)
		}
		_, err := closeRound(t, c.Approver, round)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if diff := cmp.Diff(2, len(servertest.Violations(err))); diff != "" {
			t.Errorf("questions without answer: %v", servertest.Violations(err))
		}
		for _, item := range []string{"1.1", "1.1", "1.2"} {
			servertest.Must(answerRound(t, c.Operator, round, item))(t)
		}
		_, err = answerRound(t, c.Operator, round, "2.1")
		servertest.WantReason(t, err, meritv1.Reason_REASON_ITEM_CLOSED)
		closed := servertest.Must(closeRound(t, c.Approver, round))(t)
		if closed.GetOpen() || closed.GetClosedBy().GetAccountId() != c.Approver.AccountID || len(closed.GetItems()[1].GetAnswers()) != 2 {
			t.Errorf("closed: %v", closed)
		}
		_, err = answerRound(t, c.Operator, round, "1.1")
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_CLOSED)
		_, err = closeRound(t, y.Verifier, round)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_CLOSED)
		if second := mustOpenRound(t, y, c, clarify, "2021-03-12", "1.1"); second.GetNumber() != 2 {
			t.Errorf("the second round has number %d", second.GetNumber())
		}
	})
}

func TestOneRoundIsOpenAtATime(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		for _, kind := range []meritv1.RoundKind{clarify, repair} {
			_, err := openRound(t, y.Lead, c, kind, "2021-03-10", "1.2")
			servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_OPEN)
		}
	})
}

func TestTwoWhoOpenRoundsAtOnceOpenOne(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		people := []*servertest.Person{y.Verifier, y.Lead, y.Verifier, y.Lead}
		refused := atOnce(len(people), func(i int) error {
			_, err := openRound(t, people[i], c, clarify, "2021-03-10", "1.1")
			return err
		})
		if len(refused) != len(people)-1 {
			t.Fatalf("%d of %d were refused: %v", len(refused), len(people), refused)
		}
		for _, err := range refused {
			servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_OPEN)
		}
	})
}

// atOnce makes n calls at the same time and returns the errors of those that failed.
func atOnce(n int, call func(i int) error) (failed []error) {
	results := make(chan error, n)
	for i := range n {
		go func() { results <- call(i) }()
	}
	for range n {
		if err := <-results; err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

func TestRoundKeepsToItsWindowAndItems(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3)) // on 1 March
		for _, tc := range []struct {
			name    string
			kind    meritv1.RoundKind
			lastDay string
			items   []string
			want    meritv1.Reason
		}{
			{"a day that does not exist", clarify, "2021-02-30", []string{"1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"yesterday", clarify, "2021-02-28", []string{"1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"after the window", clarify, "2021-05-01", []string{"1.1"}, meritv1.Reason_REASON_OUTSIDE_WINDOW},
			{"a repair before its window", repair, "2021-03-10", []string{"1.1"}, meritv1.Reason_REASON_OUTSIDE_WINDOW},
			{"an unknown item", clarify, "2021-03-10", []string{"1.1", "99"}, meritv1.Reason_REASON_UNKNOWN_ITEM},
			{"an item twice", clarify, "2021-03-10", []string{"1.1", "1.1"}, meritv1.Reason_REASON_UNKNOWN_ITEM},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := openRound(t, y.Verifier, c, tc.kind, tc.lastDay, tc.items...)
				servertest.WantReason(t, err, tc.want)
			})
		}
	})
}

func TestExtensionLengthensARound(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		y.MustUpdate(t, "extension.grant", func(tx *store.Tx) error {
			return tx.AddExtension(store.Extension{ID: tx.NewID(), CycleID: y.CycleID, Phase: calendar.Verification, AgencyID: c.AgencyID, LastDay: "2021-05-07"})
		})
		mustOpenRound(t, y, c, clarify, "2021-05-07", "1.1")
	})
}

func TestContributorAnswersAssignedItemsOnly(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		contributor := y.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID)
		y.MustUpdate(t, "item.assign", func(tx *store.Tx) error {
			return tx.AssignItem(c.AssessmentID, "1.1", contributor.AccountID, c.Operator.AccountID)
		})
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1", "1.2")
		servertest.Must(answerRound(t, contributor, round, "1.1"))(t)
		_, err := answerRound(t, contributor, round, "1.2")
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
	})
}

func TestRoundIsOverAtItsDeadlineWithoutAnybodyClosingIt(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		y.Phase(t, calendar.Repair)
		round := mustOpenRound(t, y, c, repair, "2021-05-10", "1.1")
		y.Clock.Set(round.GetClosesAt().AsTime().Add(-time.Second))
		servertest.Must(answerRound(t, c.Operator, round, "1.1"))(t)
		y.Clock.Set(round.GetClosesAt().AsTime())
		_, err := answerRound(t, c.Operator, round, "1.1")
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROUND_CLOSED)
		rounds := servertest.Must(verification(c.Operator).ListClarifications(t.Context(), &meritv1.ListClarificationsRequest{AssessmentId: c.AssessmentID}))(t)
		if got := rounds.GetClarifications()[0]; got.GetOpen() || !got.GetClosedAt().AsTime().Equal(got.GetClosesAt().AsTime()) || got.GetClosedBy() != nil {
			t.Errorf("shown after the deadline as %v", got)
		}
		// The next write records the closing, and then the verifier may go on.
		y.MustDecide(t, c, yeartest.Levels{"1.1": 3})
		wantExpired(t, y, c)
	})
}

func TestBackgroundWorkClosesOverdueRounds(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		y.Phase(t, calendar.Repair)
		round := mustOpenRound(t, y, c, repair, "2021-05-10", "1.1")
		for _, step := range []struct {
			at   time.Time
			want int
		}{
			{round.GetClosesAt().AsTime().Add(-time.Second), 0}, {round.GetClosesAt().AsTime(), 1}, {round.GetClosesAt().AsTime(), 0},
		} {
			y.Clock.Set(step.at)
			if n, err := y.CloseOverdueRounds(t.Context()); err != nil || n != step.want {
				t.Errorf("at %s: closed %d, %v; want %d", step.at, n, err, step.want)
			}
		}
		wantExpired(t, y, c)
	})
}

func TestBackgroundWorkIsDoneByOneProcess(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		y.Clock.Set(round.GetClosesAt().AsTime())
		if _, err := y.Store.AcquireLease(t.Context(), "clarification-deadline", "another process", time.Minute); err != nil {
			t.Fatal(err)
		}
		if n, err := y.CloseOverdueRounds(t.Context()); n != 0 || err != nil {
			t.Errorf("beside another process: closed %d, %v", n, err)
		}
	})
}

// wantExpired checks that the service itself closed the repair round of a case and brought it back.
func wantExpired(t *testing.T, y *yeartest.Year, c *yeartest.Case) {
	t.Helper()
	if got := y.Assessment(t, c).State; got != workflow.InVerification {
		t.Errorf("state %s", got)
	}
	err := y.Store.View(t.Context(), func(tx *store.Tx) error {
		rounds, err := tx.Clarifications(c.AssessmentID)
		if err != nil {
			return err
		}
		if r := rounds[0]; r.ClosedBy != audit.System || !r.ClosedAt.Equal(r.ClosesAt()) {
			t.Errorf("round closed by %q at %s", r.ClosedBy, r.ClosedAt)
		}
		steps, err := tx.Steps(c.AssessmentID)
		if err != nil {
			return err
		}
		if last := steps[len(steps)-1]; last.Step != workflow.CloseRepair || last.TakenBy != audit.System {
			t.Errorf("last step %+v", last)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStaleClosingShowsTheRoundAsItIs(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		round.Revision--
		_, err := closeRound(t, y.Verifier, round)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if now, ok := servertest.Detail[*meritv1.Clarification](err); !ok || now.GetRevision() != 1 {
			t.Errorf("details: %v", now)
		}
	})
}

func TestNewClaimInARepairIsDecidedAnew(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		y.MustDecide(t, c, claims.With(yeartest.Levels{"1.1": 1}))
		y.Phase(t, calendar.Repair)
		round := mustOpenRound(t, y, c, repair, "2021-05-10", "1.1", "1.2")
		if got := y.Assessment(t, c).State; got != workflow.InRepair {
			t.Fatalf("state %s during a repair", got)
		}
		_, err := verification(y.Verifier).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.2", Answer: yeartest.Answer(3)})
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		servertest.WantReason(t, claim(t, c, "2.1", 4), meritv1.Reason_REASON_ITEM_CLOSED)
		if err := claim(t, c, "1.1", 2); err != nil {
			t.Fatal(err)
		}
		servertest.Must(closeRound(t, y.Verifier, round))(t)
		servertest.WantReason(t, claim(t, c, "1.1", 3), meritv1.Reason_REASON_ALREADY_SUBMITTED)

		complete := func() error {
			_, err := verification(y.Lead).CompleteVerification(t.Context(), &meritv1.CompleteVerificationRequest{
				AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), MinutesNumber: "BA-1/2021",
			})
			return err
		}
		err = complete()
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if v := servertest.Violations(err); len(v) != 1 || v["1.1"] == "" {
			t.Errorf("violations %v, want 1.1 only", v)
		}
		y.MustDecide(t, c, yeartest.Levels{"1.1": 2})
		if err := complete(); err != nil {
			t.Fatal(err)
		}
	})
}

// claim answers an item as the agency's operator.
func claim(t *testing.T, c *yeartest.Case, item string, level int) error {
	t.Helper()
	_, err := meritv1.NewAssessmentServiceClient(c.Operator).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: c.AssessmentID, Item: item, Answer: yeartest.Answer(level),
	})
	return err
}
