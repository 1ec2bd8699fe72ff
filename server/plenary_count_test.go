package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestQuorumAndMajorityCountWhoIsPresentAndNotRecused(t *testing.T) {
	for _, tc := range []struct {
		name     string
		quorum   int
		majority int
		present  int
		recused  int
		votes    []meritv1.VoteKind
		want     meritv1.Reason
		says     string
	}{
		{"two of three in favour", 2, 50, 3, 0, []meritv1.VoteKind{inFavour, inFavour, against}, 0, ""},
		{"one of three", 2, 50, 3, 0, []meritv1.VoteKind{inFavour, abstained, against}, meritv1.Reason_REASON_MAJORITY_NOT_MET, "1 of 3 commissioners who may decide are in favour, at least 2 are needed (more than 50%)"},
		{"half is not a majority", 2, 50, 2, 0, []meritv1.VoteKind{inFavour, against}, meritv1.Reason_REASON_MAJORITY_NOT_MET, "1 of 2 commissioners who may decide are in favour, at least 2 are needed"},
		{"two of three where more than two thirds are needed", 2, 67, 3, 0, []meritv1.VoteKind{inFavour, inFavour, against}, meritv1.Reason_REASON_MAJORITY_NOT_MET, "at least 3 are needed (more than 67%)"},
		{"too few present", 3, 50, 2, 0, []meritv1.VoteKind{inFavour, inFavour}, meritv1.Reason_REASON_QUORUM_NOT_MET, "2 commissioners are present and not recused, at least 3 are needed"},
		{"a recusal breaks the quorum", 3, 50, 3, 1, []meritv1.VoteKind{inFavour, inFavour}, meritv1.Reason_REASON_QUORUM_NOT_MET, "2 commissioners are present and not recused"},
		{"a recusal lowers what is needed", 2, 50, 3, 1, []meritv1.VoteKind{inFavour, inFavour}, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			y := yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{Quorum: tc.quorum, Majority: tc.majority})
			c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
			opened := servertest.Must(openSession(t, y, y.Commissioners[0], c))(t)
			s := &yeartest.Session{ID: opened.GetId()}
			y.MustAttend(t, s, y.Commissioners[:tc.present]...)
			for _, p := range y.Commissioners[tc.present-tc.recused : tc.present] {
				mustRecuse(t, y, s, c, p)
			}
			for i, kind := range tc.votes {
				servertest.Must(vote(t, y.Commissioners[i], s, c, kind))(t)
			}
			_, err := decideItem(t, y.Commissioners[0], s, c, adopt)
			if got := servertest.Reason(err); got != tc.want || (err == nil) != (tc.want == 0) {
				t.Fatalf("%v, want %s", err, tc.want)
			}
			if err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v does not say %q", err, tc.says)
			}
		})
	}
}

func mustRecuse(t *testing.T, y *yeartest.Year, s *yeartest.Session, c *yeartest.Case, p *servertest.Person) {
	t.Helper()
	servertest.Must(plenary(y.Commissioners[0]).RecordAttendance(t.Context(), &meritv1.RecordAttendanceRequest{
		SessionId: s.ID, Recusals: []*meritv1.CommissionerRecusal{{AccountId: p.AccountID, AssessmentId: c.AssessmentID, Reason: "kerabat"}},
	}))(t)
}

func TestCommissionerWithAnInterestIsRecusedWhetherTheySaySoOrNot(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c, other := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil), y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		tied, later := y.Commissioners[1], y.Commissioners[2]
		mustDeclare(t, y, tied, c.AgencyID)
		s := y.MustOpenSession(t, c, other)
		session := servertest.Must(plenary(y.Lead).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession()
		recusals := session.GetAgenda()[0].GetRecusals()
		if len(recusals) != 1 || !recusals[0].GetByRule() || recusals[0].GetCommissioner().GetAccountId() != tied.AccountID || session.GetAgenda()[0].GetEligible() != 2 {
			t.Errorf("recusals %v, eligible %d", recusals, session.GetAgenda()[0].GetEligible())
		}
		if len(session.GetAgenda()[1].GetRecusals()) != 0 {
			t.Errorf("recused from another agency: %v", session.GetAgenda()[1].GetRecusals())
		}
		_, err := vote(t, tied, s, c, inFavour)
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
		_, err = decideItem(t, tied, s, c, postpone)
		servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
		servertest.Must(vote(t, later, s, c, inFavour))(t)
		mustDeclare(t, y, later, c.AgencyID)
		servertest.Must(vote(t, y.Commissioners[0], s, c, inFavour))(t)
		_, err = decideItem(t, y.Commissioners[0], s, c, adopt)
		servertest.WantReason(t, err, meritv1.Reason_REASON_QUORUM_NOT_MET)
	})
}

func TestVotesAndDissentAreKept(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		for i, kinds := range [][]meritv1.VoteKind{{inFavour}, {abstained, inFavour}, {against}} {
			for _, kind := range kinds {
				servertest.Must(vote(t, y.Commissioners[i], s, c, kind))(t)
			}
		}
		servertest.Must(decideItem(t, y.Commissioners[0], s, c, adopt))(t)
		y.MustClose(t, s, "1/2021")
		item := servertest.Must(plenary(y.Lead).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession().GetAgenda()[0]
		got := map[string]string{}
		for _, v := range item.GetVotes() {
			got[v.GetCommissioner().GetAccountId()] = v.GetVote().String() + " " + v.GetDissent()
		}
		want := map[string]string{
			y.Commissioners[0].AccountID: "VOTE_KIND_IN_FAVOUR ", y.Commissioners[1].AccountID: "VOTE_KIND_IN_FAVOUR ",
			y.Commissioners[2].AccountID: "VOTE_KIND_AGAINST bukti belum cukup",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("votes (-want +got):\n%s", diff)
		}
	})
}

func TestOnlyThosePresentVoteAndOnlyCommissionersArePresent(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		opened := servertest.Must(openSession(t, y, y.Commissioners[0], c))(t)
		s := &yeartest.Session{ID: opened.GetId()}
		_, err := vote(t, y.Commissioners[0], s, c, inFavour)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		_, err = plenary(y.Commissioners[0]).RecordAttendance(t.Context(), &meritv1.RecordAttendanceRequest{
			SessionId: s.ID, Attendance: []*meritv1.CommissionerPresence{{AccountId: y.Lead.AccountID, Present: true}},
		})
		servertest.WantReason(t, err, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE)
	})
}

func TestCommissionersOfARegionRunNoSession(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{Region: "I"}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		regional := y.MustRegional(t, meritv1.Role_ROLE_COMMISSIONER, "I")
		_, err := openSession(t, y, regional)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
		_, err = vote(t, regional, s, c, inFavour)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
		_, err = decideItem(t, regional, s, c, postpone)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
	})
}

func TestTwoWhoDecideAtOnceDecideOnce(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		outcomes := []meritv1.Outcome{adopt, postpone, adopt}
		refused := atOnce(len(outcomes), func(i int) error {
			_, err := decideItem(t, y.Commissioners[i], s, c, outcomes[i])
			return err
		})
		if len(refused) != len(outcomes)-1 {
			t.Fatalf("%d of %d were refused: %v", len(refused), len(outcomes), refused)
		}
		for _, err := range refused {
			servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		}
	})
}
