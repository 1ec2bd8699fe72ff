package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// ops asks the operations door.
func ops(t *testing.T, s *servertest.Server, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Ops().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestOps(t *testing.T) {
	s := servertest.New(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := ops(t, s, path); code != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	_, err := whoAmI(t, s.Anyone())
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
	want := `merit_calls_total{code="Unauthenticated",method="/merit.v1.AccountService/WhoAmI"} 1`
	if code, body := ops(t, s, "/metrics"); code != http.StatusOK || !strings.Contains(body, want) {
		t.Errorf("/metrics: %d, without %s", code, want)
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if code, body := ops(t, s, "/readyz"); code != http.StatusServiceUnavailable || strings.Contains(body, "ok") {
		t.Errorf("/readyz without a store: %d %q", code, body)
	}
	if code, _ := ops(t, s, "/healthz"); code != http.StatusOK {
		t.Errorf("/healthz without a store: %d", code)
	}
}

// Balancers look at /readyz, clients of gRPC at the health service: both hear that a server goes before it goes.
func TestAServerThatDrainsIsNotReadyAndAnswersStill(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	stream := d.MustWatch(t, t.Context(), d.operator)
	s.Drain()
	if code, body := ops(t, s, "/readyz"); code != http.StatusServiceUnavailable || body != "shutting down\n" {
		t.Errorf("/readyz: %d %q", code, body)
	}
	health := servertest.Must(grpc_health_v1.NewHealthClient(s.Anyone()).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}))(t)
	if health.GetStatus() != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health: %v", health.GetStatus())
	}
	d.MustAnswer(t, yeartest.Levels{"1.1": 2})
	slicesEqual(t, "the watcher", []string{next(t, stream)}, []string{`STAGE_CLAIMED 1.1 2, score "5"`})

	s.Leave()
	_, err := stream.Recv()
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
	servertest.Must(whoAmI(t, d.operator))(t) // pages finish what they have begun
	s.Shutdown(t.Context())
	if code, _ := ops(t, s, "/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("/readyz after the end: %d", code)
	}
}

func TestReadinessTellsOfEvidenceThatIsOutOfReach(t *testing.T) {
	for _, test := range []struct {
		name string
		lose func(t *testing.T) *servertest.Server
	}{
		{"a folder", func(t *testing.T) *servertest.Server {
			s := servertest.New(t)
			if err := os.RemoveAll(filepath.Join(s.Blobs, "upload")); err != nil {
				t.Fatal(err)
			}
			return s
		}},
		{"S3", func(t *testing.T) *servertest.Server {
			var gone atomic.Bool
			o := blobtest.FakeS3Behind(t, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if gone.Load() {
						panic(http.ErrAbortHandler)
					}
					h.ServeHTTP(w, r)
				})
			})
			s := servertest.New(t, inS3(t, o))
			gone.Store(true)
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.lose(t)
			if code, body := ops(t, s, "/readyz"); code != http.StatusOK || !strings.Contains(body, "the evidence store does not answer") {
				t.Errorf("/readyz: %d %q", code, body)
			}
			_, metrics := ops(t, s, "/metrics")
			for _, want := range []string{`merit_part_answers{part="database"} 1`, `merit_part_answers{part="evidence"} 0`} {
				if !strings.Contains(metrics, want) {
					t.Errorf("/metrics without %s", want)
				}
			}
		})
	}
}

// Whoever reads the log learns when an outage began and when it was over, and is not told of it at every question.
func TestTheLogSaysOnceThatAPartStopsAnsweringAndOnceThatItAnswersAgain(t *testing.T) {
	s := servertest.New(t)
	uploads := filepath.Join(s.Blobs, "upload")
	if err := os.RemoveAll(uploads); err != nil {
		t.Fatal(err)
	}
	ops(t, s, "/readyz")
	ops(t, s, "/metrics")
	s.Clock.Add(90 * time.Second)
	if err := os.Mkdir(uploads, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if code, body := ops(t, s, "/readyz"); code != http.StatusOK || body != "ok\n" {
			t.Errorf("/readyz: %d %q", code, body)
		}
	}
	for _, want := range []string{`"msg":"does not answer","part":"evidence"`, `"msg":"answers again","part":"evidence","after":"1m30s"`} {
		if n := strings.Count(s.Log.String(), want); n != 1 {
			t.Errorf("the log says %d times %s, want once:\n%s", n, want, s.Log)
		}
	}
}

// Whoever asks may have less patience than the parts are given.
func TestAQuestionBrokenOffIsNoOutage(t *testing.T) {
	s := servertest.New(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	s.Ops().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodGet, "/metrics", nil))
	if strings.Contains(s.Log.String(), "does not answer") {
		t.Errorf("the log tells of an outage:\n%s", s.Log)
	}
}
