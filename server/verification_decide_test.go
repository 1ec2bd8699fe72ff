package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// decide decides an item as the verifier of the year.
func decide(t *testing.T, y *yeartest.Year, c *yeartest.Case, item string, answer *meritv1.Answer, reason string) (*meritv1.SetVerifiedResponse, error) {
	return verification(y.Verifier).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: item, Answer: answer, Reason: reason})
}

func TestDecisionThatDiffersNeedsAReason(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		delete(claims, "1.4")
		c := y.MustInVerification(t, store.Agency{}, claims)
		for _, tc := range []struct {
			name   string
			item   string
			answer *meritv1.Answer
			reason string
			want   meritv1.Reason
		}{
			{"as claimed", "1.1", yeartest.Answer(3), "", 0},
			{"lower", "1.1", yeartest.Answer(2), "", meritv1.Reason_REASON_REASON_REQUIRED},
			{"lower, with blanks for a reason", "1.1", yeartest.Answer(2), " \n", meritv1.Reason_REASON_REASON_REQUIRED},
			{"lower, with a reason", "1.1", yeartest.Answer(2), "SK tidak dilampirkan", 0},
			{"higher", "1.2", yeartest.Answer(4), "", meritv1.Reason_REASON_REASON_REQUIRED},
			{"not proven", "1.3", yeartest.NotProven(), "", meritv1.Reason_REASON_REASON_REQUIRED},
			{"not proven, with a reason", "1.3", yeartest.NotProven(), "tidak ada bukti", 0},
			{"something where nothing was claimed", "1.4", yeartest.Answer(1), "", meritv1.Reason_REASON_REASON_REQUIRED},
			{"not proven where nothing was claimed", "1.4", yeartest.NotProven(), "", meritv1.Reason_REASON_REASON_REQUIRED},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := decide(t, y, c, tc.item, tc.answer, tc.reason)
				if got := servertest.Reason(err); got != tc.want || (err == nil) != (tc.want == 0) {
					t.Errorf("%v, want %s", err, tc.want)
				}
			})
		}
		_, err := decide(t, y, c, "1.1", yeartest.Answer(2), "")
		if !strings.Contains(err.Error(), "deciding level 2 on a claim of level 3") {
			t.Errorf("the message does not say both: %v", err)
		}
	})
}

func TestDecisionKeepsToTheInstrument(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		for _, tc := range []struct {
			name   string
			item   string
			answer *meritv1.Answer
			want   meritv1.Reason
		}{
			{"above the scale", "1.1", yeartest.Answer(5), meritv1.Reason_REASON_LEVEL_OFF_SCALE},
			{"below the scale", "1.1", yeartest.Answer(0), meritv1.Reason_REASON_LEVEL_OFF_SCALE},
			{"an option for a scored item", "1.1", yeartest.Choice("ya"), meritv1.Reason_REASON_LEVEL_OFF_SCALE},
			{"an unknown item", "9.9", yeartest.Answer(3), meritv1.Reason_REASON_UNKNOWN_ITEM},
			{"a profile field", "profile.website", yeartest.Answer(3), meritv1.Reason_REASON_UNKNOWN_ITEM},
			{"taking a decision away", "1.1", &meritv1.Answer{}, meritv1.Reason_REASON_INVALID_REQUEST},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := decide(t, y, c, tc.item, tc.answer, "alasan")
				servertest.WantReason(t, err, tc.want)
			})
		}
	})
}

func TestDecidingShowsScoreAndProgress(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		servertest.Must(decide(t, y, c, "1.1", yeartest.Answer(3), ""))(t)
		resp := servertest.Must(decide(t, y, c, "1.2", yeartest.Answer(2), "data tidak mutakhir"))(t)
		// 1.1 and 1.2 weigh 2.5 each: 7.5 + 5.
		got := []any{resp.GetDecided(), resp.GetApplicable(), resp.GetVerifiedScore().GetTotal(), resp.GetVerifiedScore().GetCategory()}
		if diff := cmp.Diff([]any{int32(2), int32(38), "12.5", "buruk"}, got); diff != "" {
			t.Errorf("decided, applicable, total, category (-want +got):\n%s", diff)
		}
		want := &meritv1.Decision{Answer: yeartest.Answer(2), Note: "data tidak mutakhir", Sequence: 1}
		if diff := cmp.Diff(want, resp.GetVerified(), protocmp.Transform(), protocmp.IgnoreFields(want, "decided_by", "decided_at")); diff != "" {
			t.Errorf("decision (-want +got):\n%s", diff)
		}
	})
}

func TestDecisionOnWhatSomebodyElseDecidedIsStale(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		req := &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(3), ExpectedSequence: new(int32)}
		servertest.Must(verification(y.Verifier).SetVerified(t.Context(), req))(t)
		_, err := verification(y.Verifier).SetVerified(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if now, ok := servertest.Detail[*meritv1.Decision](err); !ok || now.GetSequence() != 1 {
			t.Errorf("the decision that counts is not in the details: %v", now)
		}
	})
}

func TestInterestDeclaredLaterStopsTheVerifier(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		servertest.Must(decide(t, y, c, "1.1", yeartest.Answer(3), ""))(t)
		mustDeclare(t, y, y.Verifier, c.AgencyID)
		_, err := decide(t, y, c, "1.2", yeartest.Answer(3), "")
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
	})
}

func TestRepeatedDecisionIsTakenOnce(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		req := &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(3), RequestId: "r1"}
		first := servertest.Must(verification(y.Verifier).SetVerified(t.Context(), req))(t)
		second := servertest.Must(verification(y.Verifier).SetVerified(t.Context(), req))(t)
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" || second.GetVerified().GetSequence() != 1 {
			t.Errorf("the same request was answered otherwise:\n%s", diff)
		}
	})
}

func TestGateDecidesWhichItemsAreDecided(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"})
		c := y.MustInVerification(t, store.Agency{Kind: scoring.Provinsi}, nil)
		before := servertest.Must(decide(t, y, c, "6.3.0", yeartest.Choice("ya"), "terbukti ada"))(t)
		after := servertest.Must(decide(t, y, c, "6.3.0", yeartest.Choice("tidak"), "ternyata tidak ada"))(t)
		behind := before.GetApplicable() - after.GetApplicable()
		if behind <= 0 {
			t.Fatalf("%d items apply with the gate open and %d with it closed", before.GetApplicable(), after.GetApplicable())
		}
		_, err := decide(t, y, c, itemBehind(t, y, "6.3.0"), yeartest.Answer(1), "x")
		servertest.WantReason(t, err, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE)
		_, err = decide(t, y, c, "6.3.0", yeartest.Choice("mungkin"), "x")
		servertest.WantReason(t, err, meritv1.Reason_REASON_LEVEL_OFF_SCALE)
	})
}

// itemBehind is an item that applies only when a gate is answered so.
func itemBehind(t *testing.T, y *yeartest.Year, gate string) string {
	t.Helper()
	for _, item := range y.Instrument.Scoring().Items() {
		if item.AppliesWhen != nil && item.AppliesWhen.Item == gate {
			return item.Code
		}
	}
	t.Fatalf("nothing stands behind %s", gate)
	return ""
}

func BenchmarkSetVerified(b *testing.B) {
	y := yeartest.MustBegin(b, servertest.New(b), yeartest.Setup{})
	c := y.MustInVerification(b, store.Agency{}, yeartest.All(3))
	y.Phase(b, calendar.Verification)
	client := verification(y.Verifier)
	req := &meritv1.SetVerifiedRequest{AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(3)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.SetVerified(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
