package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func verification(p *servertest.Person) meritv1.VerificationServiceClient {
	return meritv1.NewVerificationServiceClient(p)
}

// eachYear runs f on both engines in a year whose phases follow each other.
func eachYear(t *testing.T, f func(t *testing.T, y *yeartest.Year)) {
	t.Helper()
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		f(t, yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()}))
	})
}

// assign asks the lead verifier to put an account in charge; empty is by region and load.
func assign(t *testing.T, y *yeartest.Year, c *yeartest.Case, account, reason string) (string, error) {
	resp, err := verification(y.Lead).AssignVerifier(t.Context(), &meritv1.AssignVerifierRequest{
		Assignments: []*meritv1.Assignment{{AssessmentId: c.AssessmentID, AccountId: account, Reason: reason}},
	})
	if err != nil {
		return "", err
	}
	return resp.GetWork()[0].GetAssessment().GetVerifier().GetAccountId(), nil
}

func TestAssigningFollowsRegionAndLeastOpenWork(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		busy := y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
		free := y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
		east := y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II")
		for i, wanted := range []struct{ region, named, want string }{
			{"I", busy.AccountID, busy.AccountID},
			{"I", busy.AccountID, busy.AccountID},
			{"", y.Verifier.AccountID, y.Verifier.AccountID},
			{"", y.Verifier.AccountID, y.Verifier.AccountID},
			{"I", "", free.AccountID},
			{"I", "", free.AccountID}, // 0 and 1 open against 2
			{"II", "", east.AccountID},
			{"II", "", east.AccountID},
			{"III", "", y.Verifier.AccountID}, // only one for the nation reaches it
		} {
			c := y.MustSubmitted(t, store.Agency{Region: wanted.region}, nil)
			got, err := assign(t, y, c, wanted.named, "")
			if err != nil || got != wanted.want {
				t.Errorf("assignment %d, region %q: %s, %v; want %s", i, wanted.region, got, err, wanted.want)
			}
		}
	})
}

func TestAssigningRefusesWhomTheRulesRuleOut(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustSubmitted(t, store.Agency{Region: "I"}, nil)
		former := y.MustAlsoAct(t, y.MustAccount(t, meritv1.Role_ROLE_OPERATOR, c.AgencyID), meritv1.Role_ROLE_VERIFIER, "")
		declared := y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		mustDeclare(t, y, declared, c.AgencyID)
		east := y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II")
		for _, tc := range []struct {
			name    string
			account string
			want    meritv1.Reason
		}{
			{"a member of the agency", former.AccountID, meritv1.Reason_REASON_CONFLICT_OF_INTEREST},
			{"a declared interest", declared.AccountID, meritv1.Reason_REASON_CONFLICT_OF_INTEREST},
			{"another region", east.AccountID, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE},
			{"no verifier at all", y.Lead.AccountID, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := assign(t, y, c, tc.account, "")
				servertest.WantReason(t, err, tc.want)
			})
		}
		if got, err := assign(t, y, c, "", ""); err != nil || got != y.Verifier.AccountID {
			t.Errorf("by load: %s, %v; want the only one without interest", got, err)
		}
	})
}

func TestInterestFollowsTheLineageOfAnAgency(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		parent := y.MustAgency(t, store.Agency{Name: "Provinsi Induk Demo"})
		c := y.MustSubmitted(t, store.Agency{Name: "Provinsi Baru Demo"}, nil)
		y.MustUpdate(t, "agency.link", func(tx *store.Tx) error {
			return tx.AddAgencyLink(store.AgencyLink{AgencyID: c.AgencyID, Kind: store.SplitFrom, OtherID: parent, OnDate: "2020-01-01"})
		})
		mustDeclare(t, y, y.Verifier, parent)
		_, err := assign(t, y, c, y.Verifier.AccountID, "")
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
		_, err = assign(t, y, c, "", "")
		servertest.WantReason(t, err, meritv1.Reason_REASON_NO_VERIFIER)
	})
}

// mustDeclare declares that a person belongs to an agency.
func mustDeclare(t *testing.T, y *yeartest.Year, p *servertest.Person, agencyID string) {
	t.Helper()
	y.MustUpdate(t, "interest.declare", func(tx *store.Tx) error {
		return tx.InsertInterest(store.Interest{ID: tx.NewID(), AccountID: p.AccountID, AgencyID: agencyID, Relation: "pegawai", DeclaredAt: tx.Now()})
	})
}

func TestReassigningNeedsAReason(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, nil)
		second := y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		for _, nothing := range []string{"", " ", "\t \n"} {
			_, err := assign(t, y, c, second.AccountID, nothing)
			servertest.WantReason(t, err, meritv1.Reason_REASON_REASON_REQUIRED)
		}
		if got, err := assign(t, y, c, second.AccountID, "cuti"); err != nil || got != second.AccountID {
			t.Errorf("with a reason: %s, %v", got, err)
		}
		_, err := verification(y.Verifier).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.NotProven(), Reason: "x"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
	})
}

func TestAssigningIsAllOrNone(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		free, tied := y.MustSubmitted(t, store.Agency{}, nil), y.MustSubmitted(t, store.Agency{}, nil)
		mustDeclare(t, y, y.Verifier, tied.AgencyID)
		_, err := verification(y.Lead).AssignVerifier(t.Context(), &meritv1.AssignVerifierRequest{Assignments: []*meritv1.Assignment{
			{AssessmentId: free.AssessmentID, AccountId: y.Verifier.AccountID}, {AssessmentId: tied.AssessmentID, AccountId: y.Verifier.AccountID},
		}})
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
		if _, ok := servertest.Violations(err)["assignments[1]"]; !ok {
			t.Errorf("violations %v, want assignments[1]", servertest.Violations(err))
		}
		if got := y.Assessment(t, free).VerifierID; got != "" {
			t.Errorf("the other one was assigned to %s although the request failed", got)
		}
	})
}

func TestVerificationStartsWithinItsWindowByWhoIsInCharge(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustSubmitted(t, store.Agency{}, nil)
		start := func(p *servertest.Person, revision int64) error {
			_, err := verification(p).StartVerification(t.Context(), &meritv1.StartVerificationRequest{AssessmentId: c.AssessmentID, Revision: revision})
			return err
		}
		servertest.WantReason(t, start(y.Verifier, y.Revision(t, c)), meritv1.Reason_REASON_NOT_ASSIGNED)
		if _, err := assign(t, y, c, y.Verifier.AccountID, ""); err != nil {
			t.Fatal(err)
		}
		err := start(y.Verifier, y.Revision(t, c))
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUTSIDE_WINDOW)
		if !strings.Contains(err.Error(), "verification phase is not open yet") {
			t.Errorf("the message does not name the phase: %v", err)
		}
		y.Phase(t, calendar.Verification)
		servertest.WantReason(t, start(y.Lead, y.Revision(t, c)), meritv1.Reason_REASON_NOT_ASSIGNED)
		err = start(y.Verifier, y.Revision(t, c)-1)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if now, ok := servertest.Detail[*meritv1.Assessment](err); !ok || now.GetRevision() != y.Revision(t, c) {
			t.Errorf("the newest version is not in the details: %v", now)
		}
		if err := start(y.Verifier, y.Revision(t, c)); err != nil {
			t.Fatal(err)
		}
		servertest.WantReason(t, start(y.Verifier, y.Revision(t, c)), meritv1.Reason_REASON_WRONG_STATE)
	})
}

func TestWorkShowsProgressToWhoMaySeeIt(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		west := y.MustInVerification(t, store.Agency{Region: "I"}, yeartest.All(3))
		y.MustDecide(t, west, yeartest.Levels{"1.1": 3, "1.2": 2})
		other := y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		leadEast := y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II")
		for _, tc := range []struct {
			name string
			who  *servertest.Person
			req  *meritv1.ListWorkRequest
			want int
		}{
			{"the verifier in charge", y.Verifier, &meritv1.ListWorkRequest{}, 1},
			{"another verifier", other, &meritv1.ListWorkRequest{}, 0},
			{"a verifier asking for a colleague's", other, &meritv1.ListWorkRequest{VerifierId: y.Verifier.AccountID}, 0},
			{"the lead verifier", y.Lead, &meritv1.ListWorkRequest{}, 1},
			{"the lead verifier of another region", leadEast, &meritv1.ListWorkRequest{}, 0},
			{"without a verifier", y.Lead, &meritv1.ListWorkRequest{Unassigned: true}, 0},
			{"another state", y.Lead, &meritv1.ListWorkRequest{State: meritv1.AssessmentState_ASSESSMENT_STATE_SUBMITTED}, 0},
		} {
			t.Run(tc.name, func(t *testing.T) {
				work := servertest.Must(verification(tc.who).ListWork(t.Context(), tc.req))(t).GetWork()
				if len(work) != tc.want {
					t.Fatalf("%d assessments, want %d", len(work), tc.want)
				}
				if tc.want == 0 {
					return
				}
				got := []any{work[0].GetDecided(), work[0].GetDiffering(), work[0].GetRegion(), work[0].GetDaysSinceSubmission(), work[0].GetRoundOpen()}
				if diff := cmp.Diff([]any{int32(2), int32(1), "I", int32(28), false}, got); diff != "" {
					t.Errorf("decided, differing, region, days, round (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestLoadCountsOpenAndFinishedWork(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		idle := y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
		y.MustSubmitted(t, store.Agency{Region: "I"}, nil)
		waiting := y.MustSubmitted(t, store.Agency{Region: "I"}, nil)
		if _, err := assign(t, y, waiting, y.Verifier.AccountID, ""); err != nil {
			t.Fatal(err)
		}
		y.MustInVerification(t, store.Agency{Region: "I"}, nil)
		resp := servertest.Must(verification(y.Lead).GetLoad(t.Context(), &meritv1.GetLoadRequest{CycleId: y.CycleID}))(t)
		got := map[string][]int32{}
		for _, l := range resp.GetLoads() {
			got[l.GetVerifier().GetAccountId()] = []int32{l.GetWaiting(), l.GetInVerification(), l.GetVerified()}
		}
		want := map[string][]int32{y.Verifier.AccountID: {1, 1, 0}, idle.AccountID: {0, 0, 0}}
		if diff := cmp.Diff(want, got); diff != "" || resp.GetUnassigned() != 1 {
			t.Errorf("unassigned %d, load (-want +got):\n%s", resp.GetUnassigned(), diff)
		}
	})
}

func TestVerificationIsHiddenFromOthers(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{Region: "I"}, yeartest.All(3))
		y.MustDecide(t, c, yeartest.Levels{"1.1": 3})
		round := mustOpenRound(t, y, c, meritv1.RoundKind_ROUND_KIND_CLARIFICATION, "2021-03-10", "1.1")
		calls := map[string]func(p *servertest.Person) error{
			"AssignVerifier": func(p *servertest.Person) error {
				_, err := verification(p).AssignVerifier(t.Context(), &meritv1.AssignVerifierRequest{Assignments: []*meritv1.Assignment{{AssessmentId: c.AssessmentID}}})
				return err
			},
			"StartVerification": func(p *servertest.Person) error {
				_, err := verification(p).StartVerification(t.Context(), &meritv1.StartVerificationRequest{AssessmentId: c.AssessmentID})
				return err
			},
			"SetVerified": func(p *servertest.Person) error {
				_, err := verification(p).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(1)})
				return err
			},
			"OpenClarification": func(p *servertest.Person) error {
				_, err := openRound(t, p, c, meritv1.RoundKind_ROUND_KIND_CLARIFICATION, "2021-03-10", "1.1")
				return err
			},
			"AnswerClarification": func(p *servertest.Person) error {
				_, err := verification(p).AnswerClarification(t.Context(), &meritv1.AnswerClarificationRequest{ClarificationId: round.GetId(), Item: "1.1", Answer: "x"})
				return err
			},
			"CloseClarification": func(p *servertest.Person) error {
				_, err := verification(p).CloseClarification(t.Context(), &meritv1.CloseClarificationRequest{ClarificationId: round.GetId()})
				return err
			},
			"ListClarifications": func(p *servertest.Person) error {
				_, err := verification(p).ListClarifications(t.Context(), &meritv1.ListClarificationsRequest{AssessmentId: c.AssessmentID})
				return err
			},
			"CompleteVerification": func(p *servertest.Person) error {
				_, err := verification(p).CompleteVerification(t.Context(), &meritv1.CompleteVerificationRequest{AssessmentId: c.AssessmentID, MinutesNumber: "1"})
				return err
			},
			"GetMinutes": func(p *servertest.Person) error {
				_, err := verification(p).GetMinutes(t.Context(), &meritv1.GetMinutesRequest{AssessmentId: c.AssessmentID})
				return err
			},
		}
		elsewhere := y.MustAgency(t, store.Agency{Region: "II"})
		strangers := map[string]*servertest.Person{
			"approver of another agency":      y.MustAccount(t, meritv1.Role_ROLE_APPROVER, elsewhere),
			"verifier of another region":      y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II"),
			"lead verifier of another region": y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"),
		}
		for _, who := range slices.Sorted(maps.Keys(strangers)) {
			for _, rpc := range slices.Sorted(maps.Keys(calls)) {
				err := calls[rpc](strangers[who])
				if got := servertest.Reason(err); got != meritv1.Reason_REASON_NOT_FOUND && got != meritv1.Reason_REASON_ROLE_NOT_ALLOWED {
					t.Errorf("%s as %s: %v", rpc, who, err)
				}
			}
		}
	})
}
