package server_test

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// wholeYear plays a year in which every table gets rows, all of it under two checkpoints.
func wholeYear(t *testing.T, url string) *servertest.Server {
	t.Helper()
	s := servertest.At(t, url)
	w := newWorld(t, s)
	q := MustSequence(t, s, MustKeys(t))
	servertest.Must(q.Number(t.Context()))(t)
	w.fill(t)
	servertest.Must(q.Number(t.Context()))(t)
	return s
}

// fill does what the world has not done yet.
func (w *world) fill(t *testing.T) {
	admin := w.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	MustInvite(t, admin, meritv1.Role_ROLE_OPERATOR, w.draft.agency)
	servertest.Must(meritv1.NewAgencyServiceClient(admin).LinkAgencies(t.Context(), &meritv1.LinkAgenciesRequest{
		AgencyId: w.draft.agency, Kind: meritv1.AgencyLinkKind_AGENCY_LINK_KIND_MERGED_INTO, OtherId: w.own.agency, OnDate: "2021-01-05",
	}))(t)
	w.MustUpdate(t, "test.secondFactor", func(tx *store.Tx) error {
		if err := tx.SaveSetting(store.Setting{Name: store.SettingSecondFactorRoles, Value: "ADMIN"}, admin.AccountID); err != nil {
			return err
		}
		return tx.SaveSecondFactor(store.SecondFactor{AccountID: admin.AccountID, Secret: "JBSWY3DPEHPK3PXP", EnrolledAt: tx.Now()})
	})
	servertest.Must(assessments(w.own.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
		AssessmentId: w.own.id, Items: []string{"1.1"}, AccountId: w.own.contributor.AccountID,
	}))(t)
	w.clarify(t)
	servertest.Must(plenary(w.Commissioners[0]).RecordAttendance(t.Context(), recuse(w, w.Commissioners[1].AccountID, w.agenda).(*meritv1.RecordAttendanceRequest)))(t)
	w.honour(t)
}

// clarify has a question answered.
func (w *world) clarify(t *testing.T) {
	c := w.MustInVerification(t, store.Agency{}, yeartest.All(2))
	round := servertest.Must(verification(w.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
		AssessmentId: c.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-12-31",
		Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "demo"}},
	}))(t)
	servertest.Must(answerRound(t, c.Operator, round.GetClarification(), "1.1"))(t)
}

// honour decides an award, from which one agency is excluded.
func (w *world) honour(t *testing.T) {
	w.MustDetermined(t, store.Agency{Region: "I"}, yeartest.All(4))
	excluded, _ := w.MustDetermined(t, store.Agency{Region: "I"}, yeartest.All(4))
	client := meritv1.NewAwardServiceClient(w.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, ""))
	award := servertest.Must(client.DraftAward(t.Context(), &meritv1.DraftAwardRequest{
		Title: "Anugerah", Year: 2021, InstrumentId: "kasn-2019", Rule: awardRule(),
	}))(t).GetAward()
	award = servertest.Must(client.ExcludeAgency(t.Context(), &meritv1.ExcludeAgencyRequest{
		AwardId: award.GetId(), AgencyId: excluded.AgencyID, Reason: "demo",
	}))(t).GetAward()
	servertest.Must(client.DecideAward(t.Context(), &meritv1.DecideAwardRequest{AwardId: award.GetId(), Revision: award.GetRevision()}))(t)
}
