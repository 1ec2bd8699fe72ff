package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func statistics(y *yeartest.Year, p *servertest.Person, tb testing.TB) (*meritv1.GetVerifierStatisticsResponse, error) {
	return verification(p).GetVerifierStatistics(tb.Context(), &meritv1.GetVerifierStatisticsRequest{CycleId: y.CycleID})
}

func TestVerifiersAreComparedWithTheirColleagues(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		strict, mild := y.Verifier, y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		first := y.MustInVerification(t, store.Agency{Region: "I"}, yeartest.Levels{"1.1": 3, "1.2": 3, "1.3": 3})
		y.MustDecide(t, first, yeartest.Levels{"1.1": 3, "1.2": 2, "1.3": 4})
		y.MustDecide(t, first, yeartest.Levels{"1.3": 1}) // the newest counts
		servertest.Must(verification(strict).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{
			AssessmentId: first.AssessmentID, Item: "1.2", Answer: yeartest.NotProven(), Reason: "bukti demo",
		}))(t)
		y.Verifier = mild
		second := y.MustInVerification(t, store.Agency{Region: "II"}, yeartest.Levels{"1.1": 2, "1.3": 1})
		y.MustDecide(t, second, yeartest.Levels{"1.1": 3, "1.2": 1, "1.3": 1}) // 1.2 was not claimed

		lowers := &meritv1.DecisionStatistics{Assessments: 1, Decided: 3, Lowered: 2, Equal: 1, MeanShift: "-1.667"}
		raises := &meritv1.DecisionStatistics{Assessments: 1, Decided: 3, Raised: 2, Equal: 1, MeanShift: "0.667"}
		nobody := &meritv1.DecisionStatistics{}
		everybody := map[string][2]*meritv1.DecisionStatistics{strict.AccountID: {lowers, raises}, mild.AccountID: {raises, lowers}}
		fresh := y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		both := &meritv1.DecisionStatistics{Assessments: 2, Decided: 6, Lowered: 2, Raised: 2, Equal: 2, MeanShift: "-0.5"}
		for _, test := range []struct {
			name string
			who  *servertest.Person
			want map[string][2]*meritv1.DecisionStatistics
		}{
			{"the lead verifier sees everybody", y.Lead, everybody},
			{"a commissioner too", y.Commissioners[0], everybody},
			{"an auditor too", y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), everybody},
			{"the lead verifier of a region sees it alone", y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "I"), map[string][2]*meritv1.DecisionStatistics{strict.AccountID: {lowers, nobody}}},
			{"a verifier themselves alone", strict, map[string][2]*meritv1.DecisionStatistics{strict.AccountID: {lowers, raises}}},
			{"one without decisions too", fresh, map[string][2]*meritv1.DecisionStatistics{fresh.AccountID: {nobody, both}}},
		} {
			got := map[string][2]*meritv1.DecisionStatistics{}
			for _, v := range servertest.Must(statistics(y, test.who, t))(t).GetVerifiers() {
				got[v.GetVerifier().GetAccountId()] = [2]*meritv1.DecisionStatistics{v.GetOwn(), v.GetColleagues()}
			}
			if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
		_, err := statistics(y, y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, first.AgencyID), t)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
	})
}
