package server

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// A flood of calls that are refused may not fill the memory, however late their deadlines are.
func TestARefusedCallLeavesNothingUntilItsDeadline(t *testing.T) {
	s := one(t)
	for range 2 { // one is worked on and one waits, which is all the room there is
		turn, refused := s.gate.ask(t.Context(), saving)
		if refused != nil {
			t.Fatal(refused)
		}
		t.Cleanup(turn.leave)
	}
	api := meritv1.NewAssessmentServiceClient(mustTap(t, s))
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	const calls = 2000
	refuse := func() {
		for range calls {
			if _, err := api.SaveAnswer(ctx, &meritv1.SaveAnswerRequest{}); status.Code(err) != codes.ResourceExhausted {
				t.Fatalf("the call ended with %v, want a refusal", err)
			}
		}
	}
	refuse() // what is kept once is kept now
	before := objects()
	refuse()
	if left := objects() - before; left > calls/2 {
		t.Errorf("%d refused calls left %d objects, want none: gRPC or context keeps the timers of deadlines elsewhere, see stopDeadline", calls, left)
	}
}

// mustTap connects to a gRPC server that has nothing but the gate of s.
func mustTap(t *testing.T, s *Server) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	door := grpc.NewServer(grpc.InTapHandle(s.knock))
	go door.Serve(listener)
	t.Cleanup(door.Stop)
	conn, err := grpc.NewClient("passthrough:///gate", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// objects is how many there are in use.
func objects() int {
	runtime.GC()
	runtime.GC() // what the first one let go of for caches
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapObjects)
}
