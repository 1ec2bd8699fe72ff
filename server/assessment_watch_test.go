package server_test

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// MustWatch watches the assessment as somebody, from now on.
func (d *draft) MustWatch(tb testing.TB, ctx context.Context, p *servertest.Person) grpc.ServerStreamingClient[meritv1.WatchAssessmentResponse] {
	tb.Helper()
	stream := servertest.Must(assessments(p).WatchAssessment(ctx, &meritv1.WatchAssessmentRequest{AssessmentId: d.id}))(tb)
	if _, err := stream.Header(); err != nil {
		tb.Fatal(err)
	}
	return stream
}

// next says what came: a step, or a decision with the score beside it.
func next(tb testing.TB, stream grpc.ServerStreamingClient[meritv1.WatchAssessmentResponse]) string {
	tb.Helper()
	m := servertest.Must(stream.Recv())(tb)
	if e := m.GetEvent(); e.GetStep() == "" {
		return fmt.Sprintf("%s %s %d, score %q", e.GetStage(), e.GetItem(), e.GetDecision().GetAnswer().GetLevel(), m.GetScore().GetTotal())
	}
	return m.GetEvent().GetStep()
}

func TestWatchingShowsAnswersAndStepsAsTheyCome(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.Levels{"1.1": 1})
		ctx, cancel := context.WithCancel(t.Context())
		stream := d.MustWatch(t, ctx, d.approver)
		d.MustAnswer(t, yeartest.Levels{"1.1": 2, "1.2": 3})
		d.MustSubmit(t)
		got := []string{next(t, stream), next(t, stream), next(t, stream)}
		slicesEqual(t, "the watcher", got, []string{`STAGE_CLAIMED 1.1 2, score ""`, `STAGE_CLAIMED 1.2 3, score "12.5"`, "SUBMIT"})
		cancel()
		if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
			t.Errorf("after cancelling: %v", err)
		}
	})
}

func TestWatchingShowsTheAgencyWhatBecomesVisible(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		c := d.MustVerifying(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		agency, verifier := d.MustWatch(t, ctx, d.operator), d.MustWatch(t, ctx, d.Verifier)
		d.MustDecide(t, c, yeartest.Levels{"1.1": 2, "1.2": 3})
		got := []string{next(t, verifier), next(t, verifier)}
		slicesEqual(t, "the verifier", got, []string{`STAGE_VERIFIED 1.1 2, score ""`, `STAGE_VERIFIED 1.2 3, score ""`})
		servertest.Must(verification(d.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: d.id, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-03-10",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "Halaman berapa?"}},
		}))(t)
		got = []string{next(t, agency), next(t, agency), next(t, agency)}
		slicesEqual(t, "the agency", got, []string{`STAGE_VERIFIED 1.1 2, score ""`, "ASSIGN_VERIFIER", "OPEN_CLARIFICATION"})
	})
}

func TestWatchingEndsAtShutdown(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	stream := d.MustWatch(t, t.Context(), d.operator)
	s.Shutdown(t.Context())
	_, err := stream.Recv()
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
}
