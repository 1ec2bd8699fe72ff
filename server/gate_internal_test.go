package server

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/telemetry"
)

// atGate is a gate with calls at it: those that work, in the order in which they began.
type atGate struct {
	*gate
	notes sync.Mutex // several may begin at once
	at    []*turn
	begun [works]int // since the gate was filled
}

// MustFill makes a gate and lets calls of a kind take all the room they may have.
func MustFill(t *testing.T, size int, kinds ...work) *atGate {
	t.Helper()
	g := &atGate{gate: newGate(size, telemetry.NewMetrics())}
	for _, kind := range kinds {
		for g.free(kind, g.now()) {
			if r := g.call(t.Context(), kind); r != nil {
				t.Fatalf("a free gate refused a call: %+v", r)
			}
		}
	}
	g.begun = [works]int{}
	return g
}

// waits is how many calls of a kind wait.
func (g *gate) waits(kind work) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queues[kind].waiting)
}

// working is how many calls of a kind are at work.
func (g *gate) working(kind work) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.queues[kind].busy
}

// atWork is how many calls of any kind are.
func (g *gate) atWork() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy
}

// call comes and waits for its turn, and notes that it began.
func (g *atGate) call(ctx context.Context, kind work) *refusal {
	t, refused := g.ask(ctx, kind)
	if refused == nil {
		refused = t.wait(ctx)
	}
	if refused == nil {
		g.notes.Lock()
		defer g.notes.Unlock()
		g.at = append(g.at, t)
		g.begun[kind]++
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
		g.endOf(0)
	}
}

// endOf lets one of the calls at work end.
func (g *atGate) endOf(i int) {
	t := g.at[i]
	g.at = slices.Delete(g.at, i, i+1)
	t.leave()
	synctest.Wait()
}

func TestOfThoseWhoWaitAsManyBeginAsTheirKindWeighs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 96, saving)
		g.queue(t, saving, 40)
		for g.waits(saving) > 4 { // others end soon, so that it is not they who are in each other's way
			for kind := reading; kind < works; kind++ {
				g.queue(t, kind, 3-g.waits(kind))
			}
			g.end(1)
			for i := 0; i < len(g.at); i++ {
				if g.at[i].kind != saving {
					g.endOf(i)
				}
			}
		}
		if want := [works]int{saving: 36, reading: 12, taking: 4, uploading: 1, ranking: 4}; g.begun != want {
			t.Errorf("began %v, want %v", g.begun, want)
		}
	})
}

// Savers who were refused would come back, but need not: whoever waits for them begins all the same, also when nobody else calls.
func TestNobodyWaitsForSaversWhoDoNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, g.queues[saving].room)
		if refused := g.call(t.Context(), saving); refused == nil {
			t.Fatal("a saver found room where there is none")
		}
		for len(g.at) > 0 {
			g.end(1)
		}
		began := time.Now()
		if refused := g.call(t.Context(), reading); refused != nil {
			t.Errorf("a read was refused: %+v", refused)
		}
		if waited := time.Since(began); waited > 2*held {
			t.Errorf("a read waited %v for savers of whom there are none, want %v at most", waited, 2*held)
		}
	})
}

// Reads take little, but there are many: they would take the processor that savers wait for.
func TestWhileSaversWaitNobodyGetsAheadOfThemUnlessTheyAreHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 96, saving)
		g.queue(t, saving, 1)
		g.queue(t, reading, 6)
		if busy := g.working(reading); busy != 0 {
			t.Errorf("%d reads are worked on while a saver waits, want none", busy)
		}
		<-time.After(held) // the disk does not answer
		g.queue(t, reading, 1)
		if busy := g.working(reading); busy != g.queues[reading].beside {
			t.Errorf("%d reads are worked on while savers are held up, want %d", busy, g.queues[reading].beside)
		}
		g.end(1) // and the saver begins, so that nobody waits to save
		if busy := g.working(reading); busy != 7 {
			t.Errorf("%d reads are worked on when no saver waits, want all 7", busy)
		}
	})
}

func TestWhileManySaversWaitOnlyAFewOthersMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 96, saving)
		g.queue(t, saving, 40)
		few := g.queues[reading].hold
		g.queue(t, reading, few)
		if n := g.waits(reading); n != few {
			t.Errorf("%d readers wait, want %d", n, few)
		}
		if _, refused := g.ask(t.Context(), reading); refused == nil {
			t.Error("one more waited as well")
		}
	})
}

func TestOneKindOfWorkLeavesRoomForTheOthers(t *testing.T) {
	g := MustFill(t, 8, saving)
	if g.atWork() != 2 {
		t.Fatalf("%d saves work at once, want 2 of 8", g.atWork())
	}
	if refused := g.call(t.Context(), reading); refused != nil {
		t.Errorf("a read had to wait for saves: %+v", refused)
	}
}

// Two thirds of those that are worked on at once may come at any time, whatever they want: with the default these are the 64
// callers at whom the service is measured. So it is too when the machine stands still for a moment, or the disk is an old one.
func TestFewCallersAreNotRefused(t *testing.T) {
	for kind := range works {
		for _, takes := range []time.Duration{pace / 2, 3 * patience} {
			fewCallersAreNotRefused(t, kind, takes)
		}
	}
}

func fewCallersAreNotRefused(t *testing.T, kind work, takes time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(96, telemetry.NewMetrics())
		var callers sync.WaitGroup
		for began := time.Now(); g.atWork()+g.waits(kind) < 64; {
			callers.Go(func() {
				for time.Since(began) < 2*time.Second {
					turn, refused := (*turn)(nil), g.look(t.Context(), kind)
					if refused == nil {
						turn, refused = g.ask(context.WithValue(t.Context(), cameKey{}, time.Now()), kind)
					}
					if refused == nil {
						refused = turn.wait(t.Context())
					}
					if refused != nil {
						t.Errorf("%s was refused: %+v", workNames[kind], refused)
						return
					}
					<-time.After(takes)
					turn.leave()
				}
			})
			synctest.Wait()
		}
		callers.Wait()
	})
}

func TestAQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, g.queues[saving].room)
		if refused := g.call(t.Context(), saving); refused == nil || refused.after < time.Second {
			t.Errorf("refused %+v, want a refusal for a second at least", refused)
		}
	})
}

func TestACallThatCannotBeginInTimeIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, 6)
		for range 5 { // one begins every 100 ms
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
	})
}

// Of a burst all may wait for as long as patience. A queue that stays has no end to wait for: whoever comes then waits for less
// than one call takes, or is told at once.
func TestInAQueueThatStaysOnlyAFewWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 96, saving)
		longest := 0
		for began := time.Now(); time.Since(began) < 4*burst; { // a call ends every 2 ms, and two come
			<-time.After(2 * time.Millisecond)
			g.end(1)
			g.queue(t, saving, 2)
			if time.Since(began) > 3*burst {
				longest = max(longest, g.waits(saving))
			}
		}
		if longest == 0 || longest > g.working(saving)/2 {
			t.Errorf("%d wait for %d that are worked on, want half as many at most", longest, g.working(saving))
		}
	})
}

// A crowd is one also while most of it is away. Once they may be back, and are not, there are few.
func TestWhoeverWasToldToComeBackIsStillPartOfTheCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(96, telemetry.NewMetrics())
		for range 64 {
			if !g.few(g.now()) {
				t.Fatal("fewer than 64 were refused and nobody is here: that is no crowd")
			}
			g.sendAway(g.now())
		}
		for after, few := range map[time.Duration]bool{0: false, soonest - 1: false, soonest: true} {
			if got := g.few(g.now().Add(after)); got != few {
				t.Errorf("%v after 64 were refused: few is %v, want %v", after, got, few)
			}
		}
	})
}

// While a crowd gathers, those at its head are on their way and have not asked yet. They are no reason to let as many of each kind
// wait as where there are few.
func TestACrowdIsOneAlsoWhileItIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 96, saving)
		g.queue(t, saving, 1) // so that others wait for their turns
		for range 40 {
			if refused := g.look(t.Context(), saving); refused != nil {
				t.Fatalf("a saver was refused: %+v", refused)
			}
		}
		on := 0
		for range 100 {
			if g.look(t.Context(), ranking) != nil {
				continue
			}
			if _, refused := g.ask(context.WithValue(t.Context(), cameKey{}, time.Now()), ranking); refused == nil {
				on++
			}
		}
		if few := g.queues[ranking].hold; on != few {
			t.Errorf("%d who want a ranking wait, want %d", on, few)
		}
	})
}

// On the last evening hundreds send files at once. They wait for their turn to send where they take no memory: see goAheads.
func TestHundredsMayBeginToSendAtOnce(t *testing.T) {
	g := newGate(96, telemetry.NewMetrics())
	for n := range 512 {
		if _, refused := g.ask(t.Context(), uploading); refused != nil {
			t.Fatalf("the %dth was refused: %+v", n+1, refused)
		}
	}
}

func TestNobodyWaitsForLongerThanPatience(t *testing.T) {
	for what, test := range map[string]struct {
		waiting int
		want    time.Duration
	}{
		"in a crowd, of those who come at once": {5, patience},
		"where there are few":                   {0, fewPatience},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := MustFill(t, 8, saving)
			for range test.waiting {
				if _, refused := g.ask(t.Context(), saving); refused != nil {
					t.Fatalf("%s: refused %+v", what, refused)
				}
			}
			began := time.Now()
			if refused := g.call(t.Context(), saving); refused == nil || time.Since(began) != test.want {
				t.Errorf("%s: refused %+v after %v, want a refusal after %v", what, refused, time.Since(began), test.want)
			}
			if n := g.waits(saving); n != test.waiting {
				t.Errorf("%s: %d still wait", what, n)
			}
		})
	}
}

func TestWhoGoesAwayLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		ctx, cancel := context.WithCancel(t.Context())
		go g.call(ctx, saving)
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := g.waits(saving); n != 0 {
			t.Errorf("%d still wait", n)
		}
		g.end(len(g.at))
		if g.atWork() != 0 {
			t.Errorf("%d count as at work when all have ended", g.atWork())
		}
	})
}

// Whoever sends headers and nothing after them takes no place: before credentials were looked at, nobody could tell them from
// those who are about to save.
func TestACallOfWhichOnlyTheHeadersHaveComeTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one(t)
		for range 1000 {
			if _, refused := s.knock(t.Context(), knocking); refused != nil {
				t.Fatal(refused)
			}
		}
		begun := false
		err := s.admit(t.Context(), &call{method: saveAnswer}, func(context.Context) error { begun = true; return nil })
		if err != nil || !begun || s.gate.atWork() != 0 {
			t.Errorf("a whole call was begun: %t, %v; %d are at work after it", begun, err, s.gate.atWork())
		}
	})
}

const saveAnswer = meritv1.AssessmentService_SaveAnswer_FullMethodName

var knocking = &tap.Info{FullMethodName: saveAnswer, Header: metadata.Pairs(AcceptLanguage, "en")}

// one is a server at whose gate one call at once is worked on.
func one(t *testing.T) *Server {
	t.Helper()
	m := telemetry.NewMetrics()
	return &Server{
		gate: newGate(1, m), metrics: m, kinds: map[string]work{saveAnswer: saving},
		turnedAway: turnedAway{log: slog.New(slog.NewTextHandler(t.Output(), nil))},
	}
}

// MustCrowd lets one call be worked on and one wait at a gate where that is all, until what it returns is called.
func MustCrowd(t *testing.T, s *Server) (end func()) {
	t.Helper()
	ending := make(chan struct{})
	for range 2 {
		go func() {
			if err := s.admit(t.Context(), &call{method: saveAnswer}, func(context.Context) error { <-ending; return nil }); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
	}
	return func() { close(ending); synctest.Wait() }
}

func TestARefusalSaysWhenToComeBackAndThatNothingWasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one(t)
		end := MustCrowd(t, s)
		_, refused := s.knock(t.Context(), knocking)
		p := status.Convert(refused)
		if p.Code() != codes.ResourceExhausted || len(p.Details()) != 2 || !strings.Contains(p.Message(), "Repeat it after 1 seconds") {
			t.Errorf("%v with %v, want a refusal in English with its reason and RetryInfo", p, p.Details())
		}
		s.turnedAway.tell()
		end()
		if _, refused := s.knock(t.Context(), knocking); refused != nil {
			t.Errorf("refused when all had ended: %v", refused)
		}
	})
}

func TestACallThatGoesAwayWhileItWaitsIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one(t)
		ending := make(chan struct{})
		go func() {
			_ = s.admit(t.Context(), &call{method: saveAnswer}, func(context.Context) error { <-ending; return nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- s.admit(ctx, &call{method: saveAnswer}, func(context.Context) error { t.Error("it was begun"); return nil })
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
		close(ending)
		synctest.Wait()
		if n := s.gate.waits(saving); s.gate.atWork() != 0 || n != 0 {
			t.Errorf("%d are at work and %d wait, want none", s.gate.atWork(), n)
		}
	})
}

// Those that look at the same moment find the same room: no more of them go on than it has.
func TestOfThoseWhoLookAtOnceNoMoreGoOnThanFindRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := MustFill(t, 8, saving)
		g.queue(t, saving, 1)
		on := 0
		for range 1000 {
			if g.look(t.Context(), saving) == nil {
				on++
			}
		}
		if want := g.queues[saving].room - 1; on != want {
			t.Errorf("%d of 1000 went on, want %d", on, want)
		}
		<-time.After(2 * pace)
		if refused := g.look(t.Context(), saving); refused != nil {
			t.Errorf("a moment later: %+v", refused)
		}
	})
}

func TestRefusalsAreToldToTheLogInOneLineASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := one(t)
		s.turnedAway.log = slog.New(slog.NewTextHandler(&log, nil))
		end := MustCrowd(t, s)
		for range 3 {
			if _, refused := s.knock(t.Context(), knocking); refused == nil {
				t.Error("a call found room where there was none")
			}
		}
		end()
		<-time.After(2 * time.Second)
		synctest.Wait()
		if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "save=3 read=0") {
			t.Errorf("the log has %q, want one line that tells of three saves", log.String())
		}
	})
}

func TestWhatWorkACallAsksFor(t *testing.T) {
	rules, err := access.RulesOf("merit.v1.AccountService", "merit.v1.AssessmentService", "merit.v1.EvidenceService", "merit.v1.ResultService")
	if err != nil {
		t.Fatal(err)
	}
	kinds := kindsOf((&core{}).services(), rules)
	for method, want := range map[string]work{
		saveAnswer: saving,
		meritv1.AssessmentService_Submit_FullMethodName:        saving,
		meritv1.AssessmentService_GetAssessment_FullMethodName: reading,
		meritv1.EvidenceService_StartUpload_FullMethodName:     uploading,
		meritv1.EvidenceService_FinishUpload_FullMethodName:    taking,
		meritv1.EvidenceService_AttachDocument_FullMethodName:  taking,
		meritv1.ResultService_ListResults_FullMethodName:       ranking,
	} {
		if got, gated := kinds[method]; got != want || !gated {
			t.Errorf("%s asks for work %d, want %d", method, got, want)
		}
	}
	for _, method := range []string{
		meritv1.AccountService_SignIn_FullMethodName, meritv1.EvidenceService_UploadChunks_FullMethodName, "/grpc.health.v1.Health/Check",
	} {
		if _, gated := kinds[method]; gated {
			t.Errorf("%s waits at the gate", method)
		}
	}
}
