package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/telemetry"
)

func TestSecretsThatStrayIntoTheLogAreBlottedOut(t *testing.T) {
	for _, json := range []bool{true, false} {
		var b bytes.Buffer
		log := telemetry.NewLogger(&b, json, slog.LevelInfo)
		secret, _ := access.NewSecret(access.KindToken)
		log.Error("bad "+secret, "header", "Bearer "+secret, "error", fmt.Errorf("token %s: %w", secret, errors.New("unknown")),
			slog.Group("request", "path", "/link/"+secret))
		if strings.Contains(b.String(), secret) || strings.Count(b.String(), "[secret]") != 4 {
			t.Errorf("the log has %s", b.String())
		}
	}
}

func TestTheLogIsInUTCAndLeavesOutWhatIsBelowItsLevel(t *testing.T) {
	var b bytes.Buffer
	log := telemetry.NewLogger(&b, true, slog.LevelWarn)
	log.Info("quiet")
	if b.Len() != 0 {
		t.Errorf("the log has %s", b.String())
	}
	log.Warn("loud", "when", time.Date(2021, 2, 1, 10, 0, 0, 0, time.FixedZone("WIB", 7*3600)))
	if !strings.Contains(b.String(), `"when":"2021-02-01T03:00:00Z"`) {
		t.Errorf("the log has %s", b.String())
	}
}

// spans collects what a collector is sent.
type spans struct {
	collector.UnimplementedTraceServiceServer
	names chan string
}

func (s *spans) Export(_ context.Context, req *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, resource := range req.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.names <- span.GetName() + " of " + resource.GetResource().GetAttributes()[0].GetValue().GetStringValue()
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func TestSpansReachTheCollectorAtTheLatestAtTheEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := &spans{names: make(chan string, 1)}
	srv := grpc.NewServer()
	collector.RegisterTraceServiceServer(srv, got)
	go func() { _ = srv.Serve(listener) }()
	t.Cleanup(srv.Stop)
	provider, err := telemetry.StartTracing(t.Context(), "http://"+listener.Addr().String(), "test", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, span := provider.Tracer("test").Start(t.Context(), "demo")
	span.End()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := <-got.names; name != "demo of merit" {
		t.Errorf("span %q", name)
	}
}
