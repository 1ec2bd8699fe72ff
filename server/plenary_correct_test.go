package server_test

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// correct puts a result on the agenda of a session as the first commissioner.
func correct(t *testing.T, y *yeartest.Year, s *yeartest.Session, r *meritv1.Result) (*meritv1.AgendaItem, error) {
	resp, err := plenary(y.Commissioners[0]).CorrectDetermination(t.Context(), &meritv1.CorrectDeterminationRequest{
		SessionId: s.ID, ResultId: r.GetId(), Reason: "salah hitung",
	})
	return resp.GetItem(), err
}

func TestCorrectionIsANewLinkedDetermination(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustVerified(t, store.Agency{}, claims, nil)
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		servertest.Must(decideItem(t, y.Commissioners[0], s, c, change, set("1.1", 4)))(t)
		first := y.MustClose(t, s, "1/2021")[0]

		again := y.MustOpenSession(t)
		item := servertest.Must(correct(t, y, again, first))(t)
		if item.GetCorrects() == "" || item.GetReason() != "salah hitung" {
			t.Errorf("agenda item %v", item)
		}
		y.MustVote(t, again, c)
		servertest.Must(decideItem(t, y.Commissioners[0], again, c, change, set("8.1", 4)))(t)
		second := y.MustClose(t, again, "2/2021")[0]

		// What the first determination set stays, although it differs from what was verified.
		wantDetermined(t, y, c, claims.With(yeartest.Levels{"1.1": 4, "8.1": 4}))
		if second.GetCorrects() != first.GetId() {
			t.Errorf("the new result corrects %q, want %q", second.GetCorrects(), first.GetId())
		}
		old := servertest.Must(meritv1.NewResultServiceClient(y.Lead).GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: first.GetId()}))(t).GetResult()
		if old.GetCorrectedBy() != second.GetId() || old.GetTotal() != first.GetTotal() {
			t.Errorf("the earlier result: %v", old)
		}
		wantSessionTotal(t, y, s, first.GetTotal())
		wantSessionTotal(t, y, again, second.GetTotal())
		_, err := correct(t, y, y.MustOpenSession(t), first)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
	})
}

// wantSessionTotal checks that a closed session goes on showing what it determined.
func wantSessionTotal(t *testing.T, y *yeartest.Year, s *yeartest.Session, want string) {
	t.Helper()
	item := servertest.Must(plenary(y.Lead).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession().GetAgenda()[0]
	if got := item.GetDetermined().GetTotal(); got != want {
		t.Errorf("the session shows %s, want %s", got, want)
	}
}

func TestAdoptingInACorrectionReturnsToWhatWasVerified(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustVerified(t, store.Agency{}, claims, nil)
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		servertest.Must(decideItem(t, y.Commissioners[0], s, c, change, set("1.1", 4)))(t)
		first := y.MustClose(t, s, "1/2021")[0]
		again := y.MustOpenSession(t)
		servertest.Must(correct(t, y, again, first))(t)
		y.MustAdopt(t, again, c)
		y.MustClose(t, again, "2/2021")
		wantDetermined(t, y, c, claims)
	})
}

func TestOnlyADeterminedResultOfTheCycleInForceIsCorrected(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c, r := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
		s := y.MustOpenSession(t)
		_, err := correct(t, y, s, &meritv1.Result{Id: c.AssessmentID})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		servertest.Must(correct(t, y, s, r))(t)
		_, err = correct(t, y, s, r)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
		other := yeartest.MustBegin(t, y.Server, yeartest.Setup{Name: "2022"})
		_, err = correct(t, other, other.MustOpenSession(t), r)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

func TestCommissionerWithAnInterestIsRecusedFromACorrection(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c, r := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
		mustDeclare(t, y, y.Commissioners[2], c.AgencyID)
		item := servertest.Must(correct(t, y, y.MustOpenSession(t), r))(t)
		if len(item.GetRecusals()) != 1 || item.GetEligible() != 2 {
			t.Errorf("recusals %v, eligible %d", item.GetRecusals(), item.GetEligible())
		}
	})
}
