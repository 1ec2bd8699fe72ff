package server

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/telemetry"
)

// atGate is a gate with calls at it: those that work, by kind, in the order in which they began.
type atGate struct {
	*gate
	began []work
	leave []func()
}

// MustFill makes a gate and lets calls of a kind take all the room they may have.
func MustFill(t *testing.T, size int, kinds ...work) *atGate {
	t.Helper()
	g := &atGate{gate: newGate(size, telemetry.NewMetrics())}
	for _, kind := range kinds {
		for g.free(&g.queues[kind]) {
			if r := g.call(t.Context(), kind); r != nil {
				t.Fatalf("a free gate refused a call: %+v", r)
			}
		}
	}
	return g
}

// call enters, and notes that it began.
func (g *atGate) call(ctx context.Context, kind work) *refusal {
	leave, refused := g.enter(ctx, kind)
	if refused == nil {
		g.began, g.leave = append(g.began, kind), append(g.leave, leave)
	}
	return refused
}

// queue lets so many calls of a kind wait.
func (g *atGate) queue(t *testing.T, kind work, n int) {
	for range n {
		go g.call(t.Context(), kind)
		synctest.Wait()
	}
}

// end lets the oldest n calls at work end, one after the other.
func (g *atGate) end(n int) {
	for range n {
		leave := g.leave[0]
		g.leave = g.leave[1:]
		leave()
		synctest.Wait()
	}
}

func TestSavingGoesBeforeReadingAndThatBeforeRankingAndNoneWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving, reading)
		g.began = nil
		g.queue(t, ranking, 2)
		g.queue(t, taking, 2)
		g.queue(t, reading, 4)
		g.queue(t, saving, 6)
		g.end(14)
		want := []work{saving, saving, reading, saving, taking, saving, reading, saving, ranking, saving, reading, taking, reading, ranking}
		counts := map[work]int{}
		for _, kind := range g.began {
			counts[kind]++
		}
		if len(g.began) != len(want) || counts[saving] != 6 || counts[ranking] != 2 {
			t.Fatalf("began %v, want all of %v", g.began, want)
		}
		if got := g.began[:9]; !slices.Equal(got, want[:9]) {
			t.Errorf("the first to begin were %v, want %v", got, want[:9])
		}
		g.end(len(g.leave))
	})
}

func TestOneKindOfWorkLeavesRoomForTheOthers(t *testing.T) {
	g := MustFill(t, 8, saving)
	if g.busy != 6 {
		t.Fatalf("%d saves work at once, want 6 of 8", g.busy)
	}
	if refused := g.call(t.Context(), reading); refused != nil {
		t.Errorf("a read had to wait for saves: %+v", refused)
	}
}

func TestAQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, g.queues[saving].room)
		if refused := g.call(t.Context(), saving); refused == nil || refused.after < time.Second {
			t.Errorf("refused %+v, want a refusal for a second at least", refused)
		}
		g.end(g.queues[saving].room + 6)
	})
}

func TestACallThatCannotBeginInTimeIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, 8)
		for range 7 { // one begins every 100 ms
			<-time.After(100 * time.Millisecond)
			g.end(1)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if refused := g.call(ctx, saving); refused == nil {
			t.Error("a call with 50 ms left entered a queue that moves every 100 ms")
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("it was refused after %v, want at once", waited)
		}
		g.end(7)
	})
}

func TestNobodyWaitsForLongerThanPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		began := time.Now()
		if refused := g.call(t.Context(), saving); refused == nil || time.Since(began) != patience {
			t.Errorf("refused %+v after %v, want a refusal after %v", refused, time.Since(began), patience)
		}
		if n := len(g.queues[saving].waiting); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

func TestWhoGoesAwayLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		ctx, cancel := context.WithCancel(t.Context())
		go g.call(ctx, saving)
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := len(g.queues[saving].waiting); n != 0 {
			t.Errorf("%d still wait", n)
		}
		g.end(6)
		if g.busy != 0 {
			t.Errorf("%d count as at work when all have ended", g.busy)
		}
	})
}

func TestARefusalSaysWhenToComeBackAndThatNothingWasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const method = meritv1.AssessmentService_SaveAnswer_FullMethodName
		s := &Server{gate: newGate(1, telemetry.NewMetrics()), rules: access.Rules{method: {}}}
		begun := 0
		err := s.admit(t.Context(), &call{method: method, message: "any"}, func(ctx context.Context) error {
			begun++
			return s.admit(ctx, &call{method: method, message: "any"}, func(context.Context) error { begun++; return nil })
		})
		var known *fault.Error
		if !errors.As(err, &known) || known.Reason != meritv1.Reason_REASON_OVERLOADED || len(known.Details) != 1 || begun != 1 {
			t.Errorf("%v with %d calls begun, want OVERLOADED with its RetryInfo, and one", err, begun)
		}
	})
}

func TestWhatWorkACallAsksFor(t *testing.T) {
	rules, err := access.RulesOf("merit.v1.AccountService", "merit.v1.AssessmentService", "merit.v1.EvidenceService", "merit.v1.ResultService")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{rules: rules}
	for method, want := range map[string]work{
		meritv1.AssessmentService_SaveAnswer_FullMethodName:    saving,
		meritv1.AssessmentService_Submit_FullMethodName:        saving,
		meritv1.AssessmentService_GetAssessment_FullMethodName: reading,
		meritv1.EvidenceService_StartUpload_FullMethodName:     saving,
		meritv1.EvidenceService_FinishUpload_FullMethodName:    taking,
		meritv1.EvidenceService_AttachDocument_FullMethodName:  taking,
		meritv1.ResultService_ListResults_FullMethodName:       ranking,
		meritv1.AccountService_SignIn_FullMethodName:           ungated,
		"/grpc.health.v1.Health/Check":                         ungated,
	} {
		if got := s.workOf(&call{method: method, message: "any"}); got != want {
			t.Errorf("%s asks for work %d, want %d", method, got, want)
		}
	}
	if got := s.workOf(&call{method: meritv1.EvidenceService_UploadChunks_FullMethodName}); got != ungated {
		t.Errorf("a stream asks for work %d", got)
	}
}
