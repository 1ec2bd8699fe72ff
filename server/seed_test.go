package server_test

import (
	"errors"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// mustSeed makes up a country of so many agencies, one determined year and one under way.
func mustSeed(tb testing.TB, url string, agencies int) *server.Seeded {
	tb.Helper()
	seeded, err := server.Seed(tb.Context(), server.SeedOptions{
		URL: url, Agencies: agencies, Years: 2, Citations: 2, Now: func() time.Time { return servertest.Start },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return seeded
}

func TestASeededCountryIsReadLikeARealOne(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		seeded := mustSeed(t, url, 10)
		s := servertest.At(t, url)
		public := meritv1.NewResultServiceClient(s.Anyone())
		list := servertest.Must(public.ListResults(t.Context(), &meritv1.ListResultsRequest{
			InstrumentId: seeded.InstrumentID, Year: int32(seeded.Year), Kind: kabupaten,
		}))(t)
		if list.GetTotalSize() != 3 || len(list.GetResults()) != 3 {
			t.Fatalf("%d regencies are ranked, want 3 of 10 agencies", list.GetTotalSize())
		}
		first := list.GetResults()[0].GetResult()
		explained := servertest.Must(public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: first.GetId()}))(t)
		if got, want := explained.GetScore().GetTotal(), first.GetTotal(); got != want || want == "" {
			t.Errorf("the explanation comes to %q, the ranking says %q", got, want)
		}
		for _, p := range seeded.People[:3] {
			got := servertest.Must(assessments(s.Bearer(p.Secret)).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: p.AssessmentID}))(t)
			if a := got.GetAssessment(); a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT || a.GetAnswered() != 38 {
				t.Errorf("assessment %s is %s with %d answers, want a draft with 38", p.AssessmentID, a.GetState(), a.GetAnswered())
			}
		}
	})
}

func TestTheTrailOfASeededCountryIsSound(t *testing.T) {
	url := storetest.SQLiteURL(t)
	mustSeed(t, url, 10)
	s := servertest.At(t, url)
	check := servertest.Must(s.Store.CheckEntries(t.Context()))(t)
	if len(check) > 0 {
		t.Errorf("%d rows are not as their entries say, such as %v", len(check), check[0])
	}
}

func TestOnlyANewDatabaseIsSeeded(t *testing.T) {
	url := storetest.SQLiteURL(t)
	mustSeed(t, url, 10)
	_, err := server.Seed(t.Context(), server.SeedOptions{URL: url, Agencies: 1, Years: 1, Now: time.Now})
	if !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("seeding twice: %v, want ErrNotEmpty", err)
	}
}
