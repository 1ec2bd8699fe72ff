package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

type publicRead = func(context.Context, meritv1.ResultServiceClient) (proto.Message, error)

// publicReads ask for everything that is kept while the public version stands.
func publicReads(agencyID string) map[string]publicRead {
	kasn, year := "kasn-2019", int32(2026)
	return map[string]publicRead{
		"ranking": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.ListResults(ctx, &meritv1.ListResultsRequest{InstrumentId: kasn, Year: year, Kind: kabupaten})
		},
		"result": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.GetResult(ctx, &meritv1.GetResultRequest{AgencyId: agencyID, Year: year})
		},
		"summary": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.GetSummary(ctx, &meritv1.GetSummaryRequest{InstrumentId: kasn, Year: year})
		},
		"trend": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.GetTrend(ctx, &meritv1.GetTrendRequest{AgencyId: agencyID})
		},
		"distribution": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.GetDistribution(ctx, &meritv1.GetDistributionRequest{InstrumentId: kasn, Year: year, Kind: kabupaten})
		},
		"improved": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.ListMostImproved(ctx, &meritv1.ListMostImprovedRequest{InstrumentId: kasn, Year: year})
		},
		"nation": func(ctx context.Context, c meritv1.ResultServiceClient) (proto.Message, error) {
			return c.GetNationalTrend(ctx, &meritv1.GetNationalTrendRequest{})
		},
	}
}

// After every change of a random history the server that keeps answers says what one that has just started says.
func TestKeptAnswersAreThoseOfTheTables(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r, history := newResults(t, s), rand.New(rand.NewPCG(2026, 11))
		var agencies []string
		for i := range 3 {
			agencies = append(agencies, s.MustAgency(t, store.Agency{Code: fmt.Sprintf("33.0%d", i), Name: fmt.Sprintf("Kabupaten %d", i)}))
		}
		for range 12 {
			agency := agencies[history.IntN(len(agencies))]
			change := r.MustChange(t, history, agency)
			fresh := servertest.New(t, func(o *server.Options) { o.Store, o.Now = s.Store, s.Clock.Now })
			for name, read := range publicReads(agency) {
				wantAsFresh(t, r.public, meritv1.NewResultServiceClient(fresh.Anyone()), change+", then "+name, read)
			}
		}
	})
}

// MustChange changes something that the public may read, and says what.
func (r results) MustChange(tb testing.TB, history *rand.Rand, agency string) string {
	tb.Helper()
	switch total := scoring.Points(100_000 + 500*history.IntN(600)); history.IntN(3) {
	case 0:
		r.MustDetermine(tb, agency, 2025+history.IntN(2), total)
		return "determine"
	case 1:
		r.MustImport(tb, fmt.Sprintf("%s33.0%d,2024,%s,,https://example.org/%d\n", resultHeader, history.IntN(3), total, total))
		return "import"
	default:
		r.MustUpdate(tb, "agency.rename", func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE agency_version SET name = $2 WHERE agency_id = $1", agency, fmt.Sprint("Kabupaten ", total))
			return err
		})
		return "rename"
	}
}

// wantAsFresh asks twice, so that the second answer is a kept one, and compares it with that of a server of its own.
func wantAsFresh(t *testing.T, kept, fresh meritv1.ResultServiceClient, after string, read publicRead) {
	t.Helper()
	want, wantErr := read(t.Context(), fresh)
	for range 2 {
		got, err := read(t.Context(), kept)
		if servertest.Reason(err) != servertest.Reason(wantErr) {
			t.Fatalf("%s: %v, freshly started %v", after, err, wantErr)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); err == nil && diff != "" {
			t.Errorf("%s (-fresh +kept):\n%s", after, diff)
		}
	}
}

// Lists of agencies are kept in the same way.
func TestAKeptListOfAgenciesEndsWithAChange(t *testing.T) {
	s := servertest.New(t)
	agencies := meritv1.NewAgencyServiceClient(s.Anyone())
	for i, name := range []string{"Kabupaten Satu", "Kabupaten Dua"} {
		s.MustAgency(t, store.Agency{Name: name})
		for range 2 {
			list := servertest.Must(agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{}))(t)
			if n := len(list.GetAgencies()); n != i+1 || list.GetTotalSize() != int32(n) || list.GetAgencies()[i].GetName() != name {
				t.Errorf("after %s was added the list is %v", name, list.GetAgencies())
			}
		}
	}
}
