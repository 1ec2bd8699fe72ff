package server_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// BenchmarkGetWork compares what waits for the lead verifier and the verifier of 60 sheets with the empty call whose
// answer is as long.
func BenchmarkGetWork(b *testing.B) {
	s := newBench(b)
	y := yeartest.MustBegin(b, s, yeartest.Setup{})
	for range 60 {
		y.MustInVerification(b, store.Agency{}, yeartest.All(2))
	}
	people := MustListen(b, s, y.Verifier, y.Lead)
	work := func(caller int) error {
		_, err := meritv1.NewWorkServiceClient(people[caller]).GetWork(b.Context(), &meritv1.GetWorkRequest{})
		return err
	}
	size := proto.Size(servertest.Must(meritv1.NewWorkServiceClient(people[0]).GetWork(b.Context(), &meritv1.GetWorkRequest{}))(b))
	l := newLaps(b)
	for b.Loop() {
		l.run("read", len(people), 20, work)
		l.run("empty", len(people), 20, empty(b, people, size))
	}
	b.ReportMetric(float64(size), "B/answer")
	l.rate("read")
	l.ratio("read/empty", "read", "empty")
}
