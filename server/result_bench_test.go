package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// BenchmarkGetResult compares reading an explained result of 38 items, without an account, with the empty call whose
// answer is as long.
func BenchmarkGetResult(b *testing.B) {
	s := newBench(b)
	r := newResults(b, s)
	id := r.MustDetermine(b, s.MustAgency(b, store.Agency{}), 2026, 327_000, func(res *store.Result) { res.Score = mustExplain(b) })
	benchmarkRead(b, s, func(client meritv1.ResultServiceClient) (proto.Message, error) {
		return client.GetResult(b.Context(), &meritv1.GetResultRequest{ResultId: id})
	})
}

// benchmarkRead compares reading something without an account with the empty call whose answer is as long.
func benchmarkRead(b *testing.B, s *servertest.Server, read func(meritv1.ResultServiceClient) (proto.Message, error)) {
	callers := MustListen(b, s, slices.Repeat([]*servertest.Person{s.Anyone()}, many)...)
	answer := servertest.Must(read(meritv1.NewResultServiceClient(callers[0])))(b)
	size, known := proto.Size(answer), ready(b, callers, answer)
	call := func(caller int) error {
		_, err := read(meritv1.NewResultServiceClient(callers[caller]))
		return err
	}
	same := empty(b, callers, size)
	l := newLaps(b)
	for b.Loop() {
		l.run("read", many, 20, call)
		l.run("ready", many, 20, known)
		l.run("empty", many, 20, same)
		l.run("one-read", 1, 200, call)
		l.run("one-ready", 1, 200, known)
		l.run("one-empty", 1, 200, same)
	}
	b.ReportMetric(float64(size), "B/answer")
	l.rate("read")
	l.ratio("read/empty", "read", "empty")
	l.ratio("ready/empty", "ready", "empty")
	l.ratio("one-read/empty", "one-read", "one-empty")
	l.ratio("one-ready/empty", "one-ready", "one-empty")
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

// BenchmarkListResults compares reading a page of 50 among 719 with the empty call whose answer is as long: the first
// page, and one in the middle.
func BenchmarkListResults(b *testing.B) {
	for _, at := range []struct {
		name string
		skip int
	}{{"first", 0}, {"middle", 7}} {
		b.Run(at.name, func(b *testing.B) {
			s := newBench(b)
			r := newResults(b, s)
			mustFillCountry(b, s)
			r.MustImport(b, publishedYears(2026))
			req := &meritv1.ListResultsRequest{InstrumentId: "kasn-2019", Year: 2026, Kind: kabupaten, PageSize: 50}
			for range at.skip {
				req.PageToken = servertest.Must(r.public.ListResults(b.Context(), req))(b).GetNextPageToken()
			}
			benchmarkRead(b, s, func(client meritv1.ResultServiceClient) (proto.Message, error) {
				return client.ListResults(b.Context(), req)
			})
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

// BenchmarkImportPublishedResults compares importing results of 719 agencies over 8 years, checked and audited in one
// transaction, with inserting as many bare rows in one.
func BenchmarkImportPublishedResults(b *testing.B) {
	const rows = 8 * agencyCount
	file, raw, l := publishedYears(2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026), storetest.NewRaw(b), newLaps(b)
	for b.Loop() {
		s := newBench(b)
		r := newResults(b, s)
		mustFillCountry(b, s)
		l.run("imports", 1, 1, func(int) error {
			resp, err := r.Import(b, file)
			if err == nil && resp.GetAdded() != rows {
				b.Errorf("added %d", resp.GetAdded())
			}
			return err
		})
		l.run("rows", 1, 1, func(int) error { return raw.CommitTogether(b.Context(), rows) })
	}
	l.rate("imports")
	l.ratio("imports/rows", "imports", "rows")
}
