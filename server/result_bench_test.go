package server_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustConnect connects over the network.
func MustConnect(tb testing.TB, address string) *grpc.ClientConn {
	tb.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// MustServeEmpty serves a call that does nothing and answers with some bytes, and returns the address.
func MustServeEmpty(tb testing.TB, answer []byte) string {
	tb.Helper()
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Empty", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return wrapperspb.Bytes(answer), decode(&emptypb.Empty{})
		}}},
	}, struct{}{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }() // ends with Stop
	tb.Cleanup(server.Stop)
	return listener.Addr().String()
}

// BenchmarkGetResult compares reading an explained result of 38 items over loopback with a call that does nothing and
// has an answer of the same size: "x-empty" is how many times as long it takes.
func BenchmarkGetResult(b *testing.B) {
	s := servertest.New(b)
	r := newResults(b, s)
	id := r.MustDetermine(b, s.MustAgency(b, store.Agency{}), 2026, 327_000, func(res *store.Result) { res.Score = mustExplain(b) })
	client := meritv1.NewResultServiceClient(MustConnect(b, s.Listen(b)))
	req := &meritv1.GetResultRequest{ResultId: id}
	empty := MustConnect(b, MustServeEmpty(b, make([]byte, proto.Size(servertest.Must(client.GetResult(b.Context(), req))(b)))))
	var ours, theirs time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := client.GetResult(b.Context(), req); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if err := empty.Invoke(b.Context(), "/bench.Empty/Call", &emptypb.Empty{}, &wrapperspb.BytesValue{}); err != nil {
			b.Fatal(err)
		}
		ours += between.Sub(start)
		theirs += time.Since(between)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-empty")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/GetResult")
	b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "µs/empty")
}

// mustExplain is a score of kasn-2019 with all its items.
func mustExplain(tb testing.TB) []byte {
	tb.Helper()
	in := kasn(tb)
	score := &meritv1.Score{HasTotal: true, Total: "327", Maximum: "410", Index: "0.80", Category: "sangat_baik", CategoryName: "Sangat Baik"}
	for _, aspect := range in.Aspects {
		m := &meritv1.AspectScore{Aspect: aspect.Code, Name: aspect.Name, Points: "37.5", Maximum: "40"}
		for _, item := range aspect.Items {
			m.Items = append(m.Items, &meritv1.ItemScore{
				Item: item.Code, Name: item.Name, Weight: item.Weight.String(), Points: "10", Maximum: "10", Applicable: true,
				Answer: &meritv1.Answer{Value: &meritv1.Answer_Level{Level: 4}}, Reconstructed: true,
			})
		}
		score.Aspects = append(score.Aspects, m)
	}
	b, err := proto.Marshal(score)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// agencyCount is how many agencies Indonesia assesses.
const agencyCount = 719

// mustFillCountry makes that many regencies.
func mustFillCountry(tb testing.TB, s *servertest.Server) {
	tb.Helper()
	agencies := make([]store.Agency, agencyCount)
	for i := range agencies {
		agencies[i] = store.Agency{
			ID: fmt.Sprintf("%026d", i), Code: fmt.Sprintf("%02d.%02d", i/40, i%40), Name: fmt.Sprintf("Kabupaten Nomor %d", i),
			Kind: scoring.Kabupaten, TimeZone: "Asia/Jakarta", Assessed: true, ValidFrom: "2000-01-01",
		}
	}
	s.MustUpdate(tb, "agency.create", func(tx *store.Tx) error { return tx.AddAgencies(agencies, "") })
}

// BenchmarkListResults reads a page of 50 among 719 in process: the first, and one in the middle.
func BenchmarkListResults(b *testing.B) {
	s := servertest.New(b)
	r := newResults(b, s)
	mustFillCountry(b, s)
	r.MustImport(b, publishedYears(2026))
	first := &meritv1.ListResultsRequest{InstrumentId: "kasn-2019", Year: 2026, Kind: kabupaten, PageSize: 50}
	middle := proto.CloneOf(first)
	for range 7 {
		middle.PageToken = servertest.Must(r.public.ListResults(b.Context(), middle))(b).GetNextPageToken()
	}
	for name, req := range map[string]*meritv1.ListResultsRequest{"first": first, "middle": middle} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if resp := servertest.Must(r.public.ListResults(b.Context(), req))(b); len(resp.GetResults()) != 50 {
					b.Fatalf("%d results", len(resp.GetResults()))
				}
			}
		})
	}
}

// publishedYears is a file of results of all agencies.
func publishedYears(years ...int) string {
	var file strings.Builder
	file.WriteString(resultHeader)
	for _, year := range years {
		for i := range agencyCount {
			total := scoring.Points(i*7919%700*500 + 60_000)
			fmt.Fprintf(&file, "%02d.%02d,%d,%s,,https://example.org/%d/%d\n", i/40, i%40, year, total, year, i)
		}
	}
	return file.String()
}

// BenchmarkImportPublishedResults imports results of 719 agencies over 8 years, in one transaction, into an empty store.
func BenchmarkImportPublishedResults(b *testing.B) {
	file := publishedYears(2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026)
	for b.Loop() {
		b.StopTimer()
		s := servertest.New(b)
		r := newResults(b, s)
		mustFillCountry(b, s)
		b.StartTimer()
		if resp := r.MustImport(b, file); resp.GetAdded() != 8*agencyCount {
			b.Fatalf("added %d", resp.GetAdded())
		}
	}
	b.ReportMetric(8*agencyCount*float64(b.N)/b.Elapsed().Seconds(), "results/s")
}
